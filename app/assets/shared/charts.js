/* Charts in panels (layouts/components/charts.py): marks that lead somewhere, and the picture to take away.
   Owns: presses on `.chart` and `.chart-png`.
   Ids: none.
   Offers: `charts`: the address of a mark, and the file name of a chart.
   Needs: app.js and Plotly, when a chart is pressed. */
(function () {
    "use strict";

    /**
     * Where a mark leads: the address in its data; null for none of ours.
     * @param {{ customdata?: unknown }} point
     * @returns {string | null}
     */
    function addressOf(point) {
        const data = Array.isArray(point.customdata) ? point.customdata[0] : point.customdata;
        return typeof data === "string" && data.charAt(0) === "/" ? data : null;
    }

    function clicked(graph, event) {
        // of marks under each other the one under the pointer
        const point = event.points.length === 1 ? event.points[0] : nearest(graph, event);
        const address = point && addressOf(point);
        if (address) { app.visit(address); }
    }
    // attached before each press: the component removes every listener when it draws anew
    document.addEventListener("pointerdown", function (event) {
        const graph = event.target.closest && event.target.closest(".chart .js-plotly-plot");
        if (!graph || !graph.on) { return; }
        if (graph.inventoryClicked) { graph.removeListener("plotly_click", graph.inventoryClicked); }
        graph.inventoryClicked = function (pressed) { clicked(graph, pressed); };
        graph.on("plotly_click", graph.inventoryClicked);
    }, true);

    /* In a stack every series answers: the one whose band holds the pointer, or is nearest to it. */
    function nearest(graph, event) {
        const axis = graph._fullLayout && graph._fullLayout.yaxis;
        // a stack grows in the order of its series; the event names the topmost first
        const marks = event.points.filter(function (point) { return Number(point.y) && point.data.yaxis !== "y2"; })
            .sort(function (one, other) { return one.curveNumber - other.curveNumber; });
        if (!axis || !event.event || !marks.length) { return event.points[0]; }
        const box = graph.querySelector(".nsewdrag").getBoundingClientRect();
        // the strip below a stack tells of all of it, as does the room above
        const whole = event.points.find(function (point) { return point.data.yaxis === "y2"; });
        if (whole && event.event.clientY > box.bottom) { return whole; }
        const value = axis.p2d(event.event.clientY - box.top);
        const side = marks.filter(function (point) { return value < 0 === Number(point.y) < 0; });
        let sum = 0;
        for (const point of side) {
            sum += Math.abs(Number(point.y));
            if (Math.abs(value) <= sum) { return point; }
        }
        return whole || (side.length ? side[side.length - 1] : marks[marks.length - 1]);
    }

    /**
     * "EC2 instances" is saved as ec2-instances.png.
     * @param {string} title
     */
    function fileName(title) { return title.toLowerCase().replace(/[^a-z0-9]+/g, "-") + ".png"; }

    document.addEventListener("click", function (event) {
        const button = event.target.closest && event.target.closest(".chart-png");
        if (!button) { return; }
        const graph = button.closest(".panel, .result-chart").querySelector(".js-plotly-plot");
        if (!graph || !window.Plotly) { return; }
        const style = getComputedStyle(document.documentElement);
        const layout = Object.assign({}, graph.layout, {
            paper_bgcolor: style.getPropertyValue("--surface").trim(),
            title: { text: button.dataset.name, x: 0.01, font: { size: 15 } },
            margin: Object.assign({}, graph.layout.margin, { t: 64 }),
        });
        window.Plotly.toImage({ data: graph.data, layout: layout }, {
            format: "png", scale: 2, width: Math.max(720, graph.clientWidth), height: Math.max(360, graph.clientHeight + 40),
        }).then(function (address) {
            const link = document.createElement("a");
            link.href = address;
            link.download = fileName(button.dataset.name);
            link.click();
        });
    });

    window.charts = { addressOf, fileName };
})();
