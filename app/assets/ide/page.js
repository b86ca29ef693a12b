/* What ties the IDE together: saving, short notices, exports, and the functions that Dash calls. */
(function () {
    "use strict";
    const ide = window.ide = window.ide || {};
    const COPY_ROWS = 1000;
    const ONCE = "#ide_run, #ide_cancel, #ide_saved_list button, #ide_history_list button, #ide_save_confirm, #ide_delete_confirm";
    let nonce = 0;

    function set(id, properties) { window.dash_clientside.set_props(id, properties); }

    /* A notice that goes away by itself; `action` adds a button. */
    function toast(text, action, run, tone) {
        let stack = document.getElementById("ide_toasts");
        if (!stack) {
            stack = document.createElement("div");
            stack.id = "ide_toasts";
            stack.className = "ide-toasts";
            stack.setAttribute("role", "status");
            stack.setAttribute("aria-live", "polite");
            document.body.appendChild(stack);
        }
        const item = document.createElement("div");
        item.className = "ide-toast" + (tone ? " " + tone : "");
        item.appendChild(document.createTextNode(text));
        if (action) {
            const button = document.createElement("button");
            button.type = "button";
            button.className = "btn btn-link btn-sm";
            button.textContent = action;
            button.addEventListener("click", function () { item.remove(); run(); });
            item.appendChild(button);
        }
        stack.appendChild(item);
        setTimeout(function () { item.remove(); }, tone || action ? 8000 : 3500);
    }
    ide.toast = toast;
    ide.toastError = function (error) {
        const shown = error && error.title ? error : { title: "The app does not answer", message: "Check the connection." };
        toast([shown.title + ".", shown.message, shown.hint].filter(Boolean).join(" "), null, null, "danger");
    };

    ide.go = function (address) {
        ide.drafts.flush();
        set("shell_location", { href: address });
    };

    /* as: ask for a new name although the query has been saved before. then: where to go once it is saved. */
    ide.save = function (as, then) {
        const tab = ide.tabs.active();
        if (!tab) { return; }
        if (!tab.content.trim()) { toast("There is nothing to save yet."); return; }
        nonce += 1;
        set("ide_save_request", { data: {
            nonce: nonce, tab: tab.id, sql: tab.content, title: tab.title, provider: tab.provider,
            query_id: tab.queryId, as: !!as, then: then || "", opened: !tab.queryId,
        } });
        if (tab.queryId) { return; }
        ["ide_save_note", "ide_save_error"].forEach(function (id) { set(id, { children: "" }); });
        set("ide_save_dialog_title", { children: "Save query" });
        set("ide_save_name", { value: tab.title });
        set("ide_save_description", { value: "" });
        set("ide_save_dialog", { is_open: true });
    };

    function download(format) {
        const tab = ide.tabs.active(), id = tab && tab.run && tab.run.id;
        if (!id) { return; }
        const bar = document.getElementById("ide_export_progress");
        const token = ide.drafts.newId();
        function show(share, words) {
            if (!bar) { return; }
            bar.hidden = false;
            bar.querySelector(".progress-bar").style.width = Math.round(share * 100) + "%";
            bar.querySelector(".progress-bar").setAttribute("aria-valuenow", Math.round(share * 100));
            bar.querySelector(".export-words").textContent = words;
        }
        ide.post("/ide/query/" + id + "/export", { format: format, token: token }).then(function (answer) {
            show(0, "Preparing " + format.toUpperCase());
            const link = document.createElement("a");
            link.href = answer.url;
            link.download = answer.name;
            document.body.appendChild(link);
            link.click();
            link.remove();
            let still = 0, last = -1;
            (function watch() {
                ide.get("/ide/query/" + id + "/export/" + token).then(function (state) {
                    show(state.total ? state.done / state.total : 1,
                        state.done.toLocaleString("en") + " of " + state.total.toLocaleString("en") + " rows");
                    still = state.done === last ? still + 1 : 0;
                    last = state.done;
                    if (state.done >= state.total) {
                        show(1, "Downloaded " + answer.name);
                        setTimeout(function () { if (bar) { bar.hidden = true; } }, 2500);
                    } else if (still < 240) { setTimeout(watch, 250); }
                    else if (bar) { bar.hidden = true; }
                }).catch(function (error) { if (bar) { bar.hidden = true; } ide.toastError(error); });
            })();
        }).catch(ide.toastError);
    }

    function copyRows() {
        const tab = ide.tabs.active(), run = tab && tab.run;
        if (!run || !run.id) { return; }
        ide.post("/ide/query/" + run.id + "/rows", { start: 0, end: COPY_ROWS }).then(function (answer) {
            const names = run.state.columns.map(function (column) { return column.name; });
            const lines = [names.join("\t")].concat(answer.rows.map(function (row) {
                return names.map(function (name) {
                    const value = row[name];
                    return (value === null || value === undefined ? "" : String(value)).replace(/[\t\r\n]+/g, " ");
                }).join("\t");
            }));
            return navigator.clipboard.writeText(lines.join("\n")).then(function () {
                toast("Copied " + answer.rows.length.toLocaleString("en") + (answer.total > COPY_ROWS ? " of " + answer.total.toLocaleString("en") : "") + " rows with their headers.");
            });
        }).catch(ide.toastError);
    }

    document.addEventListener("keydown", function (event) {
        if (!ide.tabs || !ide.tabs.mounted() || event.defaultPrevented) { return; }
        const typing = event.target.closest && event.target.closest("input, textarea, select, [contenteditable]");
        const inEditor = event.target.closest && event.target.closest(".ace_editor");
        if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s" && !inEditor) { event.preventDefault(); ide.save(event.shiftKey); }
        else if ((event.ctrlKey || event.metaKey) && event.key === "Enter" && !typing) { event.preventDefault(); ide.run.start(); }
        else if (event.key === "?" && !typing) { event.preventDefault(); set("ide_keys", { is_open: true }); }
    });

    // the second half of a double click must not press what the first began: Run has become Cancel, a copy would be two
    document.addEventListener("click", function (event) {
        const twice = event.detail > 1 && event.target.closest && event.target.closest(ONCE);
        if (twice) { event.stopPropagation(); }
    }, true);
    ["keydown", "keypress", "keyup"].forEach(function (name) {
        document.addEventListener(name, function (event) {
            const again = event.key === "Enter" && event.target.id === "ide_save_name" && document.getElementById("ide_save_confirm").disabled;
            if (again) { event.stopPropagation(); }
        }, true);
    });

    // a suggested name is there to be typed over; the component gives it to the field just after the focus
    document.addEventListener("focusin", function (event) {
        const field = event.target;
        if (field.id === "ide_save_name") { requestAnimationFrame(function () { requestAnimationFrame(function () { field.select(); }); }); }
    });

    const none = function () { return window.dash_clientside.no_update; };
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
                if (tab.queryId && !ide.tabs.unsaved(tab)) { ide.go("/schedules?new=" + tab.queryId); } else { ide.save(false, "schedule"); }
                return none();
            },
            explain: function (clicks) {
                const chosen = clicks && ide.editor.target();
                if (!chosen) { if (clicks) { toast("Write a query to explain first."); } return none(); }
                ide.columns.openChat();
                return { text: "Explain this StackQL query step by step, and say what to watch out for:\n\n```sql\n" + chosen.text + "\n```", mode: "query", nonce: Date.now() };
            },
            keys: function (clicks) { return clicks ? true : none(); },
            /* results */
            exportAs: function (csv, xlsx, json, copy) {
                const name = window.dash_clientside.callback_context.triggered_id;
                if (!name || !(csv || xlsx || json || copy)) { return none(); }
                if (name === "ide_export_copy") { copyRows(); } else { download(name.replace("ide_export_", "")); }
                return none();
            },
            rendered: function () { ide.run.rendered(); return none(); },
            view: function (chosen) {
                const box = document.getElementById("ide_results");
                if (box) { box.dataset.view = chosen; }
                return none();
            },
            /* answers of callbacks */
            open: function (wanted) { if (wanted) { ide.tabs.open(wanted); } return none(); },
            saved: function (answer) { if (answer) { ide.tabs.saved(answer); } return none(); },
            insert: function (clicks, sql) {
                if (clicks) { ide.tabs.open({ sql: Array.isArray(sql) ? sql.join("") : sql }); }
                return none();
            },
            interpreted: function (prompt) { if (prompt) { ide.columns.openChat(); } return none(); },
        },
    });
})();
