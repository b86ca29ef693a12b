/* The overview's card of next steps: gone for good once it was dismissed, in this browser.
   Owns: the attribute data-next-steps of the document, and the choice kept in this browser.
   Ids: inventory.NEXT_STEPS_DISMISS.
   Offers: nothing.
   Needs: app.js and ids.js, when the button is pressed. */
(function () {
    "use strict";
    const KEY = "inventory-next-steps", DISMISSED = "dismissed";

    function hide() { document.documentElement.dataset.nextSteps = DISMISSED; }
    try { if (localStorage.getItem(KEY) === DISMISSED) { hide(); } } catch { /* shown */ }
    document.addEventListener("click", function (event) {
        if (!app.within(event, ids.inventory.NEXT_STEPS_DISMISS)) { return; }
        try { localStorage.setItem(KEY, DISMISSED); } catch { /* private mode: until the page is loaded anew */ }
        hide();
        // the button that had the focus is gone
        app.element(ids.shell.CONTENT).focus();
    });
})();
