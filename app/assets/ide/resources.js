/* The resource browser: provider → service → resource → columns and methods, fetched as it is opened, and a search;
   of the inventory its tables and their columns.
   Owns: the tree, which follows the keyboard pattern of trees: arrows move and open, Enter inserts.
   Ids: ide.RESOURCES, RESOURCE_SEARCH.
   Offers: `ide.resources`, whose nodes names.js reads too.
   Needs: app.js, ids.js, leaves.js, `ide.editor` and `ide.tabs`, when the drawer is there. */

/**
 * @typedef {object} IdeResources
 * @property {(name: string) => void} source show what there is to query: live or inventory
 * @property {(provider: string) => void} reveal open a provider's node and bring it into view
 * @property {(path: string) => Promise<any>} node what the tree has at a dotted name, asked for once
 */

(function () {
    "use strict";
    const ide = window.ide = window.ide || /** @type {Ide} */ ({});
    const cache = new Map();
    let root = null, typing = null, wanted = "", source = ids.values.LIVE;

    function searchField() { return /** @type {HTMLInputElement | null} */ (app.element(ids.ide.RESOURCE_SEARCH)); }

    function ofInventory() { return source !== ids.values.LIVE; }

    /* The tables of the inventory, fetched anew each time they are shown: runs add columns and rows. */
    function fetchTables() {
        return app.get(ids.routes.INVENTORY_TABLES).then(function (answer) {
            answer.tables.forEach(function (table) {
                cache.set("table:" + table.written, Promise.resolve({ columns: table.columns, required: [], methods: [], template: table.template }));
            });
            return answer.tables;
        });
    }

    function fetchNode(path) {
        if (!cache.has(path)) {
            const promise = app.get(ids.routes.RESOURCES, { path: path });
            promise.catch(function () { cache.delete(path); });
            cache.set(path, promise);
        }
        return cache.get(path);
    }

    function make(tag, className, text) {
        const element = document.createElement(tag);
        if (className) { element.className = className; }
        if (text !== undefined) { element.textContent = text; }
        return element;
    }
    function icon(name) { const found = make("i", "bi " + name); found.setAttribute("aria-hidden", "true"); return found; }

    function isTable(kind) { return kind === "resource" || kind === "table"; }

    /* kind: provider, service, resource or table; path: its dotted name; required: the parameters that it needs. */
    function node(kind, name, path, level, required) {
        const needs = required || [];
        const item = make("div", "tree-item");
        item.setAttribute("role", "treeitem");
        item.setAttribute("aria-expanded", "false");
        item.setAttribute("aria-level", level);
        // else all that is in it is read out as its name, and its buttons too
        item.setAttribute("aria-label", needs.length ? name + ", needs " + needs.join(", ") : name);
        item.dataset.path = path;
        item.dataset.kind = kind;
        item.tabIndex = -1;
        const row = make("div", "tree-row");
        row.style.paddingLeft = (level - 1) * 13 + 4 + "px";
        row.appendChild(icon("bi-chevron-right tree-chevron"));
        if (isTable(kind)) { row.appendChild(icon("bi-table tree-icon")); }
        row.appendChild(make("span", "tree-name", name));
        if (needs.length) { row.appendChild(badges(needs)); }
        if (isTable(kind)) { row.appendChild(actions(path)); }
        row.addEventListener("click", function (event) {
            if (!event.target.closest("button")) { focus(item); toggle(item); }
        });
        row.addEventListener("dblclick", function () { if (isTable(kind)) { ide.editor.insert(path); } });
        item.appendChild(row);
        return item;
    }

    function actions(path) {
        const box = make("span", "tree-actions");
        [["bi-box-arrow-in-right", "Insert the name " + path, function () { ide.editor.insert(path); }],
            ["bi-file-earmark-code", "SELECT template of " + path, function () { template(path); }]].forEach(function (one) {
            const button = make("button", "icon-button");
            button.type = "button";
            button.tabIndex = -1;
            button.title = one[1];
            button.setAttribute("aria-label", one[1]);
            button.appendChild(icon(one[0]));
            button.addEventListener("click", one[2]);
            box.appendChild(button);
        });
        return box;
    }

    function template(path) {
        if (ofInventory()) {
            fetchNode("table:" + path).then(function (table) { ide.tabs.open({ sql: table.template, title: path, source: source }); });
            return;
        }
        app.get(ids.routes.RESOURCE_TEMPLATE, { resource: path }).then(function (answer) {
            ide.tabs.open({ sql: answer.sql, title: path.split(".").slice(1).join("."), provider: path.split(".")[0] });
        }).catch(app.toastError);
    }

    function badges(required) {
        const box = make("span", "tree-badges");
        required.forEach(function (name) {
            const one = make("span", "tree-badge", name);
            one.title = "needs " + name;
            box.appendChild(one);
        });
        return box;
    }

    function children(item, answer) {
        const level = Number(item.getAttribute("aria-level")) + 1, path = item.dataset.path;
        const group = make("div", "tree-group");
        group.setAttribute("role", "group");
        (answer.children || []).forEach(function (child) {
            const kind = path.includes(".") ? "resource" : "service";
            group.appendChild(node(kind, child.name, path + "." + child.name, level, child.required));
        });
        if (answer.columns) { group.append(...ide.leaves.make(answer, level)); }
        if (!group.children.length) { group.append(...ide.leaves.nothing(level)); }
        return group;
    }

    function toggle(item, wish) {
        const open = wish === undefined ? item.getAttribute("aria-expanded") !== "true" : wish;
        item.setAttribute("aria-expanded", String(open));
        const group = item.querySelector(":scope > .tree-group");
        if (!open) { if (group) { group.hidden = true; } return Promise.resolve(); }
        if (group) { group.hidden = false; return Promise.resolve(); }
        item.classList.add("loading");
        return fetchNode((item.dataset.kind === "table" ? "table:" : "") + item.dataset.path).then(function (answer) {
            item.classList.remove("loading");
            if (!item.querySelector(":scope > .tree-group")) { item.appendChild(children(item, answer)); }
        }).catch(function (error) {
            item.classList.remove("loading");
            item.setAttribute("aria-expanded", "false");
            app.toastError(error);
        });
    }

    function focus(item) {
        root.querySelectorAll('[tabindex="0"]').forEach(function (one) { one.tabIndex = -1; });
        item.tabIndex = 0;
        item.focus();
    }

    function visible() {
        return /** @type {HTMLElement[]} */ (Array.from(root.querySelectorAll('[role="treeitem"]'))).filter(function (one) { return one.offsetParent !== null; });
    }

    function keys(event) {
        const item = event.target.closest('[role="treeitem"]');
        if (!item || event.target !== item) { return; }
        const all = visible(), index = all.indexOf(item);
        const expanded = item.getAttribute("aria-expanded");
        let handled = true;
        if (event.key === "ArrowDown" && all[index + 1]) { focus(all[index + 1]); }
        else if (event.key === "ArrowUp" && all[index - 1]) { focus(all[index - 1]); }
        else if (event.key === "ArrowRight" && expanded === "false") { toggle(item, true); }
        else if (event.key === "ArrowRight" && expanded === "true" && all[index + 1]) { focus(all[index + 1]); }
        else if (event.key === "ArrowLeft" && expanded === "true") { toggle(item, false); }
        else if (event.key === "ArrowLeft") { const up = item.parentElement.closest('[role="treeitem"]'); if (up) { focus(up); } }
        else if (event.key === "Enter") {
            if (item.dataset.insert) { ide.editor.insert(item.dataset.insert); }
            else if (item.dataset.filter) { item.querySelector("input").focus(); }
            else if (isTable(item.dataset.kind)) { ide.editor.insert(item.dataset.path); }
            else { toggle(item); }
        } else if (event.key === " ") { if (isTable(item.dataset.kind)) { template(item.dataset.path); } }
        else { handled = false; }
        if (handled) { event.preventDefault(); }
    }

    function start(element) {
        root = element;
        root.dataset.ready = "true";
        root.addEventListener("keydown", keys);
        root.addEventListener("click", function (event) {
            const one = event.target.closest(".tree-leaf");
            if (one && event.target.tagName !== "INPUT") { focus(one); }
        });
        browse();
    }
    function tableNode(table) {
        const item = node("table", table.name, table.written, 1), row = item.firstElementChild;
        item.title = table.comment;
        const count = make("span", "tree-type tree-count", table.rows === null ? "not counted" : (table.counted ? "" : "about ") + table.rows.toLocaleString("en"));
        count.title = [table.rows === null ? "" : "rows", table.coverage, table.age].filter(Boolean).join(" · ");
        count.dataset.coverage = table.coverage;
        count.dataset.age = table.age;
        row.insertBefore(count, row.querySelector(".tree-actions"));
        return item;
    }
    /* words: of which each must stand in a table's name, or in one of its columns' */
    function browseTables(words) {
        const shown = source;
        fetchTables().then(function (tables) {
            const input = searchField();
            if (shown !== source || (input && input.value.trim() !== words)) { return; }
            const found = tables.filter(function (table) {
                const text = [table.name].concat(table.columns.map(function (column) { return column.name; })).join(" ").toLowerCase();
                return words.toLowerCase().split(/\s+/).every(function (word) { return text.includes(word); });
            });
            const items = found.map(tableNode);
            if (items.length) { items[0].tabIndex = 0; }
            else { items.push(make("p", "drawer-empty", words ? "No table has these words in its name or its columns." : "The inventory has no tables yet: a schedule makes one.")); }
            root.replaceChildren(...items);
        }).catch(function (error) { failed(error, function () { browseTables(words); }); });
    }

    function browse() {
        if (ofInventory()) { browseTables(""); return; }
        const shown = source;
        fetchNode("").then(function (answer) {
            // a search that was begun meanwhile is what is shown
            const input = searchField();
            if (shown !== source || (input && input.value.trim())) { return; }
            const items = answer.children.map(function (child) { return node("provider", child.name, child.name, 1); });
            root.replaceChildren(...items);
            if (items.length) { items[0].tabIndex = 0; }
            else { root.appendChild(make("p", "drawer-empty", "The engine knows no provider: its registry (STACKQL_REGISTRY) has none.")); }
            if (wanted) { reveal(wanted); }
        }).catch(function (error) { failed(error, browse); });
    }
    function failed(error, again) {
        const box = make("div", "drawer-empty");
        box.append(make("strong", "", error.title), make("p", "", [error.message, error.hint].filter(Boolean).join(" ")));
        const button = make("button", "btn btn-outline-secondary btn-sm", "Try again");
        button.type = "button";
        button.addEventListener("click", again);
        box.appendChild(button);
        root.replaceChildren(box);
    }

    function search(text) {
        if (!text.trim()) { browse(); return; }
        if (ofInventory()) { browseTables(text.trim()); return; }
        app.get(ids.routes.RESOURCE_SEARCH, { q: text }).then(function (answer) {
            const input = searchField();
            if (!input || input.value !== text || ofInventory()) { return; }
            const items = answer.found.map(function (name) { return node("resource", name, name, 1); });
            if (items.length) { items[0].tabIndex = 0; }
            else { items.push(make("p", "drawer-empty", "No resource that was searched has these words in its name.")); }
            if (answer.progress < 1) {
                items.push(make("p", "drawer-note", "Still reading names: " + Math.round(answer.progress * 100) + " %"));
                setTimeout(function () { if (input.value === text) { search(text); } }, 1500);
            }
            if (answer.unsearched) { items.push(make("p", "drawer-note", answer.unsearched)); }
            root.replaceChildren(...items);
        }).catch(function (error) { failed(error, function () { search(text); }); });
    }

    function reveal(provider) {
        wanted = provider;
        if (!root || !provider || ofInventory()) { return; }
        const item = root.querySelector('[data-path="' + CSS.escape(provider) + '"]');
        if (item) { toggle(item, true); item.scrollIntoView({ block: "nearest" }); }
    }

    document.addEventListener("input", function (event) {
        if (event.target.id !== ids.ide.RESOURCE_SEARCH) { return; }
        clearTimeout(typing);
        typing = setTimeout(function () { search(event.target.value); }, 200);
    });
    new MutationObserver(function () {
        const element = app.element(ids.ide.RESOURCES);
        if (element && !element.dataset.ready) { start(element); }
    }).observe(document.documentElement, { childList: true, subtree: true });

    function show(name) {
        const tab = app.element(ids.ide.drawer_tab("Resources"));
        const field = searchField(), what = name === ids.values.LIVE ? "Resources" : "Tables";
        if (tab) { tab.textContent = what; }
        if (field) { field.placeholder = "Search " + what.toLowerCase(); }
        if (name === source) { return; }
        source = name;
        if (!root) { return; }
        search(field ? field.value : "");
    }

    ide.resources = { reveal, source: show, node: fetchNode };
})();
