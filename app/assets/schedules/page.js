/* The Schedules page: what is shown (a Store) and the URL are kept in step; buttons carry what they do in
   data-schedules, and are pressed once however often they are clicked. */
(function () {
    "use strict";
    const VIEW = "schedules_view", ACTION = "schedules_action", PAGE = "schedules_page", PANEL = "schedules_panel", FORM = "schedules_form";
    const SERVER_ACTIONS = ["run", "pause", "resume", "cancel", "retry", "delete"];
    const NUMBERS = ["schedule", "run", "edit", "runs"], WORDS = ["q", "status", "sort", "tab", "new"];
    const PATIENCE_MS = 5000, TYPING_MS = 150;
    const busy = new Map();
    let view = null, page = null, typing = null, opener = null;

    function set(id, properties) { window.dash_clientside.set_props(id, properties); }
    function here() { return Boolean(document.getElementById(PAGE)); }
    function change(part) { set(VIEW, { data: Object.assign({}, now(), part) }); }
    // a page that was just made is as its URL says
    function now() { return page && page === document.getElementById(PAGE) ? view : fromUrl(); }
    function keep(next) {
        view = next;
        if (page !== document.getElementById(PAGE)) {
            page = document.getElementById(PAGE);
            redrawn.disconnect();
            if (page) { redrawn.observe(page, { childList: true, subtree: true }); }
        }
    }

    /* what callbacks fill in is made anew each time: whoever was on a button, or had scrolled, stays there */
    let focused = null, scrolled = 0;
    const redrawn = new MutationObserver(function () {
        checkPanel();
        const runs = document.querySelector(".runs-scroll");
        if (runs && !runs.scrollTop && scrolled) { runs.scrollTop = scrolled; }
        if (!focused || document.activeElement !== document.body) { return; }
        const place = document.getElementById(focused.panel ? PANEL : "schedules_list");
        const again = place && place.querySelector(focused.selector);
        if (again) { again.focus({ preventScroll: true }); }
    });
    document.addEventListener("focusin", function (event) {
        const data = event.target.dataset;
        focused = data && data.schedules ? {
            panel: Boolean(event.target.closest("#" + PANEL)),
            selector: '[data-schedules="' + data.schedules + '"]'
                + (data.id ? '[data-id="' + data.id + '"]' : "") + (data.value ? '[data-value="' + data.value + '"]' : "")
                + ":is(button, a)",
        } : null;
    });
    document.addEventListener("pointerdown", function () { focused = null; }, true);
    document.addEventListener("scroll", function (event) {
        if (event.target.classList && event.target.classList.contains("runs-scroll")) { scrolled = event.target.scrollTop; }
    }, true);

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

    /* a page's parts may be painted a moment after its first callback */
    function whenThere(id, act, until) {
        const element = document.getElementById(id);
        if (element) { act(element); }
        else if (Date.now() < (until || (until = Date.now() + PATIENCE_MS))) {
            requestAnimationFrame(function () { whenThere(id, act, until); });
        }
    }

    /* Until the panel shows the schedule that was opened, nothing in it can be pressed: it would be another's. */
    function checkPanel() {
        const body = document.getElementById(PANEL + "_body"), title = document.querySelector("#" + PANEL + "_title [data-of]");
        const wanted = now().schedule;
        if (body) { body.inert = Boolean(wanted) && (!title || title.dataset.of !== String(wanted)); }
    }

    function togglePanel(panel, open) {
        checkPanel();
        if (panel.hidden !== open) { return; }
        set(PANEL, { hidden: !open });
        if (open) {
            opener = document.activeElement;
            requestAnimationFrame(function () { document.getElementById(PANEL + "_title").focus(); });
        } else if (opener && document.contains(opener)) { opener.focus(); }
    }

    function toggleForm(form, open) {
        const view = now();
        if (open) { window.dash_clientside.schedules_form.wait(form, view.edit ? "edit:" + view.edit : "new:" + view.new); }
        if (form.open === open) { return; }
        if (open) {
            form.showModal();
            document.getElementById("schedules_form_query").focus();
            form.querySelector(".form-body").scrollTop = 0;
        } else { form.close(); }
        if (form.dataset.watched) { return; }
        form.dataset.watched = "true";
        form.addEventListener("close", function () {
            const open = now();
            if (open.new || open.edit) { change({ "new": "", edit: null }); }
        });
    }

    document.addEventListener("keydown", function (event) {
        const panel = document.getElementById(PANEL);
        if (event.key !== "Escape" || !panel || panel.hidden || document.querySelector("dialog[open], .modal.show")) { return; }
        change({ schedule: null, run: null, runs: null, tab: "" });
    });

    window.addEventListener("popstate", function () {
        if (here() && window.location.pathname === "/schedules") {
            set(VIEW, { data: fromUrl() });
        }
    });

    // what was asked for while the app was away is asked again
    document.addEventListener("inventory:back", function () { if (here()) { change({}); } });

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
        else if (action === "open") {
            scrolled = 0;
            change({ schedule: Number(id), run: null, runs: null, tab: "scopes" });
        }
        else if (action === "close") { change({ schedule: null, run: null, runs: null, tab: "" }); }
        else if (action === "runs") {
            scrolled = 0;
            change({ runs: Number(value), run: null });
        }
        else if (action === "sort") { change({ sort: now().sort === value ? "-" + value : value }); }
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
        // the second half of a double click must not press what has taken the button's place
        if (event.detail > 1 && element.tagName === "BUTTON") { return; }
        follow(element);
    });

    /* the words of the bar under the pointer */
    document.addEventListener("mousemove", function (event) {
        const trend = event.target.closest && event.target.closest(".trend[data-bars]");
        if (!trend) { return; }
        const bars = trend.dataset.bars.split("\u001e");
        const place = Math.floor((event.clientX - trend.getBoundingClientRect().left) / Number(trend.dataset.step));
        const words = bars[place] || "";
        if (trend.title !== words) { trend.title = words; }
    });

    window.dash_clientside = Object.assign({}, window.dash_clientside, {
        schedules: {
            show: function (next) {
                writeUrl(next, now());
                keep(next);
                whenThere(PANEL, function (panel) { togglePanel(panel, Boolean(next.schedule)); });
                whenThere(FORM, function (form) { toggleForm(form, Boolean(next.new || next.edit)); });
                return Date.now();
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
