/* Says when a library of components did not load (a proxy or an extension blocks it), and lets the rest of the page be
   drawn: without a library that one of its parts names, Dash draws nothing of a page.
   Owns: the notice `.libraries-missing`, and the names of libraries that did not load.
   Ids: none.
   Offers: nothing.
   Needs: React, which Dash loads before the libraries; this script is read after them. */
(function () {
    "use strict";
    // the name that a library has in the browser → what it draws, and where it comes from
    const LIBRARIES = {
        dash_ace: ["the editor", "dash_ace"],
        dash_ag_grid: ["tables of rows", "dash_ag_grid"],
        dash_bootstrap_components: ["buttons, inputs and dialogs", "dash_bootstrap_components"],
    };

    /* What stands for any of a library's components: what is in it, and nothing of its own. */
    function Absent(properties) { return properties.children || null; }

    function say(missing) {
        const box = document.createElement("div");
        box.className = "libraries-missing";
        box.setAttribute("role", "alert");
        const strong = document.createElement("strong");
        strong.textContent = "A part of the app did not load: " + missing.map(function (one) { return one[0]; }).join(", ") + ". ";
        box.append(strong, "Reload the page. If it happens again, a proxy or a browser extension may block "
            + missing.map(function (one) { return "/_dash-component-suites/" + one[1]; }).join(", ")
            + ": allow it, or try another browser. What you saved is safe.");
        document.body.prepend(box);
    }

    const missing = Object.keys(LIBRARIES).filter(function (name) { return !window[name]; });
    missing.forEach(function (name) {
        window[name] = new Proxy({}, { get: function () { return Absent; } });
    });
    if (missing.length) { say(missing.map(function (name) { return LIBRARIES[name]; })); }
})();
