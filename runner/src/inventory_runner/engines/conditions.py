"""Conditions that StackQL computes wrongly, spliced into ones that it computes right.

It prints OR as `||`, which joins texts in SQLite, everywhere but at the top of a WHERE, where it asks the provider
for the first value alone; and it takes COUNT(*) in HAVING for 1. So `a OR b` becomes
`abs(NOT (NOT (a) AND NOT (b))) = 1`, which is as true, false and NULL, or an IN where all of it compares one column;
and COUNT(*) becomes `(count(*) + 0)`. What splicing cannot mend is refused.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from sqlglot import exp

from inventory_runner.contract import QuerySyntaxError
from inventory_runner.sql import lexer
from inventory_runner.sql.lexer import Kind, Token
from inventory_runner.sql.refusals import Form, refuse
from inventory_runner.sql.statement import Statement, read

# what stands before a condition or after it, at its own level of parentheses
_BOUNDS = (
    "SELECT", "DISTINCT", "ALL", "FROM", "WHERE", "ON", "USING", "GROUP", "ORDER", "BY", "HAVING", "LIMIT", "OFFSET",
    "UNION", "JOIN", "INNER", "LEFT", "OUTER", "CROSS", "WITH", "AS", "CASE", "WHEN", "THEN", "ELSE", "END", "ASC",
    "DESC", "OVER", "FILTER", "PARTITION",
)  # fmt: skip


def correct_conditions(statement: Statement) -> Statement:
    """The statement (without comments) with its conditions so; the lines stay. Raises QuerySyntaxError."""
    if statement.first is None or not statement.first.is_word("SELECT", "WITH"):
        return statement
    counted = _replace_text(statement, _correct_counts(statement.text, statement.tokens))
    line = next((token.line for token in counted.tokens if token.is_word("OR")), 0)
    if not line:
        return counted
    spliced = _replace_text(counted, _splice_ors(counted.text, counted.tokens))
    if not _is_same_query(counted, spliced):
        raise QuerySyntaxError(
            f"Line {line}: StackQL would compute this OR wrongly.",
            line=line,
            hint="Write it as IN (…), put its sides into parentheses, or join two SELECTs with UNION ALL.",
        )
    return spliced


def _replace_text(statement: Statement, parts: Iterable[str]) -> Statement:
    """A statement of these parts; the same where nothing is new, so that it is not read again."""
    text = "".join(parts)
    return statement if text == statement.text else read(text)


def _correct_counts(sql: str, tokens: Sequence[Token]) -> Iterator[str]:
    position = 0
    having: list[int] = []
    for i, token in enumerate(tokens):
        having = [depth for depth in having if depth <= token.depth]
        if _is_bound(tokens, i):
            having = [depth for depth in having if depth < token.depth]
            having += [token.depth] if token.is_word("HAVING") else []
        elif having and token.is_word("COUNT") and [t.text for t in tokens[i + 1 : i + 4]] == ["(", "*", ")"]:
            yield f"{sql[position : token.start]}({sql[token.start : tokens[i + 3].end]} + 0)"
            position = tokens[i + 3].end
    yield sql[position:]


def _splice_ors(sql: str, tokens: Sequence[Token]) -> Iterator[str]:
    position, i = 0, 0
    while i < len(tokens):
        if i == 0 or tokens[i - 1].text in (",", "(") or _is_bound(tokens, i - 1):
            end, ors = _find_condition(tokens, i)
            terms = [tokens[a + 1 : b] for a, b in zip([i - 1, *ors], [*ors, end], strict=True)]
            if ors and all(terms):
                yield sql[position : tokens[i].start] + _join_terms(sql, terms)
                position, i = tokens[end - 1].end, end
                continue
        i += 1
    yield sql[position:]


def _find_condition(tokens: Sequence[Token], i: int) -> tuple[int, list[int]]:
    """Where the condition that begins at i ends, and the places of its ORs at its own level."""
    depth, cases = tokens[i].depth, 0
    ors: list[int] = []
    for j in range(i, len(tokens)):
        token = tokens[j]
        if token.depth < depth or (
            token.text == ")" and token.depth == depth and not _opens_between(tokens, i, j)
        ):
            return j, ors
        if token.depth > depth:
            continue
        if token.is_word("CASE"):
            cases += 1
        elif token.is_word("END") and cases:
            cases -= 1
        elif not cases and (token.text in (",", ";") or _is_bound(tokens, j)):
            return j, ors
        elif not cases and token.is_word("OR"):
            ors.append(j)
    return len(tokens), ors


def _opens_between(tokens: Sequence[Token], i: int, j: int) -> bool:
    """Whether the parenthesis that closes at j was opened at i or later."""
    return any(token.text == "(" and token.depth == tokens[j].depth for token in tokens[i:j])


def _join_terms(sql: str, terms: Sequence[Sequence[Token]]) -> str:
    compared = [_split_comparison(sql, term) for term in terms]
    columns = {one[0] for one in compared if one}
    if len(columns) == 1 and all(compared):
        literals = ", ".join(one[1] for one in compared if one)
        return f"{sql[terms[0][0].start : terms[0][-3].end]} IN ({literals})"
    texts = [sql[term[0].start : term[-1].end] for term in terms]
    parts = ("".join(_splice_ors(text, lexer.read_tokens(text))) for text in texts)
    return f"abs(NOT ({' AND '.join(f'NOT ({part})' for part in parts)})) = 1"


def _split_comparison(sql: str, term: Sequence[Token]) -> tuple[str, str] | None:
    """(column, literal) of `column = literal`; None for anything else."""
    names = term[:-2]
    if not names or term[-2].text != "=" or term[-1].kind not in (Kind.STRING, Kind.NUMBER):
        return None
    if any(token.kind not in (Kind.WORD, Kind.QUOTED) and token.text != "." for token in names):
        return None
    if any(token.is_word("NOT", "AND") for token in names):
        return None
    return sql[names[0].start : names[-1].end], term[-1].text


def _is_bound(tokens: Sequence[Token], i: int) -> bool:
    around = {token.text for token in (*tokens[max(0, i - 1) : i], *tokens[i + 1 : i + 2])}
    return tokens[i].is_word(*_BOUNDS) and "." not in around


def _is_same_query(meant: Statement, written: Statement) -> bool:
    """Whether a parser reads the same in both, and no OR in the second."""
    if meant.query is None or written.query is None or written.query.find(exp.Or):
        return False
    try:
        return _simplify_tree(meant.query.copy()) == _simplify_tree(written.query.copy())
    except RecursionError:
        return False


def _simplify_tree(node: exp.Expr) -> exp.Expr:
    """The tree without parentheses, with `either(…)` for each OR, for what stands for one, and for each IN.

    The tree that was given is changed.
    """
    for child in list(node.iter_expressions()):
        if (plain := _simplify_tree(child)) is not child:
            child.replace(plain)
    match node:
        case exp.Paren():
            return node.this
        case exp.Or():
            return _make_either(list(node.flatten()))
        case exp.EQ(this=exp.Abs(this=exp.Not(this=exp.And() as terms))) if node.expression.name == "1":
            return _make_either([one.this for one in terms.flatten()])
        case exp.In(this=column, expressions=[_, *_]):
            return _make_either([exp.EQ(this=column.copy(), expression=one) for one in node.expressions])
    return node


def _make_either(terms: Sequence[exp.Expr]) -> exp.Expr:
    flat: list[exp.Expr] = []
    for term in terms:
        flat += term.expressions if isinstance(term, exp.Anonymous) and term.name == "either" else [term]
    return exp.Anonymous(this="either", expressions=[one.copy() for one in flat])


def has_doubtful_conditions(query: exp.Query) -> bool:
    """Whether `check` has anything to look at."""
    return (
        query.find(exp.Or) is not None
        or any(_find_compared_booleans(query))
        or any(_find_columns_beside_functions(query))
    )


def check(query: exp.Query, described: Mapping[str, str], parameters: Collection[str]) -> None:
    """Raise QuerySyntaxError or StatementRefused for conditions that nothing can make up for.

    described: columns in lower case and their types. parameters: names that methods ask for, in lower case.
    """
    for either in query.find_all(exp.Or):
        terms = list(either.flatten())
        if all(isinstance(one, exp.EQ) and isinstance(one.expression, exp.Literal) for one in terms) and (
            len({one.this.sql() for one in terms}) == 1
        ):
            continue
        for column in either.find_all(exp.Column):
            if column.name.lower() in parameters and column.name.lower() not in described:
                raise QuerySyntaxError(
                    f"{column.name} is a parameter of the provider's call, and stands under an OR.",
                    hint=f"Give it once, with AND, or as {column.name} IN (…).",
                )
    for column, value in _find_compared_booleans(query):
        if described.get(column.name.lower()) == "boolean" and column.name.lower() not in parameters:
            raise QuerySyntaxError(
                f"StackQL keeps {column.name} as 1 or 0, and finds nothing for {value.sql()}.",
                hint=f"Write {column.name} = {int(value.this)}.",
            )

    for column in _find_columns_beside_functions(query):
        if column.name.lower() in described and column.name.lower() not in parameters:
            raise refuse(Form.FUNCTION_WHERE, column.this.meta.get("line"))


def _find_columns_beside_functions(query: exp.Query) -> Iterator[exp.Column]:
    """The columns that = or IN compare in the WHERE of a SELECT with a table function; parameters are among them."""
    for where in query.find_all(exp.Where):
        tables = [] if where.parent is None else where.parent.find_all(exp.Table)
        if any(
            not isinstance(one.this, exp.Identifier) and one.find_ancestor(exp.Select) is where.parent
            for one in tables
        ):
            for one in where.find_all(exp.EQ, exp.In):
                yield from (side for side in one.iter_expressions() if isinstance(side, exp.Column))


def _find_compared_booleans(query: exp.Query) -> Iterator[tuple[exp.Column, exp.Boolean]]:
    for where in query.find_all(exp.Where):
        for one in where.find_all(exp.EQ, exp.NEQ):
            if isinstance(one.this, exp.Column) and isinstance(one.expression, exp.Boolean):
                yield one.this, one.expression
