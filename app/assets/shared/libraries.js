/* Fetches the libraries that most pages do without (app/libraries.py): AG Grid and Ace when one of their components is to be
   drawn, and when the page is idle, so that their first use is quick; Plotly with the first chart that needs it, and few do.
   Says when a library did not load (a proxy or an extension blocks it), and lets the rest of the page be drawn: without a
   library that one of its parts names, Dash draws nothing of a page.
   Owns: the notice `.libraries-missing`, the names of libraries that are not there, and where Dash finds Plotly.
   Ids: `libraries`, the addresses that the page names.
   Offers: nothing.
   Needs: React, which Dash loads before the libraries; this script is read after them. grid.js, when the page is idle. */
(function () {
    "use strict";
    // the name that a library has in the browser → what it draws, and its component that is fetched with it
    const LIBRARIES = {
        dash_ace: ["the editor", "DashAceEditor"],
        dash_ag_grid: ["tables of rows", "AgGrid"],
        dash_bootstrap_components: ["buttons, inputs and dialogs", ""],
    };
    // a page that has just loaded asks for its content, and draws it, before it is idle
    const SETTLED_MS = 1000;
    const named = document.getElementById("libraries");
    const addresses = named ? JSON.parse(named.textContent) : {};
    /** @type {Record<string, Promise<void>>} */
    const fetched = {};

    /* What stands for any of a library's components: what is in it, and nothing of its own. */
    function Absent(properties) { return properties.children || null; }

    function say(missing) {
        const box = document.createElement("div");
        box.className = "libraries-missing";
        box.setAttribute("role", "alert");
        const strong = document.createElement("strong");
        strong.textContent = "A part of the app did not load: "
            + missing.map(function (name) { return LIBRARIES[name][0]; }).join(", ") + ". ";
        box.append(strong, "Reload the page. If it happens again, a proxy or a browser extension may block "
            + missing.map(function (name) { return addresses[name] || "/_dash-component-suites/" + name; }).join(", ")
            + ": allow it, or try another browser. What you saved is safe.");
        document.body.prepend(box);
    }

    /* Fetch a library once; what failed is tried again when it is needed. */
    function fetchLibrary(name) {
        fetched[name] = fetched[name] || new Promise(function (resolve, reject) {
            const script = document.createElement("script");
            script.src = addresses[name];
            script.addEventListener("load", function () { resolve(); });
            script.addEventListener("error", function () {
                delete fetched[name];
                script.remove();
                reject(new Error(name + " did not load"));
            });
            document.head.append(script);
        });
        return fetched[name];
    }

    /* Put a component in a library's place that fetches the library when it is drawn. It stays when the library has come:
       another in its place would draw anew what is there. */
    function stand(name, component) {
        let real = null, waiting = null;
        function need() {
            waiting = waiting || fetchLibrary(name).catch(function () {
                real = Absent;
                say([name]);
            });
            return waiting;
        }
        function Lazy(properties) {
            const again = window.React.useState(0)[1];
            window.React.useEffect(function () {
                let here = true;
                if (!real) { need().then(function () { if (here) { again(1); } }); }
                return function () { here = false; };
            }, []);
            return real ? window.React.createElement(real, properties) : null;
        }
        // Dash lets callbacks wait for a component that says so, as its own do
        Object.defineProperty(Lazy, "_dashprivate_isLazyComponentReady", {
            get: function () { return real ? true : need(); },
        });
        let shown = { [component]: Lazy };
        Object.defineProperty(window, name, {
            configurable: true,
            get: function () { return shown; },
            // by the library's own scripts: AG Grid's second one takes what is here, and adds to it
            set: function (library) {
                if (library[component] !== Lazy) {
                    real = library[component];
                    // Dash tells a component that asks whether a change is its own: AG Grid, else given back its old order
                    if ("dashRenderType" in real) { Lazy.dashRenderType = real.dashRenderType; }
                }
                shown = Object.assign({}, library, { [component]: Lazy });
            },
        });
    }

    /* The grid is made ready, since most go to a table next. The editor's code is brought and no more: to read it is work
       that few pages have a use for. */
    function fetchWhenIdle() {
        const idle = window.requestIdleCallback || function (act) { setTimeout(act, 200); };
        idle(function () {
            fetchLibrary("dash_ag_grid").then(function () { window.grid.make(); }, function () { /* said when it is needed */ }).then(function () {
                prefetch(addresses.dash_ace);
            });
        });
    }
    function prefetch(address) {
        const link = document.createElement("link");
        link.rel = "prefetch";
        link.href = address;
        document.head.append(link);
    }

    const missing = Object.keys(LIBRARIES).filter(function (name) { return !window[name] && !addresses[name]; });
    missing.forEach(function (name) {
        window[name] = new Proxy({}, { get: function () { return Absent; } });
    });
    if (missing.length) { say(missing); }
    Object.keys(LIBRARIES).forEach(function (name) {
        if (addresses[name] && !window[name]) { stand(name, LIBRARIES[name][1]); }
    });
    if (addresses.plotly) {
        // Dash would write an address without a version there, which the browser had to ask for again each time
        Object.defineProperty(window, "_dashPlotlyJSURL", { get: function () { return addresses.plotly; }, set: function () {} });
        window.addEventListener("load", function () {
            setTimeout(fetchWhenIdle, SETTLED_MS);
        });
    }
})();
