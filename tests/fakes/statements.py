"""Statements that are known by construction: reads in every form, writes hidden in every way, and noise.

What a statement is follows from how it was put together, never from the product's own reading. Of noise it is told by
`stackql_lexer`, which reads as StackQL's tokenizer does and shares no code with the product.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from fakes import stackql_lexer

RESOURCES = (
    "aws.ec2.instances",
    "aws.ec2.volumes",
    "aws.s3.buckets",
    "google.compute.disks",
    "github.repos.repos",
    "azure.compute.virtual_machines",
    "okta.users.users",
    "cloudflare.zones.zones",
    'google.container."projects.zones"',
)
# names that StackQL takes for columns as they are, some of which are functions, words of SQL or verbs elsewhere
COLUMNS = (
    "id", "name", "region", "size", "tags", "instance_state", "creationTimestamp", "count", "date", "time",
    "timestamp", "json", "status", "text", "query", "path", "offset", "window", "description", "comment", "login",
    "role", "auth", "refresh", "begin", "commit", "a$b", "$top", "x", "n", "b", '"exec"', '"replace"', '"delete"',
    '"set"', '"left"', '"a; DELETE FROM b"', '"it\'s"', '"purge"', '"sleep"', '"update"', "edit", "eval", "readfile",
)  # fmt: skip
LITERALS = (
    "'x'", "''", "'us-east-1'", "'it''s'", "'DELETE FROM a.b.c'", "'; EXEC a.b.c; --'", "'/* '", "'-- no comment'",
    "'a;b'", "'\"'", "'ü 😀'", "':no'", "'$.a[0].b'", "'%x_'", "'\\\\'", "'#'", "'//'", "'`[a]` @x {1}'", "42", "0",
    "1.5", "1e3", ".5", "NULL", "'[\n1, 2]'", "'{\n \"role\": \"user\",\n \"it''s; EXEC a\": [1]\n}'",
)  # fmt: skip
PARAMETERS = (":region", ":p", ":_x1", ":Project")
VERBS = (
    "DELETE FROM a.b.c WHERE d = 'e'", "INSERT INTO a.b.c (d) SELECT 1", "INSERT INTO a.b.c(d) VALUES ('e')",
    "UPDATE a.b.c SET d = 'e' WHERE f = 'g'", "REPLACE INTO a.b.c(d) SELECT 1", "EXEC a.b.c.stop @d = 'e'",
    "EXEC a.b.c.d", "EXEC /*+ AWAIT */ a.b.c.d @e = 'f', @g = 'h'", "REGISTRY PULL aws", "REGISTRY PULL aws 'v1.2.3'",
    "AUTH LOGIN google", "AUTH REVOKE google", "AUTH LOGIN google INTERACTIVE", "CREATE VIEW a AS SELECT 1",
    "CREATE TABLE a (b int)", "CREATE OR REPLACE MATERIALIZED VIEW a AS SELECT 1", "DROP VIEW a", "DROP TABLE a",
    "ALTER TABLE a ADD COLUMN b int", "TRUNCATE TABLE a", "REFRESH MATERIALIZED VIEW a", "SET a = 1",
    "SET AUTOCOMMIT = 0", "PURGE x", "PURGE CONSERVATIVE", "NATIVEQUERY 'DELETE FROM x'", "SLEEP 100", "BEGIN",
    "COMMIT", "ROLLBACK", "USE google", "START TRANSACTION",
)  # fmt: skip
# a write that can stand where only a query may: every one of the above would be a syntax error, but EXEC
INNER_VERBS = tuple(
    verb for verb in VERBS if verb.startswith(("EXEC", "DELETE", "INSERT", "UPDATE", "REPLACE", "SET"))
)
SPACES = (
    " ",
    "  ",
    "\n",
    "\t",
    "\r\n",
    " \n ",
    "/**/",
    " /* c; DELETE FROM x */ ",
    " -- c '; EXEC a\n",
    "\n--\n",
)
ENDS = (
    "",
    "",
    ";",
    ";;",
    " ; ",
    ";\n",
    "; -- end",
    " -- end",
    "; /* end; DELETE */",
    "\n;\n-- it's the end\n;",
    ";--",
    "\n",
)
NOISE = (
    ";", "'", '"', "''", '""', "\\", "\\'", '\\"', "`", "[", "]", "$$", "$", "@", "#", "//", "--", "-- ", "/*", "*/",
    "/*!", "/*+", "\n", "\r", "\t", "\f", "\v", "\0", "\x1a", "\u00a0", "\u2028", "\ufeff", "x'", "b'", "X'4", "N'",
    "q'", "E'", "x'41'", "1", "1e", "0x", ".", "::", ":a", "(", ")", ",", " ", "ſ", "\uff24", "DESC ", "ANALYZE ",
    "UNION ", "AS ", "v1.", "{{", "<<<", "SHOW ", "INSERT ", "INTO ", "EXTENDED ", "VERSION", "'[\n", "\n]'",
    "$filter", "a$b",
)  # fmt: skip


@dataclass(frozen=True)
class Generated:
    """kind: what it is by construction. form: how it was put together.

    Of a read also: resources, in no order, and parameters, in the order of the text, each once.
    """

    text: str
    kind: Literal["read", "write", "noise"]
    form: str
    resources: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()


def generate(seed: int, count: int) -> Iterator[Generated]:
    """`count` statements, the same for the same seed."""
    chance = random.Random(seed)
    for _ in range(count):
        make = chance.choices((_make_read, _make_write, _make_noise), (4, 4, 2))[0]
        yield make(chance)


def only_reads(text: str) -> bool:
    """Whether StackQL would find one statement in the text, and one that changes nothing."""
    try:
        found = stackql_lexer.statements(text)
    except stackql_lexer.LexError:
        # the piece before the fault would have run: what cannot be read whole must not pass
        return False
    if len(found) != 1:
        return False
    (tokens,) = found
    words = [token.upper() if kind == "word" else token for kind, token in tokens]
    while words and words[0] == "(":
        words.pop(0)
    if not words or words[0] not in ("SELECT", "WITH", "SHOW", "DESC", "DESCRIBE", "REGISTRY"):
        return False
    if words[0] == "REGISTRY":
        return words[1:2] == ["LIST"]
    if words[0] in ("DESC", "DESCRIBE"):
        return not _CHANGING & set(words[1:4])
    if words[0] == "SHOW":
        rest = words[2:] if words[1:2] == ["EXTENDED"] else words[1:]
        if rest[:2] == ["INSERT", "INTO"]:
            # a name, and nothing behind it
            return all(place % 2 == (word == ".") for place, word in enumerate(rest[2:]))
        return rest[:1] != ["AUTH"] and not _CHANGING & set(rest[:1])
    return not any(
        (word == "EXEC" and before != ".") or (word in _INNER and before in _OPENING and after != "(")
        for before, word, after in zip(["", *words], words, [*words[1:], ""], strict=False)
    )


_INNER = {"DELETE", "INSERT", "UPDATE", "REPLACE", "DROP", "CREATE", "TRUNCATE", "ALTER"}
_CHANGING = _INNER | {"EXEC", "PULL", "PURGE", "NATIVEQUERY", "LOGIN", "SLEEP"}
# what a statement may begin behind; a parenthesis after the word makes it a function
_OPENING = {"(", "UNION", "ALL", "EXCEPT", "INTERSECT"}


class _Writer:
    """Puts a read together, and remembers what it names."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.aliases = 0
        self.forms: list[str] = []

    def word(self, text: str) -> str:
        """SQL's words in any case."""
        how = self.chance.random()
        if how < 0.5:
            return text
        if how < 0.75:
            return text.lower()
        return "".join(self.chance.choice((letter.lower(), letter.upper())) for letter in text)

    def space(self) -> str:
        return self.chance.choice(SPACES) if self.chance.random() < 0.25 else " "

    def join(self, *parts: str) -> str:
        return "".join(
            part + (self.space() if place < len(parts) - 1 else "") for place, part in enumerate(parts)
        )

    def alias(self) -> str:
        self.aliases += 1
        return f"t{self.aliases}"

    def column(self, alias: str = "") -> str:
        name = self.chance.choice(COLUMNS)
        return f"{alias}.{name}" if alias and self.chance.random() < 0.5 else name

    def value(self) -> str:
        return self.chance.choice(PARAMETERS) if self.chance.random() < 0.2 else self.chance.choice(LITERALS)

    def expression(self, alias: str = "", depth: int = 0) -> str:
        column, value, kind = self.column(alias), self.value(), self.chance.randrange(14 if depth < 2 else 2)
        inner = self.expression(alias, depth + 1) if kind > 1 else ""
        word = self.word
        return (
            column,
            value,
            f"{word('count')}(*)",
            f"{word('replace')}({column}, 'a', {inner})",
            f"{word('json_extract')}({column}, '$.a[0]')",
            f"{word('CASE')} {word('WHEN')} {column} = {inner} {word('THEN')} {value}"
            f" {word('ELSE')} {inner} {word('END')}",
            f"({inner})",
            f"{inner} {self.chance.choice(('+', '-', '*', '/', '||', '%'))} {column}",
            f"{word('CAST')}({inner} {word('AS')} {word('SIGNED')})"
            if self.chance.random() < 0.5
            else f"abs({inner})",
            f"{word('max')}({column}) {word('OVER')}"
            f" ({word('PARTITION BY')} {self.column(alias)} {word('ORDER BY')} n)",
            f"{word('coalesce')}({column}, {inner}, {value})",
            f"{column} {self.chance.choice(('->', '->>'))} '$.a'",
            f"hex({self.chance.choice(('x', 'X'))}'4a4B')",
            f"({word('SELECT')} {word('max')}(n) {word('FROM')} {self.table(self.alias())}"
            f" {word('WHERE')} n = {value})",
        )[kind]

    def condition(self, alias: str = "", depth: int = 0) -> str:
        column, kind = self.column(alias), self.chance.randrange(9 if depth < 2 else 5)
        word = self.word
        if kind == 0:
            return f"{column} {self.chance.choice(('=', '!=', '<>', '<', '>', '<=', '>='))} {self.expression(alias, 1)}"
        if kind == 1:
            return f"{column} {word('IN')} ({self.value()}, {self.value()})"
        if kind == 2:
            return f"{column} {word('LIKE')} {self.chance.choice(LITERALS[:16])}"
        if kind == 3:
            return f"{column} {word('IS')} {word('NOT')} {word('NULL')}"
        if kind == 4:
            return f"{column} {word('BETWEEN')} {self.value()} {word('AND')} {self.value()}"
        if kind == 5:
            return f"{column} {word('IN')} {self.query(depth + 1)}"
        if kind == 6:
            return f"{word('NOT')} ({self.condition(alias, depth + 1)})"
        joiner = word("AND" if kind == 7 else "OR")
        return self.join(self.condition(alias, depth + 1), joiner, self.condition(alias, depth + 1))

    def table(self, alias: str) -> str:
        between = self.chance.choice((" ", f" {self.word('AS')} "))
        return f"{self.chance.choice(RESOURCES)}{between}{alias}"

    def source(self, depth: int) -> tuple[str, str]:
        """What stands behind FROM, and an alias to name its columns with."""
        alias, other, kind = self.alias(), self.alias(), self.chance.randrange(10 if depth < 2 else 5)
        word, first = self.word, self.table(alias)
        if kind < 3:
            return first, alias
        if kind == 3:
            return f"{first}, {self.table(other)}", alias
        if kind == 4:
            return f"{first}, {word('json_each')}({alias}.tags) {other}", alias
        if kind == 5:
            return f"{first} {word('CROSS JOIN')} {self.table(other)}", alias
        if kind == 6:
            return f"{first} {word('NATURAL JOIN')} {self.table(other)}", alias
        if kind == 7:
            how = self.chance.choice(("JOIN", "INNER JOIN", "LEFT JOIN", "LEFT OUTER JOIN"))
            return f"{first} {word(how)} {self.table(other)} {word('ON')} {alias}.id = {other}.id", alias
        if kind == 8:
            return f"{first} {word('JOIN')} {self.table(other)} {word('USING')} (id)", alias
        return f"{self.query(depth + 1)} {alias}", alias

    def select(self, depth: int = 0) -> str:
        source, alias = self.source(depth)
        word = self.word
        listed = []
        for _ in range(self.chance.randint(1, 3)):
            shown = self.expression(alias)
            listed.append(
                f"{shown} {word('AS')} {self.chance.choice(COLUMNS)}" if self.chance.random() < 0.3 else shown
            )
        columns = "*" if self.chance.random() < 0.15 else ", ".join(listed)
        distinct = [word("DISTINCT")] if self.chance.random() < 0.1 else []
        parts = [word("SELECT"), *distinct, columns, word("FROM"), source]
        if self.chance.random() < 0.7:
            parts += [word("WHERE"), self.condition(alias)]
        if self.chance.random() < 0.2:
            parts += [word("GROUP BY"), self.column(alias)]
            if self.chance.random() < 0.4:
                parts += [word("HAVING"), f"{word('count')}(*) > 1"]
        if self.chance.random() < 0.25:
            parts += [word("ORDER BY"), self.column(alias), self.chance.choice((word("DESC"), word("ASC")))]
        if self.chance.random() < 0.25:
            parts += [word("LIMIT"), "10"]
        return self.join(*parts)

    def query(self, depth: int) -> str:
        return f"({self.select(depth)})"

    def read(self) -> tuple[str, str]:
        """A statement without its end, and what form it has."""
        kind, word = self.chance.randrange(12), self.word
        if kind < 6:
            return self.select(), "select"
        if kind == 6:
            return self.join(
                self.select(), word(self.chance.choice(("UNION", "UNION ALL"))), self.select()
            ), "union"
        if kind == 7:
            name = self.chance.choice(("q", "owned", '"my q"'))
            return self.join(
                word("WITH"), name, word("AS"), self.query(1), word("SELECT"), "*", word("FROM"), name
            ), "with"
        if kind == 8:
            return self.query(0), "parentheses"
        name = self.chance.choice(RESOURCES)
        provider, service = name.split(".")[:2]
        extended = [word("EXTENDED")] if self.chance.random() < 0.4 else []
        if kind == 9:
            shown = self.chance.choice(
                (
                    [word("PROVIDERS")],
                    [word("SERVICES"), word("IN"), provider],
                    [word("SERVICES"), word("FROM"), provider, word("LIKE"), "'%a; DELETE%'"],
                    [word("RESOURCES"), word("IN"), f"{provider}.{service}"],
                    [
                        word("METHODS"),
                        word("IN"),
                        name,
                        word("WHERE"),
                        "MethodName = 'list'",
                        word("AND"),
                        "SQLVerb LIKE 'S%'",
                    ],
                )
            )
            return self.join(word("SHOW"), *extended, *shown), "show"
        if kind == 10:
            directive = ["/*+ REQUIRED */"] if self.chance.random() < 0.3 else []
            shown = self.chance.choice(([word("VERSION")], [word("INSERT"), *directive, word("INTO"), name]))
            return self.join(
                word("SHOW"), *extended, *shown
            ), f"show {'version' if len(shown) == 1 else 'insert'}"
        return self.chance.choice(
            (
                (self.join(word("DESCRIBE"), *extended, name), "describe"),
                (self.join(word("DESC"), name), "describe"),
                (self.join(word("DESCRIBE"), word("METHOD"), *extended, f"{name}.list"), "describe"),
                (self.join(word("REGISTRY"), word("LIST")), "registry"),
                (self.join(word("REGISTRY"), word("LIST"), provider), "registry"),
            )
        )


def _make_read(chance: random.Random) -> Generated:
    writer = _Writer(chance)
    body, form = writer.read()
    start = chance.choice(("", "", "", "\n", "-- first; DELETE FROM x\n", "/* 'first' */ "))
    text = start + body + chance.choice(ENDS)
    return Generated(text, "read", form, *_list_names(text, form))


def _list_names(text: str, form: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The resources that a SELECT reads, in no order, and its parameters: a scan that knows literals and comments."""
    bare: list[str] = []
    place = 0
    while place < len(text):
        for opens, closes in (("--", "\n"), ("/*", "*/"), ("'", "'"), ('"', '"')):
            if text.startswith(opens, place):
                end = text.find(closes, place + len(opens))
                end = len(text) if end < 0 else end + len(closes)
                bare.append(text[place:end] if opens == '"' else " ")
                place = end
                break
        else:
            bare.append(text[place])
            place += 1
    plain = "".join(bare)
    given = sorted((at, one[1:]) for one in PARAMETERS for at in _find_all(plain, one))
    resources = tuple(one.replace('"', "") for one in RESOURCES if one in plain)
    reads = form in ("select", "union", "with", "parentheses")
    return resources if reads else (), tuple(dict.fromkeys(name for _, name in given))


def _find_all(text: str, part: str) -> Iterator[int]:
    at = text.find(part)
    while at >= 0:
        yield at
        at = text.find(part, at + 1)


def _spell(chance: random.Random, verb: str) -> str:
    """The write in another case, with other spaces and with comments in it; its literals stay."""
    pieces = verb.split("'")
    for place in range(0, len(pieces), 2):
        words = pieces[place]
        how = chance.random()
        words = (
            words.lower()
            if how < 0.3
            else "".join(chance.choice((c.lower(), c.upper())) for c in words)
            if how < 0.5
            else words
        )
        if chance.random() < 0.3 and "/*" not in words:
            words = words.replace(" ", chance.choice(("\n", "\t", "/**/", " /* ' */ ", " -- x\n", "  ")))
        pieces[place] = words
    return "'".join(pieces)


_FIRST_READS = (
    "SELECT 1",
    "SELECT a FROM b.c.d WHERE e = 'f'",
    "SHOW PROVIDERS",
    "DESCRIBE a.b.c",
    "(SELECT 1)",
    "REGISTRY LIST",
)
# where a write runs, by StackQL's rules; the first {} is the write
_SECOND = (
    "{r};{v}",
    "{r}; {v}",
    "{r};;{v}",
    "{r} -- x\n;{v}",
    "{r}/* ; */;{v}",
    "{v};{r}",
    "{v}; {r} -- end",
    "{r};\n\n{v};",
    "{r};{r};{v}",
    "/* {r} */{v}",
    "-- {r}\n{v}",
    "{r} -- '\n; {v} -- '",
    "{r} /* ' */; {v} /* ' */",
    '{r} /* " */; {v} -- "',
    ";{v}",
    "; ; {v};",
    # a comment ends at a line feed alone, and does not nest
    "-- x\r\n{v}",
    "/* /* */ {v} -- */",
    "/**/{v}/**/",
    "/* -- */{v}",
    "-- /*\n{v} -- */",
)
_LITERALS_THAT_END = (
    # each ends, or does not begin, where another reader thinks that it goes on
    "SELECT 'a\\\\'; {v}; --'",
    "SELECT x'zz; {v}; --'",
    "SELECT x'4; {v}; --'",
    "SELECT X'; {v}; --'",
    "SELECT b'2; {v}; --'",
    "SELECT B'012; {v}; --'",
    "SELECT 1 AS `a; {v}; SELECT 2 AS b`",
    "SELECT [a; {v}; --]",
    "SELECT $$a; {v}; --$$",
    "SELECT $tag$a; {v}; --$tag$",
    'SELECT "a\\"; {v}; --"',
    "SELECT 'a' 'b'; {v}; --'",
    "SELECT x'41'; {v} --'",
    "SELECT {{; {v}; }}",
    "SELECT N'a'; {v} --'",
    "SELECT 'a'''; {v} --'",
    "SELECT '''a'; {v} --'",
    'SELECT "a"""; {v} --"',
    "SELECT E'a\\\\'; {v} --'",
    "SELECT 1 -|-- '\n; {v} --'",
    "SELECT 1 /*! ; {v} */",
    "SELECT 1 /*! */; {v}",
    "SELECT '[\n1]'; {v} --'",
    "SELECT $filter; {v}",
    "SELECT x'41''42'; {v} --'",
    "SELECT a.$b'; {v} --'; {v}",
    "SELECT :a; {v}",
    "SELECT '[\n\"'; {v} --\"]'",
    "SELECT v1.2; {v}",
    "SELECT 1e5; {v}",
    "SELECT 0x41; {v}",
    "SELECT 1;\u00a0{v}",
    "SELECT 1;\ufeff{v}",
    "SELECT '<<<a>>>'; {v}",
    "SELECT 1;\f{v}",
    "SELECT 1 # '\n; {v} #'",
    "SELECT 1 // '\n; {v} //'",
)
_HOMES = (
    "{v}",
    " {v} ",
    "({v})",
    "(({v}))",
    "SELECT * FROM ({v})",
    "SELECT * FROM ({v}) x",
    "SELECT * FROM (/* ( */ {v}) x",
    "SELECT * FROM a.b.c x JOIN ({v}) y ON 1 = 1",
    "SELECT * FROM a.b.c, ({v}) y",
    "SELECT * FROM (SELECT * FROM ({v})) x",
    "WITH a AS ({v}) SELECT * FROM a",
    "WITH a AS (SELECT 1), b AS ({v}) SELECT * FROM a",
    "WITH a AS (SELECT 1) {v}",
    "SELECT ({v})",
    "SELECT a FROM b.c.d WHERE e IN ({v})",
    "SELECT a FROM b.c.d WHERE EXISTS ({v})",
    "SELECT 1 UNION {v}",
    "SELECT a FROM b.c.d WHERE e = ({v})",
    "SELECT 1 UNION ALL ({v})",
    "SELECT CASE WHEN ({v}) THEN 1 END",
    "SELECT * FROM a.b.c NATURAL JOIN ({v}) y",
    "SELECT * FROM a.b.c CROSS JOIN ({v})",
    "SELECT count({v})",
)
_PREFIXES = (
    "EXPLAIN {v}",
    "DESCRIBE {v}",
    "DESC {v}",
    "DESCRIBE EXTENDED {v}",
    "DESCRIBE ANALYZE {v}",
    "DESC FORMAT = TREE {v}",
    "SHOW {v}",
    "SHOW EXTENDED {v}",
    "EXPLAIN ANALYZE {v}",
    "SHOW INSERT INTO a.b.c {v}",
    "SHOW INSERT INTO ({v})",
    "SHOW VERSION {v}",
    "SHOW METHODS IN a.b.c WHERE d = ({v})",
    "REGISTRY LIST ({v})",
    "SHOW PROVIDERS {v}",
)


def _make_write(chance: random.Random) -> Generated:
    kind, end = chance.randrange(4), chance.choice(ENDS)
    if kind == 0:
        verb = _spell(chance, chance.choice(VERBS))
        text = chance.choice(_SECOND).replace("{r}", chance.choice(_FIRST_READS)).replace("{v}", verb) + end
        return Generated(text, "write", "second statement")
    if kind == 1:
        text = chance.choice(_LITERALS_THAT_END).replace("{v}", _spell(chance, chance.choice(VERBS)))
        return Generated(text, "write", "literal that ends")
    if kind == 2:
        form = chance.choice(_HOMES)
        verb = chance.choice(VERBS if form.strip(" ()") == "{v}" else INNER_VERBS)
        return Generated(form.replace("{v}", _spell(chance, verb)) + end, "write", "where a query belongs")
    verb = _spell(chance, chance.choice(INNER_VERBS))
    return Generated(chance.choice(_PREFIXES).replace("{v}", verb) + end, "write", "behind a reading word")


def _make_noise(chance: random.Random) -> Generated:
    makers: tuple[Callable[[random.Random], Generated], ...] = (_make_read, _make_write)
    first = chance.choice(makers)(chance)
    text = first.text
    for _ in range(chance.randint(1, 3)):
        at = chance.randint(0, len(text))
        text = text[:at] + chance.choice(NOISE) + text[at + chance.randint(0, 2) :]
    return Generated(text, "noise", first.form)


def is_leak(one: Generated, *travelling: str) -> bool:
    """Whether it should not have passed. travelling: the texts as which it goes to StackQL."""
    if one.kind == "write":
        return True
    return not all(only_reads(text) for text in (one.text, *travelling))


def seed_of_the_day() -> int:
    """The same for everybody all day (UTC), and another one tomorrow."""
    return datetime.now(UTC).toordinal()
