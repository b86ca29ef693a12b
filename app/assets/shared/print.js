/* What a page needs on paper: charts in the size that they have there, a grid's rows as a plain table, and a footer.
   Owns: the width and height of charts while a page is printed; .print-rows; shell.PRINT_FOOTER.
   Ids: shell.PRINT_FOOTER.
   Offers: nothing.
   Needs: app.js, ids.js, Plotly and the grid, when a page is printed. */
(function () {
    "use strict";
    const MOST_ROWS = 500;

    function drawCharts() {
        if (!window.Plotly) { return; }
        document.querySelectorAll(".chart .js-plotly-plot").forEach(function (/** @type {any} */ graph) {
            const box = graph.parentElement.getBoundingClientRect();
            window.Plotly.relayout(graph, { width: box.width, height: box.height }).then(function () {
                delete graph.layout.width; delete graph.layout.height; graph.layout.autosize = true;
            });
        });
    }

    function text(value) {
        if (value === null || value === undefined) { return ""; }
        return typeof value === "object" ? JSON.stringify(value) : String(value);
    }

    /**
     * A plain table of the rows that a grid has at hand; a browser does not wait for others before it prints.
     * @param {any} wrapper what holds the grid
     */
    function drawRows(wrapper) {
        const grid = wrapper.firstElementChild;
        let api = null;
        try { api = grid && window.dash_ag_grid && window.dash_ag_grid.getApi(grid.id); } catch { api = null; }
        if (!api) { return; }
        const columns = api.getAllDisplayedColumns().filter(function (one) { return one.getColDef().field; });
        const table = document.createElement("table"), head = table.createTHead().insertRow(), body = table.createTBody();
        columns.forEach(function (one) {
            const cell = document.createElement("th");
            cell.textContent = one.getColDef().headerName || one.getColDef().field;
            head.appendChild(cell);
        });
        let shown = 0;
        api.forEachNode(function (node) {
            if (!node.data || shown >= MOST_ROWS) { return; }
            shown += 1;
            const row = body.insertRow();
            columns.forEach(function (one) {
                row.insertCell().textContent = text(api.getCellValue({ rowNode: node, colKey: one }));
            });
        });
        const total = api.getDisplayedRowCount(), note = document.createElement("p"), place = document.createElement("div");
        note.textContent = shown < total
            ? "The first " + shown + " of " + total.toLocaleString("en") + " rows. All of them: Export, as CSV or Excel."
            : shown + " rows.";
        place.className = "print-rows";
        place.append(note, table);
        wrapper.after(place);
    }

    function writeFooter() {
        const footer = app.element(ids.shell.PRINT_FOOTER), sure = new Set();
        if (!footer) { return; }
        document.querySelectorAll(".content [data-coverage]").forEach(function (/** @type {any} */ one) {
            if (/\d+ of \d+/.test(one.dataset.coverage)) { sure.add(one.dataset.coverage); }
        });
        const environment = document.querySelector(".environment");
        footer.textContent = [
            environment ? environment.textContent : "",
            window.location.host + decodeURI(window.location.pathname + window.location.search),
            "printed " + new Date().toISOString().slice(0, 16).replace("T", " ") + " UTC",
            sure.size ? "coverage: " + sure.values().next().value : "",
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
})();
