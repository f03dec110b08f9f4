"""Where each word of a list is written: the file and the line of that word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from postfix_lab.postfix.files import main_cf, master_cf
from postfix_lab.postfix.files.lines import COMMAS, LogicalLine, Part, Span

_NAME = re.compile(r"\$(?:(\w+)|\{(\w+)\}|\((\w+)\))\Z")
_DEPTH = 16
"""The largest depth of parameters that name others; Postfix ends a loop with `fatal:`."""


@dataclass(frozen=True)
class Place:
    """A file of the configuration and a line in it."""

    file: str
    """`main.cf`, `master.cf`, a table's name, `override` (set by the scenario) or `default` (not set)."""
    line: int | None = None

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}"


DEFAULT = Place("default")
OVERRIDE = Place("override")


@dataclass(frozen=True)
class PlacedWord:
    """One word of a list and its place."""

    text: str
    place: Place


def split_words(value: str, place: Place) -> tuple[PlacedWord, ...]:
    """The words of a value that is written in one place; they are separated by blanks and commas outside of braces."""
    return tuple(PlacedWord(word.text, place) for word in LogicalLine(value, (Part(0, 0, 0),)).whole.words(COMMAS))


def words_in_main(text: str, name: str, depth: int = 0, *, expanded: bool = True) -> tuple[PlacedWord, ...] | None:
    """The words of a parameter in main.cf, parameters that it names expanded; None if it is not set.

    This is for their places; `postconf -x` gives the value in effect.
    """
    found = main_cf.in_effect(text).get(name)
    if found is None:
        return None
    words = _words(found.words, "main.cf")
    return tuple(_splice(text, words, depth) if expanded else words)


def words_in_master(
    main: str, master: str, service: str, name: str, *, expanded: bool = True
) -> tuple[PlacedWord, ...] | None:
    """The words of a service's own `-o name=value`, the last one if several; None if it has none."""
    mine = [one for one in master_cf.services(master) if one.key == service]
    found = [option.span for one in mine for option in one.options if option.name == name]
    if not found:
        return None
    words = _words(found[-1].words(COMMAS), "master.cf")
    return tuple(_splice(main, words, 0) if expanded else words)


def locate_words(value: str, written: tuple[PlacedWord, ...] | None, otherwise: Place) -> tuple[PlacedWord, ...]:
    """The words in effect, each with its place; a word that is not written as such has the place of the first word."""
    wanted = split_words(value, otherwise)
    if not written:
        return wanted
    matcher = SequenceMatcher(None, [w.text for w in wanted], [w.text for w in written], autojunk=False)
    found = [PlacedWord(word.text, written[0].place) for word in wanted]
    for block in matcher.get_matching_blocks():
        found[block.a : block.a + block.size] = written[block.b : block.b + block.size]
    return tuple(found)


def _splice(text: str, found: Iterator[PlacedWord], depth: int) -> Iterator[PlacedWord]:
    for word in found:
        named = _NAME.match(word.text)
        inner = words_in_main(text, next(filter(None, named.groups())), depth + 1) if named and depth < _DEPTH else None
        yield from (word,) if inner is None else inner


def _words(spans: Iterable[Span], file: str) -> Iterator[PlacedWord]:
    return (PlacedWord(span.text, Place(file, span.line)) for span in spans)
