/* The assistant's panel: sends a conversation, reads the event stream, paints it once a frame, and stops it.
   Owns: the turn that is answered now; it goes on while another page is shown.
   Ids: ide.CHAT_* of the panel.
   Offers: `ide.chat`, and dash_clientside.chat.
   Needs: app.js, ids.js, chat_links.js and Dash, when something is asked. */

/**
 * A message of the conversation, as the Store keeps it.
 * @typedef {{ role: string, content: string, lookups?: string, verdicts?: string, failure?: string, usage?: string,
 *             mode?: string, result?: string }} Message mode, result: with which an answer that failed was asked for
 */

(function () {
    "use strict";
    const ide = window.ide = window.ide || /** @type {Ide} */ ({});
    const own = ids.ide;
    let turn = null, ended = null;

    function here() { return Boolean(app.element(own.CHAT_STREAM_BOX)); }
    function set(id, properties) { if (here()) { app.set(id, properties); } }

    function scroll() {
        const box = document.querySelector(".chat-scroll");
        // stay at the end unless the reader has scrolled up
        if (box && box.scrollHeight - box.scrollTop - box.clientHeight < 160) { box.scrollTop = box.scrollHeight; }
    }

    function running(state) {
        set(own.CHAT_SEND, { hidden: state });
        set(own.CHAT_STOP, { hidden: !state });
        set(own.CHAT_STREAM_BOX, state ? { hidden: false, "data-streaming": "true" } : { "data-streaming": "false" });
    }

    /* The server's rendering of the conversation has come: it takes the place of what stood in for it. */
    function rendered() {
        set(own.CHAT_QUESTION, { children: "" });
        if (turn) { running(true); paint(); return; }
        if (ended) { store(ended); return; }
        set(own.CHAT_STREAM_BOX, { hidden: true });
        empty();
    }
    function empty() {
        [own.CHAT_STREAM, own.CHAT_STREAM_LOOKUPS, own.CHAT_STREAM_FAILURE].forEach(function (id) { set(id, { children: "" }); });
    }
    function store(messages) {
        ended = here() ? null : messages;
        set(own.CHAT_MESSAGES, { data: messages });
    }

    function paint() {
        if (!turn || turn.painting) { return; }
        turn.painting = true;
        const mine = turn;
        requestAnimationFrame(function () {
            mine.painting = false;
            if (turn !== mine) { return; }
            set(own.CHAT_STREAM, { children: ide.chatLinks.withoutImages(mine.text) });
            set(own.CHAT_STREAM_LOOKUPS, { children: mine.lookups.join("\n") });
            requestAnimationFrame(scroll);
        });
    }

    function finish(mine) {
        if (turn !== mine) { return; }
        turn = null;
        const answer = { role: "assistant", content: mine.text };
        if (mine.lookups.length) { answer.lookups = mine.lookups.join("\n"); }
        if (mine.verdicts.length) { answer.verdicts = JSON.stringify(mine.verdicts); }
        if (mine.failure) { Object.assign(answer, { failure: mine.failure, mode: mine.mode, result: mine.result }); }
        if (mine.usage) { answer.usage = mine.usage; }
        running(false);
        set(own.CHAT_STREAM, { children: ide.chatLinks.withoutImages(mine.text) });
        set(own.CHAT_STREAM_LOOKUPS, { children: mine.lookups.join("\n") });
        set(own.CHAT_STREAM_FAILURE, { children: mine.failure });
        store(mine.messages.concat([answer]));
        setTimeout(scroll, 60);
    }

    function take(mine, event) {
        if (event.type === "text") { mine.text += event.text; }
        else if (event.type === "lookup") { mine.lookups.push(event.text); }
        else if (event.type === "verdict") { mine.verdicts.push({ sql: event.sql, ok: event.ok, text: event.text }); }
        else if (event.type === "revision") { mine.lookups.push("Its first query would not have run: it wrote another."); mine.text = ""; }
        else if (event.type === "failure") { mine.failure = [event.title + ".", event.message, event.hint].join(" ").trim(); }
        else if (event.type === "usage") {
            mine.usage = Math.ceil(100 * event.tokens / event.most_tokens) + " % of what one answer may use";
        }
        else if (event.type === "end") { mine.ended = true; }
        paint();
    }

    /**
     * The events of a stream's text, and what is left of it: the beginning of the next one. Comments are left out.
     * @param {string} text
     * @returns {{ events: any[], rest: string }}
     */
    function events(text) {
        const frames = text.split("\n\n"), rest = frames.pop();
        const whole = frames.filter(function (frame) { return frame.startsWith("data: "); });
        return { events: whole.map(function (frame) { return JSON.parse(frame.slice("data: ".length)); }), rest: rest };
    }

    /**
     * @param {Message[]} messages
     * @param {string} mode query or results
     * @param {string} provider
     * @param {string} [result] the query's id whose first rows go with a question about results; "" for none
     */
    async function ask(messages, mode, provider, result) {
        const mine = { messages: messages, mode: mode, result: result, text: "", lookups: [], verdicts: [], failure: "", usage: "", ended: false, abort: new AbortController() };
        turn = mine;
        empty();
        set(own.CHAT_QUESTION, { children: messages[messages.length - 1].content });
        running(true);
        setTimeout(scroll, 30);
        try {
            const response = await app.send("POST", ids.routes.CHAT, {
                messages: messages.map(function (m) { return { role: m.role, content: m.content }; }),
                mode: mode, provider: provider === ids.values.ALL_PROVIDERS ? "" : provider || "", result: result,
                source: (ide.tabs.active() || { source: ids.values.LIVE }).source,
            }, { signal: mine.abort.signal });
            const reader = response.body.getReader();
            const decoder = new TextDecoder();
            let rest = "";
            for (;;) {
                const chunk = await reader.read();
                if (chunk.done) { break; }
                const found = events(rest + decoder.decode(chunk.value, { stream: true }));
                rest = found.rest;
                found.events.forEach(function (event) { take(mine, event); });
            }
            if (!mine.ended && !mine.failure) { mine.failure = "The answer was cut. Ask again."; }
        } catch (error) {
            if (error.name === "AbortError") { mine.failure = "You stopped the answer."; }
            else { mine.failure = error.title ? app.words(error) : "The connection to the app was lost. Ask again."; }
        }
        finish(mine);
    }

    document.addEventListener("keydown", function (event) {
        if (event.target.id === own.CHAT_INPUT && event.key === "Enter" && !event.shiftKey && !event.isComposing) {
            event.preventDefault();
            const button = app.element(own.CHAT_SEND);
            if (button && !button.hidden) { button.click(); }
        }
    });

    window.dash_clientside = Object.assign({}, window.dash_clientside, {
        chat: {
            /* a click on Send, or a prompt that another part of the page left in the store */
            send: function (clicks, pending, text, messages, mode, provider, shown) {
                const none = window.dash_clientside.no_update;
                const asked = app.pressed() === own.CHAT_SEND ? (text || "").trim() : pending && pending.text;
                if (asked && turn) { app.toast("The assistant is still answering: stop it first, or wait."); }
                if (!asked || turn) { return [none, none, none, none]; }
                const next = (messages || []).concat([{ role: "user", content: asked }]);
                const chosen = pending && pending.text === asked && pending.mode ? pending.mode : mode;
                // after Dash has taken these outputs, so that the answer comes after the question
                const written = Boolean(pending && pending.text === asked);
                // a prompt that a button wrote has the rows in it
                const result = written ? undefined : (shown && shown.id) || "";
                setTimeout(function () { ask(next, chosen, provider, result); }, 0);
                return [next, written ? none : "", null, chosen];
            },
            /* the last question once more, without the answer that failed */
            retry: function (clicks, messages, provider) {
                const failed = messages && messages[messages.length - 1];
                if (!app.pressed() || turn || !failed || !failed.failure) { return window.dash_clientside.no_update; }
                const asked = messages.slice(0, -1);
                setTimeout(function () { ask(asked, failed.mode, provider, failed.result); }, 0);
                return asked;
            },
            rendered: function () { rendered(); return window.dash_clientside.no_update; },
            stop: function (clicks) {
                if (clicks && turn) { turn.abort.abort(); }
                return window.dash_clientside.no_update;
            },
            clear: function (clicks) {
                if (!clicks) { return window.dash_clientside.no_update; }
                if (turn) { turn.abort.abort(); turn = null; running(false); }
                ended = null;
                set(own.CHAT_STREAM_BOX, { hidden: true });
                return [];
            },
        },
    });

    ide.chat = { events };
})();
