/* Keeps "4 min ago" true while a page stays open.
   The same words as inventory_runner/wording.py has for an age; tests/browser/test_times.py compares the two. */
(function () {
    "use strict";
    const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    const MINUTE = 60, HOUR = 3600, DAY = 86400, LONGEST_AGE = 7 * DAY, A_MOMENT = 45;

    function dayWords(day, today) {
        const year = day.getUTCFullYear();
        return day.getUTCDate() + " " + MONTHS[day.getUTCMonth()] + (year === today.getUTCFullYear() ? "" : " " + year);
    }

    /* moment, now: milliseconds since 1970. */
    function age(moment, now) {
        const ahead = moment > now, seconds = Math.abs(now - moment) / 1000;
        if (seconds > LONGEST_AGE) { return dayWords(new Date(moment), new Date(now)); }
        if (seconds < A_MOMENT) { return ahead ? "in a moment" : "just now"; }
        const [size, unit] = seconds >= DAY ? [DAY, "d"] : seconds >= HOUR ? [HOUR, "h"] : [MINUTE, "min"];
        const count = Math.max(1, Math.floor(seconds / size));
        return ahead ? "in " + count + " " + unit : count + " " + unit + " ago";
    }

    setInterval(function () {
        document.querySelectorAll("time.relative-time").forEach(function (element) {
            const text = age(Date.parse(element.dateTime), Date.now());
            if (element.textContent !== text) { element.textContent = text; }
        });
    }, 20000);
})();
