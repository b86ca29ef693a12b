/* What every script may use: asking our routes, telling and asking Dash, elements, notices, going to another page.
   Owns: the one fetch that reads our errors, and the notices at the bottom of the page.
   Ids: shell.CONTENT.
   Offers: `app`; each function says below what it does.
   Needs: nothing while it loads; ids.js and Dash when it is called. */

/**
 * What went wrong, in words that can be shown.
 * @typedef {object} AppError
 * @property {string} code the word that the server promises ("not_found"); empty where the app did not answer in its
 *     own words (a gateway did, or the connection failed), so that asking again may help
 * @property {string} title
 * @property {string} message
 * @property {string} hint what to do
 * @property {string} details
 * @property {string} [field] the parameter or control that is wrong
 * @property {number} [line] of the statement, from 1
 */

/**
 * A component's id: a text, or a dictionary as pattern-matching callbacks have it.
 * @typedef {string | Record<string, string | number>} Id
 */

const app = (function () {
    "use strict";
    const SHORT_MS = 3500, LONG_MS = 8000;
    // what a browser sends for a page that is gone has to be smaller than this
    const LARGEST_FAREWELL = 60000;
    let notices = null;

    /**
     * Ask a route: the answer where the app says yes; else throws an AppError, or the AbortError of `options.signal`.
     * @param {string} method
     * @param {string} address
     * @param {unknown} [body] sent as JSON
     * @param {RequestInit} [options]
     * @returns {Promise<Response>}
     */
    async function send(method, address, body, options) {
        const headers = { Accept: "application/json", ...(body === undefined ? {} : { "Content-Type": "application/json" }) };
        let response;
        try {
            response = await fetch(address, { method, headers, body: JSON.stringify(body), ...options });
        } catch (error) {
            if (error.name === "AbortError") { throw error; }
            throw failure({ title: "The app does not answer", message: "Check the connection.", details: String(error) });
        }
        if (response.ok) { return response; }
        const answer = await json(response);
        throw failure(answer.error || { title: "The app refused", message: "It said " + response.status + "." });
    }

    /** @returns {Promise<any>} */
    async function json(response) {
        try { return await response.json(); } catch (error) {
            if (error.name === "AbortError") { throw error; }
            throw failure({
                title: "The app does not answer as expected", message: "It said " + response.status + ".", hint: "Try again in a moment.",
            });
        }
    }

    /** @returns {AppError} */
    function failure(found) {
        return { code: "", title: "", message: "", hint: "", details: "", ...found };
    }

    /**
     * What a route answers to GET; throws an AppError.
     * @param {string} address
     * @param {Record<string, string>} [query] the address's arguments
     * @returns {Promise<any>}
     */
    async function get(address, query) {
        return json(await send("GET", query ? address + "?" + new URLSearchParams(query) : address));
    }

    /**
     * What a route answers to a JSON body; throws an AppError.
     * @param {string} address
     * @param {unknown} [body]
     * @param {RequestInit} [options]
     * @returns {Promise<any>}
     */
    async function post(address, body, options) { return json(await send("POST", address, body || {}, options)); }

    /**
     * Send a last word while the page goes away. Nobody hears of its failure, and what is too large is not sent.
     * @param {string} address
     * @param {unknown} body
     */
    function farewell(address, body) {
        if (JSON.stringify(body).length > LARGEST_FAREWELL) { return; }
        send("POST", address, body, { keepalive: true }).catch(function () { /* nobody is left to hear of it */ });
    }

    /**
     * Give a Dash component new properties, as if the page had done it: its callbacks run.
     * @param {Id} id
     * @param {Record<string, unknown>} properties
     */
    function set(id, properties) { window.dash_clientside.set_props(id, properties); }

    /**
     * The id of the button that was pressed; null where nobody pressed any. For the function of a client-side callback,
     * before it waits for anything: Dash also calls it for buttons that only appear, and for both at once.
     * @returns {Id | null}
     */
    function pressed() {
        const found = window.dash_clientside.callback_context.triggered.find(function (one) {
            return one.value && one.prop_id.endsWith(".n_clicks");
        });
        if (!found) { return null; }
        const id = found.prop_id.slice(0, found.prop_id.lastIndexOf("."));
        return id.startsWith("{") ? JSON.parse(id) : id;
    }

    /**
     * The element of a component; null where it is not on the page.
     * @param {Id} id
     * @returns {HTMLElement | null}
     */
    function element(id) {
        // Dash writes a dictionary into the page with its keys in order
        return document.getElementById(typeof id === "string" ? id : JSON.stringify(id, Object.keys(id).sort()));
    }

    /**
     * The element with this id that an event happened in; null elsewhere. Also where it has left the page since.
     * @param {Event} event
     * @param {string} id
     * @returns {HTMLElement | null}
     */
    function within(event, id) {
        return event.target instanceof Element ? event.target.closest("#" + CSS.escape(id)) : null;
    }

    /**
     * A notice that goes away by itself.
     * @param {string} text
     * @param {{ text: string, press: () => void }} [button]
     */
    function toast(text, button) { notice(text, button, ""); }

    /**
     * Say what went wrong. Anything but an AppError is a defect of a script, or the browser's refusal: it is reported
     * to the console as well.
     * @param {AppError | Error} error
     */
    function toastError(error) {
        if (!("title" in error)) { reportError(error); }
        notice(words(error), undefined, "danger");
    }

    function notice(text, button, tone) {
        if (!notices) {
            notices = document.createElement("div");
            notices.className = "ide-toasts";
            notices.setAttribute("role", "status");
            notices.setAttribute("aria-live", "polite");
            document.body.append(notices);
        }
        const item = document.createElement("div");
        item.className = ("ide-toast " + tone).trim();
        item.append(text);
        if (button) {
            const control = document.createElement("button");
            control.type = "button";
            control.className = "btn btn-link btn-sm";
            control.textContent = button.text;
            control.addEventListener("click", function () { item.remove(); button.press(); });
            item.append(control);
        }
        notices.append(item);
        setTimeout(function () { item.remove(); }, tone || button ? LONG_MS : SHORT_MS);
    }

    /**
     * An error in one line: "Title. Message. Hint."
     * @param {AppError | Error} error
     * @returns {string}
     */
    function words(error) {
        const shown = "title" in error ? error : failure({ title: "This did not work", message: error.message });
        return [shown.title + ".", shown.message, shown.hint].filter(Boolean).join(" ");
    }

    /**
     * Show another page without loading the app anew.
     * @param {string} address
     */
    function visit(address) {
        window.history.pushState({}, "", address);
        window.dispatchEvent(new CustomEvent("_dashprivate_pushstate", { detail: address }));
        const content = element(ids.shell.CONTENT);
        if (content) { content.scrollTop = 0; }
    }

    return { send, get, post, farewell, set, pressed, element, within, toast, toastError, words, visit };
})();
