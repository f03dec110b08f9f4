"""A pytest plugin that shuffles the tests and writes down what became of each.

`shuffle.py` loads it with `-p`. `make test` does so as well, without a file for the results: there it is enough that
every scenario passes in the random order. Under xdist each lab gets whole folders on one release, the most expensive
ones first, so that only the order within each of them is random, and which of them follow one another in a lab.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from postfix_lab.evidence.evidence import Evidence
from postfix_lab.postfix.log.grammar import LogLine
from postfix_lab.scene import Scene
from postfix_lab.verdict.guards import is_by_chance
from tests.endure.portrait import normalize

_LEVELS = ("warning", "error", "fatal", "panic")
_TIMES = (
    (re.compile(r"\b(pid|process id) \d+"), r"\1 N"),
    (re.compile(r"\b\d+(\.\d+)? (seconds?|ms)\b"), "N seconds"),
    (re.compile(r"\b[0-9A-F]{6,12}(?=: |$)"), "QUEUE-ID"),
    (re.compile(r"\b0x[0-9a-f]+"), "ADDRESS"),
    (re.compile(r"limit exceeded: \d+"), "limit exceeded: N"),
    (re.compile(r"(?<=: )(Connection reset by peer|Broken pipe|Success|Application error)$"), "hung up"),
    (re.compile(r"locals: \{.*"), "locals"),  # policyd-spf logs its variables when it dies: times and instance ids
)
"""What differs by the moment alone. A program that dies closes a socket whose data it has read, or has not read yet."""
_AFTERWARDS = re.compile(r"bad command startup|exit status \d")
"""What master(8) says of a daemon that died; a run that ends with the daemon may or may not see it."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Which order, and where the results go."""
    parser.addoption("--shuffle-seed", type=int, help="0: the order of the lab")
    parser.addoption("--shuffle-results", type=Path, help="without it nothing is written down")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Shuffle, after the lab has sorted."""
    if not (seed := config.getoption("--shuffle-seed")):
        return
    groups = dict.fromkeys(map(_group, items)) if hasattr(config, "workerinput") else {}
    items.sort(key=lambda item: item.nodeid)
    random.Random(seed).shuffle(items)  # noqa: S311 - an order, no secret
    if groups:
        place = {group: number for number, group in enumerate(groups)}
        items.sort(key=lambda item: place[_group(item)])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Append what became of a test: a line of JSON."""
    report = yield
    results = item.config.getoption("--shuffle-results")
    if not results:
        return report
    if call.when == "call" or report.outcome == "failed":
        met = getattr(item, "met", None)
        scene = met[1] if met else getattr(item, "funcargs", {}).get("lab")
        evidence = scene.evidence if isinstance(scene, Scene) else []
        row = {"test": item.nodeid, "outcome": report.outcome, "runs": [_shown(seen) for seen in evidence]}
        with results.open("a") as file:
            file.write(json.dumps(row) + "\n")
    return report


def _group(item: pytest.Item) -> str:
    """The name of the tests that xdist keeps together."""
    mark = item.get_closest_marker("xdist_group")
    return str(mark.args[0]) if mark and mark.args else ""


def _shown(seen: Evidence) -> dict[str, list[str]]:
    """The replies of each session in order, and the warnings; what always differs is taken out."""
    replies = [
        "; ".join([session.ended, *(_plain(str(exchange.reply)) for exchange in session.exchanges)])
        for session in seen.sessions
    ]
    lines = (line for line in seen.lines if line.level in _LEVELS and not _is_chance(line))
    warnings = {f"{line.service}: {_plain(line.text)}" for line in lines}
    return {"replies": sorted(replies), "warnings": sorted(warnings)}


def _is_chance(line: LogLine) -> bool:
    return is_by_chance(line) or bool(_AFTERWARDS.search(line.text))


def _plain(text: str) -> str:
    text = normalize(text)
    for pattern, word in _TIMES:
        text = pattern.sub(word, text)
    return text
