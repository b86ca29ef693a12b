/* The search box: arrows walk through what was found, Enter opens or does it, Escape closes.
   Owns: the combobox and its list of options, and what the actions without an address do.
   Ids: shell.SEARCH_BOX, SEARCH_INPUT, SEARCH_RESULTS, THEME_TOGGLE, KEYS; it gives the options theirs, shell.search_option.
   Offers: dash_clientside.search, and `search`: open() puts the cursor into the box, hasFocus() tells whether it is there.
   Needs: app.js and ids.js, when there is something to search. */
(function () {
    "use strict";
    let dismissed = false;      // by Escape: an answer that comes later stays closed

    function parts() {
        return {
            box: app.element(ids.shell.SEARCH_BOX),
            input: /** @type {HTMLInputElement | null} */ (app.element(ids.shell.SEARCH_INPUT)),
            results: app.element(ids.shell.SEARCH_RESULTS),
        };
    }
    function options() {
        const results = parts().results;
        return results ? /** @type {HTMLElement[]} */ (Array.from(results.querySelectorAll(".search-option"))) : [];
    }

    function open(shown) {
        const part = parts();
        if (!part.results || !part.input) { return; }
        if (!shown) { part.results.hidden = true; } else if (part.results.children.length) { part.results.hidden = false; }
        part.input.setAttribute("aria-expanded", String(!part.results.hidden));
        if (!shown) { choose(null); }
    }

    function choose(option) {
        const input = parts().input;
        options().forEach(function (one, i) {
            one.id = ids.shell.search_option(i);
            // the link itself: an option may hold nothing that one can focus
            one.setAttribute("role", "option");
            one.setAttribute("aria-selected", String(one === option));
        });
        if (option) {
            option.scrollIntoView({ block: "nearest" });
            input.setAttribute("aria-activedescendant", option.id);
        } else if (input) { input.removeAttribute("aria-activedescendant"); }
    }

    function step(by) {
        const all = options();
        if (!all.length) { return; }
        const now = all.findIndex(function (one) { return one.getAttribute("aria-selected") === "true"; });
        choose(all[(now + by + all.length + (now < 0 && by < 0 ? 1 : 0)) % all.length]);
    }

    const ACTIONS = {
        theme: function () { app.element(ids.shell.THEME_TOGGLE).click(); },
        keys: function () { app.set(ids.shell.KEYS, { is_open: true }); },
    };

    document.addEventListener("keydown", function (event) {
        const part = parts();
        if (!part.input) { return; }
        if (event.target !== part.input) { return; }
        if (event.key === "ArrowDown" || event.key === "ArrowUp") {
            event.preventDefault();
            open(true);
            step(event.key === "ArrowDown" ? 1 : -1);
        } else if (event.key === "Enter") {
            const chosen = options().find(function (one) { return one.getAttribute("aria-selected") === "true"; });
            const exact = part.results.querySelector("[data-exact] .search-option");
            const target = chosen || exact || (options().length === 1 ? options()[0] : null);
            if (target && !part.results.hidden) { event.preventDefault(); target.click(); part.input.blur(); }
        } else if (event.key === "Escape") {
            event.preventDefault();
            dismissed = true;
            if (part.results.hidden) { part.input.blur(); } else { open(false); }
        }
    });
    document.addEventListener("input", function (event) {
        if (event.target !== parts().input) { return; }
        // shown before the answer, too: one that is the same as the last changes nothing that could be waited for
        dismissed = false;
        open(true);
    });
    document.addEventListener("focusin", function (event) {
        const part = parts();
        if (part.box) { open(Boolean(app.within(event, part.box.id))); }
        // what is offered before anything is typed is fetched once somebody looks
        if (event.target === part.input && !part.results.children.length) { app.set(ids.shell.SEARCH_INPUT, { value: part.input.value }); }
    });
    document.addEventListener("click", function (event) {
        const part = parts();
        if (!part.box) { return; }
        const option = app.within(event, part.box.id) && event.target.closest(".search-option");
        if (option || !app.within(event, part.box.id)) { open(false); }
        if (option && option.dataset.action) {
            part.input.blur();
            ACTIONS[option.dataset.action]();
        }
    });
    const answers = new MutationObserver(function () {
        const part = parts();
        choose(null);
        open(!dismissed && part.box.contains(document.activeElement) && part.results.children.length > 0);
    });
    new MutationObserver(function () {
        const { input, results } = parts();
        if (!input || !results || input.getAttribute("role") === "combobox") { return; }
        input.setAttribute("role", "combobox");
        input.setAttribute("aria-label", "Find pages, tables, queries, schedules, resources and actions");
        input.setAttribute("aria-controls", results.id);
        input.setAttribute("aria-autocomplete", "list");
        input.setAttribute("aria-expanded", "false");
        input.setAttribute("spellcheck", "false");
        answers.observe(results, { childList: true });
    }).observe(document.documentElement, { childList: true, subtree: true });

    window.dash_clientside = Object.assign({}, window.dash_clientside, {
        search: { forget: function (path, query, words) { return words ? "" : window.dash_clientside.no_update; } },
    });
    window.search = {
        open: function () {
            const input = parts().input;
            if (input) { input.focus(); input.select(); open(true); }
        },
        hasFocus: function () {
            const box = parts().box;
            return Boolean(box && box.contains(document.activeElement));
        },
    };
})();
