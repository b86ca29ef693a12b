/* Parts of a page as HTML that Python wrote (layouts/components/markup.py): one component of Dash's for all of them. A part
   that says only what it is to be drawn of is asked for when it comes into view, or when the browser is idle; its place is
   kept until then, and what it showed before stays, dimmed.
   Owns: .fragment, the links in it, the keys of `.marks`, and .chart-tip.
   Ids: none.
   Offers: the component inventory_fragments.Fragments.
   Needs: React, which Dash loads before; ids.js and app.js, when a part is asked for or a link is pressed. */
(function () {
    "use strict";
    const MOST_KEPT = 80, AHEAD = "200px", IDLE_MS = 2000;
    // what was drawn, by what it is drawn of and its key
    const kept = new Map();

    function name(of, key) { return key + " " + of; }

    function keep(drawn) {
        Object.keys(drawn.html).forEach(function (key) { kept.set(name(drawn.of, key), drawn.html[key]); });
        while (kept.size > MOST_KEPT) { kept.delete(kept.keys().next().value); }
    }

    /** @param {{part: string, html: string, className: string, busy: boolean, table: string}} properties */
    function Fragment(properties) {
        const React = window.React, place = React.useRef(null), html = properties.html;
        React.useEffect(function () {
            const table = place.current.querySelector(".chart-table");
            if (table && properties.table) { table.innerHTML = properties.table; }
        }, [properties.table, html]);
        React.useEffect(function () {
            const again = focused && document.activeElement === document.body
                && place.current.querySelector('[data-name="' + CSS.escape(focused) + '"]');
            if (again) { again.focus(); }
        }, [html]);
        const common = { ref: place, className: "fragment " + properties.className, "data-part": properties.part, "aria-busy": properties.busy || undefined };
        return html === null
            ? React.createElement("div", { ...common, key: "waiting" }, React.createElement("div", { className: "panel waiting" }))
            : React.createElement("div", { ...common, key: "drawn", dangerouslySetInnerHTML: { __html: html } });
    }

    // the name of the button that had the focus where a part is drawn anew
    let focused = "";
    document.addEventListener("click", function (event) {
        const button = event.target.closest && event.target.closest(".fragment [data-name]");
        focused = button ? button.dataset.name : "";
    });

    let Kept = null;
    /** @param {any} properties */
    function Fragments(properties) {
        const React = window.React, box = React.useRef(null), shown = React.useRef(new Map());
        const parts = properties.parts || [], of = (parts.find(function (part) { return part.of; }) || {}).of || "";
        const [seen, see] = React.useState({ of: "", keys: [] });
        if (properties.drawn) { keep(properties.drawn); }
        if (!Kept) { Kept = React.memo(Fragment); }

        React.useEffect(function () {
            if (!of) { return; }
            const found = new Set();
            function add(keys) {
                keys.forEach(function (key) { found.add(key); });
                if (keys.length) { see({ of: of, keys: Array.from(found) }); }
            }
            const watch = new IntersectionObserver(function (entries) {
                add(entries.filter(function (one) { return one.isIntersecting; }).map(function (one) { return one.target.dataset.part; }));
            }, { rootMargin: AHEAD });
            Array.from(box.current.children).forEach(function (one) { watch.observe(one); });
            // what is below is there before one scrolls, and on paper
            const idle = setTimeout(function () { add(Array.from(box.current.children, function (one) { return one.dataset.part; })); }, IDLE_MS);
            return function () { watch.disconnect(); clearTimeout(idle); };
        }, [of, parts.length]);

        React.useEffect(function () {
            const keys = seen.keys.filter(function (key) {
                return seen.of === of && !kept.has(name(of, key)) && parts.some(function (part) { return part.of && (part.key === key || part.key + ids.values.BEHIND === key); });
            });
            const asked = properties.asked || {};
            if (keys.length && (asked.of !== of || String(asked.keys) !== String(keys))) { properties.setProps({ asked: { of: of, keys: keys } }); }
        });

        function pressed(event) {
            const place = event.target.closest(".chart-table-toggle") && event.target.closest(".fragment");
            if (place) { see({ of: of, keys: [...seen.keys, place.dataset.part + ids.values.BEHIND] }); }
        }

        return React.createElement("div", { ref: box, id: properties.id, className: properties.className, onClick: pressed },
            parts.map(function (part) {
                const now = part.of ? kept.get(name(part.of, part.key)) : part.html;
                if (now !== undefined) { shown.current.set(part.key, now); }
                return React.createElement(Kept, {
                    key: part.key, part: part.key, className: part.className || "", busy: now === undefined,
                    html: shown.current.has(part.key) ? shown.current.get(part.key) : null,
                    table: (part.of && kept.get(name(part.of, part.key + ids.values.BEHIND))) || "",
                });
            }));
    }
    window.inventory_fragments = { Fragments: Fragments };

    // a link within the app shows the other page, as Dash's own links do
    document.addEventListener("click", function (event) {
        const link = event.target.closest && event.target.closest(".fragment a[href^='/']");
        if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey
            || link.getAttribute("target") || link.hasAttribute("download")) { return; }
        event.preventDefault();
        app.visit(link.getAttribute("href"));
    });

    /* A mark that stands alone is a group of its own. */
    function groupOf(mark) { return mark.closest(".mark-group") || mark; }

    /* The marks of a chart are one stop of Tab; arrows go between them: along the groups, and within one. */
    document.addEventListener("keydown", function (event) {
        const mark = event.target.closest && event.target.closest(".marks a"), box = mark && mark.closest(".marks");
        if (!box) { return; }
        const along = box.dataset.along === "down" ? { ArrowDown: 1, ArrowUp: -1 } : { ArrowRight: 1, ArrowLeft: -1 };
        const within = box.dataset.along === "down" ? { ArrowRight: 1, ArrowLeft: -1 } : { ArrowUp: 1, ArrowDown: -1 };
        const links = Array.from(box.querySelectorAll("a")), groups = Array.from(new Set(links.map(groupOf))), group = groupOf(mark);
        const own = links.filter(function (one) { return groupOf(one) === group; });
        const first = function (one) { return one && links.find(function (link) { return groupOf(link) === one; }); };
        let to = null;
        if (event.key in along) {
            to = first(groups[groups.indexOf(group) + along[event.key]]);
        } else if (event.key in within) { to = own[own.indexOf(mark) + within[event.key]];
        } else if (event.key === "Home") { to = links[0];
        } else if (event.key === "End") { to = first(groups[groups.length - 1]);
        } else { return; }
        event.preventDefault();
        if (!to) { return; }
        box.querySelectorAll("a[tabindex='0']").forEach(function (one) { one.setAttribute("tabindex", "-1"); });
        to.setAttribute("tabindex", "0");
        to.focus();
    });

    /* What a mark shows, beside it: its own words, and below them what its group says. */
    let tip = null;
    function tell(event) {
        const mark = event.target.closest && event.target.closest(".marks [aria-label], [data-says]");
        if (!mark) { if (tip) { tip.hidden = true; } return; }
        if (!tip || !tip.isConnected) {
            tip = document.createElement("div");
            tip.className = "chart-tip";
            tip.setAttribute("aria-hidden", "true");
            document.body.append(tip);
        }
        const group = mark.closest(".mark-group[data-tip]"), strong = document.createElement("strong"), box = mark.getBoundingClientRect();
        strong.textContent = mark.getAttribute("aria-label") || mark.dataset.says;
        tip.replaceChildren(strong, group ? "\n" + group.dataset.tip : "");
        tip.hidden = false;
        const right = box.right + 8 + tip.offsetWidth < innerWidth;
        tip.style.left = Math.max(4, right ? Math.min(box.right, innerWidth) + 8 : box.left - tip.offsetWidth - 8) + "px";
        tip.style.top = Math.max(4, Math.min(box.top, innerHeight - tip.offsetHeight - 4)) + "px";
    }
    document.addEventListener("pointerover", tell);
    document.addEventListener("focusin", tell);
    document.addEventListener("scroll", function () { if (tip) { tip.hidden = true; } }, true);
})();
