/* Light and dark: follows the system until the user chooses. In the head, so that no page flashes in the wrong theme.
   Owns: the attribute data-bs-theme of the document, and the choice kept in this browser.
   Ids: shell.THEME.
   Offers: dash_clientside.theme.
   Needs: nothing while it loads, before all others; app.js, ids.js and Dash when the system's theme changes. */
(function () {
    "use strict";
    const KEY = "inventory-theme";
    const system = window.matchMedia("(prefers-color-scheme: dark)");

    function chosen() {
        try { return localStorage.getItem(KEY); } catch { return null; }
    }
    function current() {
        return chosen() || (system.matches ? "dark" : "light");
    }
    function apply() {
        const theme = current();
        document.documentElement.setAttribute("data-bs-theme", theme);
        document.documentElement.style.colorScheme = theme;
        return theme;
    }
    apply();
    system.addEventListener("change", function () {
        const theme = apply();
        // the page may still be loading: it begins with this theme then
        if (window.dash_clientside.set_props) { app.set(ids.shell.THEME, { data: theme }); }
    });
    window.dash_clientside = Object.assign({}, window.dash_clientside, {
        theme: {
            toggle: function (clicks) {
                if (clicks) {
                    try { localStorage.setItem(KEY, current() === "dark" ? "light" : "dark"); } catch { /* private mode */ }
                }
                return apply();
            },
        },
    });
})();
