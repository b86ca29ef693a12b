/* The inventory's pages: what is chosen goes into the address, without loading the page anew; links in grids. */
(function () {
    "use strict";
    const OURS = "stackql_inventory";

    /* Set the address's arguments, over those in `query`: an empty value there says something, here it says nothing. */
    function replace(path, values, query) {
        query = query || new URLSearchParams();
        Object.keys(values).forEach(function (name) {
            if (values[name] !== undefined && values[name] !== null && values[name] !== "") { query.set(name, values[name]); }
            else { query.delete(name); }
        });
        const text = query.toString();
        window.history.replaceState(window.history.state, "", path + (text ? "?" + text : ""));
    }

    function chosen() { return Object.fromEntries(new URLSearchParams(window.location.search)); }

    /* Whether the address names the page that is drawn: the next one may be on its way while this one is still used.
       place: a table's {schema, table}, or a view of the first page. */
    function here(place) {
        const now = chosen(), path = window.location.pathname;
        if (typeof place === "string") { return (path === "/" || path === "/inventory") && (now.view || "") === place; }
        let table;
        try { table = decodeURIComponent(path.slice("/inventory/".length)); } catch (error) { return false; }
        return path.indexOf("/inventory/") === 0 && table === place.table && now.key === undefined
            && (now.schema || OURS) === (place.schema || OURS);
    }

    /* The arguments of this place, with some of them changed. tab: of a table's page. */
    function change(place, tab, values) {
        const query = new URLSearchParams(window.location.search);
        if (here(place) && (query.get("tab") || "rows") === tab) { replace(window.location.pathname, values, query); }
    }

    /* What was chosen in the tabs of the page that is drawn, so that one finds it again; the list of tabs tells pages apart. */
    let kept = {};
    function keep(list) {
        const now = chosen(), path = window.location.pathname + " " + (now.schema || "");
        if (kept.path !== path || kept.list !== list) { kept = { path: path, list: list, tabs: {} }; }
        delete now.schema;
        kept.tabs[now.tab || "rows"] = now;
    }

    window.dash_clientside = Object.assign({}, window.dash_clientside, {
        inventory: {
            address: function (provider, region, days, find, view) {
                if (!here("")) { return; }
                replace(window.location.pathname, {
                    provider: provider === "*" ? "" : provider, region: region === "*" ? "" : region, days: days === "14" ? "" : days, find: find,
                    sort: view && view.sort !== "rows" ? view.sort : "", page: view && view.page > 1 ? view.page : "",
                });
            },
            tab: function (values, place) {
                // what was chosen in one tab means nothing in another
                const wanted = Object.assign({}, values, { schema: place.schema, tab: values.tab === "rows" ? "" : values.tab });
                if (here(place)) { replace(window.location.pathname, wanted); }
            },
            changes: function (kind, day, find, of) {
                change(of.table ? of : "changes", of.table ? "changes" : "rows", { kind: kind, day: day, find: find });
            },
            resources: function (find) { change("resources", "rows", { find: find }); },
            rows: function (day, find, place) { change(place, "rows", { asof: day, find: find }); },
            chart: function (by, measure, of, split, filter, kind, place) {
                change(place, "charts", {
                    by: by, measure: measure === "count" ? "" : measure, of: measure === "count" || of === "*" ? "" : of,
                    split: split === "*" ? "" : split, filter: filter, kind: kind === "bar" ? "" : kind,
                });
            },
        },
    });

    /* The first column of a grid: a link to the row's resource. */
    function address(params) {
        const data = params.data;
        const base = params.colDef.context.base;
        const query = new URLSearchParams();
        let path = base;
        let key = data._key;
        if (data.table_name !== undefined && base === "/inventory") {
            // a list over all tables: the key names the schema first
            const parts = JSON.parse(data._key);
            path = base + "/" + encodeURIComponent(data.table_name);
            if (parts[0] !== OURS) { query.set("schema", parts[0]); }
            key = parts[1];
        } else if (base.indexOf("?") >= 0) {
            path = base.slice(0, base.indexOf("?"));
            new URLSearchParams(base.slice(base.indexOf("?"))).forEach(function (value, name) { query.set(name, value); });
        }
        query.set("key", key);
        if (data._scope && data._scope !== "{}") { query.set("scope", data._scope); }
        return path + "?" + query.toString();
    }

    window.dashAgGridComponentFunctions = Object.assign(window.dashAgGridComponentFunctions || {}, {
        InventoryResourceLink: function (params) {
            if (!params.data || params.data._key === null || params.data._key === undefined) { return null; }
            const href = address(params);
            return window.React.createElement("a", {
                href: href, title: "Open the resource", "aria-label": "Open " + params.data._key,
                onClick: function (event) {
                    if (event.metaKey || event.ctrlKey || event.shiftKey) { return; }
                    event.preventDefault();
                    window.inventoryVisit(href);
                },
            }, window.React.createElement("i", { className: "bi bi-arrow-up-right-square", "aria-hidden": "true" }));
        },
    });

    function choose(tab) {
        tab.parentElement.querySelectorAll(".table-tab").forEach(function (one) {
            const chosen = one === tab;
            one.classList.toggle("active", chosen);
            one.setAttribute("aria-selected", String(chosen));
            one.tabIndex = chosen ? 0 : -1;
        });
        tab.focus();
        keep(tab.parentElement);
        const values = Object.assign({}, kept.tabs[tab.dataset.tab], { tab: tab.dataset.tab });
        window.dash_clientside.set_props("inventory_table_tabs", { data: values });
    }
    document.addEventListener("click", function (event) {
        const tab = event.target.closest && event.target.closest(".table-tab");
        if (tab) { choose(tab); }
    });
    document.addEventListener("keydown", function (event) {
        const tab = event.target.closest && event.target.closest(".table-tab");
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!tab || !step) { return; }
        event.preventDefault();
        const tabs = Array.from(tab.parentElement.querySelectorAll(".table-tab"));
        choose(tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length]);
    });

    document.addEventListener("click", function (event) {
        // a link to a place on this page scrolls the page's own box
        const link = event.target.closest && event.target.closest('a[href^="#inventory_"]');
        if (!link) { return; }
        event.preventDefault();
        const place = document.getElementById(link.getAttribute("href").slice(1));
        if (place) { place.scrollIntoView({ behavior: "smooth", block: "start" }); place.focus({ preventScroll: true }); }
    });
})();
