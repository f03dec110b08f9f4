"""master.cf as data: services and their options, each with the line that it stands in (master(5)).

What master(8) would die of, or what no service could mean, is refused here, with its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from postfix_lab.errors import InputError
from postfix_lab.postfix.files import main_cf
from postfix_lab.text import did_you_mean, printable, shorten

_WORD = re.compile(r"\{(?:[^{}]|\{[^{}]*\})*\}|\S+")
_KINDS = ("inet", "unix", "fifo", "pass", "unix-dgram")
_FIELDS = ("service", "type", "private", "unpriv", "chroot", "wakeup", "maxproc", "command")
_COLUMN = re.compile(r"[yn-]")
_NUMBER = re.compile(r"-|\d+\??")
_PORTS = {"smtp": "25", "submission": "587", "smtps": "465", "submissions": "465", "ssmtp": "465", "urd": "465"}


@dataclass(frozen=True)
class Word:
    """One word of an entry and the line that it begins in."""

    text: str
    line: int


@dataclass(frozen=True)
class Option:
    """`-o name=value` of a service."""

    name: str
    value: str
    line: int


@dataclass(frozen=True)
class Service:
    """One entry of master.cf."""

    name: str
    kind: str
    chrooted: bool
    command: str
    words: tuple[Word, ...]
    """What follows the command, options and arguments."""
    options: tuple[Option, ...]
    first: int
    last: int
    private: bool = True
    """Whether its socket is in the queue's folder `private`, else in `public`."""

    @property
    def address(self) -> str:
        """The address that an `inet` service is bound to; empty for all."""
        return self.name.rpartition(":")[0].strip("[]") if self.kind == "inet" else ""

    @property
    def port(self) -> str:
        """The port of an `inet` service as a number, where its name is one that mail servers use."""
        port = self.name.rpartition(":")[2] if self.kind == "inet" else ""
        return _PORTS.get(port, port)

    @property
    def program(self) -> str:
        """The program that pipe(8) or spawn(8) starts: the first word of `argv=`."""
        return next((word.text.removeprefix("argv=") for word in self.words if word.text.startswith("argv=")), "")

    @property
    def user(self) -> str:
        """The user that it is started as: `user=name`, without its group."""
        found = next((word.text.removeprefix("user=") for word in self.words if word.text.startswith("user=")), "")
        return found.partition(":")[0]

    def option(self, name: str) -> str | None:
        """What the service sets a parameter to, or nothing; the last one counts."""
        return next((option.value for option in reversed(self.options) if option.name == name), None)


@cache
def services(text: str, file: str) -> tuple[Service, ...]:
    """Every entry in order; raises `InputError` with the line of the first that master(8) cannot use."""
    lines = text.splitlines()
    first = next((n for n, line in enumerate(lines, 1) if line.strip() and not line.lstrip().startswith("#")), 0)
    if first and lines[first - 1][0].isspace():
        raise InputError("the first entry must not begin with white space: it continues no other", file, first)
    found = tuple(_service(lines, first, last, file) for first, last, _ in main_cf.logical_lines(text))
    if not found:
        raise InputError("there is no service in it, so nothing would run", file)
    twice: dict[tuple[str, str], int] = {}
    for service in found:
        twice[service.name, service.kind] = service.first  # The later entry counts, as in Postfix.
    return tuple(service for service in found if twice[service.name, service.kind] == service.first)


def with_option(entry: str, name: str, value: str) -> str:
    """The same entry, in as many lines, with every setting of that option changed."""
    new = f"{{ {name} = {value} }}" if " " in value else f"{name}={value}"

    def change(found: re.Match[str]) -> str:
        word = found[0].removeprefix("-o") if found[0] != "-o" else found[0]
        if word.strip("{} \t\n").partition("=")[0].strip() != name or "=" not in word:
            return found[0]
        return found[0][: len(found[0]) - len(word)] + new

    changed = _WORD.sub(change, entry)
    return changed + "\n#" * (entry.count("\n") - changed.count("\n"))


def _service(lines: list[str], first: int, last: int, file: str) -> Service:
    words = tuple(_words(lines, first, last))
    if len(words) < len(_FIELDS):
        told = shorten(printable(lines[first - 1].strip()), 60)
        raise InputError(
            f"a service has eight fields ({' '.join(_FIELDS)}), this one has {len(words)}: {told}", file, first
        )
    name, kind, private, unpriv, chroot, wakeup, maxproc, command = (word.text for word in words[: len(_FIELDS)])
    if kind not in _KINDS:
        raise InputError(
            f"there is no service type {printable(kind)!r}; {did_you_mean(kind, _KINDS)}", file, first
        )
    for field, value, allowed in (
        ("private", private, _COLUMN), ("unpriv", unpriv, _COLUMN), ("chroot", chroot, _COLUMN),
        ("wakeup", wakeup, _NUMBER), ("maxproc", maxproc, _NUMBER),
    ):  # fmt: skip
        if not allowed.fullmatch(value):
            want = "y, n or -" if allowed is _COLUMN else "a number or -"
            raise InputError(f"the field {field} is {printable(value)!r} and has to be {want}", file, first)
    rest = words[len(_FIELDS) :]
    # "-" means no here since Postfix 3.0, and yes before (master(5)).
    own = private != "n"
    return Service(name, kind, chroot == "y", command, rest, tuple(_options(rest, file)), first, last, own)


def _words(lines: list[str], first: int, last: int) -> Iterator[Word]:
    shown = ["" if line.lstrip().startswith("#") else line for line in lines[first - 1 : last]]
    text = "\n".join(shown)
    for found in _WORD.finditer(text):
        yield Word(found[0], first + text.count("\n", 0, found.start()))


def _options(words: tuple[Word, ...], file: str) -> Iterator[Option]:
    """The options in front of the arguments: behind the first word without a dash, `-o` is somebody else's."""
    rest = iter(words)
    for word in rest:
        if not word.text.startswith("-"):
            return
        if not word.text.startswith("-o"):
            continue
        told = Word(word.text.removeprefix("-o"), word.line) if word.text != "-o" else next(rest, None)
        if told is None:
            raise InputError("-o wants name=value behind it", file, word.line)
        inner = told.text[1:-1] if told.text.startswith("{") else told.text
        name, equals, value = inner.partition("=")
        if not equals:
            raise InputError(
                f"-o wants name=value, without blanks around the sign, or in braces; it has {printable(inner)!r}",
                file, told.line,
            )  # fmt: skip
        yield Option(name.strip(), " ".join(value.split()), told.line)
