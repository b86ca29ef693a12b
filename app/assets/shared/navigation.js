/* The navigation: the current page's link is marked; beside the IDE it is folded to icons where the window is small, until
   the user chooses.
   Owns: aria-current of its links, data-navigation of the document (folded or open), and that choice, kept in this browser.
   Ids: shell.NAVIGATION, NAVIGATION_FOLD.
   Offers: dash_clientside.navigation.
   Needs: app.js and ids.js, when the button is pressed. */
(function () {
    "use strict";
    const SETTLED_MS = 300;
    const KEY = "inventory-navigation", FOLDED = "folded", OPEN = "open";
    // below this the editor would have less than two thirds
    const small = window.matchMedia("(max-width: 1599px)");
    // a choice that the browser does not keep (private mode) lasts as long as the page
    let chosen = null;
    try { chosen = localStorage.getItem(KEY); } catch { /* the default */ }

    function apply() {
        const state = chosen || (small.matches ? FOLDED : OPEN);
        document.documentElement.dataset.navigation = state;
        return state;
    }
    function tell() {
        const button = app.element(ids.shell.NAVIGATION_FOLD);
        if (button) { button.setAttribute("aria-expanded", String(apply() === OPEN)); }
    }
    function mark(path) {
        app.element(ids.shell.NAVIGATION).querySelectorAll(".side-link").forEach(function (link) {
            const page = link.getAttribute("href");
            // the address without a path shows the inventory
            const current = path === page || path.startsWith(page + "/") || (path === "/" && page === "/inventory");
            if (current) { link.setAttribute("aria-current", "page"); } else { link.removeAttribute("aria-current"); }
        });
    }
    /* Soon after a page was asked for: what nobody waits for is asked for then. */
    function settle(path) {
        return new Promise(function (resolve) { setTimeout(resolve, SETTLED_MS, path); });
    }
    window.dash_clientside = Object.assign({}, window.dash_clientside, { navigation: { mark: mark, settle: settle } });
    apply();
    small.addEventListener("change", tell);
    document.addEventListener("click", function (event) {
        if (!app.within(event, ids.shell.NAVIGATION_FOLD)) { return; }
        chosen = apply() === OPEN ? FOLDED : OPEN;
        try { localStorage.setItem(KEY, chosen); } catch { /* private mode */ }
        tell();
        // the editor and the grid measure themselves anew
        window.dispatchEvent(new Event("resize"));
    });
    document.addEventListener("focusin", function (event) { if (app.within(event, ids.shell.NAVIGATION_FOLD)) { tell(); } });
})();
