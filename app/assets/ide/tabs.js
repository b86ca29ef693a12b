/* The tabs of the IDE: each is a draft with a text, a provider, parameter values and its last run.
   Owns: the list of tabs, the strip that shows it, which is in front, and what happens when the page goes away.
   Ids: ide.TABS, TAB_ADD, SOURCE, PROVIDER, PAGE, EDITOR, SCHEDULE.
   Offers: `ide.tabs`.
   Needs: app.js, ids.js, search.js, Dash and the other parts of `ide`, when the editor is there. */

/**
 * A tab. base: the draft's version that the server has; dirty: it has not the newest; sending: the one on its way.
 * session, undo, cursor: the editor's. savedText: the saved query's text; null where the tab is none. queryVersion: the
 * saved query's version that the tab's text began from: a save over a newer one is refused.
 * @typedef {{ id: string, content: string, title: string, queryId: number | null,
 *             queryVersion: number | null, provider: string, source: string, parameters: Record<string, string>, position: number,
 *             version: number, base: number, savedText: string | null, dirty?: boolean, saving?: Promise<void> | null, sending?: number | null,
 *             closed?: boolean, timer?: number, cursor?: Cursor, session?: any, undo?: any, run?: Run | null }} Tab
 */

/**
 * What may be opened: a saved query with its id and version, or a text. run: run it at once. instead: the tab that takes
 * it, whose own text goes into a tab beside it.
 * @typedef {{ sql: string, query_id?: number, query_version?: number, instead?: string, title?: string, provider?: string, source?: string, parameters?: Record<string, string>,
 *             run?: boolean }} Opened
 */

/**
 * @typedef {object} IdeTabs
 * @property {() => void} attach the editor is there: show the tab in front, or fetch the tabs first
 * @property {() => void} detach the page was left
 * @property {(values?: Partial<Tab>) => Tab} add
 * @property {(tab: Tab) => void} adopt a tab that another window changed comes back with that window's text
 * @property {(tab: Tab, content: string) => void} edited
 * @property {(values: Partial<Tab>) => void} change change the tab in front
 * @property {(wanted: Opened) => void} open
 * @property {(answer: any) => void} saved a draft became a saved query, or the saved query was renamed or deleted
 * @property {() => Tab[]} all
 * @property {() => Tab | null} active
 * @property {(tab: Tab) => boolean} unsaved
 * @property {(tab: Tab) => void} showSource show what the tab's text is run against
 * @property {() => boolean} mounted whether the IDE is the page that is shown
 */

(function () {
    "use strict";
    const ide = window.ide = window.ide || /** @type {Ide} */ ({});
    const own = ids.ide;
    const ACTIVE = "ide-active-tab", CURSORS = "ide-cursors";
    const closed = new Set();
    const waiting = [];
    let tabs = [], active = null, loading = null, mounted = false;

    function remember() { try { sessionStorage.setItem(ACTIVE, active.id); } catch { /* not kept */ } }
    function remembered() { try { return sessionStorage.getItem(ACTIVE); } catch { return null; } }
    function cursors() { try { return JSON.parse(sessionStorage.getItem(CURSORS)) || {}; } catch { return {}; } }
    function keepCursors() {
        const kept = {};
        tabs.forEach(function (tab) {
            const cursor = tab.session ? tab.session.selection.getCursor() : tab.cursor;
            if (cursor) { kept[tab.id] = cursor; }
        });
        try { sessionStorage.setItem(CURSORS, JSON.stringify(kept)); } catch { /* not kept */ }
    }
    // before the tabs have come there is nothing to keep, and the other parts may not be there either
    addEventListener("pagehide", function () {
        if (!tabs.length) { return; }
        ide.drafts.flush(true);
        keepCursors();
        tabs.forEach(ide.run.release);
    });
    document.addEventListener("visibilitychange", function () {
        if (tabs.length && document.visibilityState === "hidden") { ide.drafts.flush(true); }
    });

    function attach() {
        mounted = true;
        if (active) { tabs.forEach(ide.editor.leave); select(active); return; }
        if (!loading) { load(); }
    }
    function detach() {
        mounted = false;
        tabs.forEach(ide.editor.leave);
        ide.drafts.flush();
    }

    function load() {
        loading = ide.drafts.load().then(function (found) {
            const kept = cursors();
            found.forEach(function (tab) { tab.cursor = kept[tab.id]; });
            tabs = found.sort(function (a, b) { return a.position - b.position; }).concat(tabs);
        }).catch(function (error) {
            app.toastError(error);
            // go on with an empty tab, and look for the others again
            setTimeout(recover, 4000);
        }).then(function () {
            loading = null;
            const early = ide.editor.early();
            if (!active) {
                const known = tabs.find(function (tab) { return tab.id === remembered(); });
                if (known || tabs.length) { select(known || tabs[0]); } else { select(made()); }
            }
            if (early.text.trim()) {
                if (active.content || active.queryId) { add(); }
                ide.editor.insert(early.text, early.cursor);
            }
            waiting.splice(0).forEach(open);
            // ready to type, unless the reader is somewhere else already
            if (document.activeElement === document.body) { ide.editor.focus(); }
        });
    }
    function recover() {
        ide.drafts.load().then(function (found) {
            found.filter(function (one) { return !tabs.some(function (tab) { return tab.id === one.id; }); })
                .forEach(function (tab) { tabs.push(tab); });
            paint();
        }).catch(function () { setTimeout(recover, 4000); });
    }

    /* Back in this window: what another one wrote meanwhile is shown, unless it was changed here as well. */
    function follow() {
        if (!mounted || !active || loading) { return; }
        ide.drafts.stored().then(function (found) {
            found.forEach(function (one) {
                const tab = tabs.find(function (known) { return known.id === one.id; });
                if (!tab) { if (!closed.has(one.id)) { tabs.push(one); } return; }
                if (tab.dirty || tab.saving || one.version <= tab.base) { return; }
                const cursor = tab.session ? tab.session.selection.getCursor() : tab.cursor;
                Object.assign(tab, one, { cursor: cursor, session: null, undo: null });
                if (tab !== active || !mounted) { return; }
                ide.editor.show(tab);
                showSource(tab);
                ide.parameters.show();
                ide.run.contentChanged(0);
            });
            paint();
        }).catch(function () { /* it is looked for again */ });
    }
    addEventListener("focus", follow);

    function freeTitle() {
        let number = 1;
        while (tabs.some(function (tab) { return tab.title === "Query " + number; })) { number += 1; }
        return "Query " + number;
    }

    function made(values) {
        const tab = Object.assign({
            id: ide.drafts.newId(), content: "", title: freeTitle(), queryId: null, queryVersion: null, provider: active ? active.provider : "", source: active ? active.source : ids.values.LIVE,
            parameters: {}, position: tabs.reduce(function (top, one) { return Math.max(top, one.position + 1); }, 0),
            version: 0, base: 0, savedText: null,
        }, values || {});
        tabs.push(tab);
        if (tab.content) { ide.drafts.changed(tab); }
        return tab;
    }
    function add(values) {
        const tab = made(values);
        select(tab);
        ide.editor.focus();
        return tab;
    }
    function adopt(tab) { tabs.push(tab); paint(); }

    function select(tab) {
        active = tab;
        remember();
        ide.editor.show(tab);
        showSource(tab);
        paint();
        ide.run.tabShown(tab);
        ide.parameters.show();
        ide.run.contentChanged(0);
        address(tab);
    }

    /* What is queried decides what the toolbar and the drawer offer. */
    function showSource(tab) {
        app.set(own.SOURCE, { value: tab.source });
        app.set(own.PROVIDER, { value: tab.provider || ids.values.ALL_PROVIDERS });
        app.element(own.PAGE).dataset.source = tab.source;
        ide.resources.source(tab.source);
        ide.editor.highlight(tab);
    }

    /* The address names the saved query that is shown, so that it can be sent to a colleague. */
    function address(tab) {
        if (!mounted || location.pathname !== ids.pages.IDE) { return; }
        const wanted = ids.pages.IDE + (tab.queryId ? "?" + ids.url.QUERY + "=" + tab.queryId : "");
        if (location.pathname + location.search !== wanted) { history.replaceState(history.state, "", wanted); }
    }

    function close(tab) {
        const index = tabs.indexOf(tab);
        tabs.splice(index, 1);
        closed.add(tab.id);
        ide.run.forget(tab);
        ide.drafts.remove(tab);
        if (tab.content.trim() && unsaved(tab)) {
            app.toast("Closed “" + tab.title + "”.", { text: "Undo", press: function () {
                add({ content: tab.content, title: tab.title, queryId: tab.queryId, queryVersion: tab.queryVersion, provider: tab.provider, source: tab.source,
                    parameters: tab.parameters, savedText: tab.savedText });
            } });
        }
        if (tab === active) {
            active = null;
            if (tabs.length) { select(tabs[Math.min(index, tabs.length - 1)]); } else { add(); }
        } else { paint(); }
    }

    function unsaved(tab) { return tab.savedText === null ? !!tab.content.trim() : tab.savedText !== tab.content; }

    function edited(tab, content) {
        if (tab.content === content) { return; }
        const was = unsaved(tab);
        tab.content = content;
        ide.drafts.changed(tab);
        ide.run.contentChanged(350);
        if (was !== unsaved(tab)) { paint(); }
    }
    function change(values) {
        if (!active) { return; }
        Object.assign(active, values);
        ide.drafts.changed(active);
        paint();
    }
    function rename(tab, title) {
        if (!title.trim() || title === tab.title) { paint(); return; }
        tab.title = title.trim().slice(0, 80);
        ide.drafts.changed(tab);
        paint();
    }

    /* Open a text: a saved query in its own tab where it has one, anything else in a tab of that text. */
    function open(wanted) {
        if (!wanted) { return; }
        if (!active || loading) { waiting.push(wanted); return; }
        const same = wanted.query_id
            ? tabs.find(function (tab) { return tab.queryId === wanted.query_id; })
            : tabs.find(function (tab) { return tab.queryId === null && tab.content === wanted.sql && tab.source === (wanted.source || ids.values.LIVE); });
        const values = {
            content: wanted.sql, title: wanted.title || freeTitle(), queryId: wanted.query_id || null,
            queryVersion: wanted.query_version || null, provider: wanted.provider || "", source: wanted.source || ids.values.LIVE, parameters: wanted.parameters || {}, savedText: wanted.query_id ? wanted.sql : null,
        };
        let tab = same;
        if (wanted.instead && same) {
            // a newer version is taken: as with drafts of two windows, no text is lost
            if (same.content !== wanted.sql) {
                const kept = made({ content: same.content, title: same.title + " (this window)", provider: same.provider, source: same.source });
                app.toast("Your text is kept as “" + kept.title + "”.");
            }
            replace(same, values);
            select(same);
        } else if (same) {
            if (wanted.query_id && clean(same)) { replace(same, values); }
            else if (wanted.query_id) { same.savedText = wanted.sql; same.title = wanted.title; }
            if (wanted.parameters) { same.parameters = wanted.parameters; }
            select(same);
        } else if (!active.content.trim() && !active.queryId) {
            // an untouched tab is used rather than left behind
            tab = Object.assign(active, values);
            tab.session = null;
            ide.drafts.changed(tab);
            select(tab);
        } else { tab = made(values); select(tab); }
        ide.columns.uncover();
        // what is opened may come late: who has begun to search meanwhile goes on typing there
        if (!window.search.hasFocus()) { ide.editor.focus(); }
        if (wanted.run) { ide.run.start(); }
    }

    /* nothing was typed since the tab took the saved query's text */
    function clean(tab) { return tab.savedText !== null && tab.savedText === tab.content; }

    /* The saved query is another one now, and the tab shows it. */
    function replace(tab, values) {
        if (tab.content !== values.content) { tab.session = null; tab.undo = null; }
        Object.assign(tab, values, { parameters: tab.parameters });
        ide.drafts.changed(tab);
    }

    function saved(answer) {
        tabs.forEach(function (tab) {
            if (answer.deleted && tab.queryId === answer.deleted) { Object.assign(tab, { queryId: null, savedText: null }); ide.drafts.changed(tab); }
            if (answer.renamed && tab.queryId === answer.query_id) {
                tab.title = answer.title;
                // nobody else saved between: what the tab began from is what is stored, under another name
                if (tab.queryVersion === answer.former && answer.version === answer.former + 1) { tab.queryVersion = answer.version; }
                ide.drafts.changed(tab);
            }
            if (answer.restored && tab.queryId === answer.query_id && clean(tab)) {
                replace(tab, { content: answer.sql, source: answer.source || tab.source, savedText: answer.sql, title: answer.title, queryVersion: answer.version });
                if (tab === active) { select(tab); }
            }
            if (answer.tab === tab.id) {
                Object.assign(tab, {
                    queryId: answer.query_id, queryVersion: answer.version, title: answer.title, savedText: answer.sql,
                });
                ide.drafts.changed(tab);
            }
        });
        paint();
        if (active) { address(active); }
        if (answer.message) { app.toast(answer.message); }
        if (answer.then === "schedule") { ide.schedule(answer.query_id); }
    }

    function paint() {
        const strip = app.element(own.TABS);
        if (!strip || !active) { return; }
        const focused = document.activeElement && strip.contains(document.activeElement);
        strip.replaceChildren();
        tabs.forEach(function (tab) {
            const item = document.createElement("div");
            item.className = "ide-tab" + (tab === active ? " active" : "") + (tab.run && tab.run.running ? " running" : "");
            item.setAttribute("role", "presentation");
            const label = document.createElement("button");
            label.type = "button";
            label.className = "ide-tab-label";
            label.setAttribute("role", "tab");
            label.setAttribute("aria-selected", String(tab === active));
            label.setAttribute("aria-controls", own.EDITOR);
            label.tabIndex = tab === active ? 0 : -1;
            label.textContent = tab.title;
            label.title = tab.title + (unsaved(tab) && tab.queryId ? " (changed since it was saved)" : "") + " · double-click to rename";
            if (tab.queryId && unsaved(tab)) {
                const dot = document.createElement("span");
                dot.className = "ide-tab-dot";
                dot.textContent = "•";
                dot.setAttribute("aria-label", "changed since it was saved");
                label.appendChild(dot);
            }
            label.addEventListener("click", function () { if (tab !== active) { select(tab); ide.editor.focus(); } });
            label.addEventListener("dblclick", function () { editTitle(item, tab); });
            label.addEventListener("keydown", function (event) { keys(event, tab, item); });
            item.appendChild(label);
            // for the mouse; on the keyboard, Delete on the tab does the same
            const x = document.createElement("span");
            x.className = "ide-tab-close";
            x.title = "Close " + tab.title + " (Delete)";
            x.setAttribute("aria-hidden", "true");
            x.innerHTML = '<i class="bi bi-x"></i>';
            x.addEventListener("click", function () { close(tab); });
            item.addEventListener("auxclick", function (event) { if (event.button === 1) { close(tab); } });
            item.appendChild(x);
            strip.appendChild(item);
        });
        const current = strip.querySelector(".ide-tab.active");
        if (current) {
            current.scrollIntoView({ block: "nearest", inline: "nearest" });
            if (focused) { /** @type {HTMLElement} */ (current.firstElementChild).focus(); }
        }
        const schedule = app.element(own.SCHEDULE);
        if (schedule) { schedule.dataset.query = active.queryId || ""; }
    }

    function keys(event, tab, item) {
        const index = tabs.indexOf(tab);
        const to = { ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: tabs.length - 1 }[event.key];
        if (to !== undefined && tabs[to]) { event.preventDefault(); select(tabs[to]); }
        else if (event.key === "Delete") { event.preventDefault(); close(tab); }
        else if (event.key === "F2") { event.preventDefault(); editTitle(item, tab); }
    }

    function editTitle(item, tab) {
        const input = document.createElement("input");
        input.className = "form-control ide-tab-title";
        input.value = tab.title;
        input.setAttribute("aria-label", "Name of the tab");
        item.replaceChildren(input);
        let done = false;
        function finish(keep) { if (!done) { done = true; if (keep) { rename(tab, input.value); } else { paint(); } } }
        input.addEventListener("blur", function () { finish(true); });
        input.addEventListener("keydown", function (event) {
            if (event.key !== "Enter" && event.key !== "Escape") { return; }
            // the key belongs to this field, not to the editor that gets the focus
            event.preventDefault();
            finish(event.key === "Enter");
            ide.editor.focus();
        });
        input.focus();
        input.select();
    }

    document.addEventListener("click", function (event) {
        if (app.within(event, own.TAB_ADD)) { add(); }
    });

    ide.tabs = {
        attach, detach, add, adopt, edited, change, open, saved, unsaved, showSource,
        all: function () { return tabs; },
        active: function () { return active; },
        mounted: function () { return mounted; },
    };
})();
