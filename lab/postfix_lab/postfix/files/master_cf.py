"""master.cf: its services with their options, and the place of every word (master(5)).

There is one parser: `services` leaves out entries that master(8) cannot use, `read` raises an error with their line. Of
two entries for one service the last one counts, as master(8) warns: "using the last entry".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from postfix_lab.errors import InputError
from postfix_lab.postfix.files.lines import BLANKS, LogicalLine, Mistake, Span, logical_lines, name_and_value
from postfix_lab.postfix.parameters import PORTS
from postfix_lab.text import did_you_mean, printable, shorten

_KINDS = ("inet", "unix", "fifo", "pass", "unix-dgram")
_FIELDS = ("service", "type", "private", "unpriv", "chroot", "wakeup", "maxproc", "command")
_COLUMN = re.compile(r"[yn-]")
_NUMBER = re.compile(r"-|[0-9]+\??")
_ALLOWED = {"private": _COLUMN, "unpriv": _COLUMN, "chroot": _COLUMN, "wakeup": _NUMBER, "maxproc": _NUMBER}


@dataclass(frozen=True)
class Option:
    """`-o name=value` of a service."""

    name: str
    value: str
    line: int
    span: Span = field(repr=False, compare=False)
    """The value in the file."""
    flag: Span = field(repr=False, compare=False)
    """Its `-o`, or the `o` of `-vo`."""
    setting: Span = field(repr=False, compare=False)
    """`name=value` with the braces around it."""


@dataclass(frozen=True)
class Service:
    """One entry of master.cf."""

    name: str
    kind: str
    chrooted: bool
    command: str
    arguments: tuple[Span, ...]
    """The words after the options."""
    options: tuple[Option, ...]
    first: int
    last: int
    private: bool = True
    """Whether its socket is in `private` below the queue directory, else in `public`."""
    unprivileged: bool = True
    wakeup: str = "-"
    maxproc: str = "-"
    fields: tuple[Span, ...] = field(default=(), repr=False, compare=False)
    """Its eight fields in the file."""

    @property
    def key(self) -> str:
        """Its name in postconf(1): `submission/inet`."""
        return f"{self.name}/{self.kind}"

    @property
    def address(self) -> str:
        """The address that an `inet` service is bound to; empty if it is bound to all."""
        return self.name.rpartition(":")[0].strip("[]") if self.kind == "inet" else ""

    @property
    def port(self) -> str:
        """The port of an `inet` service, as a number if it is in `PORTS`; empty for other types."""
        port = self.name.rpartition(":")[2] if self.kind == "inet" else ""
        return str(PORTS.get(port, port))

    @property
    def program(self) -> str:
        """The program that pipe(8) or spawn(8) starts: the first word of `argv=`."""
        return self.attribute("argv")

    @property
    def user(self) -> str:
        """The user that it is started as: `user=name`, without its group."""
        return self.attribute("user").partition(":")[0]

    def attribute(self, name: str) -> str:
        """The value of an argument `name=value` of pipe(8) or spawn(8); empty if there is none."""
        begin = f"{name}="
        return next((word.text.removeprefix(begin) for word in self.arguments if word.text.startswith(begin)), "")

    def option(self, name: str) -> str | None:
        """The value that the service's `-o` gives a parameter, the last one if several; None if there is none."""
        return next((option.value for option in reversed(self.options) if option.name == name), None)


def entries(text: str) -> tuple[Service, ...]:
    """Every entry in the order of the file, also those that a later entry replaces."""
    return _parse(text)[0]


def services(text: str) -> tuple[Service, ...]:
    """The entries in effect; those that master(8) cannot use are left out."""
    found = entries(text)
    last = {_identity(service): service for service in found}
    return tuple(service for service in found if last[_identity(service)] is service)


def read(text: str, file: str) -> tuple[Service, ...]:
    """The entries in effect; raises `InputError` with the line of the first that master(8) cannot use."""
    for mistake in _parse(text)[1]:
        raise InputError(mistake.message, file, mistake.line)
    if not (found := services(text)):
        raise InputError("there is no service in it, so nothing would run", file)
    return found


def same_service(one: Service, other: Service) -> bool:
    """Whether two entries are for the same service, so that the later one replaces the earlier."""
    return _identity(one) == _identity(other)


def _identity(service: Service) -> tuple[str, str, bool]:
    return service.name, service.kind, service.private


@lru_cache(maxsize=64)
def _parse(text: str) -> tuple[tuple[Service, ...], tuple[Mistake, ...]]:
    found: list[Service] = []
    mistakes: list[Mistake] = []
    for line in logical_lines(text):
        words = tuple(line.whole.words(BLANKS))
        wrong = _wrong_fields(line, words)
        if wrong:
            mistakes.append(Mistake(wrong, line.first))
        else:
            found.append(_service(line, words, mistakes))
    return tuple(found), tuple(mistakes)


def _wrong_fields(line: LogicalLine, words: tuple[Span, ...]) -> str:
    """The error in the eight fields for which master(8) would exit; empty if there is none."""
    if line.is_misplaced:
        return "the first entry must not begin with white space: it continues no other"
    if len(words) < len(_FIELDS):
        said = shorten(printable(" ".join(word.text for word in words)), 60)
        return f"a service has eight fields ({' '.join(_FIELDS)}), this one has {len(words)}: {said}"
    told = dict(zip(_FIELDS, (word.text for word in words), strict=False))
    if told["type"] not in _KINDS:
        return f"there is no service type {printable(told['type'])!r}; {did_you_mean(told['type'], _KINDS)}"
    for name, allowed in _ALLOWED.items():
        if not allowed.fullmatch(told[name]):
            want = "y, n or -" if allowed is _COLUMN else "a number or -"
            return f"the field {name} is {printable(told[name])!r} and has to be {want}"
    return "an inet service cannot be private: the field private has to be n" if _private_inet(told) else ""


def _private_inet(told: Mapping[str, str]) -> bool:
    return told["type"] == "inet" and told["private"] != "n"


def _service(line: LogicalLine, words: tuple[Span, ...], mistakes: list[Mistake]) -> Service:
    fields, rest = words[: len(_FIELDS)], words[len(_FIELDS) :]
    name, kind, private, unprivileged, chroot, wakeup, maxproc, command = (word.text for word in fields)
    options, arguments = _options(rest, mistakes)
    # "-" means no chroot since Postfix 3.0, and yes before; in the other columns it means yes (master(5)).
    return Service(
        name, kind, chroot == "y", command, arguments, options, line.first, line.last,
        private != "n", unprivileged != "n", wakeup, maxproc, fields,
    )  # fmt: skip


def _options(
    words: tuple[Span, ...], mistakes: list[Mistake]
) -> tuple[tuple[Option, ...], tuple[Span, ...]]:
    """The options and the arguments after them: the first word without a dash, or `--`, ends the options (getopt(3)).

    White space ends a value that has no braces around it, so that the second word of `-o name=a, b` is an argument.
    """
    options: list[Option] = []
    rest = iter(words)
    for word in rest:
        if not word.text.startswith("-") or word.text in ("-", "--"):
            return tuple(options), tuple(_without_braces(one, mistakes) for one in (word, *rest))
        at = word.text.find("o", 1)
        if at < 0:
            continue
        attached = at + 1 < len(word.text)
        setting = word.cut(at + 1) if attached else next(rest, None)
        if setting is None:
            mistakes.append(Mistake("-o wants name=value behind it", word.line))
        else:
            options += _option(word.cut(at if at > 1 else 0, at + 1), setting, mistakes)
    return tuple(options), ()


def _option(flag: Span, setting: Span, mistakes: list[Mistake]) -> Iterator[Option]:
    inner = _without_braces(setting, mistakes)
    named = name_and_value(inner)
    if named is not None:
        yield Option(named[0], named[1].text, setting.line, named[1], flag, setting)
    else:
        want = "-o wants name=value, without blanks around the sign, or in braces"
        mistakes.append(Mistake(f"{want}; it has {printable(inner.text)!r}", setting.line))


def _without_braces(word: Span, mistakes: list[Mistake]) -> Span:
    """A word without the braces around it (extpar(3))."""
    if not word.text.startswith("{"):
        return word
    depth = 0
    for at, char in enumerate(word.text):
        depth += (char == "{") - (char == "}")
        if not depth:
            if at + 1 < len(word.text):
                mistakes.append(Mistake(f"there is text behind the brace: {_short_text(word)}", word.line))
            return word.cut(1, at).strip()
    mistakes.append(Mistake(f"a brace is not closed: {_short_text(word)}", word.line))
    return word.cut(1).strip()


def _short_text(word: Span) -> str:
    return shorten(printable(word.text), 60)
