"""One value of an asset's map of tags, as an expression."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from inventory_runner.store.sql import SQL, Composable, Composed, Literal


def compose_tag_value(tags: Composable, names: Sequence[str]) -> Composed:
    """The first filled value of a tag called so, in any case; names: in lower case, the best first.

    The map's text is looked at first, since to take every map apart costs ten times as much. For example:

        coalesce(nullif(tags->>'owner', ''), CASE WHEN tags::text ~* '"(owner|team)":'
          THEN stackql_app.tag_value(tags, ARRAY['owner','team']) END)
    """
    spelt = "|".join(_escape_for_regex(json.dumps(name, ensure_ascii=False)[1:-1]) for name in names)
    return SQL(
        "coalesce(nullif({tags}->>{first}, ''), CASE WHEN {tags}::text ~* {any}"
        " THEN stackql_app.tag_value({tags}, {names}) END)"
    ).format(tags=tags, first=Literal(names[0]), any=Literal(f'"({spelt})":'), names=Literal(list(names)))


def _escape_for_regex(text: str) -> str:
    """A text as Postgres's regular expressions match it: before what is no letter, digit or _ stands a backslash."""
    return re.sub(r"([^\w])", r"\\\1", text)
