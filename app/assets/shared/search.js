/* The search box: "/" focuses it, arrows walk through what was found, Enter opens, Escape closes.
   Owns: the combobox and its list of options.
   Ids: shell.SEARCH_BOX, SEARCH_INPUT, SEARCH_RESULTS; it gives the options theirs, shell.search_option.
   Offers: nothing.
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

    function editable(element) {
        return element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName) || element.closest(".ace_editor");
    }

    document.addEventListener("keydown", function (event) {
        const part = parts();
        if (!part.input) { return; }
        if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !editable(event.target)) {
            event.preventDefault();
            part.input.focus();
            part.input.select();
            return;
        }
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
    document.addEventListener("input", function (event) { if (event.target === parts().input) { dismissed = false; } });
    document.addEventListener("focusin", function (event) {
        const part = parts();
        if (part.box) { open(Boolean(app.within(event, part.box.id)) && part.input.value.trim().length > 1); }
    });
    document.addEventListener("click", function (event) {
        const part = parts();
        if (part.box && (!app.within(event, part.box.id) || event.target.closest(".search-option"))) { open(false); }
    });
    const answers = new MutationObserver(function () {
        const part = parts();
        open(!dismissed && part.box.contains(document.activeElement) && part.results.children.length > 0);
    });
    new MutationObserver(function () {
        const { input, results } = parts();
        if (!input || !results || input.getAttribute("role") === "combobox") { return; }
        input.setAttribute("role", "combobox");
        input.setAttribute("aria-label", "Search resources by id, name, ARN or tag");
        input.setAttribute("aria-controls", results.id);
        input.setAttribute("aria-autocomplete", "list");
        input.setAttribute("aria-expanded", "false");
        input.setAttribute("spellcheck", "false");
        answers.observe(results, { childList: true });
    }).observe(document.documentElement, { childList: true, subtree: true });
})();
