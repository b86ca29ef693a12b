/* Which statement the result is of, and whether the tab's text still has it. What the result says, the check line does not repeat.
   Owns: ide.RESULT_STATEMENT, the result's data-earlier, and the lines of ide.CHECK that are hidden.
   Ids: ide.RESULT_STATEMENT, RESULTS, CHECK.
   Offers: `ide.statement`.
   Needs: app.js, ids.js, and `ide.editor`, when there are tabs. */

/**
 * @typedef {object} IdeStatement
 * @property {(tab: Tab) => void} show say what the result of the tab in front is of
 * @property {(text: string, run: { text: string, selected?: boolean }) => boolean} stands whether the text still has the run's statement
 * @property {(text: string) => string} inOneLine a statement's beginning, without the lines that are comments
 */

(function () {
    "use strict";
    const ide = window.ide = window.ide || /** @type {Ide} */ ({});
    const SHOWN = 400;
    const observed = new WeakSet();

    // a formatted statement's first line is SELECT alone
    function inOneLine(text) {
        const lines = text.slice(0, 2 * SHOWN).split("\n").map(function (line) { return line.trim(); }).filter(Boolean);
        const code = lines.filter(function (line) { return !/^(--|#|\/\/)/.test(line); });
        return (code.length ? code : lines).join(" ").slice(0, SHOWN);
    }

    function stands(text, run) {
        return ide.editor.statements(text).some(function (one) { return one.text === run.text; })
            || !!run.selected && text.includes(run.text);
    }

    function show(tab) {
        const bar = app.element(ids.ide.RESULT_STATEMENT), results = app.element(ids.ide.RESULTS);
        if (!bar || !results) { return; }
        const run = tab.run && !tab.run.running && tab.run.text ? tab.run : null;
        const earlier = !!run && !stands(tab.session ? tab.session.getValue() : tab.text, run);
        bar.hidden = !run;
        if (run) {
            const words = earlier ? "Of an earlier text: " : "", line = inOneLine(run.text);
            if (bar.textContent !== words + line) {
                const code = document.createElement("code");
                code.textContent = line;
                bar.replaceChildren(words, code);
            }
            bar.title = run.text.slice(0, 4 * SHOWN);
        }
        bar.classList.toggle("earlier", earlier);
        results.dataset.earlier = String(earlier);
        sayOnce();
    }

    /* An error that the result says stands there alone; of the check's line its corrections stay. */
    function sayOnce() {
        const check = app.element(ids.ide.CHECK), results = app.element(ids.ide.RESULTS);
        if (!check || !results) { return; }
        if (!observed.has(check)) {
            observed.add(check);
            new MutationObserver(sayOnce).observe(check, { childList: true });
        }
        const box = results.dataset.earlier === "true" ? null : results.querySelector(".result-error");
        const said = box ? box.textContent : "";
        check.querySelectorAll(".check-line").forEach(function (line) {
            const words = line.querySelector("span"), message = words.textContent.replace(/^Line \d+: /, "");
            const repeated = said.includes(message);
            words.hidden = repeated;
            /** @type {HTMLElement} */ (line).hidden = repeated && !line.querySelector("button");
        });
    }

    document.addEventListener("click", function (event) {
        const link = event.target.closest && event.target.closest("[data-editor-line]");
        if (link) { ide.editor.goTo(Number(link.dataset.editorLine) - 1); }
    });

    ide.statement = { show, stands, inOneLine };
})();
