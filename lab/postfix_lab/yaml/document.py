"""Read a YAML file with its includes as tests, one for each row of a table and each cell of a matrix."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from postfix_lab.text import did_you_mean
from postfix_lab.yaml.expect_keys import SEEN_EXPECT, SESSION_EXPECT
from postfix_lab.yaml.keys import FILE, ROW
from postfix_lab.yaml.layers import at_node, layer, merge_layers
from postfix_lab.yaml.node import ListNode, ScalarNode, TableNode, YamlNode, list_items
from postfix_lab.yaml.reader import SCHEMA, read

_EXPECTED = frozenset(key.name for key in (*SESSION_EXPECT, *SEEN_EXPECT))
_SHARED = ("include", "schema", "description", "comment", "spec", "defaults", "tests", "scenarios")
_MOST_INCLUDES, _MOST_TESTS = 32, 2000


@dataclass(frozen=True)
class WrittenTest:
    """One test of a file: the keys shared by all tests of the file, and its own keys."""

    name: str
    key: ScalarNode
    shared: Mapping[str, YamlNode]
    own: Mapping[str, YamlNode]
    labels: tuple[str, ...] = ()
    """The labels of its row and cells, which distinguish tests of one name."""


def read_tests(path: Path) -> tuple[WrittenTest, ...]:
    """Return the tests of a file in order; raises InputError with file and line of a mistake."""
    file = read(path)
    if file.get("schema") is None:
        raise file.place.error(f"the file does not say `schema: {SCHEMA}`, so it has no scenarios of the lab")
    FILE.check(file)
    shared = _common_keys(path, file, ())
    tests: dict[str, WrittenTest] = {}
    for key in ("tests", "scenarios"):
        for name, node in _pairs(file.get(key)):
            if name.text in tests:
                raise name.place.error(f"there is a test {name.text!r} already")
            tests[name.text] = WrittenTest(name.text, name, shared, layer(node) if isinstance(node, TableNode) else {})
    every = (cell for test in tests.values() for row in _rows(test) for cell in _cells(row))
    cells = tuple(itertools.islice(every, _MOST_TESTS + 1))
    if len(cells) > _MOST_TESTS:
        raise cells[-1].key.place.error(f"the file makes more than {_MOST_TESTS} tests; split it into several files")
    return cells


def _common_keys(path: Path, file: TableNode, above: tuple[str, ...]) -> dict[str, YamlNode]:
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
        FILE.check(included)
        if tests := included.get("tests") or included.get("scenarios"):
            raise tests.place.error("a file that others include has no tests; move them into a file of their own")
        below = merge_layers(below, _common_keys(place, included, chain))
    own = {key: value for key, value in layer(file).items() if key not in _SHARED}
    defaults = file.get("defaults")
    return merge_layers(merge_layers(below, own), layer(defaults) if isinstance(defaults, TableNode) else {})


def _rows(test: WrittenTest) -> Iterator[WrittenTest]:
    """Yield the test, or one test for each row of its table."""
    cases = test.own.get("cases")
    if cases is None:
        yield test
        return
    rest = {key: value for key, value in test.own.items() if key != "cases"}
    labels: set[str] = set()
    for number, row in enumerate(_read_rows(list_items(cases)), start=1):
        label = row.get("case")
        name = label.text if isinstance(label, ScalarNode) else str(number)
        if name in labels:
            place = label.place if label else test.key.place
            raise place.error(f"there is a row {name!r} already")
        labels.add(name)
        expected = tuple((ScalarNode(key, value.place), value) for key, value in row.items() if key in _EXPECTED)
        said = {key: value for key, value in row.items() if key not in _EXPECTED and key != "case"}
        if expected:
            said = merge_layers({"expect": TableNode(expected, expected[0][1].place)}, said)
        yield WrittenTest(test.name, test.key, test.shared, merge_layers(rest, said), (name,))


def _read_rows(rows: tuple[YamlNode, ...]) -> Iterator[dict[str, YamlNode]]:
    """Yield the rows: tables, or lists after a first list with the names of the columns."""
    first = rows[0]
    if isinstance(first, TableNode):
        for row in rows:
            if not isinstance(row, TableNode):
                raise row.place.error("the first row is a table of keys, so each row has to be one")
            yield layer(row)
        return
    columns, kinds = _columns(first), ROW.by_name()
    if len(rows) == 1:
        raise first.place.error("the table has the names of its columns and no row")
    for row in rows[1:]:
        if not isinstance(row, ListNode) or len(row.items) != len(columns):
            said = f"{len(row.items)} cells" if isinstance(row, ListNode) else "no list"
            raise row.place.error(f"the row has to be a list of {len(columns)} cells, one a column; it is {said}")
        cells = dict(zip((column.text for column in columns), row.items, strict=True))
        filled = {key: cell for key, cell in cells.items() if not (isinstance(cell, ScalarNode) and cell.text == "~")}
        for key, cell in filled.items():
            kinds[key].kind.check(cell)
        yield filled


def _columns(first: YamlNode) -> tuple[ScalarNode, ...]:
    """Return the names of a table's columns."""
    kinds = ROW.by_name()
    columns = tuple(node for node in list_items(first) if isinstance(node, ScalarNode))
    for column in columns:
        if column.text not in kinds:
            raise column.place.error(f"no key is called {column.text!r}; {did_you_mean(column.text, kinds)}")
        if sum(other.text == column.text for other in columns) > 1:
            raise column.place.error(f"two columns are called {column.text!r}")
    return columns


def _pairs(node: YamlNode | None) -> tuple[tuple[ScalarNode, YamlNode], ...]:
    return node.pairs if isinstance(node, TableNode) else ()


def _cells(test: WrittenTest) -> Iterator[WrittenTest]:
    """Yield the test, or one for each combination of labels in its matrix; `play.py` adds releases and chroots."""
    matrix = test.own.get("matrix") or test.shared.get("matrix")
    if not isinstance(matrix, TableNode):
        yield test
        return
    own = {key: value for key, value in test.own.items() if key != "matrix"}
    own = merge_layers(own, _lists(matrix))
    axes = [
        [(label.text, key.text, value) for label, value in node] for key, node in matrix if isinstance(node, TableNode)
    ]
    for chosen in itertools.product(*axes):
        said = own
        for _, key, value in chosen:
            said = merge_layers(said, {key: value})
        labels = (*test.labels, *(label for label, _, _ in chosen))
        yield WrittenTest(test.name, test.key, test.shared, said, labels)


def _lists(matrix: TableNode) -> dict[str, YamlNode]:
    """Return the releases and chroot states of a matrix, under the keys that tests without a matrix use."""
    return {key.text: node for key, node in matrix if isinstance(node, ListNode)}
