/* Tabs (layouts/components/choosing.py): the arrow keys choose the next one, as a press would; the chosen one is in view.
   Owns: the arrow keys on [role="tab"] in .tabs, and how far .tabs are scrolled.
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

    /* beside the page's own scrolling, which stays as it is */
    function show(tabs) {
        const tab = tabs.querySelector('[aria-selected="true"]');
        if (!tab) { return; }
        const box = tabs.getBoundingClientRect(), one = tab.getBoundingClientRect();
        if (one.left < box.left || one.right > box.right) {
            tabs.scrollLeft += one.left - box.left - (box.width - one.width) / 2;
        }
    }

    new MutationObserver(function (changes) {
        changes.forEach(function (change) {
            if (change.type === "attributes") {
                const tabs = /** @type {HTMLElement} */ (change.target).closest(".tabs");
                if (tabs) { show(tabs); }
                return;
            }
            change.addedNodes.forEach(function (/** @type {any} */ node) {
                if (!node.querySelectorAll) { return; }
                if (node.matches(".tabs")) { show(node); }
                node.querySelectorAll(".tabs").forEach(show);
            });
        });
    }).observe(document.documentElement, { childList: true, subtree: true, attributeFilter: ["aria-selected"] });
})();
