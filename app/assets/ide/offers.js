/* The list of names under the word that one types: what completion.js finds, in Ace's own list.
   Owns: when the list opens and closes, and whether it opens by itself, which this browser keeps.
   Ids: ide.SUGGEST.
   Offers: `ide.offers`.
   Needs: app.js, ids.js, Ace, `ide.completion` and `ide.names`, when there is an editor. */

/**
 * @typedef {object} IdeOffers
 * @property {(editor: any) => void} attach
 * @property {() => void} prepare ask for the names that the text's statement will need
 * @property {() => void} arrived names have come that may belong into the list
 */

(function () {
    "use strict";
    const ide = window.ide = window.ide || /** @type {Ide} */ ({});
    const KEY = "ide-suggest", OFF = "off";
    // as long as a list is in view for one who types on
    const MOST_SHOWN = 200;
    const TYPED = ["insertstring", "backspace", "del"];
    let editor = null, list = null;
    // where names were missing when the list was to be shown: {session, text, offset, asked}
    let wanted = null;

    // a choice that the browser does not keep (private mode) lasts as long as the page
    let chosen = null;
    function isOn() {
        if (chosen !== null) { return chosen !== OFF; }
        try { return localStorage.getItem(KEY) !== OFF; } catch { return true; }
    }

    function read(asked) {
        const text = editor.getValue(), offset = editor.session.doc.positionToIndex(editor.getCursorPosition());
        const tab = ide.tabs.active();
        const names = tab && tab.source !== ids.values.LIVE ? ide.names.inventory : ide.names.live;
        const found = ide.completion.complete(text, offset, names, asked);
        wanted = found.waiting ? { session: editor.session, text: text, offset: offset, asked: asked } : null;
        return found;
    }

    function offer(asked) {
        const single = editor.selection.isEmpty() && !editor.inMultiSelectMode;
        const found = single ? read(asked) : null;
        if (!found || !found.offers.length) { close(); return; }
        const entries = found.offers.slice(0, MOST_SHOWN).map(entry), start = editor.session.doc.indexToPosition(found.from);
        list.autoSelect = found.chosen;
        if (!list.activated) { list.showPopup(editor, { matches: entries }); }
        // Ace would begin at the cursor, filter and sort: the list begins with the word, and is in our order
        list.base.setPosition(start.row, start.column);
        Object.assign(list.completions, { all: entries, filtered: entries, filterText: found.prefix });
        list.openPopup(editor, found.prefix, false);
    }
    function entry(one) {
        return { caption: one.label, value: one.text, meta: one.note, matchMask: 0, offer: one, completer: { insertMatch: insert } };
    }
    function close() { if (list && list.activated) { list.detach(); } }

    function insert(_editor, item) {
        const one = item.offer, at = editor.getCursorPosition(), Range = window.ace.require("ace/range").Range;
        const start = list.base;
        editor.session.replace(new Range(start.row, start.column, at.row, at.column), one.text);
        if (one.back) { editor.navigateLeft(one.back); }
        // Ace closes the list when this is done
        if (one.more && isOn()) { setTimeout(function () { if (editor) { offer(false); } }, 0); }
    }

    function typed(event) {
        // what is pasted, or put in by the page, is no word that one types
        const single = event.command.name !== "insertstring" || (event.args && event.args.length === 1);
        if (!TYPED.includes(event.command.name) || !single) { return; }
        const wasOpen = list.activated;
        if (!isOn() && !wasOpen) { return; }
        if (event.command.name !== "insertstring" && !wasOpen) { prepare(); return; }
        offer(false);
    }

    function prepare() { if (editor) { read(false); wanted = null; } }

    function arrived() {
        if (!editor) { return; }
        const here = wanted && wanted.session === editor.session && editor.isFocused() && wanted.text === editor.getValue()
            && wanted.offset === editor.session.doc.positionToIndex(editor.getCursorPosition());
        if (here) { offer(wanted.asked); } else { prepare(); }
    }

    function attach(made) {
        const Autocomplete = window.ace.require("ace/autocomplete").Autocomplete;
        editor = made;
        list = new Autocomplete();
        // made now, and not at the first key
        list.editor = editor;
        list.getPopup();
        editor.completer = list;
        editor.completers = [];
        editor.once("destroy", function () { list.destroy(); if (editor === made) { editor = list = wanted = null; } });
        editor.commands.on("afterExec", typed);
        editor.commands.addCommand({
            name: "suggest", bindKey: { win: "Ctrl-Space|Alt-Space", mac: "Ctrl-Space|Alt-Space" }, exec: function () { offer(true); },
        });
    }

    function showSetting() {
        const button = app.element(ids.ide.SUGGEST);
        if (button) { button.setAttribute("aria-pressed", String(isOn())); }
    }
    document.addEventListener("click", function (event) {
        if (app.within(event, ids.ide.SUGGEST)) {
            chosen = isOn() ? OFF : "on";
            try { localStorage.setItem(KEY, chosen); } catch { /* private mode */ }
            close();
        }
        // the menu is opened by a click as well
        showSetting();
    });

    ide.offers = { attach, prepare, arrived };
})();
