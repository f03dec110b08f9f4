"""Where a word is written: the very line of main.cf or master.cf, though a list runs over many of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

from postfix_lab.postfix.files import main_cf

Chars = list[tuple[str, int]]
"""Characters, each with the number of its line."""
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


def words(chars: Chars, file: str) -> Iterator[Word]:
    """The words of a list: separated by blanks and commas, but for what is in braces (argv_splitq(3))."""
    for word in _split(chars, ", \t\r\n"):
        yield Word(_text(word), Place(file, word[0][1]))


def plain(value: str, place: Place) -> tuple[Word, ...]:
    """The words of a value that all stand in one place."""
    return tuple(Word(_text(word), place) for word in _split([(c, 0) for c in value], ", \t\r\n"))


def in_main(text: str, name: str, depth: int = 0) -> tuple[Word, ...] | None:
    """The words of a parameter of main.cf, those of the parameters that it names among them; None where it is not set.

    `postconf -x` says what is in effect; this only says where it stands.
    """
    chars = _parameter(text, name)
    if chars is None:
        return None
    return tuple(_spliced(text, words(chars, "main.cf"), depth))


def in_master(main: str, master: str, service: str, name: str) -> tuple[Word, ...] | None:
    """The words of a service's own `-o name=value`, and None where it has none; the last one counts."""
    found = [chars for option, chars in _options(master, service) if option == name]
    return tuple(_spliced(main, words(found[-1], "master.cf"), 0)) if found else None


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


def _parameter(text: str, name: str) -> Chars | None:
    own = [p for p in main_cf.parameters(text) if p.name == name]
    if not own:
        return None
    chars = _lines(text, own[-1].first, own[-1].last)
    equals = next(number for number, (char, _) in enumerate(chars) if char == "=")
    return chars[equals + 1 :]


def _lines(text: str, first: int, last: int) -> Chars:
    """The characters of a logical line, without the comments that stand within it."""
    kept = [
        (number, line)
        for number, line in enumerate(text.splitlines()[first - 1 : last], first)
        if not line.lstrip().startswith("#")
    ]
    return [(char, number) for number, line in kept for char in (*line, "\n")]


def _options(text: str, service: str) -> Iterator[tuple[str, Chars]]:
    for entry in main_cf.services(text):
        if entry.key != service:
            continue
        tokens = list(_split(_lines(text, entry.first, entry.last), " \t\r\n"))
        for before, token in pairwise(tokens):
            if _text(before) == "-o":
                yield from _option(_unbraced(token))
        for token in tokens:
            if _text(token).startswith("-o") and len(token) > len("-o"):
                yield from _option(token[2:])


def _option(token: Chars) -> Iterator[tuple[str, Chars]]:
    name, equals, _ = _text(token).partition("=")
    if equals:
        yield name.strip(), token[len(name) + 1 :]


def _unbraced(token: Chars) -> Chars:
    return token[1:-1] if _text(token).startswith("{") and _text(token).endswith("}") else token


def _split(chars: Chars, separators: str) -> Iterator[Chars]:
    word: Chars = []
    depth = 0
    for char, line in chars:
        depth += (char == "{") - (char == "}" and depth > 0)
        if char in separators and not depth:
            if word:
                yield word
            word = []
        else:
            word.append((char, line))
    if word:
        yield word


def _text(chars: Chars) -> str:
    return "".join(char for char, _ in chars)
