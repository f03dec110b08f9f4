"""Read a YAML file with its includes as tests, one for each row of a table and each cell of a matrix."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from postfix_lab.text import did_you_mean
from postfix_lab.yaml.read.language import Language
from postfix_lab.yaml.read.layers import Layer, layer
from postfix_lab.yaml.read.node import ListNode, ScalarNode, TableNode, YamlNode, at_node, list_items
from postfix_lab.yaml.read.reader import SCHEMA, read
from postfix_lab.yaml.read.value_kind import Key

_SHARED = ("include", "schema", "description", "comment", "spec", "defaults", "tests", "scenarios")
_MOST_INCLUDES, _MOST_TESTS = 32, 2000


@dataclass(frozen=True)
class WrittenRound:
    """One step of a test, or the test itself if it has no steps."""

    keys: Layer
    """All keys that apply: those of the file, of the test and of the step."""
    own: Layer
    """The keys of the test and of the step alone."""
    sessions: tuple[Layer, ...]
    """The keys of each session, with those of the round; without `sessions` the round is the only one."""


@dataclass(frozen=True)
class WrittenTest:
    """One test of a file: a row of its table and a cell of its matrix."""

    name: str
    key: ScalarNode
    """The node of its name, for errors about the test as a whole."""
    labels: tuple[str, ...]
    """The labels of its row and cells, which distinguish tests of one name."""
    keys: Layer
    """All keys that apply: those of the file and of the test."""
    rounds: tuple[WrittenRound, ...]


@dataclass(frozen=True)
class _Variant:
    """The test while its rows and cells are told apart: its own keys, not yet merged with those of the file."""

    key: ScalarNode
    own: Layer
    labels: tuple[str, ...] = ()


def read_tests(path: Path, language: Language) -> tuple[WrittenTest, ...]:
    """Return the tests of a file in order; raises InputError with file and line of a mistake."""
    file = read(path)
    if file.get("schema") is None:
        raise file.place.error(f"the file does not say `schema: {SCHEMA}`, so it has no scenarios of the lab")
    language.file.check(file)
    shared = _common_keys(path, file, (), language)
    tests: dict[str, _Variant] = {}
    for key in ("tests", "scenarios"):
        for name, node in _pairs(file.get(key)):
            if name.text in tests:
                raise name.place.error(f"there is a test {name.text!r} already")
            tests[name.text] = _Variant(name, layer(node))
    rows = (row for test in tests.values() for row in _rows(test, language))
    every = (cell for row in rows for cell in _cells(row, shared.get("matrix"), language))
    cells = tuple(itertools.islice(every, _MOST_TESTS + 1))
    if len(cells) > _MOST_TESTS:
        raise cells[-1].key.place.error(f"the file makes more than {_MOST_TESTS} tests; split it into several files")
    return tuple(_written_test(cell, shared, language) for cell in cells)


def _written_test(test: _Variant, shared: Layer, language: Language) -> WrittenTest:
    keys = language.merge(shared, test.own)
    steps = list_items(keys.get("steps"))
    rest = {key: value for key, value in keys.items() if key != "steps"}
    rounds = tuple(
        _written_round(language.merge(rest, layer(step)), language.merge(test.own, layer(step)), language)
        for step in steps
    )
    return WrittenTest(
        test.key.text, test.key, test.labels, keys, rounds or (_written_round(keys, test.own, language),)
    )


def _written_round(keys: Layer, own: Layer, language: Language) -> WrittenRound:
    sessions = tuple(language.merge(keys, layer(session)) for session in list_items(keys.get("sessions")))
    return WrittenRound(keys, own, sessions or (keys,))


def _common_keys(
    path: Path, file: TableNode, above: tuple[str, ...], language: Language
) -> dict[str, YamlNode]:  # fmt: skip
    """Return the keys that apply to all tests: merge included files, the file's own keys, then its `defaults`."""
    below: dict[str, YamlNode] = {}
    for node in list_items(file.get("include")):
        place = path.parent / node.text if isinstance(node, ScalarNode) else path
        chain = (*above, os.path.realpath(path))
        if os.path.realpath(place) in chain:
            raise node.place.error("this file includes itself" + (" by way of others" if len(chain) > 1 else ""))
        if len(chain) > _MOST_INCLUDES:
            raise node.place.error(f"more than {_MOST_INCLUDES} files include each other")
        with at_node(node):
            included = read(place)
        language.file.check(included)
        if tests := included.get("tests") or included.get("scenarios"):
            raise tests.place.error("a file that others include has no tests; move them into a file of their own")
        below = language.merge(below, _common_keys(place, included, chain, language))
    own = {key: value for key, value in layer(file).items() if key not in _SHARED}
    defaults = file.get("defaults")
    return language.merge(language.merge(below, own), {} if defaults is None else layer(defaults))


def _rows(test: _Variant, language: Language) -> Iterator[_Variant]:
    """Yield the test, or one test for each row of its table."""
    cases = test.own.get("cases")
    if cases is None:
        yield test
        return
    rest = {key: value for key, value in test.own.items() if key != "cases"}
    expected, labels = language.expect.by_name(), set[str]()
    for number, row in enumerate(_read_rows(list_items(cases), language), start=1):
        label = row.get("case")
        name = label.text if isinstance(label, ScalarNode) else str(number)
        if name in labels:
            place = label.place if label else test.key.place
            raise place.error(f"there is a row {name!r} already")
        labels.add(name)
        cells = tuple((ScalarNode(key, value.place), value) for key, value in row.items() if key in expected)
        above = {key: value for key, value in row.items() if key not in expected and key != "case"}
        if cells:
            above = language.merge({"expect": TableNode(cells, cells[0][1].place)}, above)
        yield replace(test, own=language.merge(rest, above), labels=(name,))


def _read_rows(rows: tuple[YamlNode, ...], language: Language) -> Iterator[dict[str, YamlNode]]:
    """Yield the rows: tables, or lists after a first list with the names of the columns."""
    first = rows[0]
    if isinstance(first, TableNode):
        for row in rows:
            if not isinstance(row, TableNode):
                raise row.place.error("the first row is a table of keys, so each row has to be one")
            yield layer(row)
        return
    kinds = language.row.by_name()
    columns = _columns(first, kinds)
    if len(rows) == 1:
        raise first.place.error("the table has the names of its columns and no row")
    for row in rows[1:]:
        if not isinstance(row, ListNode) or len(row.items) != len(columns):
            found = f"{len(row.items)} cells" if isinstance(row, ListNode) else "no list"
            raise row.place.error(f"the row has to be a list of {len(columns)} cells, one a column; it is {found}")
        cells = dict(zip((column.text for column in columns), row.items, strict=True))
        filled = {key: cell for key, cell in cells.items() if not (isinstance(cell, ScalarNode) and cell.text == "~")}
        for key, cell in filled.items():
            kinds[key].kind.check(cell)
        yield filled


def _columns(first: YamlNode, kinds: Mapping[str, Key]) -> tuple[ScalarNode, ...]:
    """Return the names of a table's columns."""
    columns = tuple(node for node in list_items(first) if isinstance(node, ScalarNode))
    for column in columns:
        if column.text not in kinds:
            raise column.place.error(f"no key is called {column.text!r}; {did_you_mean(column.text, kinds)}")
        if sum(other.text == column.text for other in columns) > 1:
            raise column.place.error(f"two columns are called {column.text!r}")
    return columns


def _pairs(node: YamlNode | None) -> tuple[tuple[ScalarNode, YamlNode], ...]:
    return node.pairs if isinstance(node, TableNode) else ()


def _cells(test: _Variant, common: YamlNode | None, language: Language) -> Iterator[_Variant]:
    """Yield the test, or one for each combination of labels in its matrix, by default the common one of the file.

    The lists of a matrix, which have no labels, become keys of each test.
    """
    matrix = test.own.get("matrix") or common
    if not isinstance(matrix, TableNode):
        yield test
        return
    own = {key: value for key, value in test.own.items() if key != "matrix"}
    own = language.merge(own, _lists(matrix))
    axes = [
        [(label.text, key.text, value) for label, value in node] for key, node in matrix if isinstance(node, TableNode)
    ]
    for chosen in itertools.product(*axes):
        keys = own
        for _, key, value in chosen:
            keys = language.merge(keys, {key: value})
        yield replace(test, own=keys, labels=(*test.labels, *(label for label, _, _ in chosen)))


def _lists(matrix: TableNode) -> dict[str, YamlNode]:
    """Return the lists of a matrix, under the keys that tests without a matrix use."""
    return {key.text: node for key, node in matrix if isinstance(node, ListNode)}
