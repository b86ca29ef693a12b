/* The facets beside the list of all resources: a click writes a filter into the search, or takes it out again.
   Owns: nothing that lasts; the text of the search is what is chosen.
   Ids: inventory.FACETS, ASSETS_FIND.
   Offers: nothing.
   Needs: app.js and ids.js, when a facet is clicked. */
(function () {
    "use strict";
    /* As if it had been typed: the page, its address and the grid hear of it alike. */
    function type(input, text) {
        Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(input, text);
        input.dispatchEvent(new Event("input", { bubbles: true }));
    }

    document.addEventListener("click", function (event) {
        const option = app.within(event, ids.inventory.FACETS) && event.target.closest("[data-find]");
        const input = option && app.element(ids.inventory.ASSETS_FIND);
        if (input) { type(input, option.dataset.find); }
    });
})();
