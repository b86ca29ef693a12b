/* What a statement over the inventory can name, for completion.js: its tables and their columns, and Postgres's own words.
   Owns: the tables, asked for once, and again when they are old; the keys of their JSON columns.
   Ids: none.
   Offers: `ide.names.inventory`, beside the live cloud's.
   Needs: app.js, ids.js and names.js; `ide.offers`, when something is asked. */
(function () {
    "use strict";
    const ide = window.ide = window.ide || /** @type {Ide} */ ({});
    const KEYWORDS = ("SELECT FROM WHERE GROUP BY ORDER HAVING LIMIT OFFSET DISTINCT AS AND OR NOT IN LIKE ILIKE BETWEEN IS NULL " +
        "NULLS FIRST LAST CASE WHEN THEN ELSE END JOIN LEFT RIGHT FULL CROSS INNER LATERAL ON USING UNION INTERSECT EXCEPT ALL " +
        "WITH RECURSIVE EXISTS ASC DESC CAST OVER PARTITION ROWS FILTER WITHIN INTERVAL TRUE FALSE CURRENT_DATE " +
        "CURRENT_TIMESTAMP EXTRACT coalesce nullif greatest least substring position").split(" ");
    // runs add tables and columns
    const AGAIN_MS = 60000, MOST_FOUND = 50;
    const NOTHING = { columns: [], required: [] };
    /** @type {Map<string, any> | null} */
    let tables = null;
    let askedAt = -AGAIN_MS;

    /* What is known, or null; what is old is asked for anew meanwhile. */
    function known() {
        if (performance.now() - askedAt >= AGAIN_MS) {
            askedAt = performance.now();
            app.get(ids.routes.INVENTORY_TABLES).then(function (answer) {
                tables = new Map(answer.tables.map(function (one) { return [one.written, one]; }));
                ide.offers.arrived();
            }).catch(function () { /* asked again later; the drawer says what is wrong */ });
        }
        return tables;
    }

    function list(path) {
        const all = known();
        return path.length ? [] : all && Array.from(all.keys());
    }

    function table(path) {
        const all = known();
        if (!all) { return null; }
        const found = all.get(path.join("."));
        return found ? { columns: found.columns, required: [] } : NOTHING;
    }

    /* column → its keys; asked for once a page */
    const keys = new Map();
    function keysOf(path, column, inside) {
        const found = table(path), json = found && found.columns.find(function (one) { return one.name === column; });
        if (!json || !/^jsonb?$/.test(json.type)) { return found ? [] : null; }
        const asked = { table: path.join("."), column: column, path: inside.join("\n") }, name = JSON.stringify(asked);
        if (!keys.has(name)) {
            keys.set(name, null);
            app.get(ids.routes.INVENTORY_KEYS, asked).then(function (answer) {
                keys.set(name, answer.keys);
                ide.offers.arrived();
            }).catch(function () { setTimeout(function () { keys.delete(name); }, AGAIN_MS); });
        }
        return keys.get(name);
    }

    function find(words) {
        const wanted = words.toLowerCase();
        return (list([]) || []).filter(function (name) { return name.toLowerCase().startsWith(wanted); }).slice(0, MOST_FOUND);
    }

    // whichever of the two scripts comes first
    ide.names = ide.names || /** @type {any} */ ({});
    ide.names.inventory = {
        levels: ["table"], keywords: KEYWORDS, functions: ids.values.INVENTORY_FUNCTIONS, list, table, find, keys: keysOf,
        postgres: true,
    };
})();
