/* What may stand at a place of a statement: which names, in which order. It takes the text, as typed.js reads
   it, and a source of names (names.js); offers.js shows what it finds.
   Owns: nothing.
   Ids: none.
   Offers: `ide.completion`.
   Needs: `ide.typed`, when something is asked. */

/**
 * @typedef {object} Offer
 * @property {string} text what takes the place of the word before the cursor
 * @property {string} label
 * @property {string} kind required, key, column, alias, parameter, function, keyword, or a level of the source's names
 * @property {string} note shown beside it
 * @property {number} [back] how far before the text's end the cursor stands then
 * @property {boolean} [more] what follows is offered at once
 */
/** @typedef {{ from: number, prefix: string, offers: Offer[], waiting: boolean, chosen: boolean }} Completion from: where the
 *  word begins; waiting: names that belong here will come; chosen: Enter takes the first offer */
/** @typedef {{ complete: (text: string, offset: number, names: Names, asked?: boolean) => Completion }} IdeCompletion */

(function () {
    "use strict";
    const ide = window.ide = window.ide || /** @type {Ide} */ ({});
    const STRUCTURED = ["object", "array"];
    // behind these a value may stand
    const BEFORE_VALUES = ["SELECT", "DISTINCT", "ALL", "WHERE", "AND", "OR", "NOT", "ON", "HAVING", "BY", "CASE", "WHEN", "THEN", "ELSE",
        "BETWEEN", "LIKE"];
    // what follows a word, where it is not a name
    const FOLLOWING = {
        GROUP: ["BY"], ORDER: ["BY"], PARTITION: ["BY"], LEFT: ["JOIN"], INNER: ["JOIN"], IS: ["NULL", "NOT"], UNION: ["ALL", "SELECT"],
        SHOW: ["PROVIDERS", "SERVICES", "RESOURCES", "METHODS"], SERVICES: ["IN"], RESOURCES: ["IN"], METHODS: ["IN"],
    };
    const ENDINGS = {
        SELECT: ["FROM", "AS", "AND", "OR", "OVER"],
        FROM: ["WHERE", "JOIN", "LEFT", "INNER", "ON", "USING", "AS", "GROUP", "ORDER", "LIMIT", "UNION"],
        ON: ["AND", "OR", "WHERE", "JOIN", "LEFT", "INNER", "GROUP", "ORDER", "LIMIT", "UNION"],
        WHERE: ["AND", "OR", "GROUP", "ORDER", "LIMIT", "IN", "LIKE", "BETWEEN", "IS", "NOT", "UNION"],
        GROUP: ["HAVING", "ORDER", "LIMIT", "UNION"], HAVING: ["AND", "OR", "ORDER", "LIMIT", "UNION"],
        ORDER: ["ASC", "DESC", "LIMIT"], LIMIT: ["OFFSET", "UNION"], OFFSET: [], WITH: ["AS", "SELECT"], CASE: ["WHEN", "THEN", "ELSE", "END"],
    };
    const IN_VALUES = ["CASE", "NOT", "NULL", "CAST", "EXISTS"];
    const BEGINNINGS = ["SELECT", "WITH", "SHOW", "DESCRIBE"];
    const SHOWN_LEVELS = { SERVICES: 1, RESOURCES: 2, METHODS: 3 };
    // so many letters of a keyword alone: what follows a table may as well be its alias
    const LEAST_OF_KEYWORD = 2;
    const ORDER_OF_KINDS = ["required", "parameter", "column", "alias", "function", "keyword"];

    /* One completion: what its functions share. */
    function reader(names) {
        let waiting = false;

        function knownTable(path) {
            if (path.length !== names.levels.length) { return { columns: [], required: [] }; }
            const found = names.table(path);
            waiting = waiting || !found;
            return found || { columns: [], required: [] };
        }
        function list(path) {
            const found = names.list(path);
            waiting = waiting || !found;
            return found || [];
        }

        function columnsOf(table, named, depth) {
            if (table.group) { return outputsOf(table.group, named, depth + 1); }
            const query = table.path.length === 1 && named.find(function (one) { return one.name === table.path[0]; });
            if (query) { return outputsOf(query.group, named, depth + 1); }
            return knownTable(table.path).columns;
        }

        /* The columns that a query gives: what its select list calls them. */
        function outputsOf(group, named, depth) {
            if (depth > 8) { return []; }
            const part = ide.typed.partOf(group, group.items.find(function (item) { return item.upper === "SELECT"; }));
            const begin = part.findIndex(function (item) { return item.upper === "SELECT"; });
            const found = [], tables = ide.typed.tablesOf(part);
            let last = null, beforeLast = null;
            function close() {
                if (last && last.text === "*" && (!beforeLast || beforeLast.text === ".")) {
                    tables.forEach(function (table) { found.push(...columnsOf(table, named, depth)); });
                } else if (last && (last.kind === "quoted" || (last.kind === "word" && !ide.typed.RESERVED.has(last.upper)))) {
                    found.push({ name: ide.typed.plain(last), written: last.text, type: "" });
                }
                last = beforeLast = null;
            }
            for (const item of part.slice(begin + 1)) {
                if (item.upper === "FROM") { break; }
                if (item.text === ",") { close(); } else if (item.upper !== "DISTINCT" && item.kind !== "cursor") { beforeLast = last; last = item; }
            }
            close();
            return found;
        }
        function keysOf(path, column, inside) {
            const found = names.keys(path, column, inside);
            waiting = waiting || !found;
            return found || [];
        }
        return { knownTable, list, keysOf, columnsOf, outputsOf, isWaiting: function () { return waiting; } };
    }

    /* Whether a parameter is given its value, without a table's name or with this one's. Another table's column is no value. */
    function isTested(items, name, alias) {
        return items.some(function (item, index) {
            if (item.kind === "group") { return !ide.typed.isQuery(item) && isTested(item.items, name, alias); }
            const next = items[index + 1], value = items[index + 2], table = items[index - 1] && items[index - 1].text === "." ? items[index - 2] : null;
            return (item.kind === "word" || item.kind === "quoted") && ide.typed.plain(item) === name && next && ["=", "==", "IN"].includes(next.upper)
                && value && value.kind !== "word" && (!table || !alias || ide.typed.plain(table) === alias);
        });
    }

    function plainFirst(columns) {
        return columns.filter(function (one) { return !STRUCTURED.includes(one.type); })
            .concat(columns.filter(function (one) { return STRUCTURED.includes(one.type); }));
    }

    /* How well a name begins with, or holds, what was typed: 0 is it, 3 holds it, null does not. */
    function rank(name, prefix) {
        const lowered = name.toLowerCase(), wanted = prefix.toLowerCase();
        if (!wanted || lowered === wanted) { return 0; }
        if (lowered.startsWith(wanted)) { return 1; }
        if (lowered.includes("_" + wanted)) { return 2; }
        return wanted.length > 1 && lowered.includes(wanted) ? 3 : null;
    }

    function sorted(found, prefix) {
        const ranked = [];
        found.forEach(function (entry, index) {
            const match = rank(entry.name, prefix);
            if (match !== null) { ranked.push({ entry: entry, match: entry.kind === "alias" ? Math.max(1, match) : match, index: index }); }
        });
        ranked.sort(function (a, b) {
            return a.match - b.match
                || ORDER_OF_KINDS.indexOf(a.entry.kind) - ORDER_OF_KINDS.indexOf(b.entry.kind)
                || (prefix ? a.entry.name.length - b.entry.name.length || (a.entry.name < b.entry.name ? -1 : a.entry.name > b.entry.name ? 1 : 0) : 0)
                || a.index - b.index;
        });
        const seen = new Set();
        return ranked.filter(function (one) { const is = !seen.has(one.entry.text); seen.add(one.entry.text); return is; });
    }

    /**
     * What may stand where the cursor is. asked: by a key for it, and not by typing on: then also where no word was begun.
     * @type {(text: string, offset: number, names: Names, asked?: boolean) => Completion}
     */
    function complete(text, offset, names, asked) {
        const nothing = { from: offset, prefix: "", offers: [], waiting: false, chosen: false };
        const found = ide.typed.place(text, offset, names.postgres);
        if (!found) { return nothing; }
        const cursor = found.cursor, prefix = cursor.prefix;
        const known = reader(names), tree = ide.typed.nest(found.tokens), holder = tree.holder;
        let query = holder;
        while (!ide.typed.isQuery(query)) { query = query.parent; }
        let held = /** @type {any} */ (cursor);
        for (let group = holder; group !== query; group = group.parent) { held = group; }
        const part = ide.typed.partOf(query, held), tables = ide.typed.tablesOf(part), named = ide.typed.namedQueries(query);
        const items = holder.items, at = items.indexOf(cursor), previous = items[at - 1];
        const clause = holder === query ? ide.typed.lastClause(items, at) : ide.typed.lastClause(query.items, query.items.indexOf(held));
        const keywordCase = casing(prefix, found.tokens);
        const entries = [];
        let least = 1;
        askAhead([]);
        tables.forEach(function (table) { askAhead(table.path); });

        function add(kind, name, more) { entries.push({ kind: kind, name: name, text: name, label: name, note: kind, ...more }); }
        function addKeywords(words) {
            words.filter(function (word) { return names.keywords.includes(word); }).forEach(function (word) { add("keyword", word, { text: keywordCase(word), label: keywordCase(word) }); });
        }
        /* so that they are there when they are wanted; nothing waits for these */
        function askAhead(path) {
            if (path.length < names.levels.length) { names.list(path); } else { names.table(path); }
        }
        function addLevel(path, most) {
            const level = names.levels[path.length], last = path.length === most - 1;
            known.list(path).forEach(function (name) { add(level, name, { text: last ? name : name + ".", more: !last }); });
        }
        function addTables(most) {
            least = 0;
            if (cursor.chain.length < most) { addLevel(cursor.chain, most); }
            askAhead(cursor.chain.concat(prefix || []));
            if (cursor.chain.length) { return; }
            named.forEach(function (one) { add("query", one.name); });
            if (most === names.levels.length && prefix.length > 1) {
                names.find(prefix).forEach(function (path) { add(names.levels[most - 1], path.split(".").pop(), { text: path, label: path }); });
            }
        }
        function addColumn(column) { add("column", column.name, { text: column.written, label: column.written, note: column.type }); }
        function addColumns() {
            const counts = new Map();
            const all = tables.map(function (table) { return { table: table, columns: known.columnsOf(table, named, 0) }; });
            all.forEach(function (one) { one.columns.forEach(function (column) { counts.set(column.name, (counts.get(column.name) || 0) + 1); }); });
            const listed = all.flatMap(function (one) {
                return one.columns.map(function (column) {
                    return { ...column, written: (counts.get(column.name) > 1 && one.table.alias ? one.table.alias + "." : "") + column.written };
                });
            });
            plainFirst(listed).forEach(addColumn);
            tables.filter(function (table) { return table.alias; }).forEach(function (table) {
                add("alias", table.alias, { text: table.alias + ".", note: table.path.join("."), more: true });
            });
        }
        function requiredOf(table) { return table.group ? [] : known.knownTable(table.path).required; }
        function missingOf(table) {
            return requiredOf(table).filter(function (one) { return !isTested(part, one.name, table.alias); });
        }
        function missing() {
            return tables.flatMap(function (table) {
                const before = tables.length > 1 && table.alias ? table.alias + "." : "";
                return missingOf(table).map(function (one) { return { name: one.name, test: before + one.test }; });
            });
        }
        /* WHERE and AND begin a test, where a required parameter belongs; the AND of BETWEEN does not */
        function beginsTest() {
            return clause === "WHERE" && !!previous && (previous.upper === "WHERE" || (previous.upper === "AND" && !isBetween()));
        }
        function addRequired(tests) {
            tests.forEach(function (one) { least = 0; add("required", one.name, { text: one.test, label: one.test }); });
        }
        function addValues() {
            addColumns();
            if (clause === "ORDER" || clause === "GROUP" || clause === "HAVING") {
                known.outputsOf({ items: part }, named, 0).forEach(addColumn);
            }
            const opened = text[offset] === "(";
            names.functions.forEach(function (name) { add("function", name, { text: opened ? name : name + "()", back: opened ? 0 : 1 }); });
            addKeywords(IN_VALUES);
        }
        /* The keys of a JSON column, of the table that has it. */
        function addKeys(key) {
            least = 0;
            const column = key.column[key.column.length - 1], alias = key.column[key.column.length - 2];
            const table = tables.find(function (one) {
                return !one.group && (!alias || (one.alias || one.path[one.path.length - 1]) === alias)
                    && known.knownTable(one.path).columns.some(function (of) { return of.name === column; });
            });
            (table ? known.keysOf(table.path, column, key.path) : []).forEach(function (name) {
                const written = name.replaceAll("'", "''");
                add("key", name, { text: key.quoted ? written + (key.closed ? "" : "'") : "'" + written + "'", label: name });
            });
        }
        function addParameters() {
            least = 0;
            const left = previous && previous.kind === "symbol" && /[=<>]/.test(previous.text) ? items[at - 2] : null;
            const needed = tables.flatMap(requiredOf).map(function (one) { return { column: one.name, name: one.test.split(":").pop() }; });
            const own = needed.filter(function (one) { return left && ide.typed.plain(left) === one.column; });
            const before = left && left.kind === "word" && !own.length ? [{ name: left.text }] : [];
            own.concat(before, needed, found.parameters.map(function (name) { return { name: name, column: "" }; }))
                .forEach(function (one) { add("parameter", one.name); });
        }
        function isFinished() {
            if (!previous) { return false; }
            if (previous.kind === "word") { return !ide.typed.RESERVED.has(previous.upper) || ["NULL", "END", "ASC", "DESC"].includes(previous.upper); }
            if (previous.text === "*") { return at < 2 || [",", "."].includes(items[at - 2].text) || ["SELECT", "DISTINCT"].includes(items[at - 2].upper); }
            return previous.kind !== "symbol";
        }
        function isBetween() {
            const words = items.slice(0, at - 1).map(function (item) { return item.upper; });
            return words.lastIndexOf("BETWEEN") > Math.max(words.lastIndexOf("AND"), words.lastIndexOf("OR"), words.lastIndexOf("WHERE"));
        }
        function addFinished() {
            least = LEAST_OF_KEYWORD;
            const words = items.slice(0, at).map(function (item) { return item.upper; });
            const inCase = words.lastIndexOf("CASE") > words.lastIndexOf("END");
            if (clause === "FROM" && holder === query && !part.some(function (item) { return item.upper === "WHERE"; })) {
                const tests = missing().map(function (one) { return one.test; });
                if (tests.length) {
                    const whole = keywordCase("WHERE") + " " + tests.join(" " + keywordCase("AND") + " ");
                    add("required", "WHERE", { text: whole, label: whole });
                }
            }
            addKeywords(inCase ? ENDINGS.CASE.concat("AND", "OR", "IN", "LIKE", "IS") : (holder === query ? ENDINGS[clause] || [] : ["AND", "OR", "IN", "LIKE", "IS", "BETWEEN", "FROM", "AS"]));
        }

        const root = items[0], shows = holder === tree.root && ["SHOW", "DESCRIBE", "DESC"].includes(root.upper);
        if (cursor.key) { addKeys(cursor.key); }
        else if (cursor.parameter) { addParameters(); }
        else if (shows && root.upper === "SHOW" && previous.upper === "IN") { addTables(SHOWN_LEVELS[items[1].upper] || 0); }
        else if (shows && (previous === root || previous.upper === "EXTENDED") && root.upper !== "SHOW") {
            if (previous === root && !cursor.chain.length) { addKeywords(["EXTENDED"]); }
            addTables(names.levels.length);
        } else if (previous && (previous.upper === "FROM" || previous.upper === "JOIN" || (previous.text === "," && clause === "FROM"))) { addTables(names.levels.length); }
        else if (cursor.chain.length) {
            least = 0;
            const table = cursor.chain.length === 1
                ? tables.find(function (one) { return one.alias === cursor.chain[0] || (!one.alias && one.path.length === 1 && one.path[0] === cursor.chain[0]); })
                : tables.find(function (one) { return one.path.join(".") === cursor.chain.join("."); });
            if (table) {
                if (beginsTest()) { addRequired(missingOf(table)); }
                plainFirst(known.columnsOf(table, named, 0)).forEach(addColumn);
            }
        } else if (!previous) {
            least = LEAST_OF_KEYWORD;
            if (!holder.parent) { addKeywords(BEGINNINGS); }
            else { least = 1; addKeywords(["SELECT"]); if (clause !== "FROM" && clause !== "WITH") { addValues(); } }
        } else if (Object.hasOwn(FOLLOWING, previous.upper) && (shows || ide.typed.RESERVED.has(previous.upper))) { addKeywords(FOLLOWING[previous.upper]); }
        else if (isFinished()) { addFinished(); }
        else if (previous.kind === "symbol" ? clause !== "LIMIT" && clause !== "WITH" && previous.text !== "::" && !shows : BEFORE_VALUES.includes(previous.upper)) {
            if (beginsTest()) { addRequired(missing()); }
            if (previous.text === "=" && items[at - 2] && items[at - 2].kind === "word") { add("parameter", items[at - 2].text, { text: ":" + items[at - 2].text, label: ":" + items[at - 2].text }); }
            if (previous.upper === "CASE") { addKeywords(["WHEN"]); }
            if (previous.upper === "SELECT") { addKeywords(["DISTINCT"]); }
            if (previous.upper === "NOT") { addKeywords(["IN", "LIKE", "BETWEEN"]); }
            addValues();
        }

        const ranked = sorted(entries, prefix);
        const done = !asked && prefix && ranked.some(function (one) { return one.match === 0 && one.entry.kind !== "alias"; });
        const shown = done || (!asked && prefix.length < least) ? [] : ranked.map(function (one) { return one.entry; });
        return {
            from: cursor.start, prefix: prefix, offers: shown, waiting: known.isWaiting(),
            chosen: !!(asked || prefix || cursor.chain.length || cursor.parameter || (cursor.key && cursor.key.quoted)),
        };
    }

    /* Keywords are written as the word that is typed, or as the statement's first one. */
    function casing(prefix, tokens) {
        const first = tokens.find(function (token) { return token.kind === "word"; });
        const sample = prefix ? prefix[0] : first ? first.text : "S";
        return function (word) { return sample === sample.toLowerCase() ? word.toLowerCase() : word; };
    }

    ide.completion = { complete };
})();
