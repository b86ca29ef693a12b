/* Keeps "4 min ago" true while a page stays open. The same words as layouts/components/feedback.py. */
(function () {
    "use strict";
    function words(seconds) {
        const ahead = seconds < 0;
        seconds = Math.abs(seconds);
        if (seconds < 45) { return ahead ? "in a moment" : "just now"; }
        let unit = "min", size = 60;
        if (seconds >= 172800) { unit = "d"; size = 86400; }
        else if (seconds >= 3600) { unit = "h"; size = 3600; }
        const count = Math.max(1, Math.round(seconds / size));
        return ahead ? "in " + count + " " + unit : count + " " + unit + " ago";
    }
    setInterval(function () {
        document.querySelectorAll("time.relative-time").forEach(function (element) {
            const text = words((Date.now() - Date.parse(element.dateTime)) / 1000);
            if (element.textContent !== text) { element.textContent = text; }
        });
    }, 20000);
})();
