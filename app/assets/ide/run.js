/* Running: Run and Cancel, the running time, the check while typing, and which result is shown.
   Owns: each tab's run (`tab.run`), from the request until its result is shown.
   Ids: components.RESULT_GRID; ide.RUN, ROW_LIMIT, SOURCE, PROVIDER, RESULTS, SHOWN, EDITOR_CONTENT, HISTORY_TICK, RUNNING_WORDS, RUNNING_TIME, PAGE.
   Offers: `ide.run`.
   Needs: app.js, ids.js, Dash, `grid` and the other parts of `ide`, when there are tabs. */

/**
 * What the server says of a query.
 * @typedef {object} QueryState
 * @property {string} id
 * @property {string} status queued, running, succeeded, failed, cancelled
 * @property {string} stage
 * @property {boolean} final
 * @property {string} progress what has been seen, for the next question
 * @property {number | null} position in line
 * @property {number} pause seconds until the next question, at least
 * @property {number} elapsed seconds
 * @property {number | null} rows
 * @property {{ name: string, kind: string }[]} columns
 * @property {AppError | null} error
 */

/**
 * A tab's run. id: the query's, once the server has it; row: the statement's first line in the tab; text: the statement,
 * where it is known; selected: it was marked; since: when it
 * began, on this clock; failures: polls in a row that got no answer; state: how it ended.
 * @typedef {{ id: string | null, row: number, text?: string, selected?: boolean, running: boolean, since: number, stage: string, cancelled?: boolean,
 *             progress?: string, position?: number | null, failures?: number,
 *             state?: Partial<QueryState> }} Run
 */

/**
 * @typedef {object} IdeRun
 * @property {() => void} start
 * @property {(tab?: Tab) => void} cancel
 * @property {() => void} toggle Run, or Cancel while the tab in front runs
 * @property {() => void} rendered Dash has rendered the result that was asked for
 * @property {(tab: Tab) => void} tabShown a tab came to the front: its result too, also one of before a reload
 * @property {(delay: number) => void} contentChanged check what is under the cursor, after a pause
 * @property {(tab: Tab) => void} forget the tab was closed
 * @property {(tab: Tab) => void} release the page goes away: nobody waits for the tab's query any more
 * @property {(seconds: number) => string} duration
 */

(function () {
    "use strict";
    const ide = window.ide = window.ide || /** @type {Ide} */ ({});
    const STEPS_MS = [40, 60, 80, 100, 150, 200, 250];
    const RETRY_MS = 500, LONGEST_WAIT_MS = 400, MOST_FAILURES = 120, LONGEST_KEPT = 100_000;
    const own = ids.ide;
    const HISTORY_MS = [500, 2000, 6000];
    let nonce = 0, checking = null, lastCheck = "", clock = null;

    function key(tab) { return "ide-run:" + tab.id; }
    function kept(run) {
        // a statement that fills the storage is not worth what others could keep there
        const text = run.text && run.text.length <= LONGEST_KEPT ? run.text : undefined;
        return { id: run.id, row: run.row, text: text, selected: run.selected };
    }
    function keep(tab) {
        try {
            if (tab.run && tab.run.id) { sessionStorage.setItem(key(tab), JSON.stringify(kept(tab.run))); }
            else { sessionStorage.removeItem(key(tab)); }
        } catch { /* the result is then not found again after a reload */ }
    }

    function start() {
        const tab = ide.tabs.active();
        if (!tab) { return; }
        if (tab.run && tab.run.running) { return; }
        const chosen = ide.editor.target();
        if (!chosen) { app.toast("There is no statement to run: write one first."); ide.editor.focus(); return; }
        ide.drafts.flush();
        ide.editor.clearError();
        const before = tab.run;
        const run = { id: null, row: chosen.row, text: chosen.text, selected: chosen.selected, running: true, since: Date.now(), stage: "starting", cancelled: false };
        tab.run = run;
        keep(tab);
        paint();
        const limit = /** @type {HTMLInputElement | null} */ (app.element(own.ROW_LIMIT));
        app.post(ids.routes.QUERIES, {
            sql: chosen.text, provider: tab.provider, source: tab.source, parameters: tab.parameters,
            row_limit: Number(limit && limit.value) || ids.values.ROW_LIMIT,
        }).then(function (answer) {
            run.id = answer.query.id;
            progressed(run, answer.query);
            keep(tab);
            // also where the tab was closed meanwhile
            if (run.cancelled) { stop(run); }
            poll(tab, run, 0);
        }).catch(function (error) {
            if (error.code) { finish(tab, run, { error: error }); return; }
            // nothing was run: what is shown stays
            if (tab.run === run) { tab.run = before; keep(tab); paint(); }
            app.toastError(error);
        });
    }

    function cancel(wanted) {
        const tab = wanted || ide.tabs.active();
        if (!tab || !tab.run || !tab.run.running) { return; }
        tab.run.cancelled = true;
        tab.run.stage = "cancelling";
        paint();
        if (tab.run.id) { stop(tab.run); }
    }
    function stop(run) { app.post(ids.routes.QUERY_CANCEL(run.id)).catch(app.toastError); }

    function progressed(run, state) {
        run.since = Date.now() - state.elapsed * 1000;
        run.stage = run.cancelled ? "cancelling" : state.status === "queued" ? "queued" : state.stage;
        run.progress = state.progress;
        run.position = state.position;
    }

    function poll(tab, run, step) {
        if (tab.run !== run) { return; }
        // the server holds the answer back until there is news; for the tab in front only, since a browser opens six
        // connections to a host
        const held = run.progress && tab === ide.tabs.active() && document.visibilityState === "visible";
        app.get(ids.routes.QUERY(run.id), held ? { seen: run.progress } : undefined).then(function (answer) {
            if (tab.run !== run) { return; }
            run.failures = 0;
            const state = answer.query;
            if (state.final) { finish(tab, run, state); return; }
            progressed(run, state);
            paint();
            const least = held ? 0 : STEPS_MS[Math.min(step, STEPS_MS.length - 1)];
            setTimeout(function () { poll(tab, run, step + 1); }, Math.max(least, 1000 * state.pause));
        }).catch(function (error) {
            if (tab.run !== run) { return; }
            run.failures = (run.failures || 0) + 1;
            // a query that is gone says so; a server that is away for a moment gets a second chance
            if (error.code || run.failures > MOST_FAILURES) { finish(tab, run, { error: error }); return; }
            setTimeout(function () { poll(tab, run, STEPS_MS.length); }, RETRY_MS);
        });
    }

    function finish(tab, run, state) {
        if (tab.run !== run) { return; }
        run.running = false;
        run.state = state;
        if (!run.id) { keep(tab); }
        if (state.status === "succeeded" && state.rows && tab === ide.tabs.active()) {
            window.grid.prefetch(ids.routes.QUERY_ROWS(run.id));
        }
        if (tab === ide.tabs.active() && ide.tabs.mounted()) { showResult(tab); ask(state.error); }
        paint();
        // the history is written just after the result, or somewhat later where the database is busy
        HISTORY_MS.forEach(function (delay) {
            setTimeout(function () { if (ide.tabs.mounted()) { app.set(own.HISTORY_TICK, { data: Date.now() }); } }, delay);
        });
    }

    /* A parameter has no value: its field is next. */
    function ask(error) {
        const field = error && error.field && ide.parameters.field(error.field);
        if (field) { field.focus(); }
    }

    /* The rows stand below what is said of them, and do not wait for it: it is asked for when they are painted. */
    function showRows(run) {
        const state = run && !run.running && run.state, any = !!(state && state.status === "succeeded" && state.rows);
        const results = app.element(own.RESULTS);
        results.dataset.rows = String(any);
        if (!any) { return Promise.resolve(); }
        const shown = window.grid.fill(ids.components.RESULT_GRID, ids.routes.QUERY_ROWS(run.id), state.columns);
        return Promise.race([shown.then(painted), new Promise(function (resolve) { setTimeout(resolve, LONGEST_WAIT_MS); })]);
    }

    function painted() {
        return new Promise(function (resolve) { requestAnimationFrame(function () { setTimeout(resolve); }); });
    }

    /* Tell the page which result to show: Dash renders it. */
    function showResult(tab) {
        const run = tab.run;
        nonce += 1;
        const shown = { nonce: nonce, tab: tab.id };
        if (run && !run.running) {
            shown.id = run.id;
            shown.error = run.state && run.state.error && !run.id ? run.state.error : null;
            const error = run.state && run.state.error;
            if (error && error.line) {
                shown.line = run.row + error.line;
                if (tab.session) { ide.editor.markError(run.row + error.line - 1, error.message); }
            }
        }
        // until Dash has rendered it, what stands there belongs to another text
        const results = app.element(own.RESULTS);
        if (!results) { app.set(own.SHOWN, { data: shown }); return; }
        results.dataset.waiting = "true";
        showRows(run).then(function () { if (shown.nonce === nonce) { app.set(own.SHOWN, { data: shown }); } });
    }

    function tabShown(tab) {
        if (!tab.run) {
            let known = null;
            try { known = JSON.parse(sessionStorage.getItem(key(tab))); } catch { /* none */ }
            if (known && known.id) {
                const run = tab.run = { ...known, running: true, since: Date.now(), stage: "" };
                app.get(ids.routes.QUERY(run.id)).then(function (answer) {
                    run.since = Date.now() - answer.query.elapsed * 1000;
                    if (answer.query.final) { finish(tab, run, answer.query); } else { paint(); poll(tab, run, 0); }
                }).catch(function (error) {
                    if (!error.code) { poll(tab, run, 0); return; }
                    if (tab.run === run) { tab.run = null; keep(tab); paint(); if (tab === ide.tabs.active()) { showResult(tab); } }
                });
                return;
            }
        }
        showResult(tab);
        paint();
    }

    function forget(tab) {
        if (tab.run && tab.run.running) { cancel(tab); }
        tab.run = null;
        keep(tab);
    }

    function words(run) {
        if (run.failures > 2) { return "The app does not answer, trying again"; }
        if (run.stage === "queued") { return "Waiting for a free place" + (run.position ? ", " + ordinal(run.position) + " in line" : ""); }
        return { cancelling: "Cancelling", checking: "Checking resources", starting: "Starting" }[run.stage] || "Running";
    }
    function ordinal(n) { return n === 1 ? "next" : n === 2 ? "2nd" : n === 3 ? "3rd" : n + "th"; }
    function duration(seconds) {
        const tenths = Math.floor(10 * Math.max(seconds, 0) + 0.5), whole = Math.floor(tenths / 10);
        if (whole < 60) { return (tenths / 10).toFixed(1) + " s"; }
        if (whole < 3600) { return Math.floor(whole / 60) + " min " + (whole % 60) + " s"; }
        return Math.floor(whole / 3600) + " h " + Math.floor((whole % 3600) / 60) + " min";
    }
    function passed(run) { return duration((Date.now() - run.since) / 1000); }

    function paint() {
        const tab = ide.tabs.active(), page = app.element(own.PAGE);
        if (!tab || !page) { return; }
        ide.statement.show(tab);
        const run = tab.run && tab.run.running ? tab.run : null;
        page.dataset.running = run ? "true" : "false";
        const button = app.element(own.RUN);
        if (button) {
            button.title = run ? "Cancel the query" : "Run the selection, or the statement under the cursor (Ctrl+Enter)";
            button.classList.toggle("btn-primary", !run);
            button.classList.toggle("btn-outline-danger", !!run);
            button.querySelector("i").className = "bi " + (run ? "bi-stop-fill" : "bi-play-fill");
            button.querySelector(".label").textContent = run ? "Cancel" : "Run";
            button.querySelector(".time").textContent = run ? passed(run) : "";
        }
        if (run) {
            app.element(own.RUNNING_WORDS).textContent = words(run);
            app.element(own.RUNNING_TIME).textContent = passed(run);
        }
        clearTimeout(clock);
        if (run) { clock = setTimeout(paint, 100); }
        document.querySelectorAll(".ide-tab").forEach(function (item, index) {
            const one = ide.tabs.all()[index];
            item.classList.toggle("running", !!(one && one.run && one.run.running));
        });
    }

    /* Asks for the statement's parameters and problems. */
    function contentChanged(delay) {
        clearTimeout(checking);
        checking = setTimeout(function () {
            const tab = ide.tabs.active();
            if (!tab || !ide.editor.attached()) { return; }
            ide.statement.show(tab);
            const chosen = ide.editor.checked();
            const data = { tab: tab.id, sql: chosen ? chosen.text : "", start: chosen ? chosen.start : 0, row: chosen ? chosen.row : 0, provider: tab.provider, source: tab.source, parameters: tab.parameters };
            const same = JSON.stringify([data.tab, data.sql, data.start, data.source]);
            if (same === lastCheck) { return; }
            lastCheck = same;
            app.set(own.EDITOR_CONTENT, { data: data });
        }, delay);
    }

    function release(tab) {
        // where it is not heard, the query's lease ends it
        if (tab.run && tab.run.running && tab.run.id) { app.farewell(ids.routes.QUERY_RELEASE(tab.run.id), {}); }
    }
    document.addEventListener("inventory:back", function () {
        const results = app.element(own.RESULTS);
        if (results && results.dataset.waiting) { showResult(ide.tabs.active()); }
        if (results) { lastCheck = ""; contentChanged(0); }
    });

    document.addEventListener("change", function (event) {
        if (app.within(event, own.SOURCE)) {
            const tab = ide.tabs.active();
            if (tab && event.target.value !== tab.source) {
                ide.tabs.change({ source: event.target.value });
                ide.tabs.showSource(tab);
                contentChanged(0);
            }
        }
        if (event.target.id === own.PROVIDER && ide.tabs.active()) {
            const provider = event.target.value === ids.values.ALL_PROVIDERS ? "" : event.target.value;
            ide.tabs.change({ provider: provider });
            ide.resources.reveal(provider);
        }
    });
    /* Buttons of the check line carry the text that they put in place of the statement. */
    document.addEventListener("click", function (event) {
        const fix = event.target.closest && event.target.closest("[data-fix]");
        if (!fix) { return; }
        const chosen = ide.editor.checked();
        if (chosen && String(chosen.start) === fix.dataset.start) { ide.editor.replace(chosen.start, chosen.text.length, fix.dataset.fix); }
        else { contentChanged(0); }
    });

    ide.run = {
        start, cancel, toggle: function () {
            const tab = ide.tabs.active();
            if (tab && tab.run && tab.run.running) { cancel(tab); } else { start(); }
        },
        rendered: function () {
            delete app.element(own.RESULTS).dataset.waiting;
            if (ide.tabs.active()) { ide.statement.show(ide.tabs.active()); }
        },
        tabShown, contentChanged, forget, release, duration,
    };
})();
