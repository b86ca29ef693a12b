/* Keeps "4 min ago" true while a page stays open, in the words of inventory_runner/wording.py: a test compares.
   Owns: the text of `time.relative-time`.
   Ids: none.
   Offers: `times.age`.
   Needs: nothing. */
(function () {
    "use strict";
    const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    const MINUTE = 60, HOUR = 3600, DAY = 86400, LONGEST_AGE = 7 * DAY, A_MOMENT = 45;
    const AGAIN_MS = 20000;

    function dayWords(day, today) {
        const year = day.getUTCFullYear();
        return day.getUTCDate() + " " + MONTHS[day.getUTCMonth()] + (year === today.getUTCFullYear() ? "" : " " + year);
    }

    /**
     * "just now", "4 min ago", "in 3 h", "2 d ago", and the day beyond a week.
     * @param {number} moment milliseconds since 1970
     * @param {number} now likewise
     */
    function age(moment, now) {
        const ahead = moment > now, seconds = Math.abs(now - moment) / 1000;
        if (seconds > LONGEST_AGE) { return dayWords(new Date(moment), new Date(now)); }
        if (seconds < A_MOMENT) { return ahead ? "in a moment" : "just now"; }
        const [size, unit] = seconds >= DAY ? [DAY, "d"] : seconds >= HOUR ? [HOUR, "h"] : [MINUTE, "min"];
        const count = Math.max(1, Math.floor(seconds / size));
        return ahead ? "in " + count + " " + unit : count + " " + unit + " ago";
    }

    setInterval(function () {
        document.querySelectorAll("time.relative-time").forEach(function (/** @type {HTMLTimeElement} */ element) {
            const text = age(Date.parse(element.dateTime), Date.now());
            if (element.textContent !== text) { element.textContent = text; }
        });
    }, AGAIN_MS);
    window.times = { age };
})();
