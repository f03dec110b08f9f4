"""Parser for RFC 1035 master files; errors have a line number.

`ZoneText` is the text of a zone, as it is written and as it is sent to the Internet's container. `read_entries` turns
it into entries: records with owner, type, data and line number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from postfix_lab.dns.name import Labels, absolute_name, lower, parse_name
from postfix_lab.dns.record_data import TYPES, Data, Token, read_data, read_ttl
from postfix_lab.errors import InputError


@dataclass(frozen=True)
class ZoneText:
    """A master file (RFC 1035 section 5) as text; `origin` is its first $ORIGIN, absolute.

    A `derived` text was made from a host's declaration: written records win over it. An `added` text is what the lab
    says about names that nobody gave; it is derived as well.
    """

    text: str
    source: str = "scenario"
    origin: str | None = None
    derived: bool = False
    added: bool = False


@dataclass(frozen=True)
class Entry:
    """One record as written; `ttl` is None if neither its line, an earlier line nor $TTL sets one."""

    line: int
    owner: Labels
    type: str
    ttl: int | None
    data: Data


@dataclass(frozen=True)
class _ZoneLine:
    number: int
    indented: bool
    tokens: tuple[Token, ...]


_PARTS = re.compile(r"""[ \t\r\f\v]+|;.*|[()]|"(?:\\.|[^"\\])*"|(?:\\.|[^\s;()"\\])+""")


def read_entries(zone: ZoneText) -> tuple[tuple[Entry, ...], Labels | None]:
    """All records in order, and the first origin in the file; raises InputError with the line."""
    reader = _ZoneReader(zone)
    return tuple(reader.entries()), reader.first_origin


class _ZoneReader:
    """Parses line by line; keeps origin, TTL and last owner from one line to the next."""

    def __init__(self, zone: ZoneText) -> None:
        self._zone = zone
        try:
            self.first_origin = None if zone.origin is None else lower(absolute_name(zone.origin))
        except ValueError as error:
            raise InputError(f"the zone's origin cannot be used: {error}", zone.source) from error
        self._origin = self.first_origin
        self._default_ttl: int | None = None
        self._last_ttl: int | None = None
        self._owner: Labels | None = None

    def entries(self) -> Iterator[Entry]:
        for line in _logical_lines(self._zone):
            try:
                if not line.indented and line.tokens[0].text.startswith("$"):
                    self._directive([token.text for token in line.tokens])
                else:
                    yield self._entry(line)
            except ValueError as error:
                raise InputError(_printable(str(error)), self._zone.source, line.number) from error

    def _directive(self, words: list[str]) -> None:
        match words:
            case ["$ORIGIN", name]:
                # The first one has nothing to be relative to: the dot at its end may be missing.
                self._origin = lower(parse_name(name, self._origin if self._origin is not None else ()))
                self.first_origin = self.first_origin if self.first_origin is not None else self._origin
            case ["$TTL", ttl]:
                self._default_ttl = read_ttl(ttl)
            case ["$ORIGIN" | "$TTL", *_]:
                raise ValueError(f"{words[0]} takes one value, not {len(words) - 1}")
            case _:
                raise ValueError(f"{words[0]} is not known here; $ORIGIN and $TTL are")

    def _entry(self, line: _ZoneLine) -> Entry:
        tokens = list(line.tokens)
        if not line.indented:
            self._owner = lower(parse_name(tokens.pop(0).text, self._origin))
        if self._owner is None:
            raise ValueError("the line begins with a blank, and there is no owner before it to inherit")
        ttl = self._ttl_and_class(tokens)
        if not tokens:
            raise ValueError("the line has no record type")
        rtype = tokens.pop(0).text.upper()
        if rtype not in TYPES:
            raise ValueError(f"{rtype} is not a record type that is known here: {', '.join(TYPES)}")
        return Entry(line.number, self._owner, rtype, ttl, read_data(rtype, tokens, self._origin))

    def _ttl_and_class(self, tokens: list[Token]) -> int | None:
        """Remove `[TTL] [class]`, in either order, from the front (RFC 1035 section 5.1); return the TTL."""
        stated: int | None = None
        while tokens and not tokens[0].quoted:
            word = tokens[0].text.upper()
            if word[0].isdigit() and stated is None:
                stated = self._last_ttl = read_ttl(tokens[0].text)
            elif word in ("CH", "HS", "CS"):
                raise ValueError(f"class {word} is not served here; IN is")
            elif word != "IN":
                break
            tokens.pop(0)
        if stated is not None:
            return stated
        return self._default_ttl if self._default_ttl is not None else self._last_ttl


def _printable(sentence: str) -> str:
    """The error message with control characters escaped: it quotes words of the file."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in sentence)


def _logical_lines(zone: ZoneText) -> Iterator[_ZoneLine]:
    """Logical lines: those in parentheses joined, comments removed."""
    opened, indented, start = 0, False, 0
    tokens: list[Token] = []
    for number, physical in enumerate(zone.text.split("\n"), start=1):
        if not opened:
            tokens, indented, start = [], physical[:1] in (" ", "\t"), number
        for part in _parts(physical, zone.source, number):
            if part == "(":
                opened += 1
            elif part == ")":
                opened -= 1
            else:
                tokens.append(Token(part[1:-1], quoted=True) if part[0] == '"' else Token(part))
            if opened not in (0, 1):
                what = "a second ( inside parentheses" if opened == 2 else "a ) without its ("  # noqa: PLR2004 - two are open
                raise InputError(f"unbalanced parenthesis: {what}", zone.source, number)
        if tokens and not opened:
            yield _ZoneLine(start, indented, tuple(tokens))
    if opened:
        raise InputError("unbalanced parenthesis: the ( of this record is never closed", zone.source, start)


def _parts(physical: str, source: str, number: int) -> Iterator[str]:
    at = 0
    while at < len(physical):
        found = _PARTS.match(physical, at)
        if found is None:
            what = "a quoted string is not closed" if physical[at] == '"' else "a backslash ends the line"
            raise InputError(f"{what} on its line", source, number)
        at = found.end()
        if found[0][0] not in " \t\r\f\v;":
            yield found[0]
