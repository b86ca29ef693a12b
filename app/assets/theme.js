/* Light and dark: follows the system until the user chooses; the choice is kept in the browser.
   Loaded in the head, before anything is painted, so that no page flashes in the wrong theme. */
(function () {
    "use strict";
    const KEY = "inventory-theme";
    const system = window.matchMedia("(prefers-color-scheme: dark)");

    function chosen() {
        try { return localStorage.getItem(KEY); } catch (error) { return null; }
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
        if (window.dash_clientside && window.dash_clientside.set_props) {
            window.dash_clientside.set_props("shell_theme", { data: theme });
        }
    });
    window.dash_clientside = Object.assign({}, window.dash_clientside, {
        theme: {
            toggle: function (clicks) {
                if (clicks) {
                    try { localStorage.setItem(KEY, current() === "dark" ? "light" : "dark"); } catch (error) { /* private mode */ }
                }
                return apply();
            },
        },
    });
})();
