/* The assistant's panel: sends a conversation, reads the event stream, paints it once a frame, and stops it. */
(function () {
    "use strict";
    const IDS = {
        messages: "ide_chat_messages", stream: "ide_chat_stream", box: "ide_chat_stream_box",
        lookups: "ide_chat_stream_lookups", question: "ide_chat_question", failure: "ide_chat_stream_failure", send: "ide_chat_send", stop: "ide_chat_stop", input: "ide_chat_input",
    };
    let turn = null, ended = null;

    // a turn goes on while another page is shown
    function here() { return Boolean(document.getElementById(IDS.box)); }
    function set(id, properties) { if (here()) { window.dash_clientside.set_props(id, properties); } }

    function scroll() {
        const box = document.querySelector(".chat-scroll");
        // stay at the end unless the reader has scrolled up
        if (box && box.scrollHeight - box.scrollTop - box.clientHeight < 160) { box.scrollTop = box.scrollHeight; }
    }

    function running(state) {
        set(IDS.send, { hidden: state });
        set(IDS.stop, { hidden: !state });
        set(IDS.box, state ? { hidden: false, "data-streaming": "true" } : { "data-streaming": "false" });
    }

    /* The server's rendering of the conversation has come: it takes the place of what stood in for it. */
    function rendered() {
        set(IDS.question, { children: "" });
        if (turn) { running(true); paint(); return; }
        if (ended) { store(ended); return; }
        set(IDS.box, { hidden: true });
        [IDS.stream, IDS.lookups, IDS.failure].forEach(function (id) { set(id, { children: "" }); });
    }
    function store(messages) {
        ended = here() ? null : messages;
        set(IDS.messages, { data: messages });
    }

    function paint() {
        if (!turn || turn.painting) { return; }
        turn.painting = true;
        const mine = turn;
        requestAnimationFrame(function () {
            mine.painting = false;
            if (turn !== mine) { return; }
            set(IDS.stream, { children: mine.text });
            set(IDS.lookups, { children: mine.lookups.join("\n") });
            requestAnimationFrame(scroll);
        });
    }

    function finish(mine) {
        if (turn !== mine) { return; }
        turn = null;
        const answer = { role: "assistant", content: mine.text };
        if (mine.lookups.length) { answer.lookups = mine.lookups.join("\n"); }
        if (mine.verdicts.length) { answer.verdicts = JSON.stringify(mine.verdicts); }
        if (mine.failure) { answer.failure = mine.failure; }
        if (mine.usage) { answer.usage = mine.usage; }
        running(false);
        set(IDS.stream, { children: mine.text });
        set(IDS.lookups, { children: mine.lookups.join("\n") });
        set(IDS.failure, { children: mine.failure });
        store(mine.messages.concat([answer]));
        setTimeout(scroll, 60);
    }

    function take(mine, event) {
        if (event.type === "text") { mine.text += event.text; }
        else if (event.type === "lookup") { mine.lookups.push(event.text); }
        else if (event.type === "verdict") { mine.verdicts.push({ sql: event.sql, ok: event.ok, text: event.text }); }
        else if (event.type === "revision") { mine.lookups.push("corrected after the check: " + event.reason); mine.text = ""; }
        else if (event.type === "failure") { mine.failure = [event.title + ".", event.message, event.hint].join(" ").trim(); }
        else if (event.type === "usage") {
            mine.usage = Math.ceil(100 * event.tokens / event.most_tokens) + " % of what one answer may use";
        }
        else if (event.type === "end") { mine.ended = true; }
        paint();
    }

    async function ask(messages, mode, provider) {
        const mine = { messages: messages, text: "", lookups: [], verdicts: [], failure: "", usage: "", ended: false, abort: new AbortController() };
        turn = mine;
        [IDS.stream, IDS.lookups, IDS.failure].forEach(function (id) { set(id, { children: "" }); });
        set(IDS.question, { children: messages[messages.length - 1].content });
        running(true);
        setTimeout(scroll, 30);
        try {
            const response = await fetch("/ide/chat", {
                method: "POST",
                headers: { "Content-Type": "application/json" },
                body: JSON.stringify({
                    messages: messages.map(function (m) { return { role: m.role, content: m.content }; }),
                    mode: mode, provider: provider || "",
                }),
                signal: mine.abort.signal,
            });
            if (!response.ok) {
                const answer = await response.json().catch(function () { return {}; });
                const words = answer.error || { title: "The assistant failed", message: "", hint: "" };
                mine.failure = [words.title + ".", words.message, words.hint].join(" ").trim();
                return finish(mine);
            }
            const reader = response.body.getReader();
            const decoder = new TextDecoder();
            let rest = "";
            for (;;) {
                const chunk = await reader.read();
                if (chunk.done) { break; }
                rest += decoder.decode(chunk.value, { stream: true });
                const frames = rest.split("\n\n");
                rest = frames.pop();
                frames.forEach(function (frame) {
                    if (frame.startsWith("data: ")) { take(mine, JSON.parse(frame.slice(6))); }
                });
            }
            if (!mine.ended && !mine.failure) { mine.failure = "The answer was cut. Ask again."; }
        } catch (error) {
            mine.failure = error.name === "AbortError" ? "You stopped the answer." : "The connection to the app was lost. Ask again.";
        }
        finish(mine);
    }

    document.addEventListener("keydown", function (event) {
        if (event.target.id === IDS.input && event.key === "Enter" && !event.shiftKey && !event.isComposing) {
            event.preventDefault();
            const button = document.getElementById(IDS.send);
            if (button && !button.hidden) { button.click(); }
        }
    });

    window.dash_clientside = Object.assign({}, window.dash_clientside, {
        chat: {
            /* a click on Send, or a prompt that another part of the page left in the store */
            send: function (clicks, pending, text, messages, mode, provider) {
                const none = window.dash_clientside.no_update;
                const asked = window.dash_clientside.callback_context.triggered_id === IDS.send ? (text || "").trim() : pending && pending.text;
                if (asked && turn) { window.ide.toast("The assistant is still answering: stop it first, or wait."); }
                if (!asked || turn) { return [none, none, none, none]; }
                const next = (messages || []).concat([{ role: "user", content: asked }]);
                const chosen = pending && pending.text === asked && pending.mode ? pending.mode : mode;
                // after Dash has taken these outputs, so that the answer comes after the question
                setTimeout(function () { ask(next, chosen, provider); }, 0);
                return [next, pending && pending.text === asked ? none : "", null, chosen];
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
                set(IDS.box, { hidden: true });
                return [];
            },
        },
    });
})();
