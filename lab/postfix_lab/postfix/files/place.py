"""Where a word is written: the very line of main.cf or master.cf, though a list runs over many of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from postfix_lab.postfix.files import main_cf, master_cf
from postfix_lab.postfix.files.lines import COMMAS, LogicalLine, Part, Span

_NAME = re.compile(r"\$(?:(\w+)|\{(\w+)\}|\((\w+)\))\Z")
_DEPTH = 16
"""How deep a parameter may name others; Postfix itself ends a loop with `fatal:`."""


@dataclass(frozen=True)
class Place:
    """A file of the configuration and a line of it."""

    file: str
    """`main.cf`, `master.cf`; `override` where the scenario sets it, `default` where nobody does; or a table's name."""
    line: int | None = None

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}"


DEFAULT = Place("default")
OVERRIDE = Place("override")


@dataclass(frozen=True)
class Word:
    """One word of a list and its place."""

    text: str
    place: Place


def plain(value: str, place: Place) -> tuple[Word, ...]:
    """The words of a value that all stand in one place: separated by blanks and commas, but for what is in braces."""
    return tuple(Word(word.text, place) for word in LogicalLine(value, (Part(0, 0, 0),)).whole.words(COMMAS))


def in_main(text: str, name: str, depth: int = 0) -> tuple[Word, ...] | None:
    """The words of a parameter of main.cf, those of the parameters that it names among them; None where it is not set.

    `postconf -x` says what is in effect; this only says where it stands.
    """
    found = main_cf.in_effect(text).get(name)
    return tuple(_spliced(text, _words(found.words, "main.cf"), depth)) if found else None


def in_master(main: str, master: str, service: str, name: str) -> tuple[Word, ...] | None:
    """The words of a service's own `-o name=value`, and None where it has none; the last one counts."""
    mine = [one for one in master_cf.services(master) if one.key == service]
    found = [option.span for one in mine for option in one.options if option.name == name]
    return tuple(_spliced(main, _words(found[-1].words(COMMAS), "master.cf"), 0)) if found else None


def placed(value: str, written: tuple[Word, ...] | None, otherwise: Place) -> tuple[Word, ...]:
    """The words in effect, each with its place; one that stands nowhere as such has the place of the whole."""
    wanted = plain(value, otherwise)
    if not written:
        return wanted
    matcher = SequenceMatcher(None, [w.text for w in wanted], [w.text for w in written], autojunk=False)
    found = [Word(word.text, written[0].place) for word in wanted]
    for block in matcher.get_matching_blocks():
        found[block.a : block.a + block.size] = written[block.b : block.b + block.size]
    return tuple(found)


def _spliced(text: str, found: Iterator[Word], depth: int) -> Iterator[Word]:
    for word in found:
        named = _NAME.match(word.text)
        inner = in_main(text, next(filter(None, named.groups())), depth + 1) if named and depth < _DEPTH else None
        yield from (word,) if inner is None else inner


def _words(spans: Iterable[Span], file: str) -> Iterator[Word]:
    return (Word(span.text, Place(file, span.line)) for span in spans)
