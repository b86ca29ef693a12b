/* The parameters' fields. The server makes them anew some time after the text has changed; what was typed stays.
   Owns: what the fields show, which are the values of the tab in front, and where the cursor stays in them.
   Ids: ide.PARAMETERS, parameter.
   Offers: `ide.parameters`.
   Needs: app.js, ids.js, Dash, `ide.tabs` and `ide.run`, when there are fields. */

/**
 * @typedef {object} IdeParameters
 * @property {() => void} show write the values of the tab in front into the fields
 * @property {(name: string) => HTMLInputElement | null} field a parameter's field
 */

(function () {
    "use strict";
    const ide = window.ide = window.ide || /** @type {Ide} */ ({});
    const own = ids.ide;
    let focused = "";

    function fields() {
        const box = app.element(own.PARAMETERS);
        return box ? /** @type {HTMLInputElement[]} */ (Array.from(box.querySelectorAll("[name]"))) : [];
    }
    function field(name) { return fields().find(function (one) { return one.name === name; }) || null; }

    function show() {
        const tab = ide.tabs.active();
        if (!tab) { return; }
        fields().forEach(function (one) {
            const value = tab.parameters[one.name] || "";
            if (one.value !== value) { app.set(own.parameter(one.name), { value: value }); }
        });
    }

    new MutationObserver(function (changes) {
        if (!changes.some(function (change) { return change.target.id === own.PARAMETERS && change.addedNodes.length; })) { return; }
        show();
        if (!focused || document.activeElement !== document.body) { return; }
        const again = field(focused);
        if (again) { again.focus(); }
    }).observe(document.documentElement, { childList: true, subtree: true });

    document.addEventListener("focusin", function (event) {
        focused = app.within(event, own.PARAMETERS) ? event.target.name || "" : "";
    });
    document.addEventListener("pointerdown", function () { focused = ""; }, true);
    document.addEventListener("input", function (event) {
        if (!app.within(event, own.PARAMETERS)) { return; }
        const tab = ide.tabs.active();
        if (tab) { ide.tabs.change({ parameters: { ...tab.parameters, [event.target.name]: event.target.value } }); }
    });
    document.addEventListener("keydown", function (event) {
        if (event.key === "Enter" && app.within(event, own.PARAMETERS)) { event.preventDefault(); ide.run.start(); }
    });

    ide.parameters = { show, field };
})();
