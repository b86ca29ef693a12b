/* Grids that fetch their rows in blocks (layouts/components/grid.py): any element `.infinite-grid` with data-url.
   Owns: their datasource, widths that fit the content, copying by keys, and the dialog for JSON and long cells.
   Ids: components.CELL_DIALOG, which it makes.
   Offers: `grid`, and dashAgGridFunctions that column definitions call by name.
   Needs: app.js, cells.js and ids.js, when a grid is there. */
(function () {
    "use strict";
    const LONG = 120, ROW_PIXELS = 32;
    // of a column whose values one reads and copies whole: up to so many characters, each as wide as the widest digit
    const LONGEST_ID = 40, ID_PIXELS = 8;
    const TRUTH = { "true": "yes", "false": "no", "1": "yes", "0": "no" };
    const ready = new WeakSet();      // the grids that have their datasource
    const asked = new WeakMap();      // grid → what it asked for last: an answer to anything else comes too late
    const wrappers = new WeakMap();   // grid → its element .infinite-grid
    const answered = new WeakMap();   // grid → what was answered last, and of how many rows
    const told = new WeakMap();       // grid → its filters and its order, as its page knows them
    const cut = new WeakMap();        // row → its columns whose cells the block has not whole
    const waiting = new WeakMap();    // element .infinite-grid → what it is to be filled with
    const filled = new WeakMap();     // element .infinite-grid → whom to tell that its first rows are there
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
        inventoryCellTooltip: function (params) {
            const text = cellText(params.value);
            return text.length > 30 ? text.slice(0, 600) : null;
        },
        inventoryIsLong: function (params) { return cellText(params.value).length > LONG; },
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
        const [url, sort, filters, search] = JSON.parse(asked.get(event.api));
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
    function prefetchSorted(wrapper, api) {
        const chosen = api.getColumnState().filter(function (one) { return one.sort; })
            .sort(function (one, other) { return one.sortIndex - other.sortIndex; });
        prefetch(wrapper.dataset.url, {
            sort: readOrder(chosen), filters: api.getFilterModel() || {}, search: searchText(wrapper),
        });
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
        const id = wrapper.firstElementChild.id;
        // nought of what nobody has read is not nought
        const text = wrapper.dataset.unknown && !whole ? "unknown" : whole === undefined ? number.format(total) + (total === 1 ? " row matches" : " rows match") : total === whole ? number.format(total) + (total === 1 ? " row" : " rows")
            : number.format(total) + " of " + number.format(whole) + " rows";
        document.querySelectorAll('[data-grid-total="' + CSS.escape(id) + '"]').forEach(function (element) {
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
    function tell(wrapper, api, body) {
        const view = {
            where: Object.keys(body.filters).length ? JSON.stringify(body.filters) : "",
            sort: body.sort.length ? JSON.stringify(body.sort) : "",
        };
        const before = told.get(api) || { where: wrapper.dataset.where || "", sort: wrapper.dataset.sort || "" };
        told.set(api, view);
        if (wrapper.dataset.view && (before.where !== view.where || before.sort !== view.sort)) { app.set(wrapper.dataset.view, { data: view }); }
    }

    /**
     * What a grid shows; null where there is none.
     * @param {string} id
     * @returns {{ filters: object, sort: object[], search: string, plain: boolean, total: number | null } | null} plain:
     *     all rows as they come; total: null while it is not known
     */
    function shown(id) {
        const grid = document.getElementById(id), wrapper = grid && grid.closest(".infinite-grid"), api = wrapper && apiOf(wrapper);
        const view = api && asked.get(api);
        if (!view) { return null; }
        const [, sort, filters, search] = JSON.parse(view), last = answered.get(api);
        const plain = !sort.length && !search && !Object.keys(filters).length;
        return { filters, sort, search, plain, total: last && last.view === view ? last.total : null };
    }

    /**
     * The first rows of what a grid shows, whether or not it has them; null where it has asked for none.
     * @param {HTMLElement} wrapper what holds the grid
     * @param {number} count at most MOST_BLOCK_ROWS
     * @returns {Promise<{rows: object[], total: number}> | null}
     */
    function fetchFirst(wrapper, count) {
        const api = apiOf(wrapper), view = api && asked.get(api);
        if (!view) { return null; }
        const [url, sort, filters, search] = JSON.parse(view);
        return fetchBlock(url, { start: 0, end: count, sort, filters, search });
    }

    /* A row's cell in words, as its column shows it. */
    function wordCell(column, row) {
        const definition = column.getColDef(), value = row[definition.field], word = definition.valueFormatter;
        return typeof word === "function" ? word({ value, data: row, colDef: definition }) : cellText(value);
    }

    function source(wrapper, api) {
        let fitted = false;
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
                asked.set(api, view);
                (first || fetchBlock(url, body)).then(function (answer) {
                    if (api.isDestroyed()) { return; }
                    if (!fitted) { fitted = true; fit(wrapper, api, answer.rows, answer.total); }
                    if (plain && url === wrapper.dataset.url) {
                        wrapper.dataset.whole = answer.total;
                    }
                    params.successCallback(answer.rows, answer.total);
                    if (asked.get(api) !== view) { return; }
                    answered.set(api, { view: view, total: answer.total });
                    tell(wrapper, api, body);
                    wrapper.dataset.total = answer.total;
                    wrapper.dataset.filtered = String(answer.total !== Number(wrapper.dataset.whole || answer.total));
                    wrapper.dataset.loaded = "true";
                    // an order alone leaves nothing out
                    const narrowed = body.search || Object.keys(body.filters).length;
                    showTotal(wrapper, answer.total, wrapper.dataset.whole ? Number(wrapper.dataset.whole) : narrowed ? undefined : answer.total);
                    message(wrapper, "", answer.total ? "" : plain ? wrapper.dataset.empty : "No rows match.");
                }).catch(function (error) {
                    if (api.isDestroyed()) { return; }
                    params.failCallback();
                    if (asked.get(api) !== view) { return; }
                    tell(wrapper, api, body);
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
        const wrapper = wrappers.get(api), [path, query] = wrapper.dataset.url.split("?");
        const filters = Object.assign({}, api.getFilterModel());
        delete filters[column];
        return app.post(path + ids.routes.VALUES + (query ? "?" + query : ""), { column, filters, search: searchText(wrapper) }, { signal });
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

    function prepare(wrapper, api) {
        ready.add(api);
        wrappers.set(api, wrapper);
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
        api.addEventListener("sortChanged", function () { if (wrapper.dataset.url) { prefetchSorted(wrapper, api); } });
        window.cells.prepare(wrapper, api);
        api.setGridOption("datasource", source(wrapper, api));
    }

    function refresh(wrapper) {
        const api = apiOf(wrapper);
        if (!api) { return; }
        ["whole", "total", "filtered", "loaded"].forEach(function (name) { delete wrapper.dataset[name]; });
        message(wrapper, "", "");
        api.setGridOption("datasource", source(wrapper, api));
    }

    /**
     * Give a grid of `fillable_grid` the rows of another address, and their columns.
     * @param {string} id the grid's
     * @param {string} url where it asks for rows
     * @param {{ name: string, kind: string }[]} columns
     * @returns {Promise<void>} when the first rows stand there, or what is said instead
     */
    function fill(id, url, columns) {
        const wrapper = /** @type {HTMLElement} */ (app.element(id).closest(".infinite-grid")), api = apiOf(wrapper);
        if (wrapper.dataset.url === url) { return Promise.resolve(); }
        return new Promise(function (resolve) {
            // its code may still be on its way: it begins with these then
            waiting.set(wrapper, { url, columns });
            filled.set(wrapper, resolve);
            if (api && ready.has(api)) { fillNow(wrapper, api); }
        });
    }

    function fillNow(wrapper, api) {
        const wanted = waiting.get(wrapper);
        if (!wanted) { return; }
        waiting.delete(wrapper);
        const definitions = JSON.parse(wrapper.dataset.definitions), known = JSON.parse(wrapper.dataset.known);
        const input = /** @type {HTMLInputElement | null} */ (app.element(wrapper.dataset.searchInput));
        if (input && input.value) { input.value = ""; app.set(input.id, { value: "" }); }
        // nothing is asked for until the columns are there, and without any the old ones' order and filters are gone
        wrapper.dataset.url = "";
        api.setGridOption("columnDefs", []);
        api.setGridOption("columnDefs", wanted.columns.map(function (column) {
            return known[column.name] || Object.assign({}, definitions[column.kind] || definitions.text,
                { field: column.name, colId: column.name, headerName: column.name, headerTooltip: column.name });
        }));
        wrapper.dataset.url = wanted.url;
    }

    function apiOf(wrapper) {
        const grid = wrapper.firstElementChild;
        let api;
        try { api = grid && window.dash_ag_grid && window.dash_ag_grid.getApi(grid.id); } catch { api = null; }
        // the component sets a datasource of its own when the grid is ready, over any that was set before
        return api && !api.isDestroyed() && api.getGridOption("datasource") ? api : null;
    }

    function scan() {
        let missing = false;
        document.querySelectorAll(".infinite-grid").forEach(function (wrapper) {
            const api = apiOf(wrapper);
            if (api && !ready.has(api)) {
                prepare(wrapper, api);
                attributes.observe(wrapper, { attributeFilter: ["data-url"] });
                fillNow(wrapper, api);
            } else if (!api) { missing = true; }
        });
        // the grid's own code is loaded when first used
        if (missing) { schedule(8); }
    }

    let scheduled = false;
    function schedule(delay) {
        if (scheduled) { return; }
        scheduled = true;
        setTimeout(function () { scheduled = false; scan(); }, delay);
    }

    const attributes = new MutationObserver(function (changes) {
        new Set(changes.map(function (change) { return change.target; })).forEach(refresh);
    });
    new MutationObserver(function (changes) {
        for (const change of changes) {
            for (const node of change.addedNodes) {
                if (!(node instanceof Element)) { continue; }
                const wrapper = node.matches(".infinite-grid") ? node : node.querySelector(".infinite-grid");
                if (wrapper) {
                    fetchAhead(wrapper);
                    schedule(0);
                    return;
                }
            }
        }
    }).observe(document.documentElement, { childList: true, subtree: true });

    let typing = null;
    document.addEventListener("input", function (event) {
        if (!event.target.id) { return; }
        const wrapper = document.querySelector('.infinite-grid[data-search-input="' + CSS.escape(event.target.id) + '"]');
        if (!wrapper) { return; }
        clearTimeout(typing);
        typing = setTimeout(function () {
            const api = apiOf(wrapper);
            if (api) { api.purgeInfiniteCache(); api.ensureIndexVisible(0); }
        }, 250);
    });

    window.grid = { apiOf, shown, fetchFirst, wordCell, fill, countValues, TRUTH, prefetch, fetchBlock, isCut, cellText, rowText, indentJson, openRow, copyCell };
})();
