/* The schedule's form: buttons that fill fields (data-form), and one check after the typing has settled.
   Owns: what the form's buttons write, its time zones, the suggested name, and when the form takes input.
   Ids: schedules.FORM and its fields.
   Offers: `scheduleForm`, and dash_clientside.schedules_form.
   Needs: app.js, ids.js and Dash, when the form is used. */
(function () {
    "use strict";
    const SETTLE_MS = 180;
    const own = ids.schedules;
    let timer = null, waiting = null, suggested = "", suggestedFor = "", presses = 0;

    function form() { return /** @type {HTMLDialogElement | null} */ (app.element(own.FORM)); }

    /**
     * What a field lists, separated by commas or lines.
     * @param {string} text
     * @returns {string[]}
     */
    function listedIn(text) { return text.split(/[,\n]/).map(function (one) { return one.trim(); }).filter(Boolean); }
    function listed(id) {
        const found = /** @type {HTMLInputElement | null} */ (app.element(id));
        return found ? listedIn(found.value) : [];
    }
    function put(id, values) { app.set(id, { value: values.join(", ") }); }
    function add(id, values) {
        const now = listed(id);
        put(id, now.concat(values.filter(function (one) { return !now.includes(one); })));
    }
    function remove(id, value) {
        const now = listed(id);
        if (now.includes(value)) { put(id, now.filter(function (one) { return one !== value; })); }
    }

    /* A form takes no input until it shows the values that it begins with: they would overwrite it. data-begun names
       the form that is shown, with how often it was started over. */
    function checkBegun() {
        const dialog = form(), body = /** @type {HTMLElement | null} */ (dialog && dialog.querySelector(".form-body"));
        if (!body || !dialog.dataset.wanted) { return; }
        const early = dialog.dataset.wanted + " " + (dialog.dataset.resets || 0) !== dialog.dataset.begun;
        const active = document.activeElement;
        const first = !early && body.inert
            && (active === document.body || active === dialog || active.closest(".form-head") || active.id === own.FORM_RESET);
        body.inert = early;
        app.element(own.FORM_SAVE).inert = early;
        if (first && dialog.open) { app.element(own.FORM_QUERY).focus(); }
    }

    const fill = {
        cron: function (data) { app.set(own.FORM_CRON, { value: data.value }); },
        values: function (data) { add(own.form_parameter(data.name), data.value.split("\n")); },
        clear: function (data) { app.set(own.form_parameter(data.name), { value: "" }); },
        keys: function (data) {
            data.value.split("\n").forEach(function (one) { remove(own.FORM_IGNORED, one); });
            put(own.FORM_KEYS, data.value.split("\n"));
        },
        key: function (data) { remove(own.FORM_IGNORED, data.value); add(own.FORM_KEYS, [data.value]); },
        ignore: function (data) { remove(own.FORM_KEYS, data.value); add(own.FORM_IGNORED, [data.value]); },
        close: function (data, button) { button.closest("dialog").close(); },
    };

    document.addEventListener("click", function (event) {
        const button = event.target.closest("[data-form]");
        if (button && button.closest(".schedules-form")) { fill[button.dataset.form](button.dataset, button); }
        if (app.within(event, own.FORM_RESET)) {
            const dialog = form();
            dialog.dataset.resets = String(Number(dialog.dataset.resets || 0) + 1);
            checkBegun();
        }
        if (app.within(event, own.FORM_SAVE)) { lookForProblem(presses); }
    });
    ["pointerdown", "keydown"].forEach(function (name) {
        document.addEventListener(name, function (event) {
            if (!app.within(event, own.FORM_SAVE)) { presses += 1; }
        }, true);
    });

    /* the time zones to choose from; the server says whether one that was typed is right */
    document.addEventListener("focusin", function (event) {
        const list = event.target.id === own.FORM_TIMEZONE && app.element(own.FORM_ZONES);
        if (!list || list.dataset.filled || !Intl.supportedValuesOf) { return; }
        list.dataset.filled = "true";
        list.innerHTML = ["UTC"].concat(Intl.supportedValuesOf("timeZone")).map(function (zone) {
            return '<option value="' + zone + '"></option>';
        }).join("");
    });

    /* after a try to save, the first field that is wrong, or the newer version, is where one goes on, however late the server tells of it;
       whoever has pressed anything since is somewhere already */
    function lookForProblem(mine) {
        const dialog = form();
        if (!dialog || !dialog.open || mine !== presses) { return; }
        const wrong = /** @type {HTMLElement | null} */ (dialog.querySelector(".is-invalid, .conflict"));
        if (wrong) { wrong.focus(); return; }
        requestAnimationFrame(function () { lookForProblem(mine); });
    }

    window.dash_clientside = Object.assign({}, window.dash_clientside, {
        schedules_form: {
            begun: function (state) {
                form().dataset.begun = state && state.key ? state.key + " " + state.resets : "";
                checkBegun();
            },
            /* A name for the table, once for each choice of a query, where none but an earlier suggestion stands. */
            suggest: function (state) {
                const none = window.dash_clientside.no_update;
                const mark = state && state.suggested && state.query ? state.key + " " + state.query : "";
                if (!mark || mark === suggestedFor) {
                    // a form that begins anew, or is done, begins with nothing suggested
                    if (!mark) { suggestedFor = ""; }
                    return none;
                }
                suggestedFor = mark;
                const field = /** @type {HTMLInputElement | null} */ (app.element(own.FORM_TABLE)), before = suggested;
                if (!field || (field.value && field.value !== before)) { return none; }
                suggested = state.suggested;
                return suggested;
            },
            /* What is said of a preview is drawn for that preview alone: an answer may come after another query was chosen. */
            preview: function (shown, id) { return shown && shown.id === (id || null) ? shown.children : null; },
            settle: function () {
                clearTimeout(timer);
                if (waiting) { waiting(window.dash_clientside.no_update); }
                return new Promise(function (resolve) {
                    waiting = resolve;
                    timer = setTimeout(function () { waiting = null; resolve(Date.now()); }, SETTLE_MS);
                });
            },
        },
    });

    window.scheduleForm = {
        listedIn,
        wait: function (key) { form().dataset.wanted = key; checkBegun(); },
    };
})();
