/* The schedule's form: buttons that fill fields (data-form), and one check after the typing has settled. */
(function () {
    "use strict";
    const SETTLE_MS = 180;
    const KEYS = "schedules_form_keys", IGNORED = "schedules_form_ignored", CRON = "schedules_form_cron", ZONE = "schedules_form_timezone";
    const TABLE = "schedules_form_table";
    const FORM = "schedules_form", QUERY = "schedules_form_query", RESET = "schedules_form_reset";
    let timer = null, waiting = null, suggested = "", suggestedFor = "", presses = 0;

    function set(id, properties) { window.dash_clientside.set_props(id, properties); }
    function parameter(name) { return { name: name, type: "schedules_form_parameter" }; }
    function element(id) {
        return document.getElementById(typeof id === "string" ? id : JSON.stringify({ name: id.name, type: id.type }));
    }
    function listed(id) {
        const found = element(id);
        return found ? found.value.split(/[,\n]/).map(function (one) { return one.trim(); }).filter(Boolean) : [];
    }
    function put(id, values) { set(id, { value: values.join(", ") }); }
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
        const form = document.getElementById(FORM), body = form && form.querySelector(".form-body");
        if (!body || !form.dataset.wanted) { return; }
        const early = form.dataset.wanted + " " + (form.dataset.resets || 0) !== form.dataset.begun;
        const first = !early && body.inert && (document.activeElement === document.body || document.activeElement.closest(".form-head")
            || document.activeElement === form || document.activeElement.id === RESET);
        body.inert = early;
        document.getElementById("schedules_form_save").inert = early;
        if (first && form.open) { document.getElementById(QUERY).focus(); }
    }

    const fill = {
        cron: function (data) { set(CRON, { value: data.value }); },
        values: function (data) { add(parameter(data.name), data.value.split("\n")); },
        clear: function (data) { set(parameter(data.name), { value: "" }); },
        keys: function (data) {
            data.value.split("\n").forEach(function (one) { remove(IGNORED, one); });
            put(KEYS, data.value.split("\n"));
        },
        key: function (data) { remove(IGNORED, data.value); add(KEYS, [data.value]); },
        ignore: function (data) { remove(KEYS, data.value); add(IGNORED, [data.value]); },
        close: function (data, button) { button.closest("dialog").close(); },
    };

    document.addEventListener("click", function (event) {
        const button = event.target.closest("[data-form]");
        if (button && button.closest(".schedules-form")) { fill[button.dataset.form](button.dataset, button); }
        if (event.target.closest("#" + RESET)) {
            const form = document.getElementById(FORM);
            form.dataset.resets = Number(form.dataset.resets || 0) + 1;
            checkBegun();
        }
        if (event.target.closest("#schedules_form_save")) { lookForProblem(presses); }
    });
    ["pointerdown", "keydown"].forEach(function (name) {
        document.addEventListener(name, function (event) {
            if (!event.target.closest || !event.target.closest("#schedules_form_save")) { presses += 1; }
        }, true);
    });

    /* the time zones to choose from; the server says whether one that was typed is right */
    document.addEventListener("focusin", function (event) {
        const list = event.target.id === ZONE && document.getElementById("schedules_form_zones");
        if (!list || list.dataset.filled || !Intl.supportedValuesOf) { return; }
        list.dataset.filled = "true";
        list.innerHTML = ["UTC"].concat(Intl.supportedValuesOf("timeZone")).map(function (zone) {
            return '<option value="' + zone + '"></option>';
        }).join("");
    });

    /* after a try to save, the first field that is wrong is where one goes on, however late the server tells of it;
       whoever has pressed anything since is somewhere already */
    function lookForProblem(mine) {
        const form = document.getElementById(FORM);
        if (!form || !form.open || mine !== presses) { return; }
        const wrong = form.querySelector(".is-invalid");
        if (wrong) { wrong.focus(); return; }
        requestAnimationFrame(function () { lookForProblem(mine); });
    }

    window.dash_clientside = Object.assign({}, window.dash_clientside, {
        schedules_form: {
            wait: function (form, key) { form.dataset.wanted = key; checkBegun(); },
            begun: function (state) {
                const form = document.getElementById(FORM);
                form.dataset.begun = state && state.key ? state.key + " " + state.resets : "";
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
                const field = document.getElementById(TABLE), before = suggested;
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
})();
