/* What a cell of a grid offers: a menu to filter by its value, to copy rows and values, and to open or look up what it is.
   The grids themselves are grid.js's, which calls `cells.prepare` for each.
   Owns: .cell-menu and .cell-more, which it makes.
   Ids: none.
   Offers: `cells`.
   Needs: app.js, grid.js and ids.js, when a grid is there. */
(function () {
    "use strict";
    // a list of values that an editor still takes
    const MOST_VALUES = 1000;
    const COMPARED = { text: "text", boolean: "text", number: "number" };

    function kindOf(column) { return (column.getColDef().context || {}).kind || "text"; }

    /**
     * The filter that keeps, or leaves out, the rows with this value; null where a column cannot be compared so.
     * @param {string} kind of the column
     * @param {unknown} value
     * @param {boolean} keep
     * @returns {object | null}
     */
    function makeFilter(kind, value, keep) {
        const compared = COMPARED[kind];
        if (!compared) { return null; }
        if (value === null || value === undefined || value === "") {
            return { filterType: compared, type: keep ? "blank" : "notBlank" };
        }
        const number = typeof value === "number";
        // a number of more digits than a double has is text here: it would be compared with another
        if (compared === "number" && !number) { return null; }
        const text = number ? value : window.grid.cellText(value);
        if (!number && text.length > ids.values.LONGEST_COMPARED) { return null; }
        return { filterType: compared, type: keep ? "equals" : "notEqual", filter: text };
    }

    /**
     * A filter with one more condition that has to hold; one that keeps a value takes the place of all others.
     * @param {any} before the column's filter so far, or null
     * @param {any} added
     * @returns {object}
     */
    function addCondition(before, added) {
        const leaves = { notEqual: true, notBlank: true };
        const listed = before && window.valueFilters.leaveOut(before, added);
        if (listed) { return listed; }
        if (!before || !leaves[added.type]) { return added; }
        if (before.operator === "OR") { return added; }
        const conditions = before.operator ? before.conditions : [before];
        if (conditions.some(function (one) { return JSON.stringify(one) === JSON.stringify(added); })) { return before; }
        if (!conditions.every(function (one) { return leaves[one.type] || one.type === "contains"; })) { return added; }
        return { filterType: added.filterType, operator: "AND", conditions: conditions.concat([added]) };
    }

    /**
     * Values as SQL's list: each once, text in quotes, numbers and yes or no as they are; nothing is not in a list.
     * @param {unknown[]} values
     * @returns {string} `IN ('a', 'b')`, for one
     */
    function makeSqlList(values) {
        const items = values.filter(function (value) { return value !== null && value !== undefined; }).map(function (value) {
            return typeof value === "number" || typeof value === "boolean" ? String(value)
                : "'" + window.grid.cellText(value).replace(/'/g, "''") + "'";
        });
        return "IN (" + Array.from(new Set(items)).join(", ") + ")";
    }

    function escapeForMarkdown(value) {
        return window.grid.cellText(value).replace(/\\/g, "\\\\").replace(/\|/g, "\\|").replace(/\s*[\r\n]+\s*/g, " ");
    }

    function markdownLine(values) { return "| " + values.map(escapeForMarkdown).join(" | ") + " |"; }

    /**
     * Rows as a table of Markdown's.
     * @param {string[]} heads
     * @param {unknown[][]} rows
     * @returns {string}
     */
    function makeMarkdown(heads, rows) {
        return [markdownLine(heads), "|" + heads.map(function () { return " --- |"; }).join("")]
            .concat(rows.map(markdownLine)).join("\n");
    }

    /* The columns that hold data: not the arrow that opens a row. */
    function dataColumns(api) {
        return api.getAllDisplayedColumns().filter(function (column) { return column.getColDef().field !== "_key"; });
    }

    /* The selected rows, in their order; or, where the cell's is not one of them, the cell's row alone. */
    function chosenRows(api, node) {
        const nodes = api.getSelectedNodes().filter(function (one) { return one.data; });
        if (!nodes.includes(node)) { return [node.data]; }
        return nodes.sort(function (a, b) { return a.rowIndex - b.rowIndex; }).map(function (one) { return one.data; });
    }

    function valuesOf(api, rows) {
        const fields = dataColumns(api).map(function (column) { return column.getColDef().field; });
        return rows.map(function (row) { return fields.map(function (field) { return row[field]; }); });
    }

    function copy(text, words, rows) {
        navigator.clipboard.writeText(text).then(function () {
            app.toast(words + " copied." + (rows.some(function (row) { return window.grid.isCut(row); }) ? " Long cells with their beginning alone, up to …" : ""));
        }).catch(app.toastError);
    }

    function count(rows) { return rows.length === 1 ? "Row" : rows.length + " rows"; }

    function filterBy(api, column, filter) {
        const added = addCondition(api.getColumnFilterModel(column), filter);
        api.setColumnFilterModel(column, added).then(function () { api.onFilterChanged(); });
    }

    /* What the menu has for a cell: [words, action] each, null between groups. */
    function listEntries(event) {
        const api = event.api, column = event.column, value = event.value, node = event.node;
        const kind = kindOf(column), rows = chosenRows(api, node), entries = [];
        const heads = dataColumns(api).map(function (one) { return one.getColDef().headerName; });
        [[true, "Filter by this value"], [false, "Leave this value out"]].forEach(function (one) {
            const filter = !window.grid.isCut(node.data, column.getColDef().field) && makeFilter(kind, value, one[0]);
            if (filter) { entries.push([one[1], function () { filterBy(api, column, filter); }]); }
        });
        if (value !== null && value !== undefined && value !== "" && kind === "text" && window.grid.cellText(value).length <= ids.values.LONGEST_COMPARED) {
            entries.push(["Look up in all tables", function () {
                app.visit(ids.pages.INVENTORY + "?" + new URLSearchParams([[ids.url.VIEW, "resources"], [ids.url.FIND, window.grid.cellText(value)]]));
            }]);
        }
        const opens = api.getColumns().find(function (one) { return one.getColDef().cellRenderer === "InventoryResourceLink"; });
        if (opens && node.data._key) {
            entries.push(["Open the resource", function () { window.grid.openRow(api, node.data); }]);
        }
        entries.push(null);
        entries.push(["Copy the value", function () { window.grid.copyCell(event); }]);
        const them = "Copy " + (rows.length > 1 ? rows.length + " rows" : "the row");
        entries.push([them, function () {
            copy(valuesOf(api, rows).map(window.grid.rowText).join("\n"), count(rows), rows);
        }]);
        entries.push([them + " with heads", function () {
            copy([heads].concat(valuesOf(api, rows)).map(window.grid.rowText).join("\n"), count(rows), rows);
        }]);
        entries.push([them + " as Markdown", function () { copy(makeMarkdown(heads, valuesOf(api, rows)), count(rows), rows); }]);
        const values = rows.map(function (row) { return row[column.getColDef().field]; });
        if (kind !== "json" && values.length <= MOST_VALUES && values.some(function (one) { return one !== null && one !== undefined; })) {
            entries.push(["Copy " + column.getColDef().headerName + " as SQL IN (…)", function () { copy(makeSqlList(values), "The list", rows); }]);
        }
        return entries;
    }

    /** @type {HTMLElement | null} */
    let menu = null;

    function show(event, x, y) {
        if (menu) { menu.remove(); }
        const list = document.createElement("div");
        menu = list;
        list.className = "cell-menu";
        list.setAttribute("role", "menu");
        list.setAttribute("aria-label", "Cell of " + event.column.getColDef().headerName);
        let apart = false;
        listEntries(event).forEach(function (entry) {
            if (!entry) { apart = true; return; }
            const button = document.createElement("button");
            button.type = "button";
            button.className = "menu-entry" + (apart && list.childElementCount ? " apart" : "");
            button.setAttribute("role", "menuitem");
            button.textContent = entry[0];
            button.addEventListener("click", entry[1]);
            list.appendChild(button);
            apart = false;
        });
        document.body.appendChild(list);
        list.popover = "auto";
        list.addEventListener("toggle", function (change) {
            if (/** @type {any} */ (change).newState !== "closed") { return; }
            list.remove();
            if (!event.api.isDestroyed() && (!document.activeElement || document.activeElement === document.body)) {
                event.api.setFocusedCell(event.rowIndex, event.column);
            }
        });
        list.showPopover();
        list.style.left = Math.max(8, Math.min(x, innerWidth - list.offsetWidth - 8)) + "px";
        list.style.top = Math.max(8, Math.min(y, innerHeight - list.offsetHeight - 8)) + "px";
        /** @type {HTMLElement} */ (list.firstElementChild).focus({ preventScroll: true });
    }

    /* The small button in the cell that has the focus, for those who do not think of the other mouse button. */
    function placeMore(wrapper, event) {
        wrapper.querySelectorAll(".cell-more").forEach(function (one) { one.remove(); });
        const cell = wrapper.querySelector('.ag-row[row-index="' + event.rowIndex + '"] .ag-cell-focus');
        const node = event.api.getDisplayedRowAtIndex(event.rowIndex);
        if (!cell || !node || !node.data || typeof event.column === "string" || event.column.getColDef().field === "_key") { return; }
        const button = document.createElement("button");
        button.type = "button";
        button.tabIndex = -1;
        button.className = "cell-more bi bi-three-dots";
        button.setAttribute("aria-label", "What to do with this cell");
        button.addEventListener("click", function (press) {
            press.stopPropagation();
            const at = button.getBoundingClientRect();
            const field = event.column.getColDef().field;
            show({ api: event.api, column: event.column, node: node, data: node.data, rowIndex: event.rowIndex, value: node.data[field] },
                at.left, at.bottom + 4);
        });
        cell.appendChild(button);
    }

    /**
     * Give a grid's cells their menu: by the other mouse button, a long press, the menu key, or the button in the cell.
     * @param {HTMLElement} wrapper
     * @param {any} api of AG Grid
     */
    function prepare(wrapper, api) {
        // rows are meant, not the text between two presses
        wrapper.addEventListener("mousedown", function (press) { if (press.shiftKey) { press.preventDefault(); } });
        api.addEventListener("cellContextMenu", function (event) {
            const press = event.event;
            if (!event.data || event.column.getColDef().field === "_key" || String(getSelection())) { return; }
            press.preventDefault();
            show(event, press.clientX, press.clientY);
        });
        api.addEventListener("cellKeyDown", function (event) {
            const key = event.event;
            if (!event.data || !(key.key === "ContextMenu" || (key.shiftKey && key.key === "F10"))) { return; }
            key.preventDefault();
            const at = key.target.getBoundingClientRect();
            show(event, at.left, at.bottom + 4);
        });
        api.addEventListener("cellFocused", function (event) { placeMore(wrapper, event); });
        // a row is known by its place, and another stands there now
        ["filterChanged", "sortChanged"].forEach(function (name) {
            api.addEventListener(name, function () { api.deselectAll(); });
        });
    }

    window.cells = { prepare, makeFilter, addCondition, makeSqlList, makeMarkdown };
})();
