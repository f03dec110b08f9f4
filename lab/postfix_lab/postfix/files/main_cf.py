"""main.cf: its parameters with their places, and the same file with one of them changed (postconf(5)).

One parser, read in two ways: `parameters` leaves out what Postfix could make nothing of, `read` refuses it. A change
leaves an admin's comments and order as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from postfix_lab.errors import InputError
from postfix_lab.postfix.files.lines import (
    COMMAS,
    SPACE,
    LogicalLine,
    Mistake,
    Span,
    logical_lines,
    name_and_value,
    split_lines,
)


@dataclass(frozen=True)
class Parameter:
    """One `name = value` with the numbers of its first and last line, from 1; 0 where no file has it."""

    name: str
    value: str
    """As Postfix has it: on one line, with the white space within it."""
    first: int
    last: int
    span: Span | None = field(default=None, repr=False, compare=False)
    """Where the value stands in the file."""

    @property
    def words(self) -> tuple[Span, ...]:
        """The value as a list: each word with its line."""
        return tuple(self.span.words(COMMAS)) if self.span else ()


def parameters(text: str) -> tuple[Parameter, ...]:
    """The parameters in the order of the file; a later one of a name wins."""
    return _parsed(text)[0]


def in_effect(text: str) -> dict[str, Parameter]:
    """The setting of each parameter that counts: the last one."""
    return {parameter.name: parameter for parameter in parameters(text)}


def read(text: str, file: str) -> dict[str, Parameter]:
    """The same; raises `InputError` with the line of the first that Postfix cannot read."""
    for mistake in _parsed(text)[1]:
        raise InputError(mistake.message, file, mistake.line)
    return in_effect(text)


def value(text: str, name: str) -> str | None:
    """What main.cf sets a parameter to, or nothing where it leaves the default."""
    found = in_effect(text).get(name)
    return found.value if found else None


def with_parameter(text: str, name: str, new: str) -> str:
    """The same main.cf with one parameter set; each earlier setting of it is taken out.

    A parameter that is set twice makes postconf(1) warn, so it is never just appended.
    """
    return without_parameter(text, name) + f"{name} = {new}".rstrip(SPACE) + "\n"


def without_parameter(text: str, name: str) -> str:
    """The same main.cf with no setting of that parameter, so that its default counts."""
    kept = split_lines(text)
    for parameter in reversed([p for p in parameters(text) if p.name == name]):
        own = kept[parameter.first - 1 : parameter.last]
        kept[parameter.first - 1 : parameter.last] = [line for line in own if line.lstrip(SPACE).startswith("#")]
    return "".join(f"{line}\n" for line in kept)


@lru_cache(maxsize=64)
def _parsed(text: str) -> tuple[tuple[Parameter, ...], tuple[Mistake, ...]]:
    found: list[Parameter] = []
    mistakes: list[Mistake] = []
    for line in logical_lines(text):
        named = None if line.misplaced else name_and_value(line.whole)
        if named is None:
            mistakes.append(Mistake(_what_is_wrong(line), line.first))
        else:
            name, span = named
            found.append(Parameter(name, span.text, line.first, line.last, span))
    return tuple(found), tuple(mistakes)


def _what_is_wrong(line: LogicalLine) -> str:
    if line.misplaced:
        return "the first setting must not begin with white space: it continues no other"
    name, equals, _ = line.text.partition("=")
    if not equals:
        return f"there is no = behind the parameter's name: {name.strip(SPACE)[:60]!r}"
    return f"a parameter's name is one word before the =, not {name.strip(SPACE)[:60]!r}"
