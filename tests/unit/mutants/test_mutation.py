from __future__ import annotations

import ast

import pytest

from tests.mutants.mutation import Kind, mutate, mutations


def changes(source: str) -> list[str]:
    return [mutation.change for mutation in mutations("m.py", source)]


@pytest.mark.parametrize(
    "source, expected",
    [
        ("a = b == c", ["b == c => b != c"]),
        ("a = b < c", ["b < c => b <= c"]),
        ("a = b not in c", ["b not in c => b in c"]),
        ("a = b is None", ["b is None => b is not None"]),
        ("a = b < c < d", []),
        ("a = b and c", ["b and c => b or c"]),
        ("a = not b", ["not b => b"]),
        ("a = b + c", ["b + c => b - c"]),
        ("a = 'b ' + c", []),
        ("a = True", ["True => False"]),
        ("a = 1", ["1 => 2"]),
        ("a = 'word'", ["'word' => 'wordXX'"]),
        ("a = 'prose for a person'", []),
        ("a = b'octets'", ["b'octets' => b'octetsXX'"]),
        ("if a: b()", ["a => not a"]),
        ("if not a: b()", ["not a => a"]),
        ("if a == b: c()", ["a == b => a != b"]),
        ("if a < b: c()", ["a < b => not a < b", "a < b => a <= b"]),
        ("x = b if a else c", ["a => not a"]),
        ("x = [a for a in b if a]", ["a => not a"]),
        ("match a:\n  case b if c: d()", ["c => not c"]),
        ("def f(): return a", ["a => None"]),
        ("def f(): yield a", ["a => None"]),
        ("def f(): return None", []),
    ],
)
def test_each_kind_of_change(source: str, expected: list[str]) -> None:
    """One comparison, condition, operator, constant or returned value, each with what stands there instead."""
    assert changes(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        '"""doc"""',
        "a: Literal['word']",
        "def f(a: 'Word') -> 'Word': g(a)",
        "@cache(1)\ndef f(): g()",
        "if TYPE_CHECKING: import a",
        "assert a == 1",
        "zip(a, b, strict=True)",
        "A = Literal['word']",
        "__all__ = ['a']",
        "f'{a}word'",
    ],
)
def test_what_is_left_alone(source: str) -> None:
    """What no test of behaviour can notice is no mutant."""
    assert changes(source) == []


@pytest.mark.parametrize(
    "source, kinds",
    [
        ("a = b == c", [Kind.COMPARISON]),
        ("if a < b: c()", [Kind.CONDITION, Kind.COMPARISON]),
        ("a = b and not c", [Kind.CONDITION, Kind.CONDITION]),
        ("def f(): return a", [Kind.RESULT]),
        ("def f(): return 'word'", [Kind.RESULT]),
        ("def f(): return a + 1", [Kind.RESULT, Kind.OPERATOR, Kind.CONSTANT]),
        ("a = 1", [Kind.CONSTANT]),
    ],
)
def test_kinds(source: str, kinds: list[Kind]) -> None:
    """By what is changed; a constant that is returned is a result."""
    assert [mutation.kind for mutation in mutations("m.py", source)] == kinds


def test_the_function_is_named() -> None:
    """By its class and by the functions around it; what stands outside of all is a dash."""
    source = "A = 1\nclass C:\n  B = 2\n  def f(self):\n    def g(): return a\n"
    assert [(mutation.function, mutation.line) for mutation in mutations("m.py", source)] == [("-", 1), ("C", 3), ("C.f.g", 5)]


def test_equal_changes_are_told_apart() -> None:
    """The second one of a function has a number, so that each has a name of its own."""
    source = "def f():\n  a(1)\n  b(1)\ndef g():\n  a(1)\n"
    assert [m.name[1:] for m in mutations("m.py", source)] == [("f", "1 => 2"), ("f", "1 => 2 #2"), ("g", "1 => 2")]


def test_a_line_for_a_person() -> None:
    """Where it is, and what is changed there."""
    assert [str(mutation) for mutation in mutations("a/m.py", "\nb = 1")] == ["a/m.py:2 -: 1 => 2"]


def test_exactly_one_change_is_made() -> None:
    """Each index makes its own change and nothing else."""
    source = "x = a == 1 and b"
    made = [ast.unparse(mutate(source, mutation.index)) for mutation in mutations("m.py", source)]
    assert made == ["x = a == 1 or b", "x = a != 1 and b", "x = a == 2 and b"]
