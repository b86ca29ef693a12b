/* Lines of a list that are chosen by their boxes: the boxes' state, the bar that acts on the chosen, and how many they are.
   Of what a filter hides, or a change takes away, nothing stays chosen.
   Owns: the lists that pages make with it: their boxes' aria-checked, their bar and its count.
   Ids: those that it is given.
   Offers: `picking`.
   Needs: app.js, when a list is there. */

/**
 * A list whose lines can be chosen. list, bar, count: ids. keys: of the lines that can be, as they stand now; boxes: of
 * all of them, each with its key; head: the box that chooses all. redrawn: called when the list was drawn anew.
 * @typedef {{ list: string, bar: string, count: string, keys: () => string[], boxes: () => [Element, string][], head: () => Element | null, redrawn?: () => void }} PickingParts
 */

/**
 * The choice of such a list. toggle: a line, or without a key all of them. paint: show what is chosen, and know of what is
 * drawn anew from now on.
 * @typedef {{ all: () => string[], has: (key: string) => boolean, toggle: (key?: string) => void, clear: () => void, paint: () => void }} Picking
 */

(function () {
    "use strict";

    function mark(box, state) {
        if (box && box.getAttribute("aria-checked") !== state) { box.setAttribute("aria-checked", state); }
    }

    /**
     * @param {PickingParts} parts
     * @returns {Picking}
     */
    function make(parts) {
        let chosen = new Set(), watched = null;
        const drawn = new MutationObserver(function () {
            paint();
            if (parts.redrawn) { parts.redrawn(); }
        });

        function watch() {
            const list = app.element(parts.list);
            if (!list || list === watched) { return; }
            watched = list;
            drawn.disconnect();
            drawn.observe(list, { childList: true, subtree: true });
        }

        function paint() {
            const there = parts.keys(), bar = app.element(parts.bar), count = app.element(parts.count);
            chosen = new Set(there.filter(function (key) { return chosen.has(key); }));
            parts.boxes().forEach(function ([box, key]) { mark(box, String(chosen.has(key))); });
            mark(parts.head(), !chosen.size ? "false" : chosen.size === there.length ? "true" : "mixed");
            if (!bar || !count) { return; }
            bar.hidden = !chosen.size;
            const said = chosen.size + " chosen";
            if (count.textContent !== said) { count.textContent = said; }
        }

        return {
            all: function () { return Array.from(chosen); },
            has: function (key) { return chosen.has(key); },
            toggle: function (key) {
                const there = parts.keys();
                watch();
                if (key === undefined) { chosen = new Set(chosen.size === there.length ? [] : there); }
                else if (!chosen.delete(key)) { chosen.add(key); }
                paint();
            },
            clear: function () { chosen.clear(); paint(); },
            paint: function () { watch(); paint(); },
        };
    }

    window.picking = { make };
})();
