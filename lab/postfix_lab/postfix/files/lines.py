"""Logical lines of Postfix's files, as readlline(3) reads them.

Only a line feed ends a line: a form feed, a lone carriage return, U+0085 and U+2028 are ordinary characters. A line
that begins with white space continues the one before it; comments and blank lines in between do not end it
(postconf(5), master(5)). Postfix uses C strings, so everything after a NUL is ignored.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

SPACE = " \t\n\v\f\r"
"""White space around names and values, and in front of a continuation: isspace(3)."""
BLANKS = " \t\r\n"
"""What separates the words of master.cf."""
COMMAS = f",{BLANKS}"
"""What separates the words of a list."""
_COMMENT = "#"


def split_lines(text: str) -> list[str]:
    r"""The lines of a file without their line feeds.

    >>> split_lines("a\fb\n\nc")
    ['a\x0cb', '', 'c']
    """
    found = text.split("\n")
    return found if found[-1] else found[:-1]


@dataclass(frozen=True)
class Part:
    """The part of a logical line that comes from one line of the file."""

    line: int
    """Its number, from 1."""
    at: int
    """Its offset in the logical line."""
    origin: int
    """Its offset in the file."""


@dataclass(frozen=True)
class LogicalLine:
    """A line with those that continue it, joined as Postfix joins them: line feeds and comments are left out."""

    text: str
    parts: tuple[Part, ...]

    @property
    def first(self) -> int:
        """The number of its first line."""
        return self.parts[0].line

    @property
    def last(self) -> int:
        """The number of its last line that is no comment."""
        return self.parts[-1].line

    @property
    def is_misplaced(self) -> bool:
        """Whether it begins with white space but continues no line: Postfix warns and ignores it."""
        return self.text.startswith(tuple(SPACE))

    @property
    def whole(self) -> Span:
        """The whole line as a span."""
        return Span(self, 0, len(self.text))


@dataclass(frozen=True)
class Span:
    """A range of a logical line, such as a word."""

    of: LogicalLine = field(repr=False)
    start: int
    stop: int

    @property
    def text(self) -> str:
        """Its characters."""
        return self.of.text[self.start : self.stop]

    @property
    def line(self) -> int:
        """The number of the line in which it begins."""
        return self.of.parts[self._part].line

    def cut(self, start: int, stop: int | None = None) -> Span:
        """A part of the span, by offsets in its text."""
        return Span(self.of, self.start + start, self.stop if stop is None else self.start + stop)

    def strip(self) -> Span:
        """The span without white space at its ends."""
        text = self.text
        begin = len(text) - len(text.lstrip(SPACE))
        return self.cut(begin, max(begin, len(text.rstrip(SPACE))))

    def words(self, separators: str) -> Iterator[Span]:
        """The words of the span; separators within braces do not count (mystrtokq(3))."""
        begin, depth = 0, 0
        for at, char in enumerate(self.text):
            if not depth and char in separators:
                if begin < at:
                    yield self.cut(begin, at)
                begin = at + 1
            depth += (char == "{") - (char == "}" and depth > 0)
        if begin < self.stop - self.start:
            yield self.cut(begin)

    def pieces(self) -> Iterator[tuple[int, int]]:
        """The ranges of its characters in the file, as offsets: one for each line of the file."""
        parts = self.of.parts
        for number in range(self._part, len(parts)):
            begin = max(self.start, parts[number].at)
            end = min(self.stop, parts[number + 1].at if number + 1 < len(parts) else self.stop)
            if begin > self.start and begin >= end:
                return
            shift = parts[number].origin - parts[number].at
            yield begin + shift, end + shift

    @property
    def _part(self) -> int:
        return bisect_right(self.of.parts, self.start, key=lambda part: part.at) - 1


@dataclass(frozen=True)
class Mistake:
    """Something that Postfix cannot read, and its line."""

    message: str
    line: int


def logical_lines(text: str) -> Iterator[LogicalLine]:
    """Every logical line of a file, in order."""
    collected: list[tuple[int, int, str]] = []
    origin = 0
    for number, line in enumerate(split_lines(text), start=1):
        bare = line.lstrip(SPACE)
        if bare and not bare.startswith(_COMMENT):
            if collected and line[0] not in SPACE:
                yield _join(collected)
                collected = []
            collected.append((number, origin, line))
        origin += len(line) + 1
    if collected:
        yield _join(collected)


def name_and_value(span: Span) -> tuple[str, Span] | None:
    """The name and the value around the first `=` (split_nameval(3)); None if the name is not a single word."""
    name, equals, _ = span.text.partition("=")
    bare = name.strip(SPACE)
    if not equals or not bare or any(char in SPACE for char in bare):
        return None
    return bare, span.cut(len(name) + 1).strip()


def replace_spans(text: str, changes: Iterable[tuple[Span, str]]) -> str:
    """The file with each span replaced by its new text; line numbers and comments do not change."""
    pieces = [(begin, end, "" if n else new) for span, new in changes for n, (begin, end) in enumerate(span.pieces())]
    for begin, end, new in sorted(pieces, reverse=True):
        text = text[:begin] + new + text[end:]
    return text


def _join(collected: list[tuple[int, int, str]]) -> LogicalLine:
    parts, at = [], 0
    for number, origin, line in collected:
        parts.append(Part(number, at, origin))
        at += len(line)
    return LogicalLine("".join(line for _, _, line in collected).partition("\0")[0], tuple(parts))
