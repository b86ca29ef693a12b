/* Says when the app does not answer (it restarts, the connection or the session has ended); Dash tells only the console.
   Owns: the notice `.connection-lost`, and window.fetch, which it wraps.
   Ids: none.
   Offers: the event `inventory:back` for whoever waits for an answer that is lost.
   Needs: ids.js, when a request has failed. */
(function () {
    "use strict";
    const AGAIN_MS = 1000, GATEWAY = [502, 503, 504];
    const plain = window.fetch;
    let box = null, looking = false;

    function lost(response) {
        return GATEWAY.includes(response.status) && !(response.headers.get("Content-Type") || "").includes("json");
    }

    function say() {
        if (!box) {
            box = document.createElement("div");
            box.className = "connection-lost";
            box.setAttribute("role", "alert");
            // over open dialogs as well
            box.popover = "manual";
            document.body.appendChild(box);
            const strong = document.createElement("strong");
            strong.textContent = "The app does not answer. ";
            box.append(strong, "It may be restarting, or you are signed out. Trying again: keep this page open.");
        }
        if (box.matches(":popover-open")) { box.hidePopover(); }
        box.showPopover();
    }

    /* One failed request may be one that the browser gave up: the app is asked before anything is said. */
    function look() {
        looking = true;
        plain(ids.routes.HEALTH, { cache: "no-store", redirect: "error" }).then(function (response) {
            if (!response.ok) { throw new Error("away"); }
            looking = false;
            if (!box || !box.matches(":popover-open")) { return; }
            box.hidePopover();
            document.dispatchEvent(new CustomEvent("inventory:back"));
        }).catch(function () {
            say();
            setTimeout(look, AGAIN_MS);
        });
    }

    window.fetch = function (resource, options) {
        return plain(resource, options).then(function (response) {
            if (lost(response) && !looking) { look(); }
            return response;
        }, function (error) {
            if (error.name !== "AbortError" && !looking) { look(); }
            throw error;
        });
    };
})();
