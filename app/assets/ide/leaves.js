/* What stands below a resource or a table in the drawer's tree: its columns, what filters them, and its methods.
   Owns: nothing.
   Ids: none.
   Offers: `ide.leaves`.
   Needs: `ide.editor`, when something is inserted. */

/**
 * @typedef {object} IdeLeaves
 * @property {(answer: any, level: number) => HTMLElement[]} make the items of what the server knows of a resource or a table
 * @property {(level: number) => HTMLElement[]} nothing
 */

(function () {
    "use strict";
    const ide = window.ide = window.ide || /** @type {Ide} */ ({});
    // fewer are seen at once
    const LEAST_FILTERED = 12;

    function item(className, level) {
        const one = document.createElement("div");
        one.className = className;
        one.setAttribute("role", "treeitem");
        one.setAttribute("aria-level", String(level));
        one.tabIndex = -1;
        one.style.paddingLeft = (level - 1) * 13 + 14 + "px";
        return one;
    }
    function span(className, text) {
        const one = document.createElement("span");
        one.className = className;
        one.textContent = text;
        return one;
    }

    /* insert: what a double click, or Enter, puts at the cursor */
    function leaf(text, note, level, insert) {
        const one = item("tree-leaf", level);
        one.append(span("tree-name", text), span("tree-type", note));
        one.title = text + (note ? " · " + note : "");
        if (insert) {
            one.dataset.insert = insert;
            one.addEventListener("dblclick", function () { ide.editor.insert(insert); });
        }
        return one;
    }

    /* The parameters that are needed, then what tells one from another, then the rest by their names. */
    function sorted(answer) {
        const known = new Set(answer.columns.map(function (column) { return column.name; }));
        const needed = answer.required.filter(function (name) { return !known.has(name); }).map(function (name) { return { name: name, written: name, type: "" }; });
        function rank(column) { return answer.required.includes(column.name) ? 0 : column.key ? 1 : 2; }
        return needed.concat(answer.columns).sort(function (a, b) {
            return rank(a) - rank(b) || (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1);
        });
    }

    function columnLeaf(one, required, level) {
        const made = leaf(one.name, [one.type, required ? "required" : ""].filter(Boolean).join(" · "), level, one.written || one.name);
        if (required || one.key) { made.classList.add("tree-key"); }
        if (one.comment) { made.title += " · " + one.comment; }
        return made;
    }

    function filter(leaves, level) {
        const box = item("tree-filter", level), field = document.createElement("input"), words = "Filter " + leaves.length + " columns";
        box.dataset.filter = "true";
        box.setAttribute("aria-label", words);
        Object.assign(field, { type: "search", className: "form-control form-control-sm", placeholder: words, autocomplete: "off", tabIndex: -1 });
        field.setAttribute("aria-label", words);
        field.addEventListener("input", function () {
            const wanted = field.value.trim().toLowerCase().split(/\s+/);
            leaves.forEach(function (one) {
                const name = one.firstElementChild.textContent.toLowerCase();
                one.hidden = !wanted.every(function (word) { return name.includes(word); });
            });
        });
        field.addEventListener("keydown", function (event) {
            const first = leaves.find(function (one) { return !one.hidden; });
            if (event.key === "ArrowDown" && first) { event.preventDefault(); first.focus(); }
            else if (event.key === "Enter" && first) { event.preventDefault(); ide.editor.insert(first.dataset.insert); }
            else if (event.key === "Escape" && !field.value) { box.focus(); }
        });
        box.append(field);
        return box;
    }

    function make(answer, level) {
        const leaves = sorted(answer).map(function (one) { return columnLeaf(one, answer.required.includes(one.name), level); });
        const methods = answer.methods.filter(function (method) { return method.verb === "SELECT"; }).map(function (method) {
            // what every one needs has been said
            const more = method.required.filter(function (name) { return !answer.required.includes(name); });
            const one = leaf(method.name + "()", more.length ? "needs " + more.join(", ") : "", level);
            one.classList.add("tree-method");
            return one;
        });
        return (leaves.length > LEAST_FILTERED ? [filter(leaves, level)] : []).concat(leaves, methods);
    }

    ide.leaves = { make, nothing: function (level) { return [leaf("nothing here", "", level)]; } };
})();
