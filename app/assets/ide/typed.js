/* A statement that is being typed, read for completion.js: what stands around the cursor, and which tables its query reads.
   It is read by its words and parentheses alone, since a parser has nothing to say to half a statement.
   Owns: nothing.
   Ids: none.
   Offers: `ide.typed`.
   Needs: `ide.literals`, when something is asked. */

/**
 * @typedef {object} Token kind: word, number, parameter, symbol, string, quoted, comment or line (a comment of one), cursor
 * @property {string} kind
 * @property {string} text
 * @property {string} upper of a word, in capitals
 * @property {number} start
 * @property {number} end
 * @property {boolean} [closed] of a literal or comment: what is typed behind it is no part of it
 */
/** @typedef {{ path: string[], alias: string, group: any }} ReadTable group: the query in parentheses that it is, or null */
/**
 * @typedef {object} IdeTyped
 * @property {Set<string>} RESERVED words that no table, column or alias is called
 * @property {(text: string, offset: number, postgres?: boolean) => any} place
 * @property {(token: any) => string} plain a name without its quotes
 * @property {(tokens: Token[]) => any} nest
 * @property {(group: any) => boolean} isQuery
 * @property {(group: any, item: any) => any[]} partOf
 * @property {(part: any[]) => ReadTable[]} tablesOf
 * @property {(group: any) => { name: string, group: any }[]} namedQueries
 * @property {(items: any[], until: number) => string} lastClause the clause that an item stands in: "WHERE"
 */

(function () {
    "use strict";
    const ide = window.ide = window.ide || /** @type {Ide} */ ({});
    const WORD = /[A-Za-z_$\u00a0-\uffff][\w$\u00a0-\uffff]*/y, NUMBER = /\d[\w.]*/y, PARAMETER = /:[A-Za-z_]\w*/y;
    const SYMBOL = /::|->>|->|<=|>=|<>|!=|==|\|\||[^]/y;
    const NAMED = /(?<!:):([A-Za-z_]\w*)/g, BREAK = /[;'"#/$-]/g, BLANK = /\s+/y, BEGINS_LITERAL = "-/#'\"$";
    // what may stand in a key of JSON that is not yet closed: the rest of the statement is none of it
    const KEY = /[\w.:/@-]*/y, INTO = ["->", "->>", "?"];
    const KINDS = /** @type {[string, RegExp][]} */ ([["word", WORD], ["number", NUMBER], ["parameter", PARAMETER], ["symbol", SYMBOL]]);
    // words that no table, column or alias is called
    const RESERVED = new Set(("SELECT FROM WHERE GROUP BY ORDER HAVING LIMIT OFFSET DISTINCT AS AND OR NOT IN LIKE BETWEEN IS NULL " +
        "CASE WHEN THEN ELSE END JOIN LEFT RIGHT FULL CROSS OUTER INNER ON USING UNION EXCEPT INTERSECT ALL WITH EXISTS ASC DESC " +
        "CAST OVER PARTITION SHOW DESCRIBE EXTENDED").split(" "));
    const CLAUSES = ["SELECT", "FROM", "WHERE", "ON", "USING", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "WITH", "SHOW", "DESCRIBE"];
    const SETS = ["UNION", "EXCEPT", "INTERSECT"];

    function match(regex, text, at) { regex.lastIndex = at; const found = regex.exec(text); return found ? found[0] : ""; }

    /* Where the statement around a place begins and ends, by its semicolons: a long text is not read whole at every key. */
    function bounds(text, offset, postgres) {
        let start = 0;
        for (let i = 0; i < text.length;) {
            BREAK.lastIndex = i;
            const found = BREAK.exec(text);
            if (!found) { break; }
            const at = found.index;
            if (found[0] === ";") {
                if (at >= offset) { return [start, at]; }
                start = i = at + 1;
            } else {
                const literal = ide.literals.read(text, at, postgres);
                i = literal ? literal.end : at + 1;
            }
        }
        return [start, text.length];
    }

    /* A part of the text as tokens: {kind, text, start, end, upper}; `closed` of literals and comments. */
    function read(text, from, postgres) {
        const found = [];
        function add(kind, start, end, closed) {
            const part = text.slice(start, end);
            found.push({ kind: kind, text: part, start: start, end: end, upper: kind === "word" ? part.toUpperCase() : part, closed: closed });
        }
        for (let i = from; i < text.length;) {
            const blank = match(BLANK, text, i);
            if (blank) { i += blank.length; continue; }
            const literal = BEGINS_LITERAL.includes(text[i]) ? ide.literals.read(text, i, postgres) : null;
            let end = literal ? literal.end : i;
            if (literal) {
                add(literal.kind, i, end, literal.closed);
            } else {
                for (const [kind, regex] of KINDS) {
                    const part = match(regex, text, i);
                    if (part) { end = i + part.length; add(kind, i, end, true); break; }
                }
            }
            i = end;
        }
        return found;
    }
    /* The key of JSON in whose quotes the cursor stands, or none: {column: ["a", "tags"], path, quoted}. */
    function keyBefore(before) {
        const path = [];
        let i = before.length - 1;
        if (i < 1 || before[i].kind !== "symbol" || !INTO.includes(before[i].text)) { return null; }
        while (i > 1 && before[i - 1].kind === "string" && before[i - 2].text === "->") {
            path.unshift(before[i - 1].text.slice(1, -1).replaceAll("''", "'"));
            i -= 2;
        }
        const column = [];
        for (i -= 1; i >= 0 && (before[i].kind === "word" || before[i].kind === "quoted"); i -= 2) {
            column.unshift(plain(before[i]));
            if (!before[i - 1] || before[i - 1].text !== ".") { break; }
        }
        return column.length && !RESERVED.has(column[0].toUpperCase()) ? { column: column, path: path } : null;
    }

    function withoutComments(tokens) { return tokens.filter(function (token) { return token.kind !== "comment" && token.kind !== "line"; }); }

    /* As `place`, in the quotes of a key: tags->>'own|'. A quote that is not closed yet ends at the cursor. */
    function placeInKey(text, offset, around, all) {
        if (around.kind !== "string" || text[around.start] !== "'") { return null; }
        const before = withoutComments(all.slice(0, all.indexOf(around))), key = keyBefore(before);
        KEY.lastIndex = around.start + 1;
        KEY.exec(text);
        if (!key || KEY.lastIndex !== offset) { return null; }
        const closed = text[KEY.lastIndex] === "'";
        const after = withoutComments(read(text, closed ? KEY.lastIndex + 1 : offset, true));
        const end = after.findIndex(function (token) { return token.text === ";"; });
        const cursor = { kind: "cursor", text: "", upper: "", start: around.start + 1, end: offset, prefix: text.slice(around.start + 1, offset),
            chain: [], parameter: false, key: { ...key, quoted: true, closed: closed } };
        return { cursor: cursor, tokens: before.concat([cursor], end < 0 ? after : after.slice(0, end)), parameters: [] };
    }

    /* The tokens of the statement around the cursor, with one of kind "cursor" in place of the word that is typed there and of
       what it is reached through (`chain`: ["aws", "ec2"] of aws.ec2.ins); null where nothing can be completed. */
    function place(text, offset, postgres) {
        const [first, last] = bounds(text, offset, postgres), all = read(text.slice(0, last), first, postgres);
        const around = all.find(function (token) { return token.start < offset && (offset < token.end || (offset === token.end && !token.closed)); });
        if (around) { return postgres ? placeInKey(text, offset, around, all) : null; }
        const tokens = withoutComments(all);
        const at = tokens.findIndex(function (token) { return token.start >= offset; });
        const before = at < 0 ? tokens : tokens.slice(0, at), after = at < 0 ? [] : tokens.slice(at);
        const cursor = { kind: "cursor", text: "", upper: "", start: offset, end: offset, prefix: "", chain: [], parameter: false, key: null };
        const typed = before[before.length - 1];
        if (typed && typed.end === offset) {
            if (typed.kind === "number" || typed.kind === "quoted" || typed.kind === "string") { return null; }
            if (typed.kind === "word") { take(before.pop()); }
            else if (typed.kind === "parameter") { take(before.pop()); cursor.parameter = true; cursor.prefix = cursor.prefix.slice(1); cursor.start += 1; }
            else if (typed.text === ":") { before.pop(); cursor.parameter = true; }
        }
        if (postgres && !cursor.parameter && !cursor.prefix) { cursor.key = keyBefore(before); }
        function take(token) { cursor.prefix = token.text; cursor.start = token.start; }
        let begin = cursor.start;
        while (!cursor.parameter && before.length && before[before.length - 1].text === "." && before[before.length - 1].end === begin) {
            const name = before[before.length - 2];
            if (!name || (name.kind !== "word" && name.kind !== "quoted") || name.end !== begin - 1) { return null; }
            cursor.chain.unshift(plain(name));
            before.splice(-2);
            begin = name.start;
        }
        const named = cursor.parameter ? Array.from(text.matchAll(NAMED)).filter(function (one) { return one.index + 1 !== cursor.start; }) : [];
        return { cursor: cursor, tokens: before.concat([cursor], after), parameters: named.map(function (one) { return one[1]; }) };
    }
    function plain(token) { return token.kind === "quoted" ? token.text.slice(1, -1) : token.text; }

    /* Parentheses as groups: {items, parent}; an item is a token or a group, and `holder` the group that has the cursor. */
    function nest(tokens) {
        const root = { kind: "group", items: [], parent: null };
        let here = root, holder = root;
        for (const token of tokens) {
            if (token.kind === "symbol" && token.text === "(") {
                const group = { kind: "group", items: [], parent: here };
                here.items.push(group);
                here = group;
            } else if (token.kind === "symbol" && token.text === ")") { here = here.parent || here; }
            else {
                here.items.push(token);
                if (token.kind === "cursor") { holder = here; }
            }
        }
        return { root: root, holder: holder };
    }
    function isQuery(group) { return !group.parent || group.items.some(function (item) { return item.upper === "SELECT"; }); }

    /* The one of a query's SELECTs, which UNION joins, that has the item. */
    function partOf(group, item) {
        let part = [];
        for (const one of group.items) {
            if (SETS.includes(one.upper)) { if (part.includes(item)) { return part; } part = []; }
            else { part.push(one); }
        }
        return part;
    }

    /* The tables that a part reads: {path, alias, group}. */
    function tablesOf(part) {
        const found = [];
        let inFrom = false, expects = false;
        for (let i = 0; i < part.length; i += 1) {
            const item = part[i];
            if (item.upper === "FROM" || item.upper === "JOIN") { inFrom = expects = true; }
            else if (inFrom && item.text === ",") { expects = true; }
            else if (CLAUSES.includes(item.upper)) { inFrom = inFrom && (item.upper === "ON" || item.upper === "USING"); expects = false; }
            else if (expects && (item.kind === "group" || item.kind === "quoted" || (item.kind === "word" && !RESERVED.has(item.upper)))) {
                const table = { path: [], alias: "", group: item.kind === "group" ? item : null };
                if (!table.group) { table.path.push(plain(item)); }
                while (part[i + 1] && part[i + 1].text === "." && part[i + 2] && /word|quoted/.test(part[i + 2].kind)) { table.path.push(plain(part[i + 2])); i += 2; }
                if (part[i + 1] && part[i + 1].upper === "AS") { i += 1; }
                const alias = part[i + 1];
                if (alias && (alias.kind === "quoted" || (alias.kind === "word" && !RESERVED.has(alias.upper)))) { table.alias = plain(alias); i += 1; }
                found.push(table);
                expects = false;
            } else { expects = false; }
        }
        return found;
    }

    /* The queries that WITH names before a group or around it: [{name, group}]. */
    function namedQueries(group) {
        const found = [];
        for (let one = group; one; one = one.parent) {
            if (!one.items.length || one.items[0].upper !== "WITH") { continue; }
            for (let i = 2; i < one.items.length && one.items[i].upper !== "SELECT"; i += 1) {
                if (one.items[i].kind !== "group" || one.items[i - 1].upper !== "AS") { continue; }
                // its columns' names may stand between the two
                const name = one.items[i - 2].kind === "group" ? one.items[i - 3] : one.items[i - 2];
                if (name) { found.push({ name: plain(name), group: one.items[i] }); }
            }
        }
        return found;
    }

    function lastClause(items, until) {
        for (let i = until - 1; i >= 0; i -= 1) {
            if (SETS.includes(items[i].upper)) { return ""; }
            if (items[i].upper === "JOIN") { return "FROM"; }
            if (CLAUSES.includes(items[i].upper)) { return items[i].upper; }
        }
        return "";
    }

    ide.typed = { RESERVED, place, plain, nest, isQuery, partOf, tablesOf, namedQueries, lastClause };
})();
