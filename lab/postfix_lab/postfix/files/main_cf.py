"""main.cf and master.cf as text that is changed in place: an admin's comments and order stay.

Both files are made of logical lines (postconf(5), master(5)): a line that begins with white space
continues the one before it, comments and empty lines in between do not end it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

_ENTRY = 8
"""Fields of a master.cf entry: service type private unpriv chroot wakeup maxproc command."""
_CHROOT = 4


@dataclass(frozen=True)
class Parameter:
    """One `name = value` of main.cf with the numbers of its first and last line, from 1."""

    name: str
    value: str
    first: int
    last: int


@dataclass(frozen=True)
class Service:
    """One entry of master.cf with the numbers of its first and last line, from 1."""

    name: str
    type: str
    command: str
    first: int
    last: int

    @property
    def key(self) -> str:
        """How postconf(1) names it: `submission/inet`."""
        return f"{self.name}/{self.type}"


def services(text: str) -> tuple[Service, ...]:
    """The entries of a master.cf in the order of the file; what has too few fields is none."""
    found = []
    for first, last, line in logical_lines(text):
        fields = line.split(maxsplit=_ENTRY - 1)
        if len(fields) == _ENTRY:
            found.append(Service(fields[0], fields[1], fields[-1].split()[0], first, last))
    return tuple(found)


def parameters(text: str) -> tuple[Parameter, ...]:
    """The parameters of a main.cf in the order of the file; a later one of a name wins."""
    found = []
    for first, last, line in logical_lines(text):
        name, equals, value = line.partition("=")
        if equals:
            found.append(Parameter(name.strip(), " ".join(value.split()), first, last))
    return tuple(found)


def value(text: str, name: str) -> str | None:
    """What main.cf sets a parameter to, or nothing where it leaves the default."""
    return next((p.value for p in reversed(parameters(text)) if p.name == name), None)


def with_parameter(text: str, name: str, new: str) -> str:
    """The same main.cf with one parameter set; each earlier setting of it is taken out.

    A parameter that is set twice makes postconf(1) warn, so it is never just appended.
    """
    return without_parameter(text, name) + f"{name} = {new}".rstrip() + "\n"


def without_parameter(text: str, name: str) -> str:
    """The same main.cf with no setting of that parameter, so that its default counts."""
    lines = text.splitlines()
    for parameter in reversed([p for p in parameters(text) if p.name == name]):
        kept = [line for line in lines[parameter.first - 1 : parameter.last] if line.lstrip().startswith("#")]
        lines[parameter.first - 1 : parameter.last] = kept
    return "".join(f"{line}\n" for line in lines)


def with_chroot(text: str, command: str, state: str) -> str:
    """The same master.cf with the chroot column of every service that runs `command` set to `y` or `n`."""

    def change(fields: list[str]) -> list[str]:
        return [*fields[:_CHROOT], state, *fields[_CHROOT + 1 :]]

    return _with_services(text, command, change)


def without_options(text: str, names: Collection[str]) -> str:
    """The same master.cf without the `-o name=value` of these names, in whatever service; line numbers stay."""
    spelled = "|".join(re.escape(name) for name in names)
    option = re.compile(rf"-o\s*(?:\{{\s*(?:{spelled})\s*=[^}}]*\}}|(?:{spelled})=\S*)")
    lines = text.split("\n")
    return "\n".join(line if line.lstrip().startswith("#") else option.sub("", line) for line in lines)


def _with_services(text: str, command: str, change: Callable[[list[str]], list[str]]) -> str:
    lines = text.splitlines()
    for first, _, _ in logical_lines(text):
        fields = re.split(r"\s+", lines[first - 1].strip(), maxsplit=_ENTRY - 1)
        if len(fields) == _ENTRY and fields[_ENTRY - 1].split()[0] == command:
            lines[first - 1] = " ".join(change(fields))
    return "\n".join(lines) + "\n"


def logical_lines(text: str) -> Iterator[tuple[int, int, str]]:
    """Each logical line with the numbers of its first and last line, its parts joined by blanks."""
    first = last = 0
    collected = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if line[0].isspace() and first:
            collected, last = f"{collected} {line.strip()}", number
            continue
        if first:
            yield first, last, collected
        first = last = number
        collected = line.rstrip()
    if first:
        yield first, last, collected
