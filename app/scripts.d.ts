// What the scripts in app/assets meet in the browser: the globals that they offer one another, and those of libraries.
// Read by the type check alone (jsconfig.json).

interface Ide {
    chat: { events(text: string): { events: any[]; rest: string } };
    chatLinks: { withoutImages(text: string): string };
    columns: IdeColumns;
    completion: IdeCompletion;
    drafts: IdeDrafts;
    editor: IdeEditor;
    leaves: IdeLeaves;
    literals: IdeLiterals;
    names: { live: Names; inventory: Names };
    offers: IdeOffers;
    parameters: IdeParameters;
    resources: IdeResources;
    run: IdeRun;
    statement: IdeStatement;
    tabs: IdeTabs;
    typed: IdeTyped;
    save: IdeSave;
    /** Go to the form for a new schedule of a saved query. */
    schedule(query: number): void;
}

interface Window {
    ide: Ide;
    charts: { fileName(title: string): string };
    grid: { prefetch(url: string): void; cellText(value: unknown): string; rowText(values: unknown[]): string };
    inventory: {
        addressWith(path: string, changes: Record<string, unknown>, query?: URLSearchParams): string;
        names(place: TablePlace | string, address: { pathname: string; search: string }): boolean;
        resourceAddress(row: { _key: string; _scope?: string; table_name?: string }, base: string): string;
    };
    picking: { make(parts: PickingParts): Picking };
    search: { open(): void };
    valueFilters: any;
    schedules: { read(search: string): SchedulesView; written(view: SchedulesView): string };
    scheduleForm: { listedIn(text: string): string[]; wait(key: string): void };
    times: { age(moment: number, now: number): string };

    // libraries', as far as we use them
    ace: any;
    dash_ag_grid: any;
    dashAgGridComponentFunctions: any;
    dashAgGridFunctions: any;
    dash_clientside: any;
    Plotly: any;
    React: any;
}

// the scripts listen on the page: what an event comes from is one of its elements
interface EventTarget {
    closest?: any;
    id?: any;
    dataset?: any;
    tagName?: any;
    classList?: any;
    scrollTop?: any;
    value?: any;
    name?: any;
    isContentEditable?: any;
    previousElementSibling?: any;
}

// what Ace puts on its element
interface Element {
    env?: any;
}
