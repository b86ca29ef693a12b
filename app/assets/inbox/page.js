/* The inbox: which entries are chosen, what its buttons ask for, and the address of what is shown.
   Owns: where the focus goes when a line leaves the list.
   Ids: inbox.PAGE, VIEW, LIST, ACTION, BULK_BAR, BULK_COUNT.
   Offers: dash_clientside.inbox.
   Needs: app.js, ids.js, picking.js and Dash, when the page is shown. */

/**
 * An entry as it is listed.
 * @typedef {{ key: string, since: string, version: number }} InboxSeen
 */

(function () {
    "use strict";
    const own = ids.inbox;
    let at = -1, made = null;

    /* this script is read before those that all pages share */
    function choice() {
        made = made || window.picking.make({
            list: own.LIST, bar: own.BULK_BAR, count: own.BULK_COUNT, redrawn: moveFocus,
            keys: function () { return pickable().map(function (row) { return row.dataset.key; }); },
            boxes: function () { return pickable().map(function (row) { return [row.querySelector("[data-inbox-pick]"), row.dataset.key]; }); },
            head: function () { return document.querySelector('[data-inbox-pick="all"]'); },
        });
        return made;
    }

    /* who was on a line that left is on the next */
    function moveFocus() {
        const there = rows();
        if (at < 0 || document.activeElement !== document.body || !there.length) { return; }
        const next = there[Math.min(at, there.length - 1)];
        const control = /** @type {HTMLElement | null} */ (next.querySelector("button[data-inbox]") || next.querySelector("a"));
        if (control) { control.focus({ preventScroll: true }); }
        at = -1;
    }

    function rows() { return /** @type {HTMLElement[]} */ (Array.from(document.querySelectorAll(".inbox-row"))); }
    function pickable() { return rows().filter(function (row) { return Boolean(row.querySelector("[data-inbox-pick]")); }); }
    /** @returns {InboxSeen} */
    function seen(row) { return { key: row.dataset.key, since: row.dataset.since, version: Number(row.dataset.version) }; }

    function press(button) {
        const row = button.closest(".inbox-row"), action = button.dataset.inbox;
        const meant = row ? [row] : rows().filter(function (one) { return choice().has(one.dataset.key); });
        if (action !== "none" && meant.length) {
            at = rows().indexOf(meant[0]);
            app.set(own.ACTION, { data: { action: action, entries: meant.map(seen), at: Date.now() } });
        }
        if (!row && action !== "mute-until" && action !== "owner") { choice().clear(); }
    }

    /* the view of an address: what the page shows */
    function read(search) {
        const query = new URLSearchParams(search);
        return { state: query.get(ids.url.STATE) || "", kind: query.get(ids.url.KIND) || "", find: query.get(ids.url.FIND) || "" };
    }

    document.addEventListener("click", function (event) {
        const target = /** @type {HTMLElement} */ (event.target);
        if (!app.element(own.PAGE)) { return; }
        choice().paint();
        const box = target.closest("[data-inbox-pick]"), button = target.closest("[data-inbox]");
        const link = /** @type {HTMLAnchorElement | null} */ (target.closest("a[data-inbox-view]"));
        if (box) {
            const row = /** @type {HTMLElement | null} */ (box.closest(".inbox-row"));
            choice().toggle(row ? row.dataset.key : undefined);
        }
        else if (button) { press(button); }
        else if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
            event.preventDefault();
            window.history.pushState(window.history.state, "", link.href);
            app.set(own.VIEW, { data: read(link.search) });
            const find = read(link.search).find, field = /** @type {HTMLInputElement | null} */ (app.element(ids.inbox.SEARCH));
            if (field && field.value !== find) { app.set(own.SEARCH, { value: find }); }
        }
    });

    window.dash_clientside = Object.assign({}, window.dash_clientside, {
        inbox: {
            /* what is typed refines what is shown: no step that Back undoes */
            search: function (find, view) {
                if (!view || (find || "") === (view.find || "")) { return window.dash_clientside.no_update; }
                const query = new URLSearchParams(window.location.search);
                if (find) { query.set(ids.url.FIND, find); } else { query.delete(ids.url.FIND); }
                const text = query.toString();
                window.history.replaceState(window.history.state, "", window.location.pathname + (text ? "?" + text : ""));
                return read("?" + text);
            },
        },
    });
})();
