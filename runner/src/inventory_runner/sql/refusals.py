"""What the guard refuses: each form once, with the reason and what to write instead.

docs/statements.md has a row for each, with an example; a test compares the two.
"""

from __future__ import annotations

from enum import StrEnum

from inventory_runner.errors import NotInStackQL, StatementRefused

READING_FORMS = "Write one SELECT, SHOW, DESCRIBE or REGISTRY LIST statement."


class Form(StrEnum):
    """What a refusal is about. The values are the anchors of the rows in docs/statements.md."""

    EMPTY = "empty"
    TOO_LONG = "too-long"
    HALF_CHARACTER = "half-character"
    NUL = "nul"
    TEMPLATE = "template"
    SEVERAL = "several"
    VERB = "verb"
    SHOW = "show"
    DESCRIBE = "describe"
    REGISTRY = "registry"
    EXECUTED_COMMENT = "executed-comment"
    OPEN_COMMENT = "open-comment"
    HASH = "hash"
    SLASHES = "slashes"
    BACKTICK = "backtick"
    BRACKET = "bracket"
    BRACE = "brace"
    DOLLAR = "dollar"
    AT = "at"
    COLON = "colon"
    BACKSLASH = "backslash"
    CHARACTER = "character"
    NUMBER = "number"
    OPEN_LITERAL = "open-literal"
    OPEN_NAME = "open-name"
    EMPTY_NAME = "empty-name"
    LINES = "lines"
    ESCAPED_QUOTE = "escaped-quote"
    PREFIX = "prefix"
    HEX = "hex"
    HEX_COMPARED = "hex-compared"
    GLUED_PARAMETER = "glued-parameter"
    TWO_READINGS = "two-readings"
    WORD = "word"
    FUNCTION = "function"
    NO_QUERY = "no-query"
    CHANGE = "change"
    CAST_TYPE = "cast-type"
    MATCHING = "matching"
    IS_VALUE = "is-value"
    NULLS = "nulls"
    FILTER = "filter"
    WINDOW = "window"
    SETS = "sets"
    USING = "using"
    FULL_JOIN = "full-join"
    TABLE_FUNCTION = "table-function"
    FUNCTION_WHERE = "function-where"
    STAR = "star"
    LONG_COLUMN = "long-column"
    CTE = "cte"
    REMAINDER = "remainder"
    BARE_SELECT = "bare-select"
    VALUES = "values"


# what StackQL's grammar lacks, in the order in which the assistant is told
LACKING = (
    Form.CAST_TYPE, Form.MATCHING, Form.IS_VALUE, Form.NULLS, Form.FILTER, Form.WINDOW, Form.SETS, Form.USING,
    Form.FULL_JOIN, Form.TABLE_FUNCTION, Form.FUNCTION_WHERE, Form.STAR, Form.LONG_COLUMN, Form.CTE, Form.REMAINDER,
    Form.BARE_SELECT, Form.VALUES,
)  # fmt: skip


# form → (reason, what to write); the words in braces are filled in
_TEXTS = {
    Form.EMPTY: ("There is no statement to run.", READING_FORMS),
    Form.TOO_LONG: (
        "The statement is longer than {longest:,} characters.",
        "Shorten it: fewer values, for one.",
    ),
    Form.HALF_CHARACTER: ("The text holds half a character.", "Type it again."),
    Form.NUL: ("There is a NUL character.", "Remove it."),
    Form.TEMPLATE: ("{mark} would be expanded before the query runs.", "Write a parameter, such as :region."),
    Form.SEVERAL: ("More than one statement.", "Run one statement at a time."),
    Form.VERB: ("A statement that starts with {word} is not run.", READING_FORMS),
    Form.SHOW: (
        "This SHOW is not run.",
        "Write one of: SHOW PROVIDERS, SHOW SERVICES IN aws, SHOW RESOURCES IN aws.ec2, SHOW METHODS IN"
        " aws.ec2.instances, SHOW INSERT INTO aws.s3.buckets, SHOW VERSION, each also as SHOW EXTENDED ….",
    ),
    Form.DESCRIBE: (
        "This DESCRIBE is not run.",
        "Write one of: DESCRIBE aws.ec2.instances, DESCRIBE EXTENDED aws.ec2.instances,"
        " DESCRIBE METHOD aws.ec2.instances.describe.",
    ),
    Form.REGISTRY: ("This REGISTRY statement is not run.", "Write one of: REGISTRY LIST, REGISTRY LIST aws."),
    Form.EXECUTED_COMMENT: ("A comment that starts with /*! is executed.", "Write a plain comment."),
    Form.OPEN_COMMENT: ("A comment is not closed.", "Close it with */."),
    Form.HASH: ("StackQL reads # as a comment.", "Write comments with -- and a space."),
    Form.SLASHES: ("StackQL reads // as a comment.", "Write comments with -- and a space."),
    Form.BACKTICK: ("Backticks do not quote in StackQL.", 'Quote a name with "…".'),
    Form.BRACKET: ("Square brackets are not StackQL.", "Take a JSON element with json_extract(col, '$[0]')."),
    Form.BRACE: ("Braces are not StackQL.", "Remove them."),
    Form.DOLLAR: ("A dollar sign stands outside a literal and begins no name.", "Put it into '…'."),
    Form.AT: ("An @ stands outside a literal.", "Put it into '…'."),
    Form.COLON: (
        "A colon begins no parameter.",
        "Write a parameter as :name, a text as '…', a cast as CAST(a AS SIGNED).",
    ),
    Form.BACKSLASH: ("A backslash stands outside a literal.", "Remove it."),
    Form.CHARACTER: ("The character {character} stands outside a literal.", "Use plain ASCII letters there."),
    Form.NUMBER: ("A number runs into a name.", "Put a space between them."),
    Form.OPEN_LITERAL: ("A literal is not closed.", "Close it with '."),
    Form.OPEN_NAME: ("A quoted name is not closed.", 'Close it with ".'),
    Form.EMPTY_NAME: ("A quoted name is empty.", "Write a text as '…'."),
    Form.LINES: (
        "A literal goes over the end of a line, which becomes a space on its way to StackQL.",
        "Close it with ', or keep it on one line. A JSON array or object may go over several lines.",
    ),
    Form.ESCAPED_QUOTE: (r"\' is read in two ways.", "Write a quote inside a literal as ''."),
    Form.PREFIX: (
        "{word}'…' is read in two ways.",
        "Leave out what stands before the literal, or put a space between.",
    ),
    Form.HEX: (
        "{word}'…' holds something else than pairs of hexadecimal digits.",
        "Write the text itself as '…'.",
    ),
    Form.HEX_COMPARED: (
        "x'…' is bytes: no text equals them, and a provider would be sent the digits.",
        "Write the text itself as '…'.",
    ),
    Form.GLUED_PARAMETER: ("{name} runs into what stands before it.", "Put a space before it."),
    Form.TWO_READINGS: ("A literal here is read in two ways.", "Write it more plainly."),
    Form.WORD: (
        "{word} is not run: it may change something.",
        READING_FORMS + ' A column of that name is written "{name}".',
    ),
    Form.FUNCTION: ("The function {word} is not run: it reaches outside the query.", "Remove it."),
    Form.NO_QUERY: ("This is not one SELECT statement.", READING_FORMS),
    Form.CHANGE: ("{word} is not run: it may change something.", READING_FORMS),
    Form.CAST_TYPE: ("StackQL casts to numbers and texts alone.", "Cast to INTEGER, REAL, DECIMAL or CHAR."),
    Form.MATCHING: (
        "StackQL has no GLOB, no MATCH and no REGEXP.",
        "Write a LIKE '…%', or regexp_like(a, '…') = 1.",
    ),
    Form.IS_VALUE: ("StackQL's IS takes NULL, TRUE and FALSE alone.", "Compare with =, and with IS NULL."),
    Form.NULLS: ("StackQL has no NULLS FIRST and no NULLS LAST.", "Write ORDER BY a IS NULL, a."),
    Form.FILTER: ("StackQL has no FILTER.", "Write sum(CASE WHEN … THEN 1 ELSE 0 END)."),
    Form.WINDOW: (
        "StackQL has no named windows, no GROUPS and no EXCLUDE.",
        "Write the window behind each OVER: OVER (PARTITION BY a ORDER BY b).",
    ),
    Form.SETS: (
        "StackQL has no EXCEPT and no INTERSECT.",
        "Join the two, and ask for IS NULL or IS NOT NULL.",
    ),
    Form.USING: ("StackQL has no USING and no NATURAL.", "Write ON a.id = b.id."),
    Form.FULL_JOIN: ("StackQL has no FULL JOIN.", "Join two LEFT JOINs with UNION."),
    Form.TABLE_FUNCTION: (
        "StackQL's one table function is json_each, behind a comma and behind all other tables.",
        "Write FROM a.b.c t, json_each(t.list) AS each_one.",
    ),
    Form.FUNCTION_WHERE: (
        "StackQL leaves out the conditions of a SELECT that reads json_each, but for parameters.",
        "Make it a derived table, and put them into a WHERE around it.",
    ),
    Form.STAR: ("StackQL has no a.* beside other tables.", "Name the columns."),
    Form.LONG_COLUMN: ("StackQL has no column names of four parts.", "Give the resource an alias: t.name."),
    Form.CTE: (
        "StackQL's WITH names one SELECT each, which reads resources: no name of another, no RECURSIVE,"
        " no MATERIALIZED, no list of columns.",
        "Put the inner SELECT into FROM (SELECT …) t, and name columns with AS.",
    ),
    Form.REMAINDER: (
        "StackQL has no % over a derived table, a name of WITH, or in an outer join's ON.",
        "Compute it in the inner SELECT, as a column: a % 2 AS rest.",
    ),
    Form.BARE_SELECT: (
        "StackQL has no SELECT without FROM inside of an expression.",
        "Write the value itself, or EXISTS (SELECT a FROM b.c.d).",
    ),
    Form.VALUES: ("StackQL has no VALUES.", "Write SELECT … UNION ALL SELECT …."),
}


def refuse(form: Form, line: int | None = None, **words: object) -> StatementRefused:
    """The error for a form: `Line 3: Backticks do not quote in StackQL.` words: what its text leaves open."""
    reason, hint = _TEXTS[form]
    place = f"Line {line}: " if line is not None else ""
    kind = NotInStackQL if form in LACKING else StatementRefused
    return kind(place + reason.format(**words), hint=hint.format(**words), line=line, form=form)


def describe_form(form: Form) -> tuple[str, str]:
    """The form's reason and what to write, with … for what depends on the statement."""
    reason, hint = _TEXTS[form]
    words = _Ellipses()
    return reason.format_map(words), hint.format_map(words)


class _Ellipses(dict[str, object]):
    def __missing__(self, name: str) -> str:
        return _Ellipsis()


class _Ellipsis(str):
    def __new__(cls) -> _Ellipsis:
        return super().__new__(cls, "…")

    def __format__(self, _specification: str) -> str:
        return "…"
