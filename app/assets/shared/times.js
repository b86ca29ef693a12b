/* Keeps "4 min ago" true while a page stays open, in the words of layouts/components/feedback.py: a test compares.
   Owns: the text of `time.relative-time`.
   Ids: none.
   Offers: `times.words`.
   Needs: nothing. */
(function () {
    "use strict";
    const AGAIN_MS = 20000;

    /**
     * "just now", "4 min ago", "in 3 h", "2 d ago".
     * @param {number} seconds since then; below zero for a time to come
     */
    function words(seconds) {
        const ahead = seconds < 0, distance = Math.abs(seconds);
        if (distance < 45) { return ahead ? "in a moment" : "just now"; }
        let unit = "min", size = 60;
        if (distance >= 172800) { unit = "d"; size = 86400; }
        else if (distance >= 3600) { unit = "h"; size = 3600; }
        const count = Math.max(1, Math.round(distance / size));
        return ahead ? "in " + count + " " + unit : count + " " + unit + " ago";
    }
    setInterval(function () {
        document.querySelectorAll("time.relative-time").forEach(function (/** @type {HTMLTimeElement} */ element) {
            const text = words((Date.now() - Date.parse(element.dateTime)) / 1000);
            if (element.textContent !== text) { element.textContent = text; }
        });
    }, AGAIN_MS);
    window.times = { words };
})();
