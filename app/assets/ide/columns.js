/* The columns of the IDE, and the editor's height: dragged, moved with the arrow keys, collapsed, and remembered.
   Owns: their sizes, kept in this browser, and which pane of the drawer is shown.
   Ids: ide.PAGE, DRAWER_TOGGLE, CHAT_TOGGLE, DRAWER_TABS, drawer_tab.
   Offers: `ide.columns`.
   Needs: app.js and ids.js, when the page is there; `ide.editor` to fit it. */

/**
 * @typedef {object} IdeColumns
 * @property {() => void} uncover close both columns where they lie over the editor, on a small screen
 * @property {() => void} openChat
 */

(function () {
    "use strict";
    const ide = window.ide = window.ide || /** @type {Ide} */ ({});
    const own = ids.ide;
    const KEY = "ide-columns";
    const LIMITS = { drawer: [170, 480], chat: [260, 720], editor: [110, 900] };
    // the editor has the room until somebody asks for the assistant
    let state = { drawer: 252, chat: 330, editor: 280, drawerOpen: true, chatOpen: false };
    try { state = Object.assign(state, JSON.parse(localStorage.getItem(KEY) || "{}")); } catch { /* the defaults */ }

    function narrow() { return matchMedia("(max-width: 800px)").matches; }
    function keep() { try { localStorage.setItem(KEY, JSON.stringify(state)); } catch { /* not kept */ } }

    function apply() {
        const page = app.element(own.PAGE);
        if (!page) { return; }
        page.style.setProperty("--ide-drawer", state.drawer + "px");
        page.style.setProperty("--ide-chat", state.chat + "px");
        page.style.setProperty("--ide-editor", state.editor + "px");
        page.dataset.drawer = state.drawerOpen ? "open" : "closed";
        page.dataset.chat = state.chatOpen ? "open" : "closed";
        expanded(own.DRAWER_TOGGLE, state.drawerOpen);
        expanded(own.CHAT_TOGGLE, state.chatOpen);
        page.querySelectorAll("[data-resize]").forEach(function (handle) {
            const name = handle.dataset.resize;
            handle.setAttribute("aria-valuenow", state[name]);
            handle.setAttribute("aria-valuemin", LIMITS[name][0]);
            handle.setAttribute("aria-valuemax", LIMITS[name][1]);
        });
        if (ide.editor) { ide.editor.resize(); }
    }

    function expanded(id, open) {
        const button = app.element(id);
        if (button) { button.setAttribute("aria-expanded", String(open)); }
    }

    function resize(name, size) {
        let most = LIMITS[name][1];
        const page = app.element(own.PAGE);
        // the results keep some room, and so does the column in the middle
        if (name === "editor") { most = Math.min(most, page.clientHeight - 220); }
        else { most = Math.min(most, page.clientWidth - 480); }
        state[name] = Math.round(Math.max(LIMITS[name][0], Math.min(most, size)));
        apply();
    }

    document.addEventListener("pointerdown", function (event) {
        const handle = event.target.closest && event.target.closest("[data-resize]");
        if (!handle) { return; }
        event.preventDefault();
        const name = handle.dataset.resize, from = state[name], x = event.clientX, y = event.clientY;
        function move(now) {
            const by = name === "editor" ? now.clientY - y : name === "drawer" ? now.clientX - x : x - now.clientX;
            resize(name, from + by);
        }
        function up() {
            removeEventListener("pointermove", move);
            removeEventListener("pointerup", up);
            document.body.classList.remove("ide-resizing");
            keep();
        }
        document.body.classList.add("ide-resizing");
        addEventListener("pointermove", move);
        addEventListener("pointerup", up);
    });
    document.addEventListener("keydown", function (event) {
        const handle = event.target.closest && event.target.closest("[data-resize]");
        if (!handle) { return; }
        const name = handle.dataset.resize;
        const grow = name === "editor" ? "ArrowDown" : name === "drawer" ? "ArrowRight" : "ArrowLeft";
        const shrink = name === "editor" ? "ArrowUp" : name === "drawer" ? "ArrowLeft" : "ArrowRight";
        if (event.key === grow || event.key === shrink) {
            event.preventDefault();
            resize(name, state[name] + (event.key === grow ? 16 : -16));
            keep();
        }
    });
    function toggle(name) { state[name] = !state[name]; apply(); keep(); }
    document.addEventListener("click", function (event) {
        if (app.within(event, own.DRAWER_TOGGLE)) { toggle("drawerOpen"); }
        if (app.within(event, own.CHAT_TOGGLE)) { toggle("chatOpen"); }
    });
    addEventListener("resize", apply);

    /* The drawer's panes. */
    function showPane(tab) {
        document.querySelectorAll(".drawer-tab").forEach(function (/** @type {HTMLElement} */ one) {
            const chosen = one === tab;
            one.setAttribute("aria-selected", String(chosen));
            one.tabIndex = chosen ? 0 : -1;
            app.element(one.getAttribute("aria-controls")).hidden = !chosen;
        });
        app.set(own.DRAWER_TABS, { data: tab.dataset.pane });
    }
    document.addEventListener("click", function (event) {
        if (!event.target.closest) { return; }
        const tab = event.target.closest(".drawer-tab"), opener = event.target.closest("[data-opens-pane]");
        if (tab) { showPane(tab); }
        if (opener) {
            if (!state.drawerOpen) { toggle("drawerOpen"); }
            showPane(app.element(own.drawer_tab(opener.dataset.opensPane)));
        }
    });
    new MutationObserver(function () {
        const page = app.element(own.PAGE);
        if (page && !page.dataset.laidOut) {
            page.dataset.laidOut = "true";
            // on a small screen both columns lie over the editor: they start closed
            if (narrow()) { state.drawerOpen = state.chatOpen = false; }
            apply();
        }
    }).observe(document.documentElement, { childList: true, subtree: true });

    ide.columns = {
        uncover: function () {
            if (narrow()) { ["drawerOpen", "chatOpen"].filter(function (name) { return state[name]; }).forEach(toggle); }
        },
        openChat: function () { if (!state.chatOpen) { toggle("chatOpen"); } },
    };
})();
