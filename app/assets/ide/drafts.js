/* Drafts: what is typed goes to the server within half a second, and into this browser at once.
   Owns: the drafts' versions and when they are saved; their copies in this browser.
   Ids: ide.DRAFT_STATUS.
   Offers: `ide.drafts`.
   Needs: app.js, ids.js and `ide.tabs`, when there are tabs.
   A draft's version grows with every change. A save names the versions that this window knew (`bases`), so that it
   never overwrites what another window wrote (optimistic locking): then both texts are kept, in two tabs. */

/**
 * A draft as the server has it.
 * @typedef {object} Draft
 * @property {string} tab_id
 * @property {string} content
 * @property {string} title
 * @property {number | null} query_id the saved query that it came from
 * @property {number | null} query_version that query's version when the tab took its text
 * @property {string} provider empty for all
 * @property {string} [source] live or inventory
 * @property {Record<string, string>} parameters
 * @property {number} position
 * @property {number} version
 * @property {string | null} [saved_text] the saved query's text
 */

/**
 * @typedef {object} IdeDrafts
 * @property {() => Promise<Tab[]>} load the user's tabs: the server's, with what this browser has that is not there yet
 * @property {() => Promise<Tab[]>} stored the server's alone
 * @property {(tab: Tab) => void} changed the tab was changed: it is saved soon
 * @property {(leaving?: boolean) => void} flush send what is unsent now; leaving: while the page goes away
 * @property {(tab: Tab) => Promise<void>} remove
 * @property {() => string} newId
 */

(function () {
    "use strict";
    const ide = window.ide = window.ide || /** @type {Ide} */ ({});
    const DEBOUNCE_MS = 400, RETRY_MS = 4000, LARGEST_MIRROR = 400000;
    let user = "";

    function key(id) { return "ide-draft:" + user + ":" + id; }
    /** @returns {Draft} */
    function plain(tab) {
        return {
            tab_id: tab.id, content: tab.content, title: tab.title, query_id: tab.queryId,
            query_version: tab.queryVersion, provider: tab.provider, source: tab.source, parameters: tab.parameters, position: tab.position, version: tab.version,
        };
    }
    function mirror(tab) {
        if (tab.content.length > LARGEST_MIRROR) { return; }
        try { localStorage.setItem(key(tab.id), JSON.stringify(Object.assign(plain(tab), { base: tab.base, sending: tab.sending || null }))); }
        catch { /* full, or forbidden: the server has it within half a second */ }
    }
    function unmirror(id) {
        try { localStorage.removeItem(key(id)); } catch { /* nothing was kept */ }
    }
    function mirrors() {
        const found = [];
        try {
            for (let i = 0; i < localStorage.length; i += 1) {
                const name = localStorage.key(i);
                if (name.startsWith("ide-draft:" + user + ":")) { found.push(JSON.parse(localStorage.getItem(name))); }
            }
        } catch { /* no storage */ }
        return found;
    }

    /**
     * @param {Draft} draft
     * @param {number} base the version that the server has; 0 for none
     * @returns {Tab}
     */
    function toTab(draft, base) {
        return {
            id: draft.tab_id, content: draft.content, title: draft.title, queryId: draft.query_id,
            queryVersion: draft.query_version || null, provider: draft.provider || "", source: draft.source || ids.values.LIVE, parameters: draft.parameters || {}, position: draft.position,
            version: draft.version, base: base, savedText: draft.saved_text === undefined ? null : draft.saved_text, dirty: false,
        };
    }

    function stored() {
        return app.get(ids.routes.DRAFTS).then(function (answer) {
            user = answer.user;
            return answer.drafts.map(function (draft) { return toTab(draft, draft.version); });
        });
    }

    function load() {
        return stored().then(function (tabs) {
            mirrors().forEach(function (kept) {
                const known = tabs.find(function (tab) { return tab.id === kept.tab_id; });
                if (!known) {
                    tabs.push(Object.assign(toTab(kept, 0), { dirty: true }));
                } else if (known.version === kept.base || known.version === kept.sending) {
                    Object.assign(known, toTab(kept, known.version), { savedText: known.savedText, dirty: true });
                } else {
                    unmirror(kept.tab_id);
                    if (known.content !== kept.content) { tabs.push(Object.assign(toTab(kept, 0), copyOf(kept.title))); }
                }
            });
            tabs.filter(function (tab) { return tab.dirty; }).forEach(schedule);
            return tabs;
        });
    }

    function copyOf(title) { return { id: newId(), title: title + " (this window)", base: 0, version: 1, dirty: true, queryId: null, queryVersion: null }; }
    function newId() { return crypto.randomUUID ? crypto.randomUUID() : Date.now().toString(36) + Math.random().toString(36).slice(2); }

    function changed(tab) {
        tab.version += 1;
        tab.dirty = true;
        mirror(tab);
        schedule(tab);
    }
    function schedule(tab) {
        clearTimeout(tab.timer);
        tab.timer = setTimeout(function () { save(tab); }, DEBOUNCE_MS);
    }

    function save(tab) {
        clearTimeout(tab.timer);
        if (!tab.dirty || tab.closed) { return Promise.resolve(); }
        if (tab.saving) { return tab.saving.then(function () { return save(tab); }); }
        const sent = plain(tab);
        tab.sending = sent.version;
        tab.saving = app.post(ids.routes.DRAFTS, { ...sent, bases: [tab.base] }).then(function (answer) {
            tab.saving = tab.sending = null;
            if (!answer.saved) { conflict(tab, answer.draft); return; }
            tab.base = sent.version;
            if (tab.version === sent.version) { tab.dirty = false; unmirror(tab.id); status("saved"); }
            else { schedule(tab); }
        }).catch(function (error) {
            tab.saving = tab.sending = null;
            status("kept", error);
            clearTimeout(tab.timer);
            tab.timer = setTimeout(function () { save(tab); }, RETRY_MS);
        });
        return tab.saving;
    }

    /* Another window changed the same tab: its text keeps the tab, ours becomes a tab of its own. */
    function conflict(tab, draft) {
        unmirror(tab.id);
        const theirs = toTab(draft, draft.version);
        Object.assign(tab, copyOf(tab.title));
        mirror(tab);
        schedule(tab);
        ide.tabs.adopt(theirs);
        app.toast("Another window changed “" + theirs.title + "”. Your text is kept as “" + tab.title + "”.");
    }

    function flush(leaving) {
        ide.tabs.all().forEach(function (tab) {
            if (!tab.dirty || tab.closed) { return; }
            if (!leaving) { save(tab); return; }
            mirror(tab);
            app.farewell(ids.routes.DRAFTS, { ...plain(tab), bases: [tab.base].concat(tab.sending || []) });
        });
    }

    function remove(tab) {
        tab.closed = true;
        clearTimeout(tab.timer);
        unmirror(tab.id);
        return (tab.saving || Promise.resolve()).then(function () {
            return app.send("DELETE", ids.routes.DRAFT(tab.id));
        }).catch(app.toastError);
    }

    function status(state, error) {
        const element = app.element(ids.ide.DRAFT_STATUS);
        if (!element) { return; }
        element.dataset.state = state;
        element.textContent = state === "saved" ? "Draft saved" : "Draft kept in this browser: " + (error.title || error.message);
    }

    ide.drafts = { load, stored, changed, flush, remove, newId };
})();
