/* What a page needs on paper: charts in the size that they have there, a grid's rows as a plain table, and a footer.
   Owns: Ctrl+P where a grid is, elements with data-print; the width and height of charts while a page is printed; .print-rows; shell.PRINT_FOOTER.
   Ids: shell.PRINT_FOOTER.
   Offers: nothing.
   Needs: app.js, ids.js, Plotly and the grid, when a page is printed. */
(function () {
    "use strict";
    const MOST_ROWS = 500, NAMED = 3;
    const fetched = new Map();      // what holds a grid → its first rows, fetched to be printed

    function drawCharts() {
        if (!window.Plotly) { return; }
        document.querySelectorAll(".chart .js-plotly-plot").forEach(function (/** @type {any} */ graph) {
            const box = graph.parentElement.getBoundingClientRect();
            window.Plotly.relayout(graph, { width: box.width, height: box.height }).then(function () {
                delete graph.layout.width; delete graph.layout.height; graph.layout.autosize = true;
            });
        });
    }

    /* Rows that the grids do not have at hand: a browser that has begun to print waits for nothing. */
    async function fetchRows() {
        const wrappers = /** @type {HTMLElement[]} */ (Array.from(document.querySelectorAll(".infinite-grid")));
        await Promise.all(wrappers.map(async function (wrapper) {
            const asked = window.grid.fetchFirst(wrapper, MOST_ROWS);
            if (asked) { fetched.set(wrapper, (await asked).rows); }
        }));
    }

    async function print() {
        // what cannot be had is printed as far as it is there
        try { await fetchRows(); } catch (error) { app.toastError(error); }
        window.print();
    }

    function readRows(/** @type {any} */ api) {
        const rows = [];
        api.forEachNode(function (node) { if (node.data && rows.length < MOST_ROWS) { rows.push(node.data); } });
        return rows;
    }

    /**
     * A plain table of a grid's first rows: of those that were fetched for it, else of those that it has.
     * @param {any} wrapper what holds the grid
     */
    function drawRows(wrapper) {
        const api = window.grid.apiOf(wrapper);
        if (!api) { return; }
        const columns = api.getAllDisplayedColumns().filter(function (one) { return one.getColDef().field; });
        const table = document.createElement("table"), head = table.createTHead().insertRow(), body = table.createTBody();
        columns.forEach(function (one) {
            const cell = document.createElement("th");
            cell.textContent = one.getColDef().headerName || one.getColDef().field;
            head.appendChild(cell);
        });
        const rows = fetched.get(wrapper) || readRows(api), total = api.getDisplayedRowCount();
        rows.forEach(function (data) {
            const row = body.insertRow();
            columns.forEach(function (one) { row.insertCell().textContent = window.grid.wordCell(one, data); });
        });
        const note = document.createElement("p"), place = document.createElement("div");
        note.textContent = rows.length < total
            ? "The first " + rows.length + " of " + total.toLocaleString("en") + " rows. All of them: Export, as CSV or Excel."
            : rows.length + " rows.";
        place.className = "print-rows";
        place.append(note, table);
        wrapper.after(place);
    }

    /* What the page is narrowed to: chips, and what was typed to find or filter something. */
    function listFilters() {
        const chips = Array.from(document.querySelectorAll(".content .filter-chip")).map(function (one) { return one.textContent; });
        const typed = /** @type {HTMLInputElement[]} */ (Array.from(document.querySelectorAll('.content input[type="search"]')))
            .filter(function (one) { return one.value; }).map(function (one) { return "“" + one.value + "”"; });
        return chips.concat(typed).map(function (one) { return one.replace(/\s+/g, " ").trim(); });
    }

    function writeFooter() {
        const footer = app.element(ids.shell.PRINT_FOOTER), sure = new Set();
        if (!footer) { return; }
        document.querySelectorAll(".content [data-coverage]").forEach(function (/** @type {any} */ one) {
            if (/\d+ of \d+/.test(one.dataset.coverage)) { sure.add(one.dataset.coverage); }
        });
        const environment = document.querySelector(".environment"), filters = listFilters(), coverages = Array.from(sure);
        footer.textContent = [
            environment ? environment.textContent : "",
            window.location.host + decodeURI(window.location.pathname + window.location.search),
            "printed " + new Date().toISOString().slice(0, 16).replace("T", " ") + " UTC",
            filters.length ? "filtered: " + filters.join(", ") : "",
            coverages.length ? "coverage: " + coverages.slice(0, NAMED).join(", ") + (coverages.length > NAMED ? " and others" : "") : "",
        ].filter(Boolean).join(" · ");
    }

    window.matchMedia("print").addEventListener("change", function (event) {
        document.querySelectorAll(".print-rows").forEach(function (old) { old.remove(); });
        if (event.matches) {
            writeFooter();
            document.querySelectorAll(".infinite-grid").forEach(drawRows);
        }
        drawCharts();
    });

    document.addEventListener("keydown", function (event) {
        const wanted = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "p";
        // without a grid the browser's own way needs nothing
        if (!wanted || !document.querySelector(".infinite-grid")) { return; }
        event.preventDefault();
        print();
    });
    window.addEventListener("afterprint", function () { fetched.clear(); });
    document.addEventListener("click", function (event) {
        if (event.target instanceof Element && event.target.closest("[data-print]")) { print(); }
    });
})();
