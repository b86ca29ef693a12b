/* Drafts: what is typed goes to the server within half a second, and into this browser at once.
   A draft's version grows with every change. A save names the versions that this window knew (`bases`), so that it
   never overwrites what another window wrote: then both texts are kept, in two tabs. */
(function () {
    "use strict";
    const ide = window.ide = window.ide || {};
    const DEBOUNCE_MS = 400, RETRY_MS = 4000, LARGEST_MIRROR = 400000, LARGEST_KEEPALIVE = 60000;
    let user = "";

    ide.post = function (url, body, options) {
        return fetch(url, Object.assign({
            method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body || {}),
        }, options || {})).then(ide.answer);
    };
    ide.get = function (url) { return fetch(url, { headers: { Accept: "application/json" } }).then(ide.answer); };
    ide.answer = function (response) {
        return response.json().catch(function () {
            throw { title: "The app does not answer as expected", message: "It said " + response.status + ".", hint: "Try again in a moment." };
        }).then(function (answer) {
            if (!response.ok) { throw answer.error || { title: "The app refused", message: "" }; }
            return answer;
        });
    };

    function key(id) { return "ide-draft:" + user + ":" + id; }
    function plain(tab) {
        return {
            tab_id: tab.id, content: tab.content, title: tab.title, query_id: tab.queryId, provider: tab.provider,
            parameters: tab.parameters, position: tab.position, version: tab.version,
        };
    }
    function mirror(tab) {
        if (tab.content.length > LARGEST_MIRROR) { return; }
        try { localStorage.setItem(key(tab.id), JSON.stringify(Object.assign(plain(tab), { base: tab.base, sending: tab.sending || null }))); }
        catch (error) { /* full, or forbidden: the server has it within half a second */ }
    }
    function unmirror(id) {
        try { localStorage.removeItem(key(id)); } catch (error) { /* nothing was kept */ }
    }
    function mirrors() {
        const found = [];
        try {
            for (let i = 0; i < localStorage.length; i += 1) {
                const name = localStorage.key(i);
                if (name.startsWith("ide-draft:" + user + ":")) { found.push(JSON.parse(localStorage.getItem(name))); }
            }
        } catch (error) { /* no storage */ }
        return found;
    }

    function toTab(draft, base) {
        return {
            id: draft.tab_id, content: draft.content, title: draft.title, queryId: draft.query_id,
            provider: draft.provider || "", parameters: draft.parameters || {}, position: draft.position,
            version: draft.version, base: base, savedText: draft.saved_text === undefined ? null : draft.saved_text, dirty: false,
        };
    }

    function stored() {
        return ide.get("/ide/drafts").then(function (answer) {
            user = answer.user;
            return answer.drafts.map(function (draft) { return toTab(draft, draft.version); });
        });
    }

    /* The user's tabs: the server's, with what this browser has that the server does not have yet. */
    function load() {
        return stored().then(function (tabs) {
            mirrors().forEach(function (kept) {
                const stored = tabs.find(function (tab) { return tab.id === kept.tab_id; });
                if (!stored) {
                    tabs.push(Object.assign(toTab(kept, 0), { dirty: true }));
                } else if (stored.version === kept.base || stored.version === kept.sending) {
                    Object.assign(stored, toTab(kept, stored.version), { savedText: stored.savedText, dirty: true });
                } else {
                    unmirror(kept.tab_id);
                    if (stored.content !== kept.content) { tabs.push(Object.assign(toTab(kept, 0), copyOf(kept.title))); }
                }
            });
            tabs.filter(function (tab) { return tab.dirty; }).forEach(schedule);
            return tabs;
        });
    }

    function copyOf(title) { return { id: newId(), title: title + " (this window)", base: 0, version: 1, dirty: true, queryId: null }; }
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
        tab.saving = ide.post("/ide/drafts", Object.assign(sent, { bases: [tab.base] })).then(function (answer) {
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
    function conflict(tab, stored) {
        unmirror(tab.id);
        const theirs = toTab(stored, stored.version);
        Object.assign(tab, copyOf(tab.title));
        mirror(tab);
        schedule(tab);
        ide.tabs.adopt(theirs);
        ide.toast("Another window changed “" + theirs.title + "”. Your text is kept as “" + tab.title + "”.");
    }

    /* Send what is unsent now; also when the page goes away. */
    function flush(leaving) {
        (ide.tabs ? ide.tabs.all() : []).forEach(function (tab) {
            if (!tab.dirty || tab.closed) { return; }
            if (!leaving) { save(tab); return; }
            mirror(tab);
            const body = JSON.stringify(Object.assign(plain(tab), { bases: [tab.base].concat(tab.sending || []) }));
            if (body.length < LARGEST_KEEPALIVE) {
                fetch("/ide/drafts", { method: "POST", headers: { "Content-Type": "application/json" }, body: body, keepalive: true })
                    .catch(function () { /* this browser has it */ });
            }
        });
    }

    function remove(tab) {
        tab.closed = true;
        clearTimeout(tab.timer);
        unmirror(tab.id);
        return (tab.saving || Promise.resolve()).then(function () {
            return ide.post("/ide/drafts/delete", { tab_id: tab.id });
        }).catch(ide.toastError);
    }

    function status(state, error) {
        const element = document.getElementById("ide_draft_status");
        if (!element) { return; }
        element.dataset.state = state;
        element.textContent = state === "saved" ? "Draft saved" : "Draft kept in this browser: " + ((error && error.title) || "no connection");
    }

    addEventListener("pagehide", function () { flush(true); });
    document.addEventListener("visibilitychange", function () { if (document.visibilityState === "hidden") { flush(true); } });

    ide.drafts = { load: load, stored: stored, changed: changed, flush: flush, remove: remove, newId: newId };
})();
