/* The Ace editor of the IDE: keys, completion, the statement under the cursor, the marked error line.
   Owns: the editor, with each tab's text in a session of its own.
   Ids: ide.EDITOR, EDITOR_ACE.
   Offers: `ide.editor`.
   Needs: app.js, ids.js, Dash, Ace, and the other parts of `ide`, when the editor is there.
   dash-ace offers none of these as properties, so this script takes the editor from its element (`el.env.editor`);
   a MutationObserver finds it again whenever the page is mounted. */

/**
 * A statement in a text. start, end: its offsets without the space around it; last: where its semicolon stands, that of
 * the last empty statement behind it, or the text ends.
 * @typedef {{ start: number, end: number, last: number, text: string }} Statement
 */

/**
 * What Run would run. start: its offset in the tab's text; row: its first line, from 0; selected: it was marked.
 * @typedef {{ text: string, start: number, row: number, selected: boolean }} Target
 */

/**
 * @typedef {object} IdeEditor
 * @property {(tab: Tab) => void} show show a tab's text; each tab keeps its own undo history and cursor
 * @property {(tab: Tab) => void} highlight colour the text by the rules of the tab's source
 * @property {() => { text: string, cursor?: Cursor }} early what was typed before the tabs had come
 * @property {(tab: Tab) => void} leave the page was left: the session ends, cursor and undo history stay with the tab
 * @property {() => Target | null} target what Run would run
 * @property {() => Target | null} checked what is looked at while one types
 * @property {(start: number, length: number, text: string) => void} replace as one step that can be undone
 * @property {(text: string, cursor?: Cursor) => void} insert
 * @property {() => void} format
 * @property {(row: number, message: string) => void} markError row: from 0
 * @property {() => void} clearError
 * @property {(row: number) => void} goTo row: from 0
 * @property {(text: string, postgres?: boolean) => Statement[]} statements postgres: by Postgres's rules
 * @property {(text: string, offset: number, postgres?: boolean) => Statement | null} statementAt
 * @property {() => void} focus
 * @property {() => void} resize
 * @property {() => boolean} attached
 * @property {() => void} clear
 */

/** @typedef {{ row: number, column: number }} Cursor */

(function () {
    "use strict";
    const ide = window.ide = window.ide || /** @type {Ide} */ ({});
    let editor = null;
    let errorMarker = null;

    /* The statements of a text, as the server reads them (inventory_runner/sql/lexer.py; a test compares the two).
       What holds nothing but comments belongs to the statement before it. */
    function statements(text, postgres) {
        const found = [];
        let start = 0, i = 0, says = false;
        function add(end) {
            const raw = text.slice(start, end);
            const trimmed = raw.trim();
            if (says) {
                const begin = start + raw.indexOf(trimmed[0]);
                found.push({ start: begin, end: begin + trimmed.length, last: end, text: trimmed });
            } else if (found.length) {
                found[found.length - 1].last = end;
            }
            start = end + 1;
            says = false;
        }
        while (i < text.length) {
            const literal = ide.literals.read(text, i, postgres);
            if (literal) {
                says = says || literal.kind === "string" || literal.kind === "quoted";
                i = literal.end;
                continue;
            }
            if (text[i] === ";") { add(i); }
            else if (/\S/.test(text[i])) { says = true; }
            i += 1;
        }
        add(text.length);
        return found;
    }

    /* The statement that the cursor stands in; after a semicolon, the one before it on the same line. */
    function statementAt(text, offset, postgres) {
        const all = statements(text, postgres);
        if (!all.length) { return null; }
        for (const one of all) {
            if (offset <= one.last) { return offset >= one.start || one === all[0] ? one : before(all, one, text, offset); }
        }
        return all[all.length - 1];
    }
    function before(all, one, text, offset) {
        const previous = all[all.indexOf(one) - 1];
        return text.slice(previous.end, offset).includes("\n") ? one : previous;
    }

    function offsetOf(position) { return editor.session.doc.positionToIndex(position); }

    function target() {
        if (!editor) { return null; }
        const text = editor.getValue();
        const range = editor.getSelectionRange();
        const selected = editor.session.getTextRange(range);
        if (selected.trim()) {
            const start = offsetOf(range.start) + selected.indexOf(selected.trim()[0]);
            return { text: selected.trim(), start: start, row: editor.session.doc.indexToPosition(start).row, selected: true };
        }
        return here(text);
    }
    function here(text) {
        const tab = ide.tabs.active();
        const one = statementAt(text, offsetOf(editor.getCursorPosition()), !!tab && tab.source !== ids.values.LIVE);
        return one && { text: one.text, start: one.start, row: editor.session.doc.indexToPosition(one.start).row, selected: false };
    }

    function checked() {
        // a word that was double-clicked, or found, is no statement
        const found = target();
        return found && found.selected && !/\s/.test(found.text) ? here(editor.getValue()) : found;
    }

    function mode(source) {
        const live = source === ids.values.LIVE, names = live ? ide.names.live : ide.names.inventory;
        const Mode = window.ace.require("ace/mode/sql").Mode;
        const Tokenizer = window.ace.require("ace/tokenizer").Tokenizer;
        const made = new Mode();
        const rules = new made.HighlightRules().getRules();
        rules.start.unshift(
            ...(live ? [{ token: "comment", regex: "#.*$" }] : []),
            { token: "variable.parameter", regex: ":[A-Za-z_][A-Za-z0-9_]*" },
            { token: "support.function", regex: "\\b(?:" + names.functions.join("|") + ")(?=\\s*\\()", caseInsensitive: true },
            { token: "keyword", regex: "\\b(?:" + names.keywords.join("|") + ")\\b", caseInsensitive: true });
        made.$tokenizer = new Tokenizer(rules);
        made.lineCommentStart = "--";
        return made;
    }

    function theme() {
        const dark = document.documentElement.getAttribute("data-bs-theme") === "dark";
        if (editor) { editor.setTheme("ace/theme/" + (dark ? "twilight" : "tomorrow")); }
    }

    function command(name, win, mac, run) {
        editor.commands.addCommand({ name: name, bindKey: { win: win, mac: mac }, exec: function () { run(); } });
    }

    function attach(element) {
        editor = element.env.editor;
        element.dataset.attached = "true";
        editor.setOptions({
            tabSize: 2, useSoftTabs: true,
            showPrintMargin: false, scrollPastEnd: 0.3, fontFamily: "var(--bs-font-monospace)",
        });
        ide.offers.attach(editor);
        editor.renderer.setPadding(8);
        editor.textInput.getElement().setAttribute("aria-label", "SQL editor");
        command("runStatement", "Ctrl-Enter", "Command-Enter", function () { ide.run.start(); });
        command("formatStatement", "Shift-Alt-F", "Shift-Alt-F", function () { format(); });
        command("saveQuery", "Ctrl-S", "Command-S", function () { ide.save(); });
        command("saveQueryAs", "Ctrl-Shift-S", "Command-Shift-S", function () { ide.save(true); });
        command("newTab", "Alt-N", "Alt-N", function () { ide.tabs.add(); });
        // Tab would trap the keyboard: Escape lets the next Tab leave the editor
        let leaving = false;
        editor.commands.addCommand({
            name: "leaveEditor", bindKey: "Esc", exec: function () {
                if (editor.completer && editor.completer.activated) { editor.completer.detach(); return; }
                leaving = true;
                editor.commands.removeCommand("indent", true);
                editor.commands.removeCommand("outdent", true);
            },
        });
        const indent = editor.commands.commands.indent, outdent = editor.commands.commands.outdent;
        editor.on("focus", function () {
            if (leaving) { leaving = false; editor.commands.addCommand(indent); editor.commands.addCommand(outdent); }
        });
        editor.on("change", function () {
            clearError();
            if (editor.session.ideTab) { ide.tabs.edited(editor.session.ideTab, editor.getValue()); }
        });
        editor.on("changeSelection", function () { ide.run.contentChanged(400); });
        editor.on("blur", function () { ide.drafts.flush(); });
        theme();
        app.element(ids.ide.EDITOR).dataset.ready = "true";
        ide.tabs.attach();
    }

    /* The words of the tab's source are coloured; another source has others. */
    function highlight(tab) {
        if (!tab.session || tab.session.ideSource === tab.source) { return; }
        tab.session.ideSource = tab.source;
        tab.session.setMode(mode(tab.source));
    }

    function show(tab) {
        if (!editor) { return; }
        if (!tab.session) {
            tab.session = window.ace.createEditSession(tab.content, mode(tab.source));
            tab.session.ideSource = tab.source;
            tab.session.setTabSize(2);
            tab.session.setUseSoftTabs(true);
            tab.session.setUseWrapMode(matchMedia("(max-width: 800px)").matches);
            tab.session.ideTab = tab;
            if (tab.undo && tab.undo.content === tab.content) { tab.session.setUndoManager(tab.undo.manager); }
            // where it was left, else at the end: whoever types on goes on
            const last = tab.session.getLength() - 1;
            tab.session.selection.moveToPosition(tab.cursor || { row: last, column: tab.session.getLine(last).length });
        }
        editor.setSession(tab.session);
        ide.offers.prepare();
        // the component puts its own value back into the editor when it renders: it has to know this one
        app.set(ids.ide.EDITOR_ACE, { value: tab.session.getValue() });
        errorMarker = null;
        // the component looks at its placeholder when there was input
        editor._signal("input", {});
        editor.resize();
    }

    function early() {
        return editor && !editor.session.ideTab ? { text: editor.getValue(), cursor: editor.getCursorPosition() } : { text: "" };
    }

    function leave(tab) {
        if (!tab.session) { return; }
        tab.cursor = tab.session.selection.getCursor();
        tab.undo = { manager: tab.session.getUndoManager(), content: tab.content };
        tab.session = null;
    }

    function replace(start, length, text) {
        const doc = editor.session.doc;
        const Range = window.ace.require("ace/range").Range;
        const from = doc.indexToPosition(start), to = doc.indexToPosition(start + length);
        editor.session.replace(new Range(from.row, from.column, to.row, to.column), text);
        editor.focus();
    }

    function insert(text, cursor) {
        if (!editor) { return; }
        editor.insert(text);
        if (cursor) { editor.moveCursorToPosition(cursor); }
        editor.focus();
    }

    function format() {
        const chosen = target();
        if (!chosen) { return; }
        app.post(ids.routes.FORMAT, { sql: chosen.text, source: ide.tabs.active().source }).then(function (answer) {
            if (answer.sql !== chosen.text && editor.getValue().slice(chosen.start, chosen.start + chosen.text.length) === chosen.text) {
                replace(chosen.start, chosen.text.length, answer.sql);
            }
            editor.focus();
        }).catch(app.toastError);
    }

    function markError(row, message) {
        clearError();
        if (!editor || row < 0 || row >= editor.session.getLength()) { return; }
        const Range = window.ace.require("ace/range").Range;
        const session = editor.session;
        const id = session.addMarker(new Range(row, 0, row, 1), "ide-error-line", "fullLine");
        session.setAnnotations([{ row: row, column: 0, type: "error", text: message }]);
        errorMarker = { session: session, id: id };
        editor.renderer.scrollCursorIntoView({ row: row, column: 0 });
    }

    function clearError() {
        if (!errorMarker) { return; }
        errorMarker.session.removeMarker(errorMarker.id);
        errorMarker.session.clearAnnotations();
        errorMarker = null;
    }

    function goTo(row) {
        if (!editor) { return; }
        editor.gotoLine(row + 1, 0);
        editor.focus();
    }

    let looking = null;
    function look() {
        clearTimeout(looking);
        const element = app.element(ids.ide.EDITOR_ACE);
        if (!element) {
            if (editor) { editor = null; ide.tabs.detach(); }
            return;
        }
        if (element.dataset.attached) { return; }
        if (element.env && element.env.editor && window.ace) { attach(element); }
        // Ace puts `env` on the element after React has placed it
        else { looking = setTimeout(look, 20); }
    }
    new MutationObserver(function (changes) {
        // Ace itself changes the page all the time: only what comes and goes at large matters
        if (changes.some(function (change) { return !change.target.closest || !change.target.closest(".ace_editor, .ag-root"); })) { look(); }
    }).observe(document.documentElement, { childList: true, subtree: true });
    new MutationObserver(theme).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });

    ide.editor = {
        show, highlight, early, leave, target, checked, replace, insert, format, markError, clearError, goTo, statements, statementAt,
        focus: function () { if (editor) { editor.focus(); } },
        resize: function () { if (editor) { editor.resize(); } },
        attached: function () { return !!editor; },
        clear: function () { if (editor) { replace(0, editor.getValue().length, ""); } },
    };
})();
