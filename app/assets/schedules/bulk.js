/* Schedules that are chosen: the bar that acts on them one after another, and how far it is. Who leaves the page ends the
   work.
   Owns: the work and what is said of it.
   Ids: schedules.PAGE, LIST, BULK, BULK_ASKED, BULK_NOTIFY_ASKED, BULK_BAR, BULK_COUNT, BULK_PROGRESS, CHANGED.
   Offers: dash_clientside.schedules_bulk.
   Needs: app.js, ids.js, picking.js and Dash, when the page is shown. */

/**
 * A piece of work: what is left to do, what each is given, and what came of the rest.
 * @typedef {{ action: string, given: Record<string, unknown>, left: string[], total: number, done: number, failed: string[], now: string, stopped: boolean }} BulkWork
 */

(function () {
    "use strict";
    const own = ids.schedules, AGAIN_MS = 1000, MOST_NAMED = 10;
    /** @type {Record<string, string[]>} */
    const words = {
        run: ["Starting runs", "started"], pause: ["Pausing", "paused"],
        resume: ["Resuming", "resumed"], "delete": ["Deleting", "deleted"],
        notify: ["Setting notifications", "given their notifications"],
    };
    /** @type {BulkWork | null} */
    let work = null;
    let made = null;

    function listed(element, name) { return ((element && element.dataset[name]) || "").split(",").filter(Boolean); }
    function all() { return listed(document.querySelector("[data-pick-all]"), "pickAll"); }

    /* this script is read before those that all pages share */
    function choice() {
        made = made || window.picking.make({
            list: own.LIST, bar: own.BULK_BAR, count: own.BULK_COUNT, keys: all,
            boxes: function () {
                return Array.from(document.querySelectorAll("[data-pick]"), function (/** @type {any} */ box) { return [box, box.dataset.pick]; });
            },
            head: function () { return document.querySelector("[data-pick-all]"); },
        });
        return made;
    }

    /* the work: the next is asked for when the one before was answered */
    function next() {
        if (!work) { return; }
        if (!app.element(own.PAGE)) { work = null; return; }
        tell();
        if (work.left.length) {
            app.set(own.BULK, { data: { ...work.given, action: work.action, id: work.left[0], at: Date.now() } });
        } else {
            app.set(own.CHANGED, { data: "bulk " + Date.now() });
        }
    }

    function begin(action, wanted, given) {
        if (!wanted.length || (work && work.left.length)) { return; }
        work = { action: action, given: given || {}, left: wanted, total: wanted.length, done: 0, failed: [], now: "", stopped: false };
        next();
    }

    function tell() {
        const place = app.element(own.BULK_PROGRESS);
        if (!place) { return; }
        place.hidden = !work;
        place.replaceChildren();
        if (!work) { return; }
        const going = work.left.length > 0, line = document.createElement("div"), button = document.createElement("button");
        const strong = document.createElement("strong"), rest = document.createElement("span");
        strong.textContent = going ? words[work.action][0] + " …" : work.done + " of " + work.total + " " + words[work.action][1];
        rest.textContent = (going ? work.done + work.failed.length + " of " + work.total : "")
            + (work.failed.length ? (going ? " · " : "") + work.failed.length + " failed" : "")
            + (going && work.now ? " · last: " + work.now : "");
        button.type = "button";
        button.className = "btn btn-outline-secondary btn-sm";
        button.dataset.bulk = "stop";
        button.textContent = going ? "Stop" : "Close";
        line.append(strong, rest, button);
        place.append(line);
        if (!work.failed.length) { return; }
        const list = document.createElement("ul");
        work.failed.slice(0, MOST_NAMED).concat(
            work.failed.length > MOST_NAMED ? ["and " + (work.failed.length - MOST_NAMED) + " more"] : [],
        ).forEach(function (text) { list.appendChild(document.createElement("li")).textContent = text; });
        place.append(list);
    }

    function press(button) {
        const action = button.dataset.bulk, wanted = listed(button, "ids");
        const given = wanted.length ? wanted : choice().all();
        if (action === "stop") {
            if (work && work.left.length) {
                // the one that was asked for is still answered
                work.stopped = true;
                work.total -= work.left.length - 1;
                work.left = work.left.slice(0, 1);
                tell();
            } else { work = null; tell(); }
        } else if (action === "delete") {
            app.set(own.BULK_ASKED, { data: { ids: given, at: Date.now() } });
        } else if (action === "notify") {
            app.set(own.BULK_NOTIFY_ASKED, { data: { ids: given, at: Date.now() } });
        } else if (action) {
            begin(action, given);
        }
        if (["delete", "notify", "stop"].includes(action)) { choice().paint(); } else { choice().clear(); }
    }

    // before the page's own listener: a press on a box opens no schedule
    document.addEventListener("click", function (event) {
        const target = /** @type {HTMLElement} */ (event.target);
        const cell = /** @type {HTMLElement | null} */ (target.closest(".pick"));
        const box = /** @type {HTMLElement | null} */ (cell && cell.querySelector("[data-pick], [data-pick-all]"));
        const button = /** @type {HTMLElement | null} */ (target.closest("[data-bulk]"));
        if (box) {
            event.stopPropagation();
            choice().toggle(box.dataset.pick);
        } else if (button) { press(button); }
    }, true);

    window.dash_clientside = Object.assign({}, window.dash_clientside, {
        schedules_bulk: {
            confirmed: function (clicks, asked) {
                if (!clicks || !asked) { return window.dash_clientside.no_update; }
                choice().clear();
                begin("delete", asked.ids);
                return false;
            },
            notified: function (checked) {
                if (!checked) { return window.dash_clientside.no_update; }
                choice().clear();
                begin("notify", checked.ids, { notify: checked.notify });
                return false;
            },
            done: function (answer) {
                // an answer to what was stopped meanwhile counts for nothing
                if (!answer || !work || String(answer.id) !== work.left[0]) { return; }
                work.now = answer.name;
                if (answer.busy && !work.stopped) { setTimeout(next, AGAIN_MS); return; }
                work.left.shift();
                if (answer.busy) { work.total -= 1; }
                else if (answer.error) { work.failed.push(answer.name + ": " + answer.error); }
                else { work.done += 1; }
                // the list shows each as it begins
                app.set(own.CHANGED, { data: "bulk " + Date.now() });
                next();
            },
        },
    });
})();
