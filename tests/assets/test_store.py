"""What the components of a page hear of Dash's store: each change of the layout at once, all else once a task."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page

# a store as Redux makes them, given to the page as the renderer does it; `heard`: what a component that subscribed
# found after each step and after each task
PLAY = """async tasks => {
    let state = { layout: 0, other: 0 };
    const listeners = new Set();
    const store = {
        getState: () => state,
        subscribe: listener => { listeners.add(listener); return () => listeners.delete(listener); },
    };
    window.dash_stores.push(store);
    window.dash_stores.pop();
    let seen = state, calls = 0;
    const leave = store.subscribe(() => { calls += 1; seen = store.getState(); });
    const heard = [];
    for (const steps of tasks) {
        const before = calls, fresh = [];
        for (const step of steps) {
            state = { ...state, [step]: state[step] + 1 };
            listeners.forEach(listener => listener());
            fresh.push(seen.layout === state.layout);
        }
        await new Promise(done => setTimeout(done));
        heard.push({ fresh: fresh.every(Boolean), whole: seen === state, calls: calls - before });
    }
    const last = calls;
    state = { ...state, other: -1 };
    listeners.forEach(listener => listener());
    leave();
    await new Promise(done => setTimeout(done));
    return { heard, after: calls - last };
}"""
STEPS = st.lists(st.sampled_from(["layout", "other"]), max_size=8)


@given(tasks=st.lists(STEPS, min_size=1, max_size=5))
def test_a_component_misses_nothing_and_is_told_once_a_task(scripts: Page, tasks: list[list[str]]) -> None:
    played = scripts.evaluate(PLAY, tasks)
    for steps, heard in zip(tasks, played["heard"], strict=True):
        assert heard["fresh"], "a field would be given its old value"
        assert heard["whole"]
        assert heard["calls"] <= steps.count("layout") + 1
    # one that has left hears nothing more
    assert played["after"] == 0
