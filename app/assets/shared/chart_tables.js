/* The table behind a chart (layouts/components/chart_panel.py): shown in the chart's place, and put away again.
   A callback may fill the table at the same press.
   Owns: .chart-table-toggle, the class shows-table of a .chart-panel.
   Ids: none.
   Offers: nothing.
   Needs: nothing. */
(function () {
    "use strict";
    document.addEventListener("click", function (event) {
        const button = event.target.closest && event.target.closest(".chart-table-toggle");
        if (!button) { return; }
        const panel = button.closest(".chart-panel"), shown = panel.classList.toggle("shows-table");
        button.setAttribute("aria-pressed", String(shown));
        // once the menu has given the focus back
        requestAnimationFrame(function () { panel.querySelector(shown ? ".chart-table" : ".menu-button").focus(); });
    });
})();
