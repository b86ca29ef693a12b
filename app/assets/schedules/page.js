/* The Schedules page: buttons carry what they do in data-schedules, and are pressed once however often they are clicked.
   Owns: what is shown (the Store VIEW), kept in step with the page's address; the panel; where the focus stays.
   Ids: schedules.PAGE, VIEW, ACTION, LIST, PANEL, SEARCH, FORM.
   Offers: `schedules`, and dash_clientside.schedules.
   Needs: app.js, ids.js, Dash and form.js, when the page is shown. */

/**
 * What the page shows, as its address says it: numbers of schedules, runs and pages of runs, and words.
 * @typedef {{ schedule: number | null, run: number | null, edit: number | null, runs: number | null,
 *             q: string, status: string, sort: string, tab: string, new: string,
 *             provider: string, owner: string, without: string }} SchedulesView
 */

(function () {
    "use strict";
    const own = ids.schedules;
    const SERVER_ACTIONS = ["run", "pause", "resume", "cancel", "retry", "delete"];
    const NUMBERS = ids.values.SCHEDULES_NUMBERS, WORDS = ids.values.SCHEDULES_WORDS;
    const PATIENCE_MS = 5000, TYPING_MS = 150;
    const busy = new Map();
    let view = null, page = null, typing = null, opener = null;

    function here() { return Boolean(app.element(own.PAGE)); }
    function change(part) { app.set(own.VIEW, { data: { ...now(), ...part } }); }
    // a page that was just made is as its URL says
    function now() { return page && page === app.element(own.PAGE) ? view : read(window.location.search); }
    function keep(next) {
        view = next;
        if (page !== app.element(own.PAGE)) {
            page = app.element(own.PAGE);
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
        const place = app.element(focused.panel ? own.PANEL : own.LIST);
        const again = place && place.querySelector(focused.selector);
        if (again) { again.focus({ preventScroll: true }); }
    });
    document.addEventListener("focusin", function (event) {
        const data = event.target.dataset;
        focused = data && data.schedules ? {
            panel: Boolean(app.within(event, own.PANEL)),
            selector: '[data-schedules="' + data.schedules + '"]'
                + (data.id ? '[data-id="' + data.id + '"]' : "") + (data.value ? '[data-value="' + data.value + '"]' : "")
                + ":is(button, a)",
        } : null;
    });
    document.addEventListener("pointerdown", function () { focused = null; }, true);
    document.addEventListener("scroll", function (event) {
        if (event.target.classList && event.target.classList.contains("runs-scroll")) { scrolled = event.target.scrollTop; }
    }, true);

    /**
     * The view that an address's arguments say; what makes no sense is left out.
     * @param {string} search
     * @returns {SchedulesView}
     */
    function read(search) {
        const query = new URLSearchParams(search), found = /** @type {any} */ ({});
        NUMBERS.forEach(function (name) {
            const text = query.get(name) || "";
            found[name] = /^\d{1,9}$/.test(text) ? Number(text) : null;
        });
        WORDS.forEach(function (name) { found[name] = query.get(name) || ""; });
        return found;
    }

    /**
     * A view as an address's arguments, without what is usual.
     * @param {SchedulesView} shown
     * @returns {string} empty, or beginning with "?"
     */
    function written(shown) {
        const query = new URLSearchParams();
        WORDS.concat(NUMBERS).forEach(function (name) {
            if (shown[name] && !(name === "tab" && shown.tab === ids.values.RUN_TAB)) { query.set(name, shown[name]); }
        });
        const text = query.toString();
        return text ? "?" + text : "";
    }

    function writeUrl(next, before) {
        if (window.location.pathname !== ids.pages.SCHEDULES) { return; }
        const url = window.location.pathname + written(next);
        if (url === window.location.pathname + window.location.search) { return; }
        // opening something is a step that Back undoes; the rest only refines what is shown
        const opens = ["schedule", "new", "edit"].some(function (name) { return next[name] && !before[name]; });
        window.history[opens ? "pushState" : "replaceState"](window.history.state, "", url);
    }

    /* a page's parts may be painted a moment after its first callback */
    function whenThere(id, use, until) {
        const element = app.element(id), end = until || Date.now() + PATIENCE_MS;
        if (element) { use(element); }
        else if (Date.now() < end) { requestAnimationFrame(function () { whenThere(id, use, end); }); }
    }

    /* Until the panel shows the schedule that was opened, nothing in it can be pressed: it would be another's. */
    function checkPanel() {
        const body = app.element(own.PANEL_BODY), head = app.element(own.PANEL_TITLE);
        const title = /** @type {HTMLElement | null} */ (head && head.querySelector("[data-of]")), wanted = now().schedule;
        if (body) { body.inert = Boolean(wanted) && (!title || title.dataset.of !== String(wanted)); }
    }

    function togglePanel(panel, open) {
        checkPanel();
        if (panel.hidden !== open) { return; }
        app.set(own.PANEL, { hidden: !open });
        if (open) {
            opener = document.activeElement;
            requestAnimationFrame(function () { app.element(own.PANEL_TITLE).focus(); });
        } else if (opener && document.contains(opener)) { opener.focus(); }
    }

    function toggleForm(form, open) {
        const shown = now();
        if (open) { window.scheduleForm.wait(shown.edit ? "edit:" + shown.edit + ":" + shown.without : "new:" + shown.new); }
        if (form.open === open) { return; }
        if (open) {
            form.showModal();
            app.element(own.FORM_QUERY).focus();
            form.querySelector(".form-body").scrollTop = 0;
        } else { form.close(); }
        if (form.dataset.watched) { return; }
        form.dataset.watched = "true";
        form.addEventListener("close", function () {
            const left = now();
            if (left.new || left.edit) { change({ "new": "", edit: null, without: "" }); }
        });
    }

    document.addEventListener("keydown", function (event) {
        const panel = app.element(own.PANEL);
        if (event.key !== "Escape" || !panel || panel.hidden || document.querySelector("dialog[open], .modal.show")) { return; }
        change({ schedule: null, run: null, runs: null, tab: "" });
    });

    window.addEventListener("popstate", function () {
        if (here() && window.location.pathname === ids.pages.SCHEDULES) { app.set(own.VIEW, { data: read(window.location.search) }); }
    });

    // what was asked for while the app was away is asked again
    document.addEventListener("inventory:back", function () { if (here()) { change({}); } });

    function act(button, action, id) {
        const key = action + id;
        if (busy.has(key)) { return; }
        busy.set(key, setTimeout(function () { busy.delete(key); }, PATIENCE_MS));
        if (button.tagName === "BUTTON") { button.setAttribute("aria-busy", "true"); }
        app.set(own.ACTION, { data: { action: action, id: id, at: Date.now() } });
    }

    function follow(element) {
        const action = element.dataset.schedules, id = element.dataset.id, value = element.dataset.value;
        if (SERVER_ACTIONS.includes(action)) { act(element, action, id); }
        else if (action === "new") { change({ "new": "yes", edit: null, without: "" }); }
        else if (action === "edit") { change({ edit: Number(id), "new": "", without: "" }); }
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
        else if (action === "status" || action === "provider" || action === "owner") { change({ [action]: value }); }
        else if (action === "all") {
            app.set(own.SEARCH, { value: "" });
            change({ status: "", q: "", provider: "", owner: "" });
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
        const bars = trend.dataset.bars.split(ids.values.BAR_SEPARATOR);
        const place = Math.floor((event.clientX - trend.getBoundingClientRect().left) / Number(trend.dataset.step));
        const words = bars[place] || "";
        if (trend.title !== words) { trend.title = words; }
    });

    window.dash_clientside = Object.assign({}, window.dash_clientside, {
        schedules: {
            show: function (next) {
                writeUrl(next, now());
                keep(next);
                whenThere(own.PANEL, function (panel) { togglePanel(panel, Boolean(next.schedule)); });
                whenThere(own.FORM, function (form) { toggleForm(form, Boolean(next.new || next.edit)); });
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

    window.schedules = { read, written };
})();
