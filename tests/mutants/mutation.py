"""What can be changed in a module: one comparison, condition, returned value, operator or constant at a time.

Left alone is what no unit test of behaviour can notice: annotations, docstrings, decorators, `if TYPE_CHECKING`, assertions
(they narrow types here), `Literal[...]`, `strict=` of zip(), and text with a blank in it, which is prose for a person or part of an f-string.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add}
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_LEFT_ALONE = {"annotation", "returns", "decorator_list", "type_params", "type_comment"}


class Kind(StrEnum):
    """What is changed."""

    COMPARISON = "comparison"
    CONDITION = "condition"
    RESULT = "result"
    """A returned or yielded value."""
    OPERATOR = "operator"
    """Of arithmetic."""
    CONSTANT = "constant"


@dataclass(frozen=True)
class Mutation:
    """One change of a module: its index among all of them, in which function, and what the place says before and after."""

    module: str
    index: int
    line: int
    function: str
    change: str
    kind: Kind = Kind.CONDITION

    @property
    def name(self) -> tuple[str, str, str]:
        """What tells it from all others, and stays when lines move."""
        return self.module, self.function, self.change

    def __str__(self) -> str:
        return f"{self.module}:{self.line} {self.function}: {self.change}"


@dataclass(frozen=True)
class _Place:
    """A field of a node, or an item of a field that is a list, with what may stand there instead."""

    parent: ast.AST
    field: str
    item: int | None
    function: str
    other: ast.AST
    kind: Kind

    @property
    def node(self) -> ast.AST:
        value = getattr(self.parent, self.field)
        found = value if self.item is None else value[self.item]
        assert isinstance(found, ast.AST)
        return found

    def change(self) -> None:
        if self.item is None:
            setattr(self.parent, self.field, self.other)
        else:
            getattr(self.parent, self.field)[self.item] = self.other


def mutations(module: str, source: str) -> list[Mutation]:
    """All that can be changed in a module; equal changes of one function are numbered (`#2`)."""
    found: list[Mutation] = []
    times: dict[tuple[str, str], int] = {}
    for index, place in enumerate(_places(ast.parse(source), "")):
        change = f"{_text(place.node)} => {_text(place.other)}"
        count = times[place.function, change] = times.get((place.function, change), 0) + 1
        line = getattr(place.node, "lineno", 0)
        found.append(Mutation(module, index, line, place.function or "-", change + (f" #{count}" if count > 1 else ""), place.kind))
    return found


def mutate(source: str, index: int) -> ast.Module:
    """The module with the change of that index made."""
    tree = ast.parse(source)
    list(_places(tree, ""))[index].change()
    return ast.fix_missing_locations(tree)


def _places(node: ast.AST, function: str) -> Iterator[_Place]:
    for field, value in ast.iter_fields(node):
        if field in _LEFT_ALONE:
            continue
        items = list(enumerate(value)) if isinstance(value, list) else [(None, value)]
        for item, child in items:
            if not isinstance(child, ast.AST) or _is_left_alone(node, child):
                continue
            for kind, other in _variants(node, field, child):
                yield _Place(node, field, item, function, ast.copy_location(other, child), kind)
            inner = f"{function}.{child.name}".lstrip(".") if isinstance(child, _SCOPES) else function
            yield from _places(child, inner)


def _is_left_alone(parent: ast.AST, child: ast.AST) -> bool:
    """Whether nothing in it is changed."""
    if isinstance(child, ast.Expr):
        return isinstance(child.value, ast.Constant)
    if isinstance(child, ast.Subscript):
        return ast.unparse(child.value) == "Literal"
    if isinstance(child, ast.If):
        return ast.unparse(child.test) == "TYPE_CHECKING"
    if isinstance(parent, ast.Assign) and ast.unparse(parent.targets[0]) == "__all__":
        return True
    return isinstance(child, ast.Assert | ast.JoinedStr) or (isinstance(child, ast.keyword) and child.arg == "strict")


def _variants(parent: ast.AST, field: str, node: ast.AST) -> Iterator[tuple[Kind, ast.expr]]:
    """What may stand where the node stands."""
    is_result = isinstance(parent, ast.Return | ast.Yield)
    if field == "test" or (field == "guard" and isinstance(parent, ast.match_case)) or isinstance(parent, ast.comprehension):
        yield from ((Kind.CONDITION, other) for other in _negated(field, node))
    if is_result and not isinstance(node, ast.Constant):
        yield Kind.RESULT, ast.Constant(None)
    match node:
        case ast.Compare(ops=[operator]):
            changed = copy.deepcopy(node)
            changed.ops = [_COMPARISONS[type(operator)]()]
            yield Kind.COMPARISON, changed
        case ast.BoolOp(op=operator):
            yield Kind.CONDITION, ast.BoolOp(ast.Or() if isinstance(operator, ast.And) else ast.And(), copy.deepcopy(node.values))
        case ast.UnaryOp(op=ast.Not(), operand=operand) if field != "test":
            yield Kind.CONDITION, copy.deepcopy(operand)
        case ast.BinOp(op=operator) if type(operator) in _ARITHMETIC and not _is_text(node):
            yield Kind.OPERATOR, ast.BinOp(copy.deepcopy(node.left), _ARITHMETIC[type(operator)](), copy.deepcopy(node.right))
        case ast.Constant(value=value) if not isinstance(parent, ast.JoinedStr | ast.FormattedValue):
            yield from ((Kind.RESULT if is_result else Kind.CONSTANT, other) for other in _constants(value))


def _negated(field: str, node: ast.AST) -> Iterator[ast.expr]:
    """The opposite of a condition; one comparison, which has an opposite of its own, is left to that."""
    if field not in {"test", "guard", "ifs"} or not isinstance(node, ast.expr):
        return
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield copy.deepcopy(node.operand)
    elif not (isinstance(node, ast.Compare) and type(node.ops[0]) not in {ast.Lt, ast.LtE, ast.Gt, ast.GtE}):
        yield ast.UnaryOp(ast.Not(), copy.deepcopy(node))


def _constants(value: object) -> Iterator[ast.Constant]:
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int | float):
        yield ast.Constant(value + 1)
    elif isinstance(value, str) and " " not in value:
        yield ast.Constant(f"{value}XX")
    elif isinstance(value, bytes):
        yield ast.Constant(value + b"XX")


def _is_text(node: ast.BinOp) -> bool:
    """Whether a sum is plainly one of texts, which have no difference: every test would notice."""
    sides = (node.left, node.right)
    return any(isinstance(s, ast.JoinedStr) or (isinstance(s, ast.Constant) and isinstance(s.value, str | bytes)) for s in sides)


def _text(node: ast.AST) -> str:
    return " ".join(ast.unparse(node).split())
