"""Read a file as nodes; every error is an InputError with its position.

PyYAML finds out what is a key and what is a value; nothing is resolved or constructed by it. Anchors,
aliases and tags are refused: a file that says something once says it under `defaults` or in an `include`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import yaml

from postfix_lab.errors import InputError
from postfix_lab.paths import read_limited
from postfix_lab.text import printable
from postfix_lab.yaml.read.node import ListNode, Position, ScalarNode, TableNode, YamlNode

SCHEMA = "postfix-lab/v1"
_MOST = 256 * 1024
_DEPTH = 24
_SAYS_SCHEMA = re.compile(rb"""^[{ ]*["']?schema["']? *: *["']?postfix-lab/""", re.MULTILINE)


_TESTS = re.compile(rb"""^["']?(tests|scenarios)["']?[ \t]*:[ \t]*([{#].*)?\r?$""", re.MULTILINE)
_EXPECT = re.compile(rb"""[ \t{,]["']?expect["']?[ \t]*:""")
_LAB = re.compile(rb"""^[{ ]*["']?([\w-]+)["']? *: *["']?postfix[-_. ]?lab(/v?\d)?""", re.MULTILINE | re.IGNORECASE)
_ALIKE = 0.6
"""How similar (difflib) a key is to `schema` that is taken for a misspelling of it."""


def is_sheet(path: Path) -> bool:
    """Whether a file declares itself a sheet of the lab; False if it cannot be read."""
    try:
        return _SAYS_SCHEMA.search(_octets(path)) is not None
    except InputError:
        return False


def looks_like_sheet(path: Path, *, loosely: bool) -> bool:
    """Whether a file seems to be meant as a sheet: a misspelt `schema`, or tests; False if it cannot be read.

    `loosely`: each file with a table `tests` or `scenarios` seems so, not only if something in it has `expect`.
    """
    try:
        content = _octets(path)
    except InputError:
        return False
    if any(found[2] or _is_like_schema(found[1].decode("ascii", "replace")) for found in _LAB.finditer(content)):
        return True
    return _TESTS.search(content) is not None and (loosely or _EXPECT.search(content) is not None)


def _is_like_schema(key: str) -> bool:
    return SequenceMatcher(None, key.lower(), "schema").ratio() >= _ALIKE


def read(path: Path) -> TableNode:
    """Return a file as a table of keys; raises InputError with the position of a mistake."""
    return read_text(_decode(_octets(path), str(path)), str(path))


def read_text(text: str, file: str) -> TableNode:
    """Return a text as a table of keys; `file` is its name in errors."""
    lines = text.splitlines() or [""]
    reader = _NodeBuilder(file, lines)
    try:
        node = reader.document(iter(yaml.parse(text, Loader=yaml.SafeLoader)))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = " ".join(filter(None, (error.problem, error.context and f"({error.context})")))
        raise reader.at(mark).error(f"this is not YAML: {problem}{_hint(lines, mark)}") from None
    except yaml.reader.ReaderError as error:
        raise _character_error(text, error, reader) from None
    except (ValueError, OverflowError, RecursionError) as error:
        # PyYAML converts the numbers of escapes and directives unguarded.
        raise reader.at(reader.last).error(f"this is not YAML, here or in what follows: {error}") from None
    if not isinstance(node, TableNode):
        raise node.place.error("the file has to be a table of keys, the first of them `schema: postfix-lab/v1`")
    return node


class _NodeBuilder:
    """Makes nodes of PyYAML's events."""

    def __init__(self, file: str, lines: list[str]) -> None:
        self._file, self._lines = file, lines
        self.last: Any = None
        """The last mark that PyYAML has reached."""

    def at(self, mark: Any) -> Position:
        """Return the position of one of PyYAML's marks."""
        last = len(self._lines) - 1
        line = min(mark.line, last) if mark else 0
        column = 0 if mark is None else mark.column if mark.line <= last else len(self._lines[last])
        return Position(self._file, line + 1, column + 1, self._lines[line])

    def document(self, events: Iterator[Any]) -> YamlNode:
        """Return the only document of the file."""
        node: YamlNode | None = None
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                if node is not None:
                    raise self.at(event.start_mark).error("a second document; one file is one document")
                node = self._node(next(events), events, 0)
        return node or ScalarNode("", self.at(None), empty=True)

    def _node(self, event: Any, events: Iterator[Any], depth: int) -> YamlNode:
        place = self.at(event.start_mark)
        self.last = event.end_mark
        if isinstance(event, yaml.AliasEvent) or event.anchor:
            raise place.error("anchors and aliases are not understood here; use `defaults` or `include`")
        if event.tag:
            raise place.error(f"a tag ({event.tag}) means nothing here; write the text without it")
        if depth > _DEPTH:
            raise place.error(f"this is nested more than {_DEPTH} levels deep")
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, place)
        if isinstance(event, yaml.SequenceStartEvent):
            return ListNode(tuple(self._items(events, depth)), place)
        return TableNode(tuple(self._pairs(events, depth)), place)

    def _scalar(self, event: Any, place: Position) -> ScalarNode:
        text: str = event.value
        if re.search("[\ud800-\udfff]", text):
            raise place.error("the escape of half a surrogate pair is no character")
        return ScalarNode(text, place, empty=event.style is None and not text)

    def _items(self, events: Iterator[Any], depth: int) -> Iterator[YamlNode]:
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                return
            yield self._node(event, events, depth + 1)

    def _pairs(self, events: Iterator[Any], depth: int) -> Iterator[tuple[ScalarNode, YamlNode]]:
        known: dict[str, Position] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                return
            key = self._node(event, events, depth + 1)
            if not isinstance(key, ScalarNode) or key.empty:
                raise key.place.error("a key has to be a text")
            if key.text in known:
                raise key.place.error(f"the key {key.text!r} is there already, in line {known[key.text].line}")
            known[key.text] = key.place
            yield key, self._node(next(events), events, depth + 1)


def _octets(path: Path) -> bytes:
    """Return the content of a regular file; raises InputError for anything else, such as a FIFO that would block."""
    name = printable(str(path))
    try:
        return read_limited(path, _MOST, "name a file with scenarios in YAML, or split it into several")
    except OSError as error:
        raise InputError(f"it cannot be read: {error.strerror}", name) from None
    except ValueError as error:  # a NUL in its name
        raise InputError(f"it cannot be read: {error}", name) from None


def _decode(found: bytes, file: str) -> str:
    try:
        return found.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = found[: error.start]
        line, column = before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
        raise InputError(
            f"the octet 0x{found[error.start]:02x} is not UTF-8; save the file as UTF-8", printable(file), line, column
        ) from None


def _character_error(text: str, error: yaml.reader.ReaderError, reader: _NodeBuilder) -> InputError:
    found = re.search(yaml.reader.Reader.NON_PRINTABLE, text)
    if found is None:
        return InputError(f"this is not YAML: {printable(error.reason)}", printable(reader.at(None).file))
    line, column = text.count("\n", 0, found.start()), found.start() - text.rfind("\n", 0, found.start()) - 1
    row = text.split("\n")[line]
    place = Position(reader.at(None).file, line + 1, column + 1, row)
    what = f"the character U+{ord(found[0]):04X} may not stand in YAML"
    return place.error(f"{what}; write it as an escape in double quotes")


def _hint(lines: list[str], mark: Any) -> str:
    """Return advice for the most common mistakes, or an empty text."""
    text = lines[min(mark.line, len(lines) - 1)] if mark else ""
    if text[: mark.column + 1 if mark else 0].strip(" -") == "\t" or text.lstrip(" ").startswith("\t"):
        return "; indent with blanks, a tab is not allowed there"
    if mark and text[mark.column : mark.column + 2].rstrip() == ":" and ": " in text[: mark.column]:
        return "; put a text that has a colon and a blank in it in quotes"
    quoted = next((sign for sign in "%@`" if mark and text[mark.column : mark.column + 1] == sign), None)
    return f"; put a text that begins with {quoted} in quotes" if quoted and mark.column else ""
