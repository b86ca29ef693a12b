/* The table of the Columns tab: drawn from what layouts/inventory/table/columns.py says of each column, since a component
   of Dash for each of its thousand parts kept the page busy for a sixth of a second.
   Owns: what is in an element with data-profiles.
   Ids: none.
   Offers: nothing.
   Needs: app.js, when one of its links is followed. */

/**
 * A column, as it is said.
 * @typedef {object} Profile
 * @property {string} name
 * @property {string} comment
 * @property {boolean} key
 * @property {string} type
 * @property {string} distinct
 * @property {string} missing
 * @property {string} tone
 * @property {{ value: string, title: string, count: string, share: number, href: string }[] | null} top
 */

(function () {
    "use strict";
    const TITLES = [["Column", ""], ["Type", ""], ["Distinct", "number"], ["Missing", "number"], ["Most frequent values", ""]];

    /**
     * @param {string} tag
     * @param {string} className
     * @param {...(Node | string)} parts
     */
    function make(tag, className, ...parts) {
        const element = document.createElement(tag);
        if (className) { element.className = className; }
        element.append(...parts);
        return element;
    }

    function makeHead() {
        return make("thead", "", make("tr", "", ...TITLES.map(function ([title, kind]) {
            const cell = /** @type {HTMLTableCellElement} */ (make("th", kind, title));
            cell.scope = "col";
            return cell;
        })));
    }

    /** @param {Profile} column */
    function makeRow(column) {
        const name = make("span", "mono", column.name), head = /** @type {HTMLTableCellElement} */ (make("th", "", name));
        if (column.comment) { name.title = column.comment; }
        if (column.key) { head.append(make("span", "small-chip", "key")); }
        head.scope = "row";
        return make("tr", "", head,
            make("td", "mono text-muted-2", column.type), make("td", "number", column.distinct),
            make("td", "number", make("span", column.tone, column.missing)),
            make("td", "top-values", ...(column.top ? column.top.map(makeLine) : [make("span", "text-muted-2", "–")])));
    }

    function makeLine(top) {
        const line = make("div", "top-line", makeValue(top), make("span", "top-count", top.count));
        line.style.setProperty("--share", top.share + "%");
        return line;
    }

    function makeValue(top) {
        const text = top.value || make("i", "", "empty");
        if (!top.href) {
            const shown = make("span", "top-value", text);
            shown.title = top.title;
            return shown;
        }
        const link = /** @type {HTMLAnchorElement} */ (make("a", "top-value quiet-link", text));
        link.href = top.href;
        link.title = "The rows with " + top.title;
        return link;
    }

    function draw(/** @type {HTMLElement} */ place) {
        const columns = /** @type {Profile[]} */ (JSON.parse(place.dataset.profiles));
        place.replaceChildren(make("table", "table profile-table", makeHead(), make("tbody", "", ...columns.map(makeRow))));
    }

    new MutationObserver(function (changes) {
        const places = new Set();
        changes.forEach(function (change) {
            if (change.type === "attributes") { places.add(change.target); }
            change.addedNodes.forEach(function (node) {
                if (!(node instanceof Element)) { return; }
                if (node.matches("[data-profiles]")) { places.add(node); }
                node.querySelectorAll("[data-profiles]").forEach(function (one) { places.add(one); });
            });
        });
        places.forEach(draw);
    }).observe(document.documentElement, { childList: true, subtree: true, attributeFilter: ["data-profiles"] });

    document.addEventListener("click", function (/** @type {MouseEvent} */ event) {
        const link = event.target instanceof Element && /** @type {HTMLAnchorElement | null} */ (event.target.closest("[data-profiles] a"));
        if (!link || event.metaKey || event.ctrlKey || event.shiftKey) { return; }
        event.preventDefault();
        app.visit(link.pathname + link.search);
    });
})();
