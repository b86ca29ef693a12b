/* Tabs (layouts/components/choosing.py): the arrow keys choose the next one, as a press would.
   Owns: the arrow keys on [role="tab"] in .tabs.
   Ids: none.
   Offers: nothing.
   Needs: nothing. */
(function () {
    "use strict";
    document.addEventListener("keydown", function (event) {
        const tab = event.target.closest && event.target.closest('.tabs [role="tab"]');
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!tab || !step) { return; }
        event.preventDefault();
        const all = Array.from(tab.parentElement.querySelectorAll('[role="tab"]'));
        const next = all[(all.indexOf(tab) + step + all.length) % all.length];
        next.focus();
        next.click();
    });
})();
