/* The inventory's pages: what is chosen goes into the address, without loading the page anew; links in grids.
   Owns: the address of these pages, the tabs of a table's page, and what pins its charts.
   Ids: inventory.TABLE_TABS, inventory.TABLES_VIEW, inventory.CHART_PRESSED.
   Offers: `inventory`, dash_clientside.inventory, and the grids' InventoryResourceLink.
   Needs: app.js, ids.js, Dash and React, when one of these pages is shown. */

/**
 * A table, as its page stores it.
 * @typedef {{ schema?: string, table: string }} TablePlace
 */

(function () {
    "use strict";
    const url = ids.url, values = ids.values;

    /**
     * The address with arguments set, over those in `query`: an empty value there says something, here it says nothing.
     * @param {string} path
     * @param {Record<string, unknown>} changes
     * @param {URLSearchParams} [query]
     * @returns {string}
     */
    function addressWith(path, changes, query) {
        const all = new URLSearchParams(query);
        Object.keys(changes).forEach(function (name) {
            const value = changes[name];
            if (value !== undefined && value !== null && value !== "") { all.set(name, String(value)); }
            else { all.delete(name); }
        });
        const text = all.toString();
        return path + (text ? "?" + text : "");
    }
    function replace(address) { window.history.replaceState(window.history.state, "", address); }

    function chosen() { return Object.fromEntries(new URLSearchParams(window.location.search)); }

    /**
     * Whether an address names the page that is drawn: the next one may be on its way while this one is still used.
     * @param {TablePlace | string} place a table, or a view of the first page
     * @param {{ pathname: string, search: string }} address
     */
    function names(place, address) {
        const path = address.pathname, query = new URLSearchParams(address.search), within = ids.pages.INVENTORY + "/";
        if (typeof place === "string") {
            return (path === ids.pages.HOME || path === ids.pages.INVENTORY) && (query.get(url.VIEW) || "") === place;
        }
        let table;
        try { table = decodeURIComponent(path.slice(within.length)); } catch { return false; }
        return path.startsWith(within) && table === place.table && !query.has(url.KEY)
            && (query.get(url.SCHEMA) || values.INVENTORY_SCHEMA) === (place.schema || values.INVENTORY_SCHEMA);
    }
    function here(place) { return names(place, window.location); }

    /* The arguments of this place, with some of them changed. tab: of a table's page. */
    function change(place, tab, changes) {
        const query = new URLSearchParams(window.location.search);
        if (here(place) && (query.get(url.TAB) || values.TABLE_TAB) === tab) {
            replace(addressWith(window.location.pathname, changes, query));
        }
    }

    /* The filters of a grid's columns and its order, as an address has them; it holds no filter of a thousand values. */
    let tooLong = "";
    function viewed(view) {
        const where = (view && view.where) || "";
        const fits = encodeURIComponent(where).length <= values.LONGEST_ADDRESS;
        if (!fits && tooLong !== where) { app.toast("This filter is too long for an address: it is gone when the page is loaded again, and a link does not have it."); }
        tooLong = fits ? "" : where;
        return { [url.WHERE]: fits ? where : "", [url.SORT]: (view && view.sort) || "" };
    }

    /* What was chosen in the tabs of the page that is drawn, so that one finds it again; the list of tabs tells pages apart. */
    let kept = { path: "", list: null, tabs: {} };
    function keep(list) {
        const now = chosen(), path = window.location.pathname + " " + (now[url.SCHEMA] || "");
        if (kept.path !== path || kept.list !== list) { kept = { path: path, list: list, tabs: {} }; }
        delete now[url.SCHEMA];
        kept.tabs[now[url.TAB] || values.TABLE_TAB] = now;
    }

    /* The filters that go along from page to page, as the address has them. */
    function travelling() {
        const now = chosen();
        return new URLSearchParams(values.TRAVELLING.filter(function (name) { return name in now; })
            .map(function (name) { return [name, now[name]]; }));
    }

    /* An address says nothing of what is usual. */
    function unless(usual, value) { return value === usual ? "" : value; }

    window.dash_clientside = Object.assign({}, window.dash_clientside, {
        inventory: {
            address: function (provider, region, days, find, view) {
                if (!here("")) { return; }
                replace(addressWith(window.location.pathname, {
                    [url.PROVIDER]: unless(values.ALL, provider), [url.REGION]: unless(values.ALL, region),
                    [url.DAYS]: unless(values.DAYS, days), [url.FIND]: find,
                    [url.SORT]: view && unless("rows", view.sort), [url.PAGE]: view && view.page > 1 ? view.page : "",
                }, travelling()));
            },
            listed: function (_find, _provider, _region, view) {
                return view.page === 1 ? window.dash_clientside.no_update : { ...view, page: 1 };
            },
            tab: function (stored, place) {
                // what was chosen in one tab means nothing in another
                const wanted = { ...stored, [url.SCHEMA]: place.schema, [url.TAB]: unless(values.TABLE_TAB, stored[url.TAB]) };
                if (here(place)) { replace(addressWith(window.location.pathname, wanted, travelling())); }
            },
            changes: function (kind, day, find, of) {
                change(of.table ? of : "changes", of.table ? "changes" : values.TABLE_TAB, { [url.KIND]: kind, [url.DAY]: day, [url.FIND]: find });
            },
            resources: function (find, view) { change("resources", values.TABLE_TAB, { [url.FIND]: find, ...viewed(view) }); },
            rows: function (day, find, view, place) {
                change(place, values.TABLE_TAB, { [url.AS_OF]: day, [url.FIND]: find, ...viewed(view) });
            },
            chart: function (by, measure, of, split, filter, kind, place) {
                change(place, "charts", {
                    [url.BY]: by, [url.MEASURE]: unless(values.MEASURE, measure),
                    [url.OF]: measure === values.MEASURE ? "" : unless(values.NO_COLUMN, of),
                    [url.SPLIT]: unless(values.NO_COLUMN, split), [url.FILTER]: filter, [url.KIND]: unless(values.CHART_KIND, kind),
                });
            },
        },
    });

    // a head that sorts the list of tables, and its pages
    document.addEventListener("click", function (event) {
        const button = event.target.closest && event.target.closest(".tables-list [data-view]");
        if (button) { app.set(ids.inventory.TABLES_VIEW, { data: JSON.parse(button.dataset.view) }); }
    });

    /**
     * The address of a row's resource, as layouts/inventory/addresses.py makes it.
     * @param {{ _key: string, _scope?: string, table_name?: string }} row
     * @param {string} base the table's page, or the inventory's for a list over all tables
     * @returns {string}
     */
    function resourceAddress(row, base) {
        const [start, query] = base.split("?"), found = new URLSearchParams(query);
        let path = start, key = row._key;
        if (row.table_name !== undefined && base === ids.pages.INVENTORY) {
            // in a list over all tables the key names the schema first
            const [schema, own] = JSON.parse(row._key);
            path = base + "/" + encodeURIComponent(row.table_name);
            if (schema !== values.INVENTORY_SCHEMA) { found.set(url.SCHEMA, schema); }
            key = own;
        }
        found.set(url.KEY, key);
        if (row._scope && row._scope !== "{}") { found.set(url.SCOPE, row._scope); }
        return path + "?" + found.toString();
    }

    /* Ids of one cloud begin alike and differ at their end: what does not fit is cut before it. */
    const END = 22;

    function cutInside(text) {
        const at = text.length - END;
        if (at < END) { return text; }
        return [text.slice(0, at), text.slice(at)].map(function (part, i) {
            return window.React.createElement("span", { key: i }, part);
        });
    }

    window.dashAgGridComponentFunctions = Object.assign(window.dashAgGridComponentFunctions || {}, {
        InventoryResourceLink: function (params) {
            if (!params.data || params.data._key === null || params.data._key === undefined) { return null; }
            const href = resourceAddress(params.data, params.colDef.context.base);
            const text = params.colDef.field === "_key" ? null : window.grid.cellText(params.value);
            return window.React.createElement("a", {
                href: href, title: text ? null : "Open the resource", "aria-label": "Open " + (text || params.data._key),
                onClick: function (event) {
                    if (event.metaKey || event.ctrlKey || event.shiftKey) { return; }
                    event.preventDefault();
                    app.visit(href);
                },
            }, text ? cutInside(text) : window.React.createElement("i", { className: "bi bi-arrow-up-right-square", "aria-hidden": "true" }));
        },
    });

    function choose(tab) {
        tab.parentElement.querySelectorAll(".table-tab").forEach(function (one) {
            const front = one === tab;
            one.classList.toggle("active", front);
            one.setAttribute("aria-selected", String(front));
            one.tabIndex = front ? 0 : -1;
        });
        tab.focus();
        keep(tab.parentElement);
        // a past moment goes along from tab to tab, and so does the way back to now
        const moment = chosen()[url.AS_OF] || "";
        app.set(ids.inventory.TABLE_TABS, {
            data: { ...kept.tabs[tab.dataset.tab], [url.AS_OF]: moment, [url.TAB]: tab.dataset.tab },
        });
    }
    document.addEventListener("click", function (event) {
        const tab = event.target.closest && event.target.closest(".table-tab");
        if (tab) { choose(tab); }
    });

    let presses = 0;
    document.addEventListener("click", function (event) {
        const button = event.target.closest && event.target.closest("[data-pin-chart], [data-unpin-chart]");
        if (!button) { return; }
        const one = button.dataset;
        // two presses of one button are two
        presses += 1;
        app.set(ids.inventory.CHART_PRESSED, {
            data: { nonce: presses, ...(one.pinChart ? { pin: one.pinChart } : { unpin: one.unpinChart }) },
        });
    });

    // links that were drawn before something was chosen in the grid keep it
    document.addEventListener("click", function (/** @type {MouseEvent} */ event) {
        const link = event.target instanceof Element && /** @type {HTMLAnchorElement | null} */ (event.target.closest("[data-keeps] a"));
        if (!link || event.metaKey || event.ctrlKey || event.shiftKey) { return; }
        event.preventDefault();
        event.stopPropagation();
        const now = chosen(), wanted = /** @type {HTMLElement} */ (link.closest("[data-keeps]")).dataset.keeps.split(" ");
        app.visit(addressWith(link.pathname, Object.fromEntries(wanted.map(function (name) { return [name, now[name]]; })), new URLSearchParams(link.search)));
    }, true);
    document.addEventListener("click", function (event) {
        // a link to a place on this page scrolls the page's own box
        const link = event.target.closest && event.target.closest('a[href^="#inventory_"]');
        if (!link) { return; }
        event.preventDefault();
        const place = app.element(link.getAttribute("href").slice(1));
        if (place) { place.scrollIntoView({ behavior: "smooth", block: "start" }); place.focus({ preventScroll: true }); }
    });

    window.inventory = { addressWith, names, resourceAddress };
})();
