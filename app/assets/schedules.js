/* The Schedules page: what is shown (a Store) and the URL are kept in step; buttons carry what they do in
   data-schedules, and are pressed once however often they are clicked. */
(function () {
    "use strict";
    const VIEW = "schedules_view", ACTION = "schedules_action", PAGE = "schedules_page";
    const SERVER_ACTIONS = ["run", "pause", "resume", "cancel", "retry", "delete"];
    const NUMBERS = ["schedule", "run", "edit"], WORDS = ["q", "status", "tab", "new"];
    const PATIENCE_MS = 5000, TYPING_MS = 150;
    const busy = new Map();
    let view = null, page = null, typing = null;

    function set(id, properties) { window.dash_clientside.set_props(id, properties); }
    function here() { return Boolean(document.getElementById(PAGE)); }
    function change(part) { set(VIEW, { data: Object.assign({}, now(), part) }); }
    // a page that was just made is as its URL says
    function now() { return page && page === document.getElementById(PAGE) ? view : fromUrl(); }
    function keep(next) { view = next; page = document.getElementById(PAGE); }

    function fromUrl() {
        const query = new URLSearchParams(window.location.search), found = {};
        NUMBERS.forEach(function (name) {
            const text = query.get(name) || "";
            found[name] = /^\d{1,9}$/.test(text) ? Number(text) : null;
        });
        WORDS.forEach(function (name) { found[name] = query.get(name) || ""; });
        return found;
    }

    function writeUrl(next, before) {
        if (window.location.pathname !== "/schedules") { return; }
        const query = new URLSearchParams();
        WORDS.concat(NUMBERS).forEach(function (name) {
            if (next[name] && !(name === "tab" && next.tab === "scopes")) { query.set(name, next[name]); }
        });
        const text = query.toString();
        const url = window.location.pathname + (text ? "?" + text : "");
        if (url === window.location.pathname + window.location.search) { return; }
        // opening something is a step that Back undoes; the rest only refines what is shown
        const opens = ["schedule", "new", "edit"].some(function (name) { return next[name] && !before[name]; });
        window.history[opens ? "pushState" : "replaceState"](window.history.state, "", url);
    }

    window.addEventListener("popstate", function () {
        if (here() && window.location.pathname === "/schedules") {
            set(VIEW, { data: fromUrl() });
        }
    });

    function act(button, action, id) {
        const key = action + id;
        if (busy.has(key)) { return; }
        busy.set(key, setTimeout(function () { busy.delete(key); }, PATIENCE_MS));
        if (button.tagName === "BUTTON") { button.setAttribute("aria-busy", "true"); }
        set(ACTION, { data: { action: action, id: id, at: Date.now() } });
    }

    function follow(element) {
        const action = element.dataset.schedules, id = element.dataset.id, value = element.dataset.value;
        if (SERVER_ACTIONS.includes(action)) { act(element, action, id); }
        else if (action === "new") { change({ "new": "yes", edit: null }); }
        else if (action === "edit") { change({ edit: Number(id), "new": "" }); }
        else if (action === "open") { change({ schedule: Number(id), run: null, tab: "scopes" }); }
        else if (action === "choose") { change({ run: Number(id) }); }
        else if (action === "tab") { change({ tab: value }); }
        else if (action === "status") { change({ status: value }); }
        else if (action === "all") {
            set("schedules_search", { value: "" });
            change({ status: "", q: "" });
        }
    }

    document.addEventListener("click", function (event) {
        const element = event.target.closest("[data-schedules]");
        if (!element || element.disabled || !here()) { return; }
        const link = event.target.closest("a");
        if (link && link !== element) { return; }
        if (link) {
            if (event.ctrlKey || event.metaKey || event.shiftKey) { return; }
            event.preventDefault();
        } else if (element.tagName === "TR" && String(window.getSelection())) {
            return; // text was marked, nothing was clicked
        }
        follow(element);
    });

    window.dash_clientside = Object.assign({}, window.dash_clientside, {
        schedules: {
            show: function (next) {
                writeUrl(next, now());
                keep(next);
                set("schedules_panel", { is_open: Boolean(next.schedule) });
                set("schedules_form", { is_open: Boolean(next.new || next.edit) });
            },
            closed: function (panel, form) {
                const triggered = window.dash_clientside.callback_context.triggered_id;
                const open = now();
                if (triggered === "schedules_panel" && !panel && open.schedule) { change({ schedule: null, run: null, tab: "" }); }
                if (triggered === "schedules_form" && !form && (open.new || open.edit)) { change({ "new": "", edit: null }); }
            },
            search: function (text) {
                clearTimeout(typing);
                typing = setTimeout(function () {
                    if (here() && (text || "") !== (now().q || "")) { change({ q: text || "" }); }
                }, TYPING_MS);
            },
            done: function (action) {
                if (!action) { return; }
                const key = action.action + action.id;
                clearTimeout(busy.get(key));
                busy.delete(key);
                document.querySelectorAll('[data-schedules][aria-busy="true"]').forEach(function (element) {
                    element.removeAttribute("aria-busy");
                });
            },
        },
    });
})();
