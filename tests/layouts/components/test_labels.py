"""Values as labels: cut where they are long, and still told apart."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from layouts.components.labels import LONGEST_LABEL, cut_value, cut_values


@given(st.lists(st.text("ab@.-", min_size=1, max_size=60), max_size=8, unique=True))
def test_labels_of_one_list_differ_where_they_can_and_fit(texts: list[str]) -> None:
    labels = cut_values(texts)
    assert all(len(label) <= LONGEST_LABEL for label in labels)
    assert len(set(labels)) >= len({cut_value(text) for text in texts})
    for text, label in zip(texts, labels, strict=True):
        assert label == text if len(text) <= LONGEST_LABEL else "…" in label


def test_what_long_labels_have_in_common_is_cut() -> None:
    tail = "@alderfinch.example"
    assert cut_values([f"storefront-oncall{tail}", f"data-oncall{tail}", "platform"]) == [
        "storefront-oncall@…",
        "data-oncall@…",
        "platform",
    ]
    head = "projects/alderfinch-production-"
    assert cut_values([f"{head}core", f"{head}edge"]) == [
        "…-production-core",
        "…-production-edge",
    ]
    assert cut_values(["a" * 30]) == [cut_value("a" * 30)]
