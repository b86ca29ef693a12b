/* A column's filter: what the column holds, its values with their counts to choose from, or conditions.
   The grid opens it from the column's head (the funnel; Ctrl+Enter or Alt+Down on the head). Nothing is made or asked before.
   Owns: .column-filter, which it makes for each column when it is opened.
   Ids: none.
   Offers: dashAgGridFunctions.inventoryColumnFilter, a filter as AG Grid wants it.
   Needs: value_filters.js, grid.js, app.js and ids.js, when it is opened. */
(function () {
    "use strict";
    const PAUSE_MS = 300, EDGE_PIXELS = 8;
    const count = new Intl.NumberFormat("en-US");

    function element(tag, className, ...children) {
        const one = document.createElement(tag);
        one.className = className;
        one.append(...children);
        return one;
    }

    function button(className, text, press) {
        const one = /** @type {HTMLButtonElement} */ (element("button", className, text));
        one.type = "button";
        one.addEventListener("click", press);
        return one;
    }

    function input(label, value, change) {
        const one = /** @type {HTMLInputElement} */ (element("input", "form-control form-control-sm"));
        one.value = value;
        one.setAttribute("aria-label", label);
        one.addEventListener("input", change);
        return one;
    }

    function select(label, options, value, change) {
        const one = /** @type {HTMLSelectElement} */ (element("select", "form-select form-select-sm"));
        options.forEach(function (option) { one.add(new Option(option[1], option[0], false, option[0] === value)); });
        one.setAttribute("aria-label", label);
        one.addEventListener("change", change);
        return one;
    }

    /* A value as the list says it. */
    function entryWords(kind, entry) {
        if (entry.value === null) { return "empty"; }
        if (entry.value === "") { return "empty text"; }
        return kind === "boolean" ? window.grid.TRUTH[entry.value.toLowerCase()] || entry.value : entry.value + (entry.digest ? "…" : "");
    }

    function keyOf(entry) { return entry.digest || JSON.stringify(entry.value); }

    function conditionsOf(model) {
        if (!model || model.filterType === "values") { return []; }
        return model.operator ? model.conditions : [model];
    }

    class ColumnFilter {
        init(params) {
            this.params = params;
            this.kind = (params.colDef.context || {}).kind || "text";
            this.name = params.colDef.headerName;
            this.model = null;
            this.gui = element("div", "column-filter");
            this.gui.setAttribute("role", "group");
            this.gui.setAttribute("aria-label", "Filter of " + this.name);
        }

        getGui() { return this.gui; }
        isFilterActive() { return this.model !== null; }
        // the rows come filtered
        doesFilterPass() { return true; }
        getModel() { return this.model; }

        setModel(model) {
            const same = JSON.stringify(model || null) === JSON.stringify(this.model);
            this.model = model || null;
            // the grid repeats to us what we have told it
            if (!same && this.found) { this.paint(); }
        }

        afterGuiAttached() {
            this.found = null;
            this.pane = null;
            this.asking = new AbortController();
            this.gui.replaceChildren(element("p", "column-summary", "Counting…"));
            this.gui.tabIndex = -1;
            this.gui.focus({ preventScroll: true });
            const asking = this.asking;
            window.grid.countValues(this.params.api, this.params.column.getColId(), asking.signal).then(
                (found) => { if (!asking.signal.aborted) { this.found = found; this.paint(true); } },
                (error) => {
                    if (asking.signal.aborted) { return; }
                    // conditions need no counts
                    this.found = { rows: 0, filled: 0, distinct: null, values: null, least: null, most: null };
                    this.failure = app.words(error);
                    this.paint(true);
                    this.failure = null;
                },
            );
        }

        afterGuiDetached() {
            this.asking.abort();
            this.found = null;
            this.gui.replaceChildren();
        }

        destroy() { if (this.asking) { this.asking.abort(); } clearTimeout(this.waiting); }

        apply(model, pause) {
            clearTimeout(this.waiting);
            this.model = model;
            this.waiting = setTimeout(() => this.params.filterChangedCallback(), pause ? PAUSE_MS : 0);
            if (this.clear) { this.clear.disabled = model === null; }
        }

        paint(focus) {
            const conditions = conditionsOf(this.model).length > 0;
            const listed = this.found.values !== null;
            if (!this.pane) { this.pane = conditions || !listed ? "conditions" : "values"; }
            if (conditions && !focus) { this.pane = "conditions"; }
            this.clear = button("btn btn-link btn-sm", "Clear the filter", () => { this.apply(null); this.paint(); });
            this.clear.disabled = this.model === null;
            this.gui.replaceChildren(
                this.drawSummary(),
                ...(listed ? [this.drawPanes()] : []),
                this.pane === "values" ? this.drawValues() : this.drawConditions(),
                element("div", "column-foot", this.clear),
            );
            this.keepInSight();
            if (focus) {
                const first = this.gui.querySelector(".column-pane input");
                if (first) { /** @type {HTMLElement} */ (first).focus({ preventScroll: true }); }
            }
        }

        /* The grid places it before it has its content, which may be too high for what is below a head. */
        keepInSight() {
            const menu = /** @type {HTMLElement | null} */ (this.gui.closest(".ag-menu"));
            const beyond = menu ? menu.getBoundingClientRect().bottom - window.innerHeight + EDGE_PIXELS : 0;
            if (menu && beyond > 0) { menu.style.top = Math.max(EDGE_PIXELS, menu.offsetTop - beyond) + "px"; }
        }

        drawSummary() {
            const found = this.found, words = window.valueFilters;
            if (this.failure) { return element("p", "column-summary tone-danger", this.failure); }
            const lines = [element("strong", "", words.summaryWords(this.kind, found))];
            if (found.least !== null && found.distinct !== 1) {
                lines.push(element("span", "column-ends", element("span", "given", found.least), " to ", element("span", "given", found.most)));
            }
            lines.push(element("span", "text-muted-2", words.countedWords(found.rows) + (this.model ? ", this column's own filter aside." : ".")));
            if (found.values === null) {
                lines.push(element("span", "text-muted-2", "These are too many to list: filter by a condition."));
            }
            return element("p", "column-summary", ...lines);
        }

        drawPanes() {
            const panes = element("div", "segments");
            [["values", "Values"], ["conditions", "Conditions"]].forEach(([pane, text]) => {
                const one = button("segment" + (pane === this.pane ? " active" : ""), text, () => { this.pane = pane; this.paint(true); });
                one.setAttribute("aria-pressed", String(pane === this.pane));
                panes.append(one);
            });
            return panes;
        }

        drawValues() {
            const model = this.model, kept = window.valueFilters.keeps, entries = this.found.values.slice();
            const known = new Set(entries.map(keyOf));
            window.valueFilters.listNamed(model).forEach((one) => { if (!known.has(keyOf(one))) { entries.push(one); } });
            // a column that is filtered by conditions starts with all of its values
            const state = new Map(entries.map((one) => [one, kept(model, one)]));
            const list = element("ul", "column-values");
            const boxes = entries.map((one) => {
                const box = /** @type {HTMLInputElement} */ (element("input", "form-check-input"));
                const words = entryWords(this.kind, one);
                box.type = "checkbox";
                box.checked = state.get(one);
                box.addEventListener("change", () => { state.set(one, box.checked); chosen(true); });
                const text = element("span", one.value ? "given" : "null-value", words);
                text.title = words;
                const item = element("li", "", element("label", "", box, text, element("span", "column-count", count.format(one.rows))));
                list.append(item);
                return { one, box, item, words: words.toLowerCase() };
            });
            const said = element("span", "column-chosen");
            said.setAttribute("role", "status");
            const say = () => {
                const number = entries.filter((one) => state.get(one)).length;
                const shown = boxes.filter((each) => !each.item.hidden).length;
                said.textContent = (shown < entries.length ? count.format(shown) + " found · " : "") + count.format(number) + " of " + count.format(entries.length) + " chosen";
            };
            const chosen = (pause) => { this.apply(window.valueFilters.choose(entries, (one) => state.get(one)), pause); say(); };
            const mark = (value) => {
                boxes.filter((each) => !each.item.hidden).forEach((each) => { each.box.checked = value; state.set(each.one, value); });
                chosen(false);
            };
            const find = input("Find a value of " + this.name, "", () => {
                const wanted = find.value.trim().toLowerCase();
                boxes.forEach((each) => { each.item.hidden = !each.words.includes(wanted); });
                say();
            });
            find.type = "search";
            find.placeholder = "Find a value";
            find.maxLength = ids.values.LONGEST_COMPARED;
            say();
            return element("div", "column-pane", find, element("div", "column-tools",
                button("btn btn-link btn-sm", "Select all", () => mark(true)), button("btn btn-link btn-sm", "Select none", () => mark(false)), said), list);
        }

        drawConditions() {
            const numeric = this.kind === "number", options = numeric ? ids.values.NUMBER_CONDITIONS : ids.values.TEXT_CONDITIONS;
            const before = conditionsOf(this.model);
            const rows = before.length ? before.map((one) => Object.assign({}, one)) : [{ type: options[0][0] }];
            let operator = (this.model && this.model.operator) || "AND";
            const list = element("div", "column-conditions");
            const pane = element("div", "column-pane", list);
            const whole = (one) => {
                if (one.type === "blank" || one.type === "notBlank") { return { filterType: numeric ? "number" : "text", type: one.type }; }
                if (one.filter === undefined || one.filter === "" || (numeric && !Number.isFinite(one.filter))) { return null; }
                if (one.type === "inRange" && !Number.isFinite(one.filterTo)) { return null; }
                return Object.assign({ filterType: numeric ? "number" : "text", type: one.type, filter: one.filter },
                    one.type === "inRange" ? { filterTo: one.filterTo } : {});
            };
            const changed = (pause) => {
                const complete = rows.map(whole).filter(Boolean);
                this.apply(!complete.length ? null : complete.length === 1 ? complete[0]
                    : { filterType: complete[0].filterType, operator: operator, conditions: complete }, pause);
            };
            const compared = (one, field, label) => {
                const box = input(label, one[field] === undefined ? "" : String(one[field]), () => {
                    const text = box.value.trim(), value = numeric ? Number(text) : box.value;
                    const wrong = numeric && text !== "" && !Number.isFinite(value);
                    box.setAttribute("aria-invalid", String(wrong));
                    box.classList.toggle("is-invalid", wrong);
                    one[field] = text === "" || wrong ? undefined : value;
                    changed(true);
                });
                box.maxLength = ids.values.LONGEST_COMPARED;
                if (numeric) { box.inputMode = "decimal"; }
                box.placeholder = numeric ? "Number" : "Text";
                return box;
            };
            const draw = () => {
                list.replaceChildren(...rows.map((one, index) => {
                    const open = one.type !== "blank" && one.type !== "notBlank";
                    const row = element("div", "column-condition",
                        select("How to compare", options, one.type, (event) => { one.type = event.target.value; draw(); changed(false); }),
                        ...(open ? [compared(one, "filter", "Compared with")] : []),
                        ...(one.type === "inRange" ? [compared(one, "filterTo", "and at most")] : []));
                    if (rows.length > 1) {
                        const remove = button("btn btn-link btn-sm bi bi-x-lg", "", () => { rows.splice(index, 1); draw(); changed(false); });
                        remove.setAttribute("aria-label", "Remove the condition");
                        row.append(remove);
                    }
                    return row;
                }));
                if (rows.length > 1) {
                    list.prepend(select("Which conditions have to hold", [["AND", "all of these"], ["OR", "any of these"]], operator,
                        (event) => { operator = event.target.value; changed(false); }));
                }
                add.hidden = rows.length >= ids.values.MOST_CONDITIONS;
            };
            const add = button("btn btn-link btn-sm", "Add a condition", () => {
                rows.push({ type: options[0][0] });
                draw();
                /** @type {HTMLElement} */ (list.lastElementChild.querySelector("input")).focus();
            });
            pane.append(add);
            draw();
            return pane;
        }
    }

    window.dashAgGridFunctions = Object.assign(window.dashAgGridFunctions || {}, { inventoryColumnFilter: ColumnFilter });
})();
