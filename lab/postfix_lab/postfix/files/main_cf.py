"""main.cf: its parameters with their places, and changes of one parameter (postconf(5)).

There is one parser: `parameters` leaves out lines that Postfix cannot read, `read` raises an error for them. A change
keeps the admin's comments and order.
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
    """One `name = value` with the numbers of its first and last line, from 1; 0 if it is in no file."""

    name: str
    value: str
    """On one line, as Postfix joins it; white space within it is kept."""
    first: int
    last: int
    span: Span | None = field(default=None, repr=False, compare=False)
    """The value's range in the file."""

    @property
    def words(self) -> tuple[Span, ...]:
        """The words of the value as a list, each with its line."""
        return tuple(self.span.words(COMMAS)) if self.span else ()


def parameters(text: str) -> tuple[Parameter, ...]:
    """The parameters in the order of the file; of several settings of a name the last one counts."""
    return _parse(text)[0]


def in_effect(text: str) -> dict[str, Parameter]:
    """The setting of each parameter that is in effect: the last one."""
    return {parameter.name: parameter for parameter in parameters(text)}


def read(text: str, file: str) -> dict[str, Parameter]:
    """The same; raises `InputError` with the first line that Postfix cannot read."""
    for mistake in _parse(text)[1]:
        raise InputError(mistake.message, file, mistake.line)
    return in_effect(text)


def value(text: str, name: str) -> str | None:
    """The value of a parameter in main.cf; None if it is not set there."""
    found = in_effect(text).get(name)
    return found.value if found else None


def with_parameter(text: str, name: str, new: str) -> str:
    """The text of main.cf with one parameter set; earlier settings of it are removed.

    They are removed because postconf(1) warns of a parameter that is set twice.
    """
    return without_parameter(text, name) + f"{name} = {new}".rstrip(SPACE) + "\n"


def without_parameter(text: str, name: str) -> str:
    """The text of main.cf without any setting of that parameter, so that its default is in effect."""
    kept = split_lines(text)
    for parameter in reversed([p for p in parameters(text) if p.name == name]):
        own = kept[parameter.first - 1 : parameter.last]
        kept[parameter.first - 1 : parameter.last] = [line for line in own if line.lstrip(SPACE).startswith("#")]
    return "".join(f"{line}\n" for line in kept)


@lru_cache(maxsize=64)
def _parse(text: str) -> tuple[tuple[Parameter, ...], tuple[Mistake, ...]]:
    found: list[Parameter] = []
    mistakes: list[Mistake] = []
    for line in logical_lines(text):
        named = None if line.is_misplaced else name_and_value(line.whole)
        if named is None:
            mistakes.append(Mistake(_problem(line), line.first))
        else:
            name, span = named
            found.append(Parameter(name, span.text, line.first, line.last, span))
    return tuple(found), tuple(mistakes)


def _problem(line: LogicalLine) -> str:
    if line.is_misplaced:
        return "the first setting must not begin with white space: it continues no other"
    name, equals, _ = line.text.partition("=")
    if not equals:
        return f"there is no = behind the parameter's name: {name.strip(SPACE)[:60]!r}"
    return f"a parameter's name is one word before the =, not {name.strip(SPACE)[:60]!r}"
