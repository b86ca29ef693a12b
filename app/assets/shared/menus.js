/* Menus (layouts/components/menu.py): a button, and the list of actions that it opens. A list is a popover: Escape, a press
   elsewhere and a chosen entry close it, and no box cuts it. What is drawn anew while it is open is opened again.
   Owns: .menu, .menu-button, .menu-list; a menu is known by the label of its button.
   Ids: none.
   Offers: nothing.
   Needs: nothing. */
(function () {
    "use strict";
    const GAP = 4, EDGE = 8;
    let open = null;        // {label, list, index, top}: index of the entry that has the focus; top: where its button stood
    let pressed = null;     // the list that a press on its button has just closed

    function entries(list) { return Array.from(list.querySelectorAll(".menu-entry:not(:disabled)")).filter(function (one) { return !one.closest("[hidden]"); }); }

    function listOf(entry) { return entry.closest(".menu-list, .cell-menu"); }

    function place(button, list) {
        const at = button.getBoundingClientRect(), box = list.getBoundingClientRect();
        const below = at.bottom + GAP, above = at.top - box.height - GAP;
        list.style.left = Math.max(EDGE, Math.min(at.right - box.width, innerWidth - box.width - EDGE)) + "px";
        // a long list on a low window covers its button
        const lowest = Math.max(EDGE, Math.min(below, innerHeight - box.height - EDGE));
        list.style.top = (below + box.height > innerHeight && above > EDGE ? above : lowest) + "px";
    }

    function show(button, index) {
        const list = button.nextElementSibling;
        list.popover = "auto";
        list.showPopover();
        place(button, list);
        button.setAttribute("aria-expanded", "true");
        open = { label: button.getAttribute("aria-label"), list: list, index: index || 0, top: topOf(list) };
        redrawn.observe(document.body, { childList: true, subtree: true });
        const entry = entries(list)[open.index];
        if (entry) { entry.focus({ preventScroll: true }); }
    }
    document.addEventListener("focusin", function (event) {
        if (open && open.list.contains(event.target)) { open.index = entries(open.list).indexOf(event.target); }
    });

    const redrawn = new MutationObserver(function () {
        if (!open || open.list.isConnected) { return; }
        const again = document.querySelector('.menu-button[aria-label="' + CSS.escape(open.label) + '"]');
        const index = open.index;
        open = null;
        redrawn.disconnect();
        if (again) { show(again, index); }
    });

    document.addEventListener("toggle", function (event) {
        const list = event.target;
        if (event.newState !== "closed" || !list.classList || !list.classList.contains("menu-list")) { return; }
        list.previousElementSibling.setAttribute("aria-expanded", "false");
        if (open && open.list === list) { open = null; redrawn.disconnect(); }
    }, true);

    document.addEventListener("pointerdown", function (event) {
        const button = event.target.closest && event.target.closest(".menu-button");
        const list = button && button.nextElementSibling;
        pressed = list && list.matches(":popover-open") ? list : null;
    }, true);

    document.addEventListener("click", function (event) {
        if (!event.target.closest) { return; }
        const button = event.target.closest(".menu-button"), entry = event.target.closest(".menu-entry");
        if (button) {
            const list = button.nextElementSibling;
            if (list.matches(":popover-open")) { list.hidePopover(); }
            else if (list !== pressed) { show(button); }
            pressed = null;
        } else if (entry && listOf(entry).matches(":popover-open")) { listOf(entry).hidePopover(); }
    });

    // Escape closes the menu, and nothing behind it
    document.addEventListener("keydown", function (event) {
        if (event.key === "Escape" && open) { event.stopPropagation(); }
    }, true);
    document.addEventListener("keydown", function (event) {
        const entry = event.target.closest && event.target.closest(".menu-entry");
        const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        if (!entry || !step) { return; }
        event.preventDefault();
        const all = entries(listOf(entry));
        all[(all.indexOf(entry) + step + all.length) % all.length].focus();
    });

    function topOf(list) { return list.previousElementSibling.getBoundingClientRect().top; }

    // a list stays where it opened: what scrolls away under it closes it, and the end of a scroll before does not
    document.addEventListener("scroll", function (event) {
        if (!open || event.target === open.list || !open.list.matches(":popover-open")) { return; }
        if (Math.abs(topOf(open.list) - open.top) > 1) { open.list.hidePopover(); }
    }, true);
})();
