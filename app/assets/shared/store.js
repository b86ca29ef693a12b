/* Asks the page's components once for what Dash says of its store in one go.
   Dash's renderer tells its store of each component that it places and of each step of a callback, and at each of these
   every component on the page asks whether it is concerned: over a hundred times for one query's result. Only a change of the
   layout has to be told at once, since React gives a field back its old value otherwise; what else happens in the same
   task is told when that task ends.
   Owns: `subscribe` of the stores in window.dash_stores, which the renderer fills before its components subscribe.
   Ids: none.
   Offers: nothing.
   Needs: nothing. */
(function () {
    "use strict";

    /** @param {{subscribe: (listener: () => void) => () => void, getState: () => any}} store */
    function gather(store) {
        const subscribe = store.subscribe;
        store.subscribe = function (listener) {
            let layout = (store.getState() || {}).layout, waiting = false, left = false;
            const leave = subscribe(function () {
                const now = (store.getState() || {}).layout;
                if (now !== layout) {
                    layout = now;
                    listener();
                } else if (!waiting) {
                    waiting = true;
                    queueMicrotask(function () {
                        waiting = false;
                        if (!left) { listener(); }
                    });
                }
            });
            return function () {
                left = true;
                leave();
            };
        };
    }

    const stores = window.dash_stores = window.dash_stores || [];
    stores.push = function (...added) {
        added.forEach(gather);
        return Array.prototype.push.apply(stores, added);
    };
})();
