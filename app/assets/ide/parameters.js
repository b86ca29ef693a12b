/* The parameters' fields: their values belong to the tab in front. The server makes the fields anew some time after the
   text has changed; what was typed meanwhile, and the cursor, stay. */
(function () {
    "use strict";
    const ide = window.ide = window.ide || {};
    let focused = "";

    function fields() { return document.querySelectorAll("#ide_parameters [name]"); }

    /* Show the values of the tab in front, whatever the fields were made with. */
    function show() {
        const tab = ide.tabs && ide.tabs.active();
        if (!tab) { return; }
        fields().forEach(function (field) {
            const value = tab.parameters[field.name] || "";
            if (field.value !== value) {
                window.dash_clientside.set_props({ type: "ide_parameter", name: field.name }, { value: value });
            }
        });
    }

    new MutationObserver(function (changes) {
        if (!changes.some(function (change) { return change.target.id === "ide_parameters" && change.addedNodes.length; })) { return; }
        show();
        if (!focused || document.activeElement !== document.body) { return; }
        const again = document.querySelector('#ide_parameters [name="' + CSS.escape(focused) + '"]');
        if (again) { again.focus(); }
    }).observe(document.documentElement, { childList: true, subtree: true });

    document.addEventListener("focusin", function (event) {
        focused = event.target.closest("#ide_parameters") ? event.target.name || "" : "";
    });
    document.addEventListener("pointerdown", function () { focused = ""; }, true);
    document.addEventListener("input", function (event) {
        if (!event.target.closest || !event.target.closest("#ide_parameters")) { return; }
        const tab = ide.tabs.active(), values = {};
        values[event.target.name] = event.target.value;
        if (tab) { ide.tabs.change({ parameters: Object.assign({}, tab.parameters, values) }); }
    });
    document.addEventListener("keydown", function (event) {
        if (event.key === "Enter" && event.target.closest && event.target.closest("#ide_parameters")) { event.preventDefault(); ide.run.start(); }
    });

    ide.parameters = { show: show };
})();
