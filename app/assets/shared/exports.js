/* The menu of files (layouts/components/exports.py): what a grid shows, in its order, or all rows.
   Owns: the group `[data-shown-of]` of such a menu: whether it is there, and how many rows it says.
   Ids: none.
   Offers: `exports`.
   Needs: app.js, grid.js and ids.js, when a menu is opened. */
(function () {
    "use strict";
    const number = new Intl.NumberFormat("en-US");

    /**
     * What the grid shows, as the routes that prepare a file take it.
     * @param {string} grid the id of a grid
     */
    function selection(grid) {
        const shown = window.grid.shown(grid);
        return shown ? { filters: shown.filters, sort: shown.sort, search: shown.search } : {};
    }

    /* How many rows these are; a table's are not counted further than one can scroll. */
    function words(shown) {
        const narrowed = shown.search.trim() || Object.keys(shown.filters).length, total = shown.total;
        if (total === null) { return narrowed ? "The rows that match" : "All rows, in this order"; }
        const rows = number.format(total) + (total === 1 ? " row" : " rows");
        if (!narrowed) { return "All rows, in this order"; }
        return total === ids.values.MOST_SORTED_ROWS ? rows + " or more that match" : rows + (total === 1 ? " that matches" : " that match");
    }

    /**
     * Let the browser fetch a file that was prepared.
     * @param {{ url: string, name: string, note: string }} answer
     */
    function save(answer) {
        if (answer.note) { app.toast(answer.note); }
        const link = document.createElement("a");
        link.href = answer.url;
        link.download = answer.name;
        document.body.append(link);
        link.click();
        link.remove();
    }

    document.addEventListener("beforetoggle", function (event) {
        const group = event.target instanceof Element && /** @type {HTMLElement | null} */ (event.target.querySelector("[data-shown-of]"));
        if (!group || /** @type {any} */ (event).newState !== "open") { return; }
        const shown = window.grid.shown(group.dataset.shownOf);
        group.hidden = !shown || shown.plain;
        if (shown) { group.querySelector(".menu-head").textContent = words(shown); }
    }, true);

    document.addEventListener("click", function (event) {
        const entry = event.target instanceof Element && /** @type {HTMLElement | null} */ (event.target.closest("[data-export]"));
        const group = entry && /** @type {HTMLElement | null} */ (entry.closest("[data-prepare]"));
        if (!group) { return; }
        app.post(group.dataset.prepare, { format: entry.dataset.export, ...selection(group.dataset.shownOf) })
            .then(save).catch(app.toastError);
    });

    window.exports = { selection, save };
})();
