/* What a statement of the live cloud can name, for completion.js: from the nodes of the resource browser's tree, which the
   page asks for once and keeps. Nothing here waits: what is not known yet is asked for, and `ide.offers` is told when it comes.
   Owns: the nodes that have come.
   Ids: none.
   Offers: `ide.names`.
   Needs: `ide.resources` and `ide.offers`, when something is asked. */

/** @typedef {{ name: string, written: string, type: string }} NamedColumn written: as a statement holds it */
/** @typedef {{ name: string, test: string }} NamedParameter test: what WHERE has to hold, such as `region = :region` */
/** @typedef {{ columns: NamedColumn[], required: NamedParameter[] }} NamedTable */

/**
 * What the statements of one source can name. Another source, such as the tables of a database, is another object of this
 * shape: its tables' names may have one level, its tables require nothing.
 * @typedef {object} Names
 * @property {string[]} levels what the parts of a table's name are called: ["provider", "service", "resource"]
 * @property {string[]} keywords
 * @property {string[]} functions
 * @property {(path: string[]) => string[] | null} list the names below a part of a table's name; null: they will come
 * @property {(path: string[]) => NamedTable | null} table without columns where there is no such table; null: it will come
 * @property {(path: string[], column: string, inside: string[]) => string[] | null} keys of a table's JSON column, or of what
 *     lies in it under other keys, the most frequent first; null: they will come
 * @property {boolean} postgres the statements are Postgres's
 * @property {(words: string) => string[]} find whole names of tables, of those that are known, whose last part begins so
 */

(function () {
    "use strict";
    const ide = window.ide = window.ide || /** @type {Ide} */ ({});
    const KEYWORDS = ("SELECT FROM WHERE GROUP BY ORDER HAVING LIMIT OFFSET DISTINCT AS AND OR NOT IN LIKE BETWEEN IS NULL " +
        "CASE WHEN THEN ELSE END JOIN LEFT INNER ON USING UNION ALL WITH EXISTS ASC DESC CAST OVER PARTITION ROWS " +
        "SHOW DESCRIBE PROVIDERS SERVICES RESOURCES METHODS REGISTRY LIST EXTENDED").split(" ");
    const FUNCTIONS = ("count sum avg min max total group_concat json_extract json_each json_array json_object json_group_array " +
        "json_array_length json_type json_valid json_equal split_part regexp_like regexp_replace regexp_substr coalesce ifnull " +
        "nullif iif lower upper trim ltrim rtrim substr instr replace length round abs printf date time datetime julianday " +
        "strftime row_number rank dense_rank lag lead first_value last_value aws_policy_equal").split(" ");
    const LEVELS = ["provider", "service", "resource"];
    const MOST_FOUND = 50;
    // what could not be had is asked for again after this long: typing must not knock at every key
    const AGAIN_MS = 30000;
    const NOTHING = { columns: [], required: [] };
    const nodes = new Map(), asked = new Set();

    function node(path) {
        const name = path.join(".");
        if (nodes.has(name)) { return nodes.get(name); }
        if (!asked.has(name)) {
            asked.add(name);
            ide.resources.node(name).then(function (answer) {
                nodes.set(name, answer);
                ide.offers.arrived();
            }).catch(function () { setTimeout(function () { asked.delete(name); }, AGAIN_MS); });
        }
        return null;
    }

    /* A name is looked up where its parent lists it: the server is never asked for what is half typed. */
    function known(path) {
        if (!path.length) { return node(path); }
        const siblings = list(path.slice(0, -1));
        return siblings && (siblings.includes(path[path.length - 1]) ? node(path) : { children: [], columns: [], required: [], tests: [] });
    }

    function list(path) {
        const found = path.length < LEVELS.length ? known(path) : { children: [] };
        return found && found.children.map(function (child) { return child.name; });
    }

    function table(path) {
        const found = path.length === LEVELS.length ? known(path) : NOTHING;
        return found && {
            columns: found.columns,
            required: found.required.map(function (name, index) { return { name: name, test: (found.tests || [])[index] }; }),
        };
    }

    function find(words) {
        const wanted = words.toLowerCase(), found = [];
        for (const [name, answer] of nodes) {
            if (name.split(".").length !== LEVELS.length - 1) { continue; }
            for (const child of answer.children) {
                if (child.name.toLowerCase().startsWith(wanted)) { found.push(name + "." + child.name); }
                if (found.length === MOST_FOUND) { return found; }
            }
        }
        return found;
    }

    ide.names = ide.names || /** @type {any} */ ({});
    Object.assign(ide.names, { live: {
        levels: LEVELS, keywords: KEYWORDS, functions: FUNCTIONS, list, table, find, keys: function () { return []; }, postgres: false,
    } });
})();
