/* What the assistant's Markdown may do: no image is asked for, and a link says which host it leads to. A cell can talk the
   model into either, with data in the address.
   Owns: the marks of links in the panel's bubbles.
   Ids: none.
   Offers: `ide.chatLinks`.
   Needs: nothing. */

(function () {
    "use strict";
    const ide = window.ide = window.ide || /** @type {Ide} */ ({});

    /**
     * The Markdown with an image's source in the place of each image: `![a](b)` is `!\[a](b)`. As `layouts/ide/chat.py`
     * writes it once the answer has ended.
     * @param {string} text
     * @returns {string}
     */
    function withoutImages(text) { return text.replaceAll("![", "!\\["); }

    /** @param {HTMLAnchorElement} link */
    function mark(link) {
        const host = link.host === location.host ? "" : link.host;
        if (link.rel !== "noopener noreferrer nofollow") { link.rel = "noopener noreferrer nofollow"; }
        // shown behind the link, by chat.css
        if (link.dataset.host !== host) { link.dataset.host = host; }
    }

    new MutationObserver(function () {
        /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll(".chat-bubble a[href]")).forEach(mark);
    }).observe(document.documentElement, { childList: true, subtree: true, attributeFilter: ["href"] });

    ide.chatLinks = { withoutImages };
})();
