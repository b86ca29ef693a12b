/* A chart as a picture to take away (layouts/components/chart_panel.py): what the browser has drawn, twice as large, on the
   theme's surface and with the panel's title.
   Owns: presses on `.chart-png`.
   Ids: none.
   Offers: `charts.fileName`.
   Needs: app.js; Plotly, where it drew the chart. */
(function () {
    "use strict";
    const SCALE = 2, TITLE = 34, EDGE = 16;
    // what a copy of an element needs to look as the element does, and what a computed style says of it in pixels
    const KEPT = ["align-items", "align-self", "background-color", "background-image", "border-bottom", "border-left", "border-radius",
        "border-right", "border-top", "bottom", "box-sizing", "clip-path", "color", "column-gap", "display", "fill", "fill-opacity",
        "flex-direction", "flex-grow", "flex-shrink", "flex-wrap", "font-family", "font-size", "font-variant-numeric", "font-weight",
        "grid-column", "grid-row", "grid-template-columns", "grid-template-rows", "height", "justify-content", "justify-self", "left", "line-height",
        "margin", "min-height", "min-width", "opacity", "outline", "outline-offset", "overflow", "padding", "position", "right", "row-gap",
        "stroke", "stroke-dasharray", "stroke-dashoffset", "stroke-width", "text-align", "text-overflow", "top", "transform", "visibility",
        "white-space", "width"];

    /**
     * "EC2 instances" is saved as ec2-instances.png.
     * @param {string} title
     */
    function fileName(title) { return title.toLowerCase().replace(/[^a-z0-9]+/g, "-") + ".png"; }

    function token(name) { return getComputedStyle(document.documentElement).getPropertyValue(name).trim(); }

    function save(address, name) {
        const link = document.createElement("a");
        link.href = address;
        link.download = fileName(name);
        link.click();
    }

    /* Of the library, which has a picture of its own: it knows nothing of the style sheet. */
    function drawWithLibrary(graph, name) {
        const axis = { gridcolor: token("--line"), linecolor: token("--line"), zerolinecolor: token("--line") };
        const layout = Object.assign({}, graph.layout, {
            paper_bgcolor: token("--surface"),
            font: Object.assign({}, graph.layout.font, { color: token("--ink-2") }),
            xaxis: Object.assign({}, graph.layout.xaxis, axis),
            yaxis: Object.assign({}, graph.layout.yaxis, axis),
            title: { text: name, x: 0.01, font: { size: 15, color: token("--ink") } },
            margin: Object.assign({}, graph.layout.margin, { t: 64 }),
        });
        return window.Plotly.toImage({ data: graph.data, layout: layout }, {
            format: "png", scale: SCALE, width: Math.max(720, graph.clientWidth), height: Math.max(360, graph.clientHeight + 40),
        });
    }

    /* A copy that looks the same in any document. */
    function copy(element) {
        const made = element.cloneNode(true), from = [element, ...element.querySelectorAll("*")], to = [made, ...made.querySelectorAll("*")];
        from.forEach(function (one, place) {
            const style = getComputedStyle(one);
            to[place].setAttribute("style", KEPT.map(function (name) { return name + ":" + style.getPropertyValue(name); }).join(";"));
            ["class", "href", "title"].forEach(function (name) { to[place].removeAttribute(name); });
        });
        return made;
    }

    /* Of marks: the browser draws the copy as a part of an SVG picture. */
    async function drawMarks(drawing, name) {
        const width = Math.ceil(drawing.scrollWidth), height = Math.ceil(drawing.scrollHeight);
        const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
        const inside = document.createElementNS("http://www.w3.org/2000/svg", "foreignObject");
        svg.setAttribute("width", String(width * SCALE));
        svg.setAttribute("height", String(height * SCALE));
        svg.setAttribute("viewBox", "0 0 " + width + " " + height);
        inside.setAttribute("width", "100%");
        inside.setAttribute("height", "100%");
        inside.append(copy(drawing));
        svg.append(inside);
        const image = new Image();
        // a data: address, since Chromium lets no canvas be read that shows such a picture from a blob: one
        image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(new XMLSerializer().serializeToString(svg));
        await image.decode();
        const canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
        canvas.width = (width + 2 * EDGE) * SCALE;
        canvas.height = (height + TITLE + 2 * EDGE) * SCALE;
        pen.scale(SCALE, SCALE);
        pen.fillStyle = token("--surface");
        pen.fillRect(0, 0, width + 2 * EDGE, height + TITLE + 2 * EDGE);
        pen.fillStyle = token("--ink");
        pen.font = "600 15px " + getComputedStyle(document.body).fontFamily;
        pen.fillText(name, EDGE, EDGE + 15, width);
        pen.drawImage(image, EDGE, EDGE + TITLE, width, height);
        return canvas.toDataURL("image/png");
    }

    document.addEventListener("click", function (event) {
        const button = event.target.closest && event.target.closest(".chart-png");
        if (!button) { return; }
        const panel = button.closest(".chart-panel"), graph = panel.querySelector(".js-plotly-plot");
        const drawn = graph && window.Plotly ? drawWithLibrary(graph, button.dataset.name) : drawMarks(panel.querySelector(".drawing"), button.dataset.name);
        drawn.then(function (address) { save(address, button.dataset.name); }, app.toastError);
    });

    window.charts = { fileName };
})();
