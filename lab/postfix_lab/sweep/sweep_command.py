"""`postfix-lab sweep`: pytest runs the scenarios once; they are swept before their lab is removed."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Sequence
from typing import Any

from postfix_lab.dns.fault import FaultKind
from postfix_lab.scene import Scene
from postfix_lab.sweep.sweep import SweepResult, sweep
from postfix_lab.sweep.sweep_table import as_json, exit_code, text
from postfix_lab.text import printable

_FAILED, _NOTHING = 1, 2


def run(pytest_main: Callable[..., Any], arguments: Sequence[str], kinds: Sequence[FaultKind], *, json: bool) -> int:
    """Run what these arguments of pytest name, sweep what passed, print the tables, return the exit code."""
    sweeper = _Sweeper(kinds)
    with contextlib.redirect_stdout(sys.stderr):  # The tables alone are the output.
        code = int(pytest_main(list(arguments), plugins=[sweeper]))
    swept = sweeper.swept
    if swept or json:
        sys.stdout.write(as_json(swept) if json else "\n\n".join(map(text, swept)))
        sys.stdout.write("\n")
    if code == _FAILED:
        sys.stderr.write("What does not pass undisturbed is not swept; see above for why it does not.\n")
    if code:
        return code
    if not swept:
        sys.stderr.write("Nothing was swept. Name a scenario without a clock that asks its mail host for anything.\n")
        return _NOTHING
    return exit_code(swept)


class _Sweeper:
    """A pytest plugin that keeps the scenes and sweeps them before the lab is removed."""

    def __init__(self, kinds: Sequence[FaultKind]) -> None:
        self.swept: list[SweepResult] = []
        self._kinds = kinds
        self._scenes: dict[str, Scene] = {}
        self._failed: set[str] = set()

    def pytest_runtest_teardown(self, item: Any) -> None:
        """Keep the scene of each test."""
        met = getattr(item, "met", None)  # A scenario in YAML has met its mail host in a scene of its own.
        scene = met[1] if met else getattr(item, "funcargs", {}).get("lab")
        if isinstance(scene, Scene):
            self._scenes[item.nodeid] = scene

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Remember the tests that did not pass; they are not swept."""
        if not report.passed:
            self._failed.add(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        """Sweep the scenes after the last test, while the lab still runs."""
        for scene in (scene for test, scene in self._scenes.items() if test not in self._failed):
            asked = [happened for happened in scene.runs if happened.evidence.queries]
            if any(happened.setup.clock for happened in asked):
                name = asked[0].scenario.name
                _progress(f"{name} is not swept: its clock was put forward, so it cannot happen again.")
                continue
            executor = scene.executor.with_progress(_progress)
            self.swept += [sweep(executor, happened, self._kinds) for happened in asked]


def _progress(what: str) -> None:
    sys.stderr.write(f"{printable(what)}\n")
    sys.stderr.flush()
