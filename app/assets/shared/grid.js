/* Grids that fetch their rows in blocks (layouts/components/grid.py): any element `.infinite-grid` with data-url. There is
   one AG Grid, which stands in the element that the page has, and out of sight where the page has none.
   Owns: where that grid stands, its columns, rows and widths, copying by keys, and the dialog for JSON and long cells.
   Ids: components.KEPT_GRID, KEPT_GRID_PLACE, and CELL_DIALOG, which it makes.
   Offers: `grid`, and dashAgGridFunctions that column definitions call by name.
   Needs: app.js, cells.js and ids.js, when a grid is there. */
(function () {
    "use strict";
    const LONG = 120, ROW_PIXELS = 32, ROWS_BEYOND = 6, TIP_FROM = 30, LONGEST_TIP = 600;
    const idle = window.requestIdleCallback || function (act) { setTimeout(act, 100); };
    // of a column whose values one reads and copies whole: up to so many characters, each as wide as the widest digit
    const LONGEST_ID = 40, ID_PIXELS = 8;
    const TRUTH = { "true": "yes", "false": "no", "1": "yes", "0": "no" };
    const NO_ROWS = { getRows: function (params) { params.successCallback([], 0); } };
    const cut = new WeakMap();        // row → its columns whose cells the block has not whole
    const filled = new WeakMap();     // element .infinite-grid → whom to tell that its first rows are there
    let holder = null;                // the element .infinite-grid in which the grid stands
    let prepared = null;              // the grid that has its listeners
    let moved = null;                 // what is moved: the grid's own
    let asked = "";                   // what it asked for last: an answer to anything else comes too late
    let answered = null;              // what was answered last, and of how many rows
    let told = null;                  // its filters and its order, as its page knows them
    const prefetched = new Map();     // what a grid will ask for first → promise of its block
    const number = new Intl.NumberFormat("en-US");

    /**
     * A value as a cell shows it and as it is copied.
     * @param {unknown} value
     * @returns {string}
     */
    function cellText(value) {
        if (value === null || value === undefined) { return ""; }
        return typeof value === "object" ? JSON.stringify(value) : String(value);
    }

    /**
     * Values as one line for a spreadsheet: tabs between them, and none within.
     * @param {unknown[]} values
     */
    function rowText(values) {
        return values.map(function (value) { return cellText(value).replace(/[\t\r\n]+/g, " "); }).join("\t");
    }

    window.dashAgGridFunctions = Object.assign(window.dashAgGridFunctions || {}, {
        inventoryCellText: function (params) {
            if (!params.data) { return ""; }
            if (params.value === null || params.value === undefined) { return "–"; }
            const text = cellText(params.value);
            return (params.colDef.context || {}).kind === "boolean" ? TRUTH[text.toLowerCase()] || text : text;
        },
        inventoryReadAt: function (params) {
            return !params.data ? "" : params.value ? cellText(params.value) : "last run";
        },
        // of a scope that the newest run could not read: the route says when it was read last
        inventoryIsStale: function (params) { return !!params.data && ids.values.READ_AT in params.data; },
        // a filter may be higher than a grid is
        inventoryPopups: function () { return document.body; },
        inventoryGridTheme: function (theme) {
            return theme.withParams({
                backgroundColor: "var(--surface)", foregroundColor: "var(--ink)", textColor: "var(--ink)",
                headerBackgroundColor: "var(--surface)", headerTextColor: "var(--ink-2)",
                headerFontWeight: "var(--weight-normal)", headerFontSize: "var(--text-s)",
                borderColor: "var(--line)", rowHoverColor: "var(--surface-2)", accentColor: "var(--accent)",
                chromeBackgroundColor: "var(--surface)", menuBackgroundColor: "var(--surface)",
                inputBackgroundColor: "var(--surface)", inputBorder: "1px solid var(--line-strong)",
                tooltipBackgroundColor: "var(--surface-2)", tooltipTextColor: "var(--ink)",
                wrapperBorder: "none", wrapperBorderRadius: "0", borderRadius: "var(--radius-s)",
                fontFamily: "inherit", fontSize: "var(--text-s)", spacing: "var(--space-1)",
                rowHeight: "var(--row)", headerHeight: "var(--row)", cellHorizontalPadding: "var(--space-2)",
                focusShadow: "0 0 0 2px var(--accent)", browserColorScheme: "inherit",
            });
        },
    });

    // of every column; as text for Dash each call for each cell would be interpreted
    const CELLS = {
        valueFormatter: window.dashAgGridFunctions.inventoryCellText,
        cellClassRules: {
            "null-cell": function (params) { return params.value === null || params.value === undefined; },
            "long-cell": function (params) { return cellText(params.value).length > LONG; },
        },
    };

    /**
     * A block's rows, in as many answers as it takes: long rows fill an answer sooner.
     * @param {string} url the grid's data-url
     * @param {{start: number, end: number}} body as the route takes it
     * @returns {Promise<{rows: object[], total: number}>}
     */
    function fetchBlock(url, body) {
        return app.post(url, body).then(function (answer) {
            (answer.cut || []).forEach(function (cell) {
                const row = answer.rows[cell.row];
                cut.set(row, (cut.get(row) || new Set()).add(cell.column));
            });
            const next = body.start + answer.rows.length;
            if (!answer.rows.length || next >= Math.min(body.end, answer.total)) { return answer; }
            return fetchBlock(url, Object.assign({}, body, { start: next })).then(function (rest) {
                return { rows: answer.rows.concat(rest.rows), total: rest.total };
            });
        });
    }

    /**
     * Whether the block has the row's cell, or any of its cells, not whole.
     * @param {object} row
     * @param {string} [column]
     */
    function isCut(row, column) {
        const columns = cut.get(row);
        return !!columns && (column === undefined || columns.has(column));
    }

    /* The cell's whole value: what the block has, or what the server has of the same row. */
    function fetchCell(event) {
        const field = event.column.getColDef().field;
        if (!isCut(event.data, field)) { return Promise.resolve(event.value); }
        const [url, sort, filters, search] = JSON.parse(asked);
        const body = { start: event.rowIndex, end: event.rowIndex + 1, sort, filters, search, whole: field };
        return app.post(url, body).then(function (answer) {
            const value = answer.rows.length ? cellText(answer.rows[0][field]) : "";
            if (!value.startsWith(cellText(event.value).slice(0, -1))) {
                throw { title: "The rows have changed", message: "The row is no longer where it was.", hint: "Reload the page." };
            }
            return value;
        });
    }

    /* What a grid shows, as one word: an answer belongs to what was asked. */
    function nameView(url, body) { return JSON.stringify([url, body.sort, body.filters, body.search]); }

    /**
     * Start to fetch a first block before its grid asks for it.
     * @param {string} url the grid's data-url
     * @param {{ sort: object[], filters: object, search: string }} [view] what the grid begins with
     */
    function prefetch(url, view) {
        const body = Object.assign({ start: 0, end: ids.values.BLOCK_ROWS, sort: [], filters: {}, search: "" }, view);
        const name = nameView(url, body);
        if (prefetched.has(name)) { return; }
        const promise = fetchBlock(url, body);
        promise.catch(function () { /* shown when the grid asks for it */ });
        prefetched.set(name, promise);
        setTimeout(function () { if (prefetched.get(name) === promise) { prefetched.delete(name); } }, 5000);
    }

    /* An order of AG Grid's, as the route takes it. */
    function readOrder(columns) {
        return columns.map(function (one) { return { column: one.colId, descending: one.sort === "desc" }; });
    }

    /* AG Grid draws empty rows and waits before it asks for those of another order. */
    function prefetchSorted(api) {
        const chosen = api.getColumnState().filter(function (one) { return one.sort; })
            .sort(function (one, other) { return one.sortIndex - other.sortIndex; });
        const body = { sort: readOrder(chosen), filters: api.getFilterModel() || {}, search: searchText(holder) };
        if (nameView(holder.dataset.url, body) !== asked) { prefetch(holder.dataset.url, body); }
    }

    /* A grid that has come into the page asks for its rows while AG Grid is being made. */
    function fetchAhead(wrapper) {
        const data = wrapper.dataset;
        if (!data.url || apiOf(wrapper)) { return; }
        prefetch(data.url, {
            sort: JSON.parse(data.sort || "[]").map(function (one) { return { column: one.column, descending: !!one.descending }; }),
            filters: JSON.parse(data.where || "{}"), search: searchText(wrapper),
        });
    }

    function searchText(wrapper) {
        const input = wrapper.dataset.searchInput && app.element(wrapper.dataset.searchInput);
        return input ? input.value : "";
    }

    /* whole: how many there are without filters; undefined where nobody has asked */
    function showTotal(wrapper, total, whole) {
        // nought of what nobody has read is not nought
        const text = wrapper.dataset.unknown && !whole ? "unknown" : whole === undefined ? number.format(total) + (total === 1 ? " row matches" : " rows match") : total === whole ? number.format(total) + (total === 1 ? " row" : " rows")
            : number.format(total) + " of " + number.format(whole) + " rows";
        document.querySelectorAll('[data-grid-total="' + CSS.escape(wrapper.id) + '"]').forEach(function (element) {
            // it is read out when it is written, and blocks come while one scrolls
            if (element.textContent !== text) { element.textContent = text; }
        });
    }

    function message(wrapper, title, text, retry) {
        let box = wrapper.querySelector(":scope > .grid-message");
        if (!title && !text) { if (box) { box.remove(); } return; }
        if (!box) {
            box = document.createElement("div");
            box.className = "grid-message";
            box.setAttribute("role", "status");
            wrapper.appendChild(box);
        }
        box.replaceChildren();
        if (title) {
            const strong = document.createElement("strong");
            strong.textContent = title;
            box.appendChild(strong);
        }
        box.appendChild(document.createTextNode(text));
        if (retry) {
            const button = document.createElement("button");
            button.type = "button";
            button.className = "btn btn-outline-secondary btn-sm";
            button.textContent = "Try again";
            button.addEventListener("click", retry);
            box.appendChild(button);
        }
    }

    /* Widths from the first rows' text: cheaper than measuring cells, and known before they are painted. */
    function fit(wrapper, api, rows, total) {
        const sample = rows.slice(0, 60);
        const columns = api.getColumns() || [];
        const wanted = columns.filter(function (column) { return !column.getColDef().suppressAutoSize; })
            .map(function (column) {
                const definition = column.getColDef();
                let longest = definition.headerName.length + 5;
                sample.forEach(function (row) {
                    longest = Math.max(longest, Math.min(cellText(row[definition.field]).length, 60));
                });
                const pixels = (definition.context || {}).identifies ? Math.min(longest, LONGEST_ID + 5) * ID_PIXELS : longest * 7.1;
                // what stays in sight leaves at least half of a narrow list to the others
                const most = column.isPinned() ? Math.min(420, Math.max(140, wrapper.clientWidth / 2)) : 420;
                return { key: column.getColId(), newWidth: Math.min(most, Math.max(80, Math.round(pixels + 26))) };
            });
        const fixed = columns.filter(function (column) { return column.getColDef().suppressAutoSize; })
            .reduce(function (sum, column) { return sum + column.getActualWidth(); }, 0);
        const sum = wanted.reduce(function (all, one) { return all + one.newWidth; }, 0);
        const scrolls = (total + 1) * ROW_PIXELS > wrapper.clientHeight - 40;
        const room = wrapper.clientWidth - fixed - (scrolls ? 18 : 2);
        if (sum && sum < room) {
            const factor = Math.min(room / sum, 4);
            wanted.forEach(function (one) { one.newWidth = Math.floor(one.newWidth * factor); });
        }
        if (wanted.length) { api.setColumnWidths(wanted); }
    }

    /* Let the page know the filters and the order, for its address: in the store that it named, each as text. */
    function tell(wrapper, body) {
        const view = {
            where: Object.keys(body.filters).length ? JSON.stringify(body.filters) : "",
            sort: body.sort.length ? JSON.stringify(body.sort) : "",
        };
        const before = told || { where: wrapper.dataset.where || "", sort: wrapper.dataset.sort || "" };
        told = view;
        if (wrapper.dataset.view && (before.where !== view.where || before.sort !== view.sort)) { app.set(wrapper.dataset.view, { data: view }); }
    }

    /**
     * What a grid shows; null where there is none.
     * @param {string} id
     * @returns {{ filters: object, sort: object[], search: string, plain: boolean, total: number | null } | null} plain:
     *     all rows as they come; total: null while it is not known
     */
    function shown(id) {
        if (!holder || holder.id !== id || !asked) { return null; }
        const [, sort, filters, search] = JSON.parse(asked);
        const plain = !sort.length && !search && !Object.keys(filters).length;
        return { filters, sort, search, plain, total: answered && answered.view === asked ? answered.total : null };
    }

    /**
     * The first rows of what a grid shows, whether or not it has them; null where it has asked for none.
     * @param {HTMLElement} wrapper what holds the grid
     * @param {number} count at most MOST_BLOCK_ROWS
     * @returns {Promise<{rows: object[], total: number}> | null}
     */
    function fetchFirst(wrapper, count) {
        if (wrapper !== holder || !asked) { return null; }
        const [url, sort, filters, search] = JSON.parse(asked);
        return fetchBlock(url, { start: 0, end: count, sort, filters, search });
    }

    /* A row's cell in words, as its column shows it. */
    function wordCell(column, row) {
        const definition = column.getColDef(), value = row[definition.field], word = definition.valueFormatter;
        return typeof word === "function" ? word({ value, data: row, colDef: definition }) : cellText(value);
    }

    function source(wrapper, api) {
        let fitted = false;
        function isHere() { return wrapper === holder && !api.isDestroyed(); }
        return {
            getRows: function (params) {
                const url = wrapper.dataset.url;
                if (!url) { params.successCallback([], 0); return; }
                const body = {
                    start: params.startRow, end: params.endRow,
                    sort: readOrder(params.sortModel),
                    filters: params.filterModel || {}, search: searchText(wrapper),
                };
                const plain = !body.sort.length && !body.search && !Object.keys(body.filters).length;
                const view = nameView(url, body), first = body.start === 0 && prefetched.get(view);
                if (first) { prefetched.delete(view); }
                asked = view;
                (first || fetchBlock(url, body)).then(function (answer) {
                    if (!isHere()) { return; }
                    if (!fitted) { fitted = true; fit(wrapper, api, answer.rows, answer.total); }
                    if (plain && url === wrapper.dataset.url) { wrapper.dataset.counted = answer.total; }
                    params.successCallback(answer.rows, answer.total);
                    // those beyond the edge come once these have been painted
                    idle(function () { if (isHere()) { api.setGridOption("rowBuffer", ROWS_BEYOND); } });
                    if (asked !== view) { return; }
                    answered = { view: view, total: answer.total };
                    tell(wrapper, body);
                    const whole = wrapper.dataset.counted || wrapper.dataset.whole;
                    wrapper.dataset.filtered = String(answer.total !== Number(whole || answer.total));
                    wrapper.dataset.loaded = "true";
                    // an order alone leaves nothing out
                    const narrowed = body.search || Object.keys(body.filters).length;
                    showTotal(wrapper, answer.total, whole ? Number(whole) : narrowed ? undefined : answer.total);
                    message(wrapper, "", answer.total ? "" : plain ? wrapper.dataset.empty : "No rows match.");
                }).catch(function (error) {
                    if (!isHere()) { return; }
                    params.failCallback();
                    if (asked !== view) { return; }
                    tell(wrapper, body);
                    message(wrapper, error.title || "The rows could not be shown", [error.message, error.hint].filter(Boolean).join(" "),
                        function () { message(wrapper, "", ""); api.purgeInfiniteCache(); });
                }).finally(function () {
                    const resolve = url === wrapper.dataset.url && filled.get(wrapper);
                    if (resolve) { filled.delete(wrapper); resolve(); }
                });
            },
        };
    }

    /**
     * How often a column's values occur in the rows that the search and the other columns' filters leave.
     * @param {any} api of AG Grid
     * @param {string} column
     * @param {AbortSignal} signal
     * @returns {Promise<ColumnValues>}
     */
    function countValues(api, column, signal) {
        const [path, query] = holder.dataset.url.split("?");
        const filters = Object.assign({}, api.getFilterModel());
        delete filters[column];
        return app.post(path + ids.routes.VALUES + (query ? "?" + query : ""), { column, filters, search: searchText(holder) }, { signal });
    }

    function columnKind(column) { return (column.getColDef().context || {}).kind || "text"; }

    function openCell(column, value) {
        let dialog = /** @type {HTMLDialogElement | null} */ (app.element(ids.components.CELL_DIALOG));
        if (!dialog) {
            dialog = document.createElement("dialog");
            dialog.id = ids.components.CELL_DIALOG;
            dialog.className = "cell-dialog";
            dialog.innerHTML = '<div class="cell-dialog-head"><strong></strong><span><button type="button" ' +
                'class="btn btn-outline-secondary btn-sm" data-copy>Copy</button> <button type="button" ' +
                'class="btn btn-outline-secondary btn-sm" data-close>Close</button></span></div><pre tabindex="0"></pre>';
            dialog.addEventListener("click", function (event) {
                if (event.target === dialog || event.target.closest("[data-close]")) { dialog.close(); }
                const copy = event.target.closest("[data-copy]");
                if (copy) {
                    navigator.clipboard.writeText(dialog.querySelector("pre").textContent).then(function () {
                        copy.textContent = "Copied";
                        setTimeout(function () { copy.textContent = "Copy"; }, 1200);
                    });
                }
            });
            document.body.appendChild(dialog);
        }
        dialog.querySelector("strong").textContent = column.getColDef().headerName;
        dialog.setAttribute("aria-label", column.getColDef().headerName);
        const pre = dialog.querySelector("pre");
        pre.replaceChildren();
        const text = cellText(value);
        if (isJson(text)) { paintJson(pre, indentJson(text)); } else { pre.textContent = text; }
        dialog.showModal();
        pre.scrollTop = 0;
    }

    /* Whether it is the text of an object or a list: what is parsed is thrown away, since its numbers lose digits. */
    function isJson(text) {
        if (!/^\s*[{[]/.test(text)) { return false; }
        try { JSON.parse(text); return true; } catch { return false; }
    }

    /**
     * A JSON text with a line for each value, its tokens as they are.
     * @param {string} text of an object or a list
     */
    function indentJson(text) {
        let depth = 0;
        const tokens = text.match(/"(?:\\.|[^"\\])*"|[^\s,:{}[\]"]+|[,:{}[\]]/g) || [], parts = [];
        function line() { return "\n" + "  ".repeat(depth); }
        tokens.forEach(function (token, index) {
            const next = tokens[index + 1];
            if (token === "{" || token === "[") {
                depth += 1;
                parts.push(token, next === "}" || next === "]" ? "" : line());
            } else if (token === "}" || token === "]") {
                depth -= 1;
                const before = tokens[index - 1];
                parts.push(before === "{" || before === "[" ? "" : line(), token);
            } else if (token === ",") { parts.push(token, line()); }
            else { parts.push(token === ":" ? ": " : token); }
        });
        return parts.join("");
    }

    /* Colours for a formatted JSON text: built from text nodes, so that a value can never become markup. */
    function paintJson(pre, text) {
        const token = /("(?:\\.|[^"\\])*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
        let last = 0, match;
        while ((match = token.exec(text))) {
            pre.appendChild(document.createTextNode(text.slice(last, match.index)));
            const span = document.createElement("span");
            span.className = match[2] ? "json-key" : match[1] ? "json-string" : "json-literal";
            span.textContent = match[1] || match[0];
            pre.appendChild(span);
            if (match[2]) { pre.appendChild(document.createTextNode(match[2])); }
            last = token.lastIndex;
        }
        pre.appendChild(document.createTextNode(text.slice(last)));
    }

    function open(event) {
        fetchCell(event).then(function (value) { openCell(event.column, value); }).catch(app.toastError);
    }

    /* The row's own page, where the grid has one for its rows. */
    function openRow(api, row) {
        const column = api.getColumns().find(function (one) { return one.getColDef().cellRenderer === "InventoryResourceLink"; });
        if (!column || !row || row._key === null || row._key === undefined) { return false; }
        app.visit(window.inventory.resourceAddress(row, column.getColDef().context.base));
        return true;
    }

    function copyCell(event) {
        fetchCell(event).then(function (value) { return navigator.clipboard.writeText(cellText(value)); }).catch(app.toastError);
    }

    function opens(column, value) {
        return value !== null && value !== undefined && (columnKind(column) === "json" || cellText(value).length > LONG);
    }

    function prepare(api) {
        prepared = api;
        moved = app.element(ids.components.KEPT_GRID);
        api.addEventListener("cellClicked", function (event) {
            if (columnKind(event.column) === "json" && opens(event.column, event.value) && !String(getSelection())) {
                open(event);
            }
        });
        api.addEventListener("cellDoubleClicked", function (event) {
            if (opens(event.column, event.value)) { open(event); } else { openRow(api, event.data); }
        });
        api.addEventListener("cellKeyDown", function (event) {
            const key = event.event;
            if (key.key === "Enter" && opens(event.column, event.value)) {
                key.preventDefault();
                open(event);
            } else if (key.key === "Enter" && key.target.tagName !== "A" && openRow(api, event.data)) {
                key.preventDefault();
            } else if ((key.ctrlKey || key.metaKey) && key.key.toLowerCase() === "c" && !String(getSelection())) {
                key.preventDefault();
                const row = rowText(api.getAllDisplayedColumns().map(function (column) {
                    return (event.data || {})[column.getColDef().field];
                }));
                if (!key.shiftKey) { copyCell(event); return; }
                navigator.clipboard.writeText(row);
                if (isCut(event.data)) { app.toast("Long cells of the row are copied with their beginning alone, up to …"); }
            }
        });
        api.addEventListener("sortChanged", function () { if (holder && holder.dataset.url) { prefetchSorted(api); } });
        window.cells.prepare(moved, api);
        // AG Grid's own tips are made with each cell: a sixth of the time that rows take
        moved.addEventListener("mouseover", function (event) {
            const cell = event.target instanceof Element && /** @type {HTMLElement | null} */ (event.target.closest(".ag-cell"));
            if (cell) { cell.title = cell.textContent.length > TIP_FROM ? cell.textContent.slice(0, LONGEST_TIP) : ""; }
        });
    }

    /* Make AG Grid, once: its code may still be on its way. */
    function make() {
        const place = app.element(ids.components.KEPT_GRID_PLACE);
        if (!place || place.dataset.made) { return; }
        place.dataset.made = "true";
        app.set(place.id, { children: JSON.parse(place.dataset.grid) });
    }

    /* null until the grid can be given rows */
    function keptApi() {
        let api;
        try { api = window.dash_ag_grid && window.dash_ag_grid.getApi(ids.components.KEPT_GRID); } catch { api = null; }
        // the component sets a datasource of its own when the grid is ready, over any that was set before
        return api && !api.isDestroyed() && api.getGridOption("datasource") ? api : null;
    }

    function apiOf(wrapper) { return wrapper === holder ? keptApi() : null; }

    /* Without columns the order and the filters of the old ones are gone, too. */
    function empty(api) {
        asked = "";
        answered = told = null;
        api.setGridOption("datasource", NO_ROWS);
        api.setGridOption("columnDefs", []);
        api.setGridOption("rowBuffer", 0);
        api.deselectAll();
        api.clearFocusedCell();
    }

    /* Let the grid stand in an element, with the columns, the order and the filters that this begins with. */
    function take(wrapper, api) {
        holder = wrapper;
        wrapper.prepend(moved);
        attributes.disconnect();
        attributes.observe(wrapper, { attributeFilter: ["data-url", "data-columns"] });
        begin(wrapper, api);
    }

    function begin(wrapper, api) {
        empty(api);
        forget(wrapper);
        const order = JSON.parse(wrapper.dataset.sort || "[]"), filters = Object.entries(JSON.parse(wrapper.dataset.where || "{}"));
        api.setGridOption("columnDefs", JSON.parse(wrapper.dataset.columns).map(function (definition) {
            const place = order.findIndex(function (one) { return one.column === definition.colId; });
            const word = window.dashAgGridFunctions[definition.valueFormatter];
            return Object.assign({}, CELLS, definition, word ? { valueFormatter: word } : {},
                place < 0 ? {} : { sort: order[place].descending ? "desc" : "asc", sortIndex: place });
        }));
        Promise.all(filters.map(function (one) { return api.setColumnFilterModel(one[0], one[1]); })).then(function () {
            if (holder !== wrapper || api.isDestroyed()) { return; }
            if (filters.length) { api.onFilterChanged(); }
            api.setGridOption("datasource", source(wrapper, api));
        });
    }

    /* What was said of other rows. */
    function forget(wrapper) {
        ["counted", "filtered", "loaded"].forEach(function (name) { delete wrapper.dataset[name]; });
        message(wrapper, "", "");
    }

    /* The page that had the element is gone. */
    function leave() {
        holder = null;
        attributes.disconnect();
        app.element(ids.components.KEPT_GRID_PLACE).append(moved);
        empty(prepared);
    }

    /**
     * Give a grid of `fillable_grid` the rows of another address, and their columns.
     * @param {string} id the grid's
     * @param {string} url where it asks for rows
     * @param {{ name: string, kind: string }[]} columns
     * @returns {Promise<void>} when the first rows stand there, or what is said instead
     */
    function fill(id, url, columns) {
        const wrapper = app.element(id), data = wrapper.dataset;
        if (data.url === url) { return Promise.resolve(); }
        const definitions = JSON.parse(data.definitions), known = JSON.parse(data.known);
        const input = /** @type {HTMLInputElement | null} */ (app.element(data.searchInput));
        if (input && input.value) { input.value = ""; app.set(input.id, { value: "" }); }
        return new Promise(function (resolve) {
            filled.set(wrapper, resolve);
            data.columns = JSON.stringify(columns.map(function (column) {
                return known[column.name] || Object.assign({}, definitions[column.kind] || definitions.text,
                    { field: column.name, colId: column.name, headerName: column.name, headerTooltip: column.name });
            }));
            data.url = url;
        });
    }

    function scan() {
        const wrapper = /** @type {HTMLElement | null} */ (document.querySelector(".infinite-grid")), api = wrapper && keptApi();
        if (!wrapper || wrapper === holder) { return; }
        if (!api) {
            // its code is loaded when first used
            make();
            schedule(8);
            return;
        }
        if (api !== prepared) { prepare(api); }
        take(wrapper, api);
    }

    let scheduled = false;
    function schedule(delay) {
        if (scheduled) { return; }
        scheduled = true;
        setTimeout(function () { scheduled = false; scan(); }, delay);
    }

    const attributes = new MutationObserver(function (changes) {
        const api = keptApi();
        if (changes.some(function (change) { return change.attributeName === "data-columns"; })) { begin(holder, api); return; }
        forget(holder);
        api.setGridOption("datasource", source(holder, api));
    });
    new MutationObserver(function (changes) {
        const come = changes.some(function (change) {
            return Array.from(change.addedNodes).some(function (node) {
                return node instanceof Element && (node.matches(".infinite-grid") || node.querySelector(".infinite-grid"));
            });
        });
        if (come) {
            const wrapper = /** @type {HTMLElement} */ (document.querySelector(".infinite-grid"));
            if (wrapper && wrapper !== holder) { fetchAhead(wrapper); }
            scan();
        } else if (holder && !holder.isConnected) { leave(); }
    }).observe(document.documentElement, { childList: true, subtree: true });

    let typing = null;
    document.addEventListener("input", function (event) {
        if (!event.target.id) { return; }
        if (!holder || holder.dataset.searchInput !== event.target.id) { return; }
        clearTimeout(typing);
        typing = setTimeout(function () {
            const api = holder && keptApi();
            if (api) { api.purgeInfiniteCache(); api.ensureIndexVisible(0); }
        }, 250);
    });

    window.grid = { make, apiOf, shown, fetchFirst, wordCell, fill, countValues, TRUTH, prefetch, fetchBlock, isCut, cellText, rowText, indentJson, openRow, copyCell };
})();
