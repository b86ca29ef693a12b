"""The filter language of the list of all resources: what is typed, read once for pages, statements and facets.

    type:bucket tag:env=prod region:eu-* -owner:payments public:yes "web 01"

A term is a name, a colon and a value; a minus before it excludes. The same name again means either value, other names
narrow further. `*` stands for any characters; quotes keep blanks, stars and colons as they are, a backslash within them
the next character. An empty value (`owner:""`) is what is not known. Everything else is looked for in any value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from inventory_runner.errors import InvalidInput

# a facet each, in the order in which the page shows them
FACETS = ("provider", "type", "region", "account", "owner", "public")
TAG = "tag"
# what can be asked for, and is no facet
NAMES = (*FACETS, TAG, "service", "table", "name", "id", "state")
TRUTH = {"yes": "yes", "no": "no", "unknown": "", "": ""}
MOST_TERMS = 20


@dataclass(frozen=True)
class Term:
    """One condition. parts: the value between its stars, one where it has none. key: of a tag; without a value `parts`
    is empty. fixed: it comes from the address's other arguments, not from the text, and narrows whatever that asks
    for. start, end: where it stands in the text.
    """

    name: str
    parts: tuple[str, ...]
    excluded: bool = False
    key: str = ""
    fixed: bool = False
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)

    @property
    def value(self) -> str:
        """The value that it asks for; of a pattern its text with the stars."""
        return "*".join(self.parts)

    @property
    def exact(self) -> bool:
        return len(self.parts) == 1


@dataclass(frozen=True)
class ResourceFilter:
    """A text as it was read. words: looked for in any value. notes: what was not understood, in sentences."""

    text: str = ""
    terms: tuple[Term, ...] = ()
    words: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def choose(self, name: str, key: str = "", *, fixed: bool = False) -> list[Term]:
        """The terms of a name, of a tag's key: of the text, or of the address."""
        return [term for term in self.terms if (term.name, term.key, term.fixed) == (name, key, fixed)]

    def has(self, name: str, value: str, key: str = "") -> bool:
        """Whether exactly this value is asked for."""
        return any(
            term.exact and not term.excluded and term.value.lower() == value.lower()
            for fixed in (False, True)
            for term in self.choose(name, key, fixed=fixed)
        )


def parse_filter(text: str) -> ResourceFilter:
    """Read a text; raises InvalidInput where it asks for more than a request may."""
    terms: list[Term] = []
    words: list[str] = []
    notes: list[str] = []
    for start, end, marks, closed in _split(text):
        if not closed:
            notes.append("A quotation mark is not closed: it was taken to end with the text.")
        term = _read_term(marks, start, end)
        if term is None:
            word = "".join(letter for letter, _ in marks)
            name = word.partition(":")[0].lower().lstrip("-")
            if ":" in word and name.isalpha() and not marks[0][1] and name not in ("arn", "http", "https"):
                notes.append(f"“{name}” is no filter: “{word[:60]}” was looked for in any value.")
            words += word.split()
        elif term.name == "public" and (not term.exact or term.value.lower() not in TRUTH):
            notes.append(f"public: takes yes, no or unknown; “{term.value[:60]}” was not applied.")
        elif term.name == TAG and not term.key:
            notes.append("tag: needs a key, as in tag:env or tag:env=prod; it was not applied.")
        else:
            terms.append(term)
    if len(terms) > MOST_TERMS:
        raise InvalidInput(f"A search has {MOST_TERMS} filters at most.", field="search")
    return ResourceFilter(text, tuple(terms), tuple(words), tuple(dict.fromkeys(notes)))


def fix(wanted: ResourceFilter, values: Mapping[str, str]) -> ResourceFilter:
    """The filter narrowed to what other arguments of an address say: name, as ASSET_FILTERS has it, → value."""
    names = {name.removesuffix("_name"): value for name, value in values.items()}
    fixed = tuple(Term(name, (value,), fixed=True) for name, value in names.items() if name in NAMES)
    return replace(wanted, terms=(*fixed, *wanted.terms))


def format_term(name: str, value: str | None, key: str = "", *, excluded: bool = False) -> str:
    """A term as one types it. value: None for a tag of any value."""
    minus = "-" if excluded else ""
    if name != TAG:
        return f"{minus}{name}:{_quote(value or '')}"
    return f"{minus}{TAG}:{_quote(key)}" + ("" if value is None else f"={_quote(value)}")


def toggle(wanted: ResourceFilter, name: str, value: str | None, key: str = "") -> str:
    """The text with this value asked for, or no longer where it is; everything else stays as it was typed."""
    parts = () if value is None else (value,)
    same = [
        term
        for term in wanted.choose(name, key)
        if not term.excluded and tuple(map(str.lower, term.parts)) == tuple(map(str.lower, parts))
    ]
    if same:
        return cut_terms(wanted, same)
    return " ".join(filter(None, (wanted.text.strip(), format_term(name, value, key))))


def cut_terms(wanted: ResourceFilter, terms: Sequence[Term]) -> str:
    """The text without these terms."""
    text = wanted.text
    for term in sorted(terms, key=lambda one: -one.start):
        text = f"{text[: term.start].rstrip()} {text[term.end :].lstrip()}"
    return text.strip()


def _quote(value: str) -> str:
    if value and not any(letter.isspace() or letter in '"*:=\\' for letter in value) and value[0] != "-":
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


# a character, and whether it was quoted
Marks = list[tuple[str, bool]]


def _split(text: str) -> list[tuple[int, int, Marks, bool]]:
    """The text between blanks: start, end, characters, and whether its quotes are closed. `""` alone is a mark too."""
    found: list[tuple[int, int, Marks, bool]] = []
    marks: Marks = []
    start, quoted, at = -1, False, 0
    while at < len(text):
        letter = text[at]
        if not quoted and letter.isspace():
            if start >= 0:
                found.append((start, at, marks, True))
            marks, start = [], -1
        else:
            start = at if start < 0 else start
            if letter == '"':
                quoted = not quoted
            elif quoted and letter == "\\" and at + 1 < len(text):
                at += 1
                marks.append((text[at], True))
            else:
                marks.append((letter, quoted))
        at += 1
    if start >= 0:
        found.append((start, at, marks, not quoted))
    return [one for one in found if one[2]]


def _read_term(marks: Marks, start: int, end: int) -> Term | None:
    """The term that the characters are; None for a word."""
    excluded = len(marks) > 1 and marks[0] == ("-", False)
    marks = marks[1:] if excluded else marks
    if (":", False) not in marks:
        return None
    colon = marks.index((":", False))
    name = "".join(letter for letter, _ in marks[:colon]).lower()
    if name not in NAMES or any(quoted for _, quoted in marks[:colon]):
        return None
    value = marks[colon + 1 :]
    if name != TAG:
        return Term(name, _read_parts(value), excluded, start=start, end=end)
    equal = value.index(("=", False)) if ("=", False) in value else len(value)
    key = "".join(letter for letter, _ in value[:equal])
    parts = _read_parts(value[equal + 1 :]) if equal < len(value) else ()
    return Term(TAG, parts, excluded, key, start=start, end=end)


def _read_parts(marks: Marks) -> tuple[str, ...]:
    parts = [""]
    for letter, quoted in marks:
        if letter == "*" and not quoted:
            parts.append("")
        else:
            parts[-1] += letter
    return tuple(parts)


@dataclass(frozen=True)
class FacetValue:
    """A value, empty where it is not known, and how many resources have it."""

    value: str
    rows: int


@dataclass(frozen=True)
class FacetCounts:
    """values: facet → its most frequent values; `tag` has the tags' keys, `tag:env` the values of one asked for.

    sizes: facet → how many values it has in all. total: resources that fit. looked: how many were read for it.
    estimated: counted in a sample. tags_estimated: the tags' keys alone were.
    """

    values: Mapping[str, tuple[FacetValue, ...]]
    sizes: Mapping[str, int]
    total: int
    looked: int = 0
    estimated: bool = False
    tags_estimated: bool = False


@dataclass(frozen=True)
class SavedView:
    """A filter's text under a name. saved_by: whose it is. is_default, deletable: for the person who asks."""

    id: int
    name: str
    text: str
    saved_by: str
    is_default: bool = False
    deletable: bool = False
