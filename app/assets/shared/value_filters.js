/* A column's filter as a model: the values that it keeps or leaves out, or conditions; and a summary of the column in words.
   Owns: nothing on the page: column_filter.js shows it.
   Ids: none.
   Offers: `valueFilters`.
   Needs: nothing. */

/**
 * A value of a column as the server counts them. value: null for none; of a long one its beginning, and `digest` names it.
 * @typedef {{ value: string | null, rows: number, digest: string | null }} CountedValue
 */

/**
 * What the server says of a column in the rows that match; values: null where there are too many.
 * @typedef {{ rows: number, filled: number, distinct: number | null, values: CountedValue[] | null,
 *             least: string | null, most: string | null }} ColumnValues
 */

/**
 * @typedef {{ filterType: string, type: string, values: string[], digests: string[], empty: boolean }} ValueModel
 */

(function () {
    "use strict";
    const number = new Intl.NumberFormat("en-US");

    /** @returns {ValueModel} */
    function makeModel(type, entries) {
        return {
            filterType: "values", type: type,
            values: entries.filter(function (one) { return one.value !== null && !one.digest; }).map(function (one) { return one.value; }),
            digests: entries.filter(function (one) { return one.digest; }).map(function (one) { return one.digest; }),
            empty: entries.some(function (one) { return one.value === null; }),
        };
    }

    function names(model, entry) {
        if (entry.digest) { return (model.digests || []).includes(entry.digest); }
        return entry.value === null ? !!model.empty : (model.values || []).includes(entry.value);
    }

    /**
     * Whether the filter keeps rows with this value; without a filter all are kept.
     * @param {any} model
     * @param {CountedValue} entry
     */
    function keeps(model, entry) {
        return !model || model.filterType !== "values" || names(model, entry) === (model.type === "in");
    }

    /**
     * The filter that keeps exactly these of the values: it names the shorter list, so that it stays small.
     * @param {CountedValue[]} entries all of the column's
     * @param {(entry: CountedValue) => boolean} isKept
     * @returns {ValueModel | null} null where all are kept
     */
    function choose(entries, isKept) {
        const kept = entries.filter(isKept), left = entries.filter(function (one) { return !isKept(one); });
        if (!left.length) { return null; }
        return kept.length <= left.length ? makeModel("in", kept) : makeModel("notIn", left);
    }

    /**
     * The values that the filter names, as entries: those that no row has any more stand in its list too.
     * @param {any} model
     * @returns {CountedValue[]}
     */
    function listNamed(model) {
        if (!model || model.filterType !== "values") { return []; }
        return (model.values || []).map(function (value) { return { value: value, rows: 0, digest: null }; })
            .concat((model.digests || []).map(function (digest) { return { value: "long text " + digest.slice(0, 6), rows: 0, digest: digest }; }))
            .concat(model.empty ? [{ value: null, rows: 0, digest: null }] : []);
    }

    /**
     * A filter of values that leaves out one more, as a cell's menu asks for it.
     * @param {any} before
     * @param {any} added a condition: notEqual, or notBlank
     * @returns {ValueModel | null} null where it cannot be said so
     */
    function leaveOut(before, added) {
        if (before.filterType !== "values" || !["notEqual", "notBlank"].includes(added.type)) { return null; }
        const gone = added.type === "notBlank" ? [null, ""] : [String(added.filter)];
        const named = listNamed(before);
        if (before.type === "in") {
            return makeModel("in", named.filter(function (one) { return one.digest || !gone.includes(one.value); }));
        }
        const more = gone.filter(function (value) { return keeps(before, { value, rows: 0, digest: null }); });
        return makeModel("notIn", named.concat(more.map(function (value) { return { value, rows: 0, digest: null }; })));
    }

    /**
     * A share in words: nothing that is rounded says none or all.
     * @param {number} part
     * @param {number} whole
     */
    function shareWords(part, whole) {
        if (part === whole) { return "always filled"; }
        if (!part) { return "never filled"; }
        const percent = 100 * part / whole;
        return (percent < 1 ? "less than 1" : percent > 99 ? "more than 99" : String(Math.round(percent))) + " % filled";
    }

    /**
     * A column's type, filled share and number of different values.
     * @param {string} kind
     * @param {ColumnValues} found
     */
    function summaryWords(kind, found) {
        const parts = [{ boolean: "yes or no", json: "JSON" }[kind] || kind];
        if (found.rows) { parts.push(shareWords(found.filled, found.rows)); }
        if (found.filled) {
            parts.push((found.distinct === null ? "more than " + number.format(ids.values.MOST_VALUES) : number.format(found.distinct)) +
                (found.distinct === 1 ? " value" : " different values"));
        }
        return parts.join(" · ");
    }

    /** Which rows were counted: "Of 1,198 rows that match." */
    function countedWords(rows) {
        return "Of " + number.format(rows) + (rows === 1 ? " row that matches" : " rows that match");
    }

    window.valueFilters = { choose, keeps, listNamed, leaveOut, shareWords, summaryWords, countedWords };
})();
