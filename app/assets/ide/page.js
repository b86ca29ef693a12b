/* What ties the IDE together: saving, exports, keys, and the functions that Dash calls.
   Owns: the dialog for saving, while it opens; downloads and their progress.
   Ids: ide.SAVE_* and the buttons of ONCE, components.EXPORT_PROGRESS, export.
   Offers: `ide.save`, `ide.schedule`, and dash_clientside.ide.
   Needs: app.js, ids.js, Dash, `grid` and the other parts of `ide`, when the page is used. */

/**
 * @callback IdeSave
 * @param {boolean} [as] ask for a new name although the query has been saved before
 * @param {string} [then] where to go once it is saved: "schedule"
 * @returns {void}
 */

(function () {
    "use strict";
    const ide = window.ide = window.ide || /** @type {Ide} */ ({});
    const own = ids.ide, parts = ids.components;
    const COPY_ROWS = ids.values.MOST_BLOCK_ROWS;
    // an export that has not moved for a minute is watched no longer
    const WATCH_MS = 250, MOST_STILL = 240;
    // pressed once however often they are clicked
    const ONCE = [own.RUN, own.CANCEL, own.SAVED_LIST, own.HISTORY_LIST, own.SAVE_CONFIRM, own.DELETE_CONFIRM, own.VERSION_RESTORE];
    let nonce = 0;

    ide.schedule = function (query) {
        ide.drafts.flush();
        app.visit(ids.pages.SCHEDULES + "?" + ids.url.NEW + "=" + query);
    };

    ide.save = function (as, then) {
        const tab = ide.tabs.active();
        if (!tab) { return; }
        if (!tab.content.trim()) { app.toast("There is nothing to save yet."); return; }
        nonce += 1;
        app.set(own.SAVE_REQUEST, { data: {
            nonce: nonce, tab: tab.id, sql: tab.content, title: tab.title, provider: tab.provider, source: tab.source, query_id: tab.queryId,
            query_version: tab.queryVersion, dialog: ide.drafts.newId(),
            // oxlint-disable-next-line unicorn/no-thenable -- data for the server: nothing awaits it
            as: !!as, then: then || "", opened: !tab.queryId,
        } });
        if (tab.queryId) { return; }
        [own.SAVE_NOTE, own.SAVE_ERROR].forEach(function (id) { app.set(id, { children: "" }); });
        app.set(own.SAVE_DIALOG_TITLE, { children: "Save query" });
        app.set(own.SAVE_NAME, { value: tab.title });
        app.set(own.SAVE_DESCRIPTION, { value: "" });
        app.set(own.SAVE_FOLDER, { value: "" });
        app.set(own.SAVE_DIALOG, { is_open: true });
    };

    /* shown: whether of what the grid shows, in its order; else of all rows */
    function download(format, shown) {
        const tab = ide.tabs.active(), id = tab && tab.run && tab.run.id;
        if (!id) { return; }
        const box = app.element(parts.EXPORT_PROGRESS), token = ide.drafts.newId();
        app.post(ids.routes.QUERY_EXPORTS(id), { format: format, token: token, ...(shown ? window.exports.selection(parts.RESULT_GRID) : {}) }).then(function (answer) {
            progress(box, 0, "Preparing " + answer.name);
            window.exports.save(answer);
            watch(box, ids.routes.EXPORT_PROGRESS(id, token), answer.name, -1, 0);
        }).catch(app.toastError);
    }

    /* still: how often the download was found where it was before, at `last` rows */
    function watch(box, address, name, last, still) {
        app.get(address).then(function (state) {
            progress(box, state.total ? state.done / state.total : 1, count(state.done) + " of " + count(state.total) + " rows");
            const stood = state.done === last ? still + 1 : 0;
            if (state.done >= state.total) {
                progress(box, 1, "Downloaded " + name);
                setTimeout(function () { box.hidden = true; }, 2500);
            } else if (stood < MOST_STILL) { setTimeout(function () { watch(box, address, name, state.done, stood); }, WATCH_MS); }
            else { box.hidden = true; }
        }).catch(function (error) { box.hidden = true; app.toastError(error); });
    }

    function progress(box, share, words) {
        const bar = /** @type {HTMLElement} */ (box.querySelector(".progress-bar"));
        box.hidden = false;
        bar.style.width = Math.round(share * 100) + "%";
        bar.setAttribute("aria-valuenow", String(Math.round(share * 100)));
        box.querySelector(".export-words").textContent = words;
    }
    function count(number) { return number.toLocaleString("en"); }

    function copyRows() {
        const tab = ide.tabs.active(), run = tab && tab.run;
        if (!run || !run.id) { return; }
        window.grid.fetchBlock(ids.routes.QUERY_ROWS(run.id), { start: 0, end: COPY_ROWS }).then(function (answer) {
            const names = run.state.columns.map(function (column) { return column.name; });
            const lines = [names].concat(answer.rows.map(function (row) { return names.map(function (name) { return row[name]; }); }));
            return navigator.clipboard.writeText(lines.map(window.grid.rowText).join("\n")).then(function () {
                const of = answer.total > COPY_ROWS ? " of " + count(answer.total) : "";
                app.toast("Copied " + count(answer.rows.length) + of + " rows with their headers."
                    + (answer.rows.some(function (row) { return window.grid.isCut(row); }) ? " Long cells are copied with their beginning alone, up to …" : ""));
            });
        }).catch(app.toastError);
    }

    document.addEventListener("keydown", function (event) {
        if (!ide.tabs?.mounted() || event.defaultPrevented) { return; }
        const typing = event.target.closest && event.target.closest("input, textarea, select, [contenteditable]");
        const inEditor = event.target.closest && event.target.closest(".ace_editor");
        if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s" && !inEditor) { event.preventDefault(); ide.save(event.shiftKey); }
        else if ((event.ctrlKey || event.metaKey) && event.key === "Enter" && !typing) { event.preventDefault(); ide.run.start(); }
        else if (event.key === "?" && !typing) { event.preventDefault(); app.set(own.KEYS, { is_open: true }); }
    });

    // the second half of a double click must not press what the first began: Run has become Cancel, a copy would be two
    document.addEventListener("click", function (event) {
        const twice = event.detail > 1 && event.target.closest && event.target.closest("button");
        if (twice && ONCE.some(function (id) { return app.within(event, id); })) { event.stopPropagation(); }
    }, true);
    ["keydown", "keypress", "keyup"].forEach(function (name) {
        document.addEventListener(name, function (/** @type {KeyboardEvent} */ event) {
            const again = event.key === "Enter" && event.target.id === own.SAVE_NAME
                && /** @type {HTMLButtonElement} */ (app.element(own.SAVE_CONFIRM)).disabled;
            if (again) { event.stopPropagation(); }
        }, true);
    });

    // a suggested name is there to be typed over; the component gives it to the field just after the focus
    document.addEventListener("focusin", function (event) {
        const field = event.target;
        if (field instanceof HTMLInputElement && field.id === own.SAVE_NAME) { requestAnimationFrame(function () { requestAnimationFrame(function () { field.select(); }); }); }
    });

    function none() { return window.dash_clientside.no_update; }
    window.dash_clientside = Object.assign({}, window.dash_clientside, {
        ide: {
            /* toolbar */
            run: function (clicks) { if (clicks) { ide.run.toggle(); } return none(); },
            cancel: function (clicks) { if (clicks) { ide.run.cancel(); } return none(); },
            save: function (clicks) { if (clicks) { ide.save(); } return none(); },
            saveAs: function (clicks) { if (clicks) { ide.save(true); } return none(); },
            format: function (clicks) { if (clicks) { ide.editor.format(); } return none(); },
            clear: function (clicks) { if (clicks) { ide.editor.clear(); } return none(); },
            schedule: function (clicks) {
                const tab = clicks && ide.tabs.active();
                if (!tab) { return none(); }
                if (tab.source !== ids.values.LIVE) { app.toast("Schedules read the live cloud and write the inventory: a query of the inventory cannot be scheduled."); return none(); }
                if (tab.queryId && !ide.tabs.unsaved(tab)) { ide.schedule(tab.queryId); } else { ide.save(false, "schedule"); }
                return none();
            },
            explain: function (clicks) {
                const chosen = clicks && ide.editor.target();
                if (!chosen) { if (clicks) { app.toast("Write a query to explain first."); } return none(); }
                ide.columns.openChat();
                return { text: "Explain this StackQL query step by step, and say what to watch out for:\n\n```sql\n" + chosen.text + "\n```", mode: "query", nonce: Date.now() };
            },
            plan: function (clicks) {
                const chosen = clicks && ide.editor.target(), tab = ide.tabs.active();
                if (!chosen) { if (clicks) { app.toast("Write a query to explain first."); } return none(); }
                return { sql: chosen.text, parameters: tab.parameters, nonce: Date.now() };
            },
            watch: function (clicks) {
                const chosen = clicks && ide.editor.target();
                if (!chosen) { if (clicks) { app.toast("Write a statement to watch first."); } return none(); }
                return { sql: chosen.text, nonce: Date.now() };
            },
            keys: function (clicks) { return clicks ? true : none(); },
            /* results */
            exportAs: function () {
                const name = app.pressed();
                if (!name) { return none(); }
                if (name === parts.export("copy")) { copyRows(); }
                else {
                    const shown = ids.values.EXPORTS.find(function (format) { return name === parts.export_shown(format); });
                    download(shown || ids.values.EXPORTS.find(function (format) { return name === parts.export(format); }), !!shown);
                }
                return none();
            },
            rendered: function () { ide.run.rendered(); return none(); },
            view: function (chosen) {
                const box = app.element(own.RESULTS);
                if (box) { box.dataset.view = chosen; }
                return chosen === "chart" ? Date.now() : none();
            },
            interpret: function (clicks) { return clicks ? Date.now() : none(); },
            /* answers of callbacks */
            open: function (wanted) { if (wanted) { ide.tabs.open(wanted); } return none(); },
            saved: function (answer) { if (answer) { ide.tabs.saved(answer); } return none(); },
            insert: function (clicks, sql) {
                const tab = ide.tabs.active();
                if (clicks) { ide.tabs.open({ sql: Array.isArray(sql) ? sql.join("") : sql, source: tab ? tab.source : ids.values.LIVE }); }
                return none();
            },
            interpreted: function (prompt) { if (prompt) { ide.columns.openChat(); } return none(); },
        },
    });
})();
