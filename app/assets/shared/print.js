/* Charts are drawn anew in the size that they have on paper, and once more in the one that they have on the screen.
   Owns: the width and height of charts while a page is printed.
   Ids: none.
   Offers: nothing.
   Needs: Plotly, when a page is printed. */
(function () {
    "use strict";
    window.matchMedia("print").addEventListener("change", function () {
        if (!window.Plotly) { return; }
        document.querySelectorAll(".chart .js-plotly-plot").forEach(function (/** @type {any} */ graph) {
            const box = graph.parentElement.getBoundingClientRect();
            window.Plotly.relayout(graph, { width: box.width, height: box.height }).then(function () {
                delete graph.layout.width; delete graph.layout.height; graph.layout.autosize = true;
            });
        });
    });
})();
