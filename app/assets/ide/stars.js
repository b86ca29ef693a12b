/* The stars of the saved queries: a query that was starred stands elsewhere in the list, and the keyboard goes with it.
   Owns: which star was pressed last, until the list has come anew.
   Ids: ide.SAVED_LIST, SAVED_STAR.
   Offers: nothing.
   Needs: app.js and ids.js, when the list is there. */
(function () {
    "use strict";
    let pressed = "";

    document.addEventListener("click", function (event) {
        const star = event.target.closest && event.target.closest(".drawer-star");
        if (star) { pressed = star.id; }
    });
    document.addEventListener("focusin", function (event) { if (event.target.id !== pressed) { pressed = ""; } });
    new MutationObserver(function () {
        // the browser has put the focus of the removed star on the document
        if (!pressed || document.activeElement !== document.body) { return; }
        const star = app.element(pressed), list = app.element(ids.ide.SAVED_LIST);
        if (star && list && list.contains(star)) { star.focus({ preventScroll: true }); star.scrollIntoView({ block: "nearest" }); }
    }).observe(document.documentElement, { childList: true, subtree: true });
})();
