/* Texts, quoted names and comments in a statement: where each begins and ends, by the rules of its source.
   Owns: nothing.
   Ids: none.
   Offers: `ide.literals`.
   Needs: nothing. */

/** @typedef {{ kind: string, end: number, closed: boolean }} Literal kind: string, quoted, comment, or line (a comment of one);
 *  closed: what is typed behind it is no part of it */
/**
 * @typedef {object} IdeLiterals
 * @property {(text: string, from: number, postgres?: boolean) => Literal | null} read what begins at an index; postgres: by
 *     Postgres's rules, where `#` and `//` are operators, comments nest, and texts may stand between dollars
 */

(function () {
    "use strict";
    const ide = window.ide = window.ide || /** @type {Ide} */ ({});
    const DOLLARS = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y, IN_NAME = /[\w$\u0080-\uffff]/;

    /* A quote that is doubled ends one literal and begins the next: that is the same here. escapes: `\'` ends nothing. */
    function readQuoted(text, from, escapes) {
        const quote = text[from];
        let i = from + 1;
        while (i < text.length && text[i] !== quote) { i += escapes && text[i] === "\\" ? 2 : 1; }
        return { kind: quote === "'" ? "string" : "quoted", end: Math.min(i + 1, text.length), closed: i < text.length };
    }

    function readLine(text, from) {
        const end = text.indexOf("\n", from);
        return { kind: "line", end: end < 0 ? text.length : end, closed: false };
    }

    function readBlock(text, from, nests) {
        const ends = /\/\*|\*\//g;
        ends.lastIndex = from + 2;
        for (let depth = 1, found = ends.exec(text); found; found = ends.exec(text)) {
            if (found[0] === "*/") { depth -= 1; } else if (nests) { depth += 1; }
            // of what does not nest, a second beginning may share its star with the end
            else { ends.lastIndex = found.index + 1; }
            if (!depth) { return { kind: "comment", end: ends.lastIndex, closed: true }; }
        }
        return { kind: "comment", end: text.length, closed: false };
    }

    /* $$ … $$ and $tag$ … $tag$; a dollar within a name begins none. */
    function readDollars(text, from) {
        DOLLARS.lastIndex = from;
        const tag = from && IN_NAME.test(text[from - 1]) ? null : DOLLARS.exec(text);
        if (!tag) { return null; }
        const end = text.indexOf(tag[0], from + tag[0].length);
        return { kind: "string", end: end < 0 ? text.length : end + tag[0].length, closed: end >= 0 };
    }

    function isEscaping(text, from) {
        return /[eE]/.test(text[from - 1] || "") && !IN_NAME.test(text[from - 2] || "");
    }

    function read(text, from, postgres) {
        const one = text[from], two = text.slice(from, from + 2);
        if (two === "--" || (!postgres && (two === "//" || one === "#"))) { return readLine(text, from); }
        if (two === "/*") { return readBlock(text, from, postgres); }
        if (one === "'") { return readQuoted(text, from, !postgres || isEscaping(text, from)); }
        if (one === '"') { return readQuoted(text, from, false); }
        return postgres && one === "$" ? readDollars(text, from) : null;
    }

    ide.literals = { read };
})();
