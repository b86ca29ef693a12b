/* What the benchmark `clicks` adds to each page: it notes when a state that an input led to was painted.
   `clicks.expect(name, event, …)` before the input, `clicks.painted` after it: a promise of the milliseconds from the
   trusted event until the frame in which the state was found has been painted. Nothing asks from outside meanwhile. */
(function () {
    "use strict";
    const GIVEN_UP_MS = 60000;
    let waiting = null;

    function all(selector, within) { return Array.from((within || document).querySelectorAll(selector)); }
    function shown(element) {
        const box = element.getBoundingClientRect();
        return box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < window.innerHeight;
    }
    function figures() { return all(".figures .figure-value").map(function (one) { return one.textContent; }).join("|"); }
    /* Nothing that one sees stands for what is to come. */
    function drawn(within) { return !all(".waiting, [aria-busy='true']", within).some(shown); }
    function firstRow() {
        const cell = document.querySelector('.ag-center-cols-container .ag-row[row-index="0"] .ag-cell');
        return cell && cell.textContent;
    }
    /* The colour of what is written in each chart in view. */
    function inks() {
        return all(".drawing :is(.bar-label, .plot-line span)").filter(shown).map(function (one) { return getComputedStyle(one).color; });
    }

    const STATES = {
        title: function (words) { const title = document.querySelector("h1"); return title && title.textContent.includes(words); },
        figures: function (before) { const now = figures(); return now && now !== before && !all(".figure.waiting").length; },
        view: function () { return figures() && all(".overview-grid .panel").length > 0 && drawn(); },
        filtered: function (before) { const now = figures(); return now && now !== before && drawn(); },
        inks: function (before) { return inks().every(function (one) { return !before.includes(one); }) && drawn(); },
        row: function (words) { return location.pathname.endsWith(words) && firstRow(); },
        columns: function (words) {
            const content = document.querySelector(".table-content");
            return !content.querySelector(".ag-root") && content.textContent.includes(words);
        },
        chart: function () {
            const content = document.querySelector(".table-content");
            return !content.querySelector(".ag-root") && all(".marks [aria-label]", content).some(shown) && drawn(content);
        },
        found: function (words) {
            return all(".search-results .search-option").some(function (one) { return shown(one) && one.textContent.toLowerCase().includes(words); });
        },
    };

    let asked = false;
    function look() {
        if (!waiting || asked) { return; }
        asked = true;
        requestAnimationFrame(function () {
            asked = false;
            const one = waiting;
            if (!one || !one.begun || !STATES[one.name](one.given)) { return; }
            waiting = null;
            // this frame has been painted when the next one begins
            requestAnimationFrame(function () { one.resolve(performance.now() - one.begun); });
        });
    }
    new MutationObserver(look).observe(document, { childList: true, subtree: true, characterData: true, attributes: true });
    ["load", "transitionend", "animationend"].forEach(function (name) { window.addEventListener(name, look, true); });
    ["click", "keydown"].forEach(function (name) {
        window.addEventListener(name, function (event) {
            // several keys: the last one counts
            if (event.isTrusted && waiting && waiting.event === name) { waiting.begun = event.timeStamp; look(); }
        }, true);
    });

    window.clicks = {
        /* event: `click`, `keydown`, or `load` for the navigation that made this page. */
        expect: function (name, event, given) {
            clicks.painted = new Promise(function (resolve, reject) {
                // a page's load began at 0, which is no moment yet
                waiting = { name: name, event: event, given: given, begun: event === "load" ? 1e-9 : 0, resolve: resolve };
                setTimeout(function () { reject(new Error("never painted: " + name)); }, GIVEN_UP_MS);
            });
            look();
        },
        figures: figures,
        inks: inks,
        /* From a key to the next frame, of every key from now on. */
        keys: function () {
            const found = [];
            window.addEventListener("keydown", function (event) {
                if (event.isTrusted) { requestAnimationFrame(function () { found.push(performance.now() - event.timeStamp); }); }
            }, true);
            return found;
        },
    };
})();
