"""Reading the filter language: what is typed, what facets write, and what nobody would type."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory_runner.errors import InvalidInput
from services.models.resource_filter import FACETS, TAG, cut_terms, format_term, parse_filter, toggle

TEXTS = st.text(st.characters(blacklist_categories=["Cs"]), max_size=20)


def read(text: str) -> list[tuple[str, str, str | None, bool]]:
    return [
        (term.name, term.key, term.value if term.parts else None, term.excluded)
        for term in parse_filter(text).terms
    ]


@pytest.mark.parametrize(
    ("text", "terms", "words"),
    [
        ("type:bucket web", [("type", "", "bucket", False)], ("web",)),
        ("-region:eu-*", [("region", "", "eu-*", True)], ()),
        ("tag:env=prod", [(TAG, "env", "prod", False)], ()),
        ("tag:env", [(TAG, "env", None, False)], ()),
        ('tag:"cost center"="a=b"', [(TAG, "cost center", "a=b", False)], ()),
        (r'tag:"say \"hi\""=x', [(TAG, 'say "hi"', "x", False)], ()),
        ('owner:""', [("owner", "", "", False)], ()),
        ("PROVIDER:aws", [("provider", "", "aws", False)], ()),
        ('"region:eu"', [], ("region:eu",)),
        ("arn:aws:s3:::logs", [], ("arn:aws:s3:::logs",)),
        ("- -x", [], ("-", "-x")),
    ],
)
def test_a_text_is_read_as_people_mean_it(text: str, terms: list[object], words: tuple[str, ...]) -> None:
    assert read(text) == terms and parse_filter(text).words == words and parse_filter(text).notes == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("colour:red", "“colour” is no filter"),
        ("public:maybe", "“maybe” was not applied"),
        ("tag:", "tag: needs a key"),
        ('region:"eu', "not closed"),
    ],
)
def test_what_is_not_understood_is_said(text: str, said: str) -> None:
    assert said in " ".join(parse_filter(text).notes)


def test_a_star_in_quotes_is_a_star() -> None:
    assert parse_filter('name:"a*"b*').terms[0].parts == ("a*b", "")


def test_more_filters_than_a_request_may_have_are_refused() -> None:
    with pytest.raises(InvalidInput, match="20 filters at most"):
        parse_filter(" ".join(f"id:{n}" for n in range(21)))


@given(st.sampled_from([name for name in FACETS if name != "public"]), TEXTS, st.booleans())
def test_what_a_facet_writes_is_read_as_it_was_meant(name: str, value: str, excluded: bool) -> None:
    assert read(format_term(name, value, excluded=excluded)) == [(name, "", value, excluded)]


@given(TEXTS.filter(bool), st.none() | TEXTS)
def test_a_tag_of_any_letters_is_written_and_read(key: str, value: str | None) -> None:
    assert read(format_term(TAG, value, key)) == [(TAG, key, value, False)]


@given(TEXTS.filter(bool), st.none() | TEXTS, TEXTS)
def test_a_tag_that_a_facet_chooses_is_asked_for_and_can_be_taken_back(
    key: str, value: str | None, text: str
) -> None:
    before = parse_filter(text)
    if before.choose(TAG, key) or any("closed" in note for note in before.notes):
        return
    chosen = parse_filter(toggle(before, TAG, value, key))
    (term,) = chosen.choose(TAG, key)
    assert (term.value if term.parts else None, term.excluded) == (value, False)
    back = parse_filter(toggle(chosen, TAG, value, key))
    assert (back.terms, back.words) == (before.terms, before.words)


@given(TEXTS)
def test_any_text_is_read_and_a_choice_taken_back_leaves_the_rest(text: str) -> None:
    before = parse_filter(text)
    if before.has("region", "eu-west-1") or any("closed" in note for note in before.notes):
        return
    chosen = parse_filter(toggle(before, "region", "eu-west-1"))
    assert chosen.has("region", "eu-west-1") and chosen.words == before.words
    back = parse_filter(toggle(chosen, "region", "eu-west-1"))
    assert (back.terms, back.words) == (before.terms, before.words)
    assert parse_filter(cut_terms(before, before.terms)).terms == ()
