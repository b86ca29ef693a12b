/* The inventory's pages: what is chosen goes into the address, without loading the page anew; links in grids. */
(function () {
    "use strict";

    function replace(path, values) {
        const query = new URLSearchParams();
        Object.keys(values).forEach(function (name) {
            if (values[name] !== undefined && values[name] !== null && values[name] !== "") { query.set(name, values[name]); }
        });
        const text = query.toString();
        window.history.replaceState(window.history.state, "", path + (text ? "?" + text : ""));
        return text;
    }

    /* The address's arguments, with some of them changed. */
    function change(values, forgotten) {
        const now = Object.fromEntries(new URLSearchParams(window.location.search));
        (forgotten || []).forEach(function (name) { delete now[name]; });
        return replace(window.location.pathname, Object.assign(now, values));
    }

    window.dash_clientside = Object.assign({}, window.dash_clientside, {
        inventory: {
            address: function (provider, region, days, find, view) {
                const path = window.location.pathname;
                if (path !== "/" && path !== "/inventory") { return window.dash_clientside.no_update; }
                return replace(path, {
                    provider: provider === "*" ? "" : provider, region: region === "*" ? "" : region, days: days === "14" ? "" : days, find: find,
                    sort: view && view.sort !== "rows" ? view.sort : "", page: view && view.page > 1 ? view.page : "",
                });
            },
            tab: function (tab) {
                // what was chosen in one tab means nothing in another
                return change({ tab: tab === "rows" ? "" : tab }, ["by", "measure", "of", "split", "kind", "find", "day", "asof"]);
            },
            changes: function (kind, day, find) { change({ kind: kind, day: day, find: find }); },
            rows: function (day) { return change({ asof: day }); },
            chart: function (by, measure, of, split, kind) {
                return change({
                    tab: "charts", by: by, measure: measure === "count" ? "" : measure, of: measure === "count" || of === "*" ? "" : of,
                    split: split === "*" ? "" : split, kind: kind === "bar" ? "" : kind,
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
            if (parts[0] !== "stackql_inventory") { query.set("schema", parts[0]); }
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
        window.dash_clientside.set_props("inventory_table_tabs", { data: tab.dataset.tab });
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
