"""The small changes that can be made to a Python source, for mutants.py. Standard library only.

Each is made in the text, at the places that the syntax tree gives, so that the rest stays as it was written.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

_COMPARISONS: dict[type[ast.cmpop], tuple[str, tuple[str, ...]]] = {
    ast.Eq: ("==", ("!=",)),
    ast.NotEq: ("!=", ("==",)),
    ast.Lt: ("<", ("<=", ">=")),
    ast.LtE: ("<=", ("<", ">")),
    ast.Gt: (">", (">=", "<=")),
    ast.GtE: (">=", (">", "<")),
    ast.In: ("in", ("not in",)),
    ast.NotIn: ("not in", ("in",)),
    ast.Is: ("is", ("is not",)),
    ast.IsNot: ("is not", ("is",)),
}
_ARITHMETIC: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "+"),
    ast.FloorDiv: ("//", "*"),
    ast.Mod: ("%", "*"),
}
_SWAPPED = {"any": "all", "all": "any", "min": "max", "max": "min"}
# a number from here on is a size that somebody chose: another one is no mistake
_SIZE = 10
# what a call of these leaves of a text is often the text itself
_TRIMS = {"strip", "lstrip", "rstrip"}


@dataclass(frozen=True)
class Change:
    """source[start:end] becomes `new`.

    function: where, `Class.method`; outside of functions the name that is assigned. before, after: the lines that it
    changes; in a table outside of functions only the element.
    """

    start: int
    end: int
    new: bytes
    function: str
    line: int
    before: str
    after: str

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells it from other changes, wherever in the file it stands."""
        return self.function, self.before, self.after

    def apply(self, source: bytes) -> bytes:
        """The source with the change."""
        return source[: self.start] + self.new + source[self.end :]


def find_changes(source: bytes) -> list[Change]:
    """Every change that leaves a program which can be read and is another one, in the order of the source."""
    tree = ast.parse(source)
    finder = _Finder(source)
    finder.visit(tree)
    original = ast.dump(tree)
    found = {}
    for change in sorted(finder.found, key=lambda c: (c.start, c.end, c.new)):
        changed = change.apply(source)
        if changed in found:
            continue
        try:
            if ast.dump(ast.parse(changed)) != original:
                found[changed] = change
        except SyntaxError:
            continue
    return list(found.values())


class _Finder(ast.NodeVisitor):
    def __init__(self, source: bytes) -> None:
        self.source = source
        self.lines = [0, *itertools.accumulate(len(line) for line in source.splitlines(keepends=True))]
        self.names: list[str] = []
        self.words: set[ast.AST] = set()
        self.last: set[ast.AST] = set()
        self.assigned: list[list[str]] = [[]]
        self.found: list[Change] = []

    # ---- places

    def _find_span(self, node: ast.AST) -> tuple[int, int]:
        start = self.lines[node.lineno - 1] + node.col_offset  # type: ignore[attr-defined]
        return start, self.lines[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]

    def _read_text(self, node: ast.AST) -> str:
        start, end = self._find_span(node)
        return self.source[start:end].decode()

    def _replace(self, place: ast.AST | tuple[int, int], new: str) -> None:
        start, end = place if isinstance(place, tuple) else self._find_span(place)
        first = self.source.rfind(b"\n", 0, start) + 1
        last = self.source.find(b"\n", end)
        last = len(self.source) if last < 0 else last
        before = self.source[first:last]
        after = self.source[first:start] + new.encode() + self.source[end:last]
        self.found.append(
            Change(
                start,
                end,
                new.encode(),
                ".".join(self.names),
                self.source.count(b"\n", 0, start) + 1,
                " ".join(before.decode().split()),
                " ".join(after.decode().split()),
            )
        )

    def _replace_between(self, left: ast.AST, right: ast.AST, old: str, new: str) -> None:
        """An operator: what stands between two nodes, but for parentheses and space."""
        start, end = self._find_span(left)[1], self._find_span(right)[0]
        pattern = re.escape(old).replace(r"\ ", r"\s+")
        match = re.fullmatch(rf"([\s)]*)({pattern})[\s(]*", self.source[start:end].decode())
        if match:
            self._replace((start + match.start(2), start + match.end(2)), new)

    def _delete_each(self, nodes: Iterable[ast.AST], among: Iterable[ast.AST] | None = None) -> None:
        """Each of the nodes, with the comma (or the operator) that joins it to its neighbours in `among`."""
        chosen = list(nodes)
        row = sorted(chosen if among is None else among, key=self._find_span)
        for place, node in enumerate(row):
            if node not in chosen:
                continue
            start, end = self._find_outer(node)
            if place + 1 < len(row):
                end = self._find_outer(row[place + 1])[0]
            elif place:
                start = self._find_outer(row[place - 1])[1]
            self._replace((start, end), "")
            if len(self.assigned) == 1:
                self.found[-1] = replace(
                    self.found[-1], before=" ".join(self._read_text(node).split()), after=""
                )

    def _find_outer(self, node: ast.AST) -> tuple[int, int]:
        """The node with the parentheses around it."""
        start, end = self._find_span(node)
        while True:
            before = re.search(rb"\(\s*$", self.source[:start])
            after = re.match(rb"\s*\)", self.source[end:])
            # a call's own parentheses follow a name
            if not before or not after or re.search(rb"[\w\])]$", self.source[: before.start()]):
                return start, end
            start, end = before.start(), end + after.end()

    # ---- scopes

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        stored = [n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
        arguments = [a.arg for a in ast.walk(node.args) if isinstance(a, ast.arg)]
        self.names.append(node.name)
        self.assigned.append(stored + arguments)
        self.last.add(node.body[-1])
        # neither annotations nor decorators
        for child in [
            *node.args.defaults,
            *(d for d in node.args.kw_defaults if d),
            *_skip_docstring(node),
        ]:
            self.visit(child)
        self.assigned.pop()
        self.names.pop()

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.names.append(node.name)
        for child in _skip_docstring(node):
            self.visit(child)
        self.names.pop()

    def visit_Module(self, node: ast.Module) -> None:
        for child in _skip_docstring(node):
            self.visit(child)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self._visit_value(node.target, node.value)

    def _visit_value(self, target: ast.expr, value: ast.expr) -> None:
        """Outside of functions what is changed is known by the name that it is assigned to."""
        if len(self.assigned) > 1:
            self.visit(value)
            return
        self.names.append(self._read_text(target))
        self.visit(value)
        self.names.pop()

    # ---- statements

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Call | ast.Yield | ast.YieldFrom):
            self._replace(node, "pass")
        self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> None:
        self._replace(node, "pass")
        self.generic_visit(node)

    def visit_Return(self, node: ast.Return) -> None:
        if node not in self.last:
            self._replace(node, "pass")
        if node.value is not None:
            # True and False are changed themselves
            if not isinstance(node.value, ast.Constant):
                self._replace(node, "return None")
            self.visit(node.value)

    def visit_Break(self, node: ast.Break) -> None:
        self._replace(node, "pass")

    def visit_Continue(self, node: ast.Continue) -> None:
        self._replace(node, "pass")

    def visit_Assign(self, node: ast.Assign) -> None:
        names = [n.id for target in node.targets for n in ast.walk(target) if isinstance(n, ast.Name)]
        # where a name has another value without it; else the program breaks at once
        if names and all(self.assigned[-1].count(name) > 1 for name in names):
            self._replace(node, "pass")
        self._visit_value(node.targets[0], node.value)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self._replace(node, "pass")
        if isinstance(node.op, ast.Add):
            start, end = self._find_span(node.target)[1], self._find_span(node.value)[0]
            self._replace((start, end), " -= ")
            self._replace((start, end), " = ")
        self.visit(node.value)

    def visit_If(self, node: ast.If) -> None:
        self._negate(node.test)
        self.generic_visit(node)

    def visit_While(self, node: ast.While) -> None:
        self._negate(node.test)
        self.generic_visit(node)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if isinstance(node.type, ast.Tuple):
            self._delete_each(node.type.elts)
        for child in node.body:
            self.visit(child)

    # ---- expressions

    def _negate(self, test: ast.expr) -> None:
        negation = isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
        # both have a change of their own that says the same
        if not negation and not (isinstance(test, ast.Compare) and len(test.ops) == 1):
            self._replace(test, f"not ({self._read_text(test)})")

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self._negate(node.test)
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        for test in node.ifs:
            self._negate(test)
            self._replace(test, "True")
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        if isinstance(node.op, ast.Not):
            self._replace(node, self._read_text(node.operand))
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        for left, operator, right in zip(
            [node.left, *node.comparators], node.ops, node.comparators, strict=False
        ):
            old, news = _COMPARISONS[type(operator)]
            for new in news:
                self._replace_between(left, right, old, new)
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        for left, right in itertools.pairwise(node.values):
            self._replace_between(left, right, old, new)
        self._delete_each(node.values)
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        if isinstance(node.op, ast.BitOr | ast.BitAnd):
            self._delete_each([node.left, node.right])
        elif type(node.op) in _ARITHMETIC:
            self._replace_between(node.left, node.right, *_ARITHMETIC[type(node.op)])
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        value = node.value
        if node in self.words:
            return
        if isinstance(value, bool):
            self._replace(node, str(not value))
        elif isinstance(value, int) and value < _SIZE:
            self._replace(node, str(value + 1))
            if value:
                self._replace(node, str(value - 1))
        elif isinstance(value, str) and not re.search(r"\s", value):
            # a sentence is for people, and a statement that is gone is noticed anyway
            self._replace(node, '""' if value else '"x"')

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        # places within an f-string are exact from Python 3.12 on only
        return

    def visit_Call(self, node: ast.Call) -> None:
        function = node.func
        if isinstance(function, ast.Name) and function.id in _SWAPPED:
            self._replace(function, _SWAPPED[function.id])
        bare = not node.args and not node.keywords
        if isinstance(function, ast.Attribute) and (bare or function.attr in _TRIMS):
            self._replace(node, self._read_text(function.value))
        if len(node.args) > 1 and all(_is_word(argument) for argument in node.args):
            self._delete_elements(node.args, 2)
        # strict says what a programmer knows; without it zip does the same
        named = [word for word in node.keywords if word.arg != "strict"]
        self._delete_each(named, [*node.args, *node.keywords])
        for child in [function, *node.args, *named]:
            self.visit(child)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        # a type: Callable[[A], B]
        if not (isinstance(node.value, ast.Name) and node.value.id[:1].isupper()):
            self.generic_visit(node)

    def visit_Set(self, node: ast.Set) -> None:
        self._delete_elements(node.elts, 2)
        self.generic_visit(node)

    def visit_List(self, node: ast.List) -> None:
        self._delete_elements(node.elts, 2)
        self.generic_visit(node)

    def visit_Tuple(self, node: ast.Tuple) -> None:
        if isinstance(node.ctx, ast.Load):
            # a pair is mostly a record, which breaks at once
            self._delete_elements(node.elts, 3)
        self.generic_visit(node)

    def _delete_elements(self, elements: list[ast.expr], least: int) -> None:
        if len(elements) >= least:
            self._delete_each(elements)
            # a word that is gone is change enough
            self.words.update(elements)

    def visit_Dict(self, node: ast.Dict) -> None:
        pairs = [(key, value) for key, value in zip(node.keys, node.values, strict=True) if key is not None]
        for key, value in pairs:
            start, end = self._find_span(key)[0], self._find_span(value)[1]
            comma = re.match(rb"\s*,", self.source[end:])
            self._replace((start, end + (comma.end() if comma else 0)), "")
        # a record's names are words for others, a mistake in them breaks at once
        for value in node.values:
            self.visit(value)


def _skip_docstring(node: ast.Module | ast.ClassDef | ast.FunctionDef) -> Iterator[ast.stmt]:
    yield from node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body


def _is_word(node: ast.expr) -> bool:
    return isinstance(node, ast.Starred) or (isinstance(node, ast.Constant) and isinstance(node.value, str))
