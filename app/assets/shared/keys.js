/* The keys of every page: Ctrl+K and "/" find, "g" and a letter go to a page, "?" lists the keys.
   Owns: these keys.
   Ids: shell.KEYS, NAVIGATION, OWN, SEARCH_INPUT.
   Offers: nothing.
   Needs: app.js, ids.js and search.js, when a key is pressed. */
(function () {
    "use strict";
    const PATIENCE_MS = 1500;
    let going = 0;      // when "g" was pressed

    function isTyping(element) {
        return element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName) || Boolean(element.closest(".ace_editor"));
    }
    function isDialogOpen() { return Boolean(document.querySelector("dialog[open], .modal.show")); }

    /* Whether the navigation, or what is one's own, has the page: a viewer has no other. */
    function mayOpen(address) {
        const link = 'a[href="' + CSS.escape(address.split("?")[0]) + '"]';
        return [ids.shell.NAVIGATION, ids.shell.OWN].some(function (id) {
            const place = app.element(id);
            return Boolean(place && place.querySelector(link));
        });
    }

    // before the editor, which has a use of its own for Ctrl+K
    document.addEventListener("keydown", function (event) {
        if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k" && !isDialogOpen()) {
            if (!app.element(ids.shell.SEARCH_INPUT)) { return; }
            event.preventDefault();
            event.stopPropagation();
            window.search.open();
        }
    }, true);

    document.addEventListener("keydown", function (event) {
        const plain = !event.ctrlKey && !event.metaKey && !event.altKey && event.target instanceof Element && !isTyping(event.target);
        const went = going && event.timeStamp - going < PATIENCE_MS;
        if (event.key === "Shift") { return; }
        going = 0;
        if (!plain || event.defaultPrevented || isDialogOpen() || !app.element(ids.shell.NAVIGATION)) { return; }
        if (went && ids.values.GO[event.key]) {
            event.preventDefault();
            if (mayOpen(ids.values.GO[event.key])) { app.visit(ids.values.GO[event.key]); }
        } else if (event.key === "g") { going = event.timeStamp; }
        else if (event.key === "/") { event.preventDefault(); window.search.open(); }
        else if (event.key === "?") { event.preventDefault(); app.set(ids.shell.KEYS, { is_open: true }); }
    });
})();
