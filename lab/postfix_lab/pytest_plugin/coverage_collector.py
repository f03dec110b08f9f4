"""Coverage of a run: each test's part is stored in its report, so that it works the same under xdist."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from postfix_lab.errors import LabError
from postfix_lab.pytest_plugin.marker import coverage_destination
from postfix_lab.report.coverage_table import FOLDER, coverage_text, save_coverage, shortfall
from postfix_lab.serialization import from_json, to_json
from postfix_lab.verdict.coverage import Coverage, cover, merge
from postfix_lab.verdict.explanation import explain

if TYPE_CHECKING:
    from postfix_lab.evidence.evidence import Evidence

_PART = "postfix-lab-coverage"
_NOTHING = "Nothing was covered: no test held a session with a mail host, so no threshold can be met."


def add_coverage(seen: Iterable[Evidence], report: pytest.TestReport) -> None:
    """Store the coverage of this test's sessions in its report."""
    explanations = [explain(evidence) for evidence in seen if evidence.configured is not None]
    report.user_properties.append((_PART, [to_json(part) for part in cover(explanations)]))


class CoverageCollector:
    """Adds up the parts, prints and saves the sum, and fails a run below the threshold."""

    def __init__(self, config: pytest.Config, evidence: Callable[[], Path]) -> None:
        self._config = config
        self._evidence = evidence
        self._sum: tuple[Coverage, ...] = ()
        self._missing = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add the part of one test."""
        told = dict(getattr(report, "user_properties", ())).get(_PART)
        if isinstance(told, list):
            self._sum = merge((*self._sum, *(from_json(Coverage, part) for part in told)))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Save the sum; fail a run that passed but is below the threshold."""
        if hasattr(self._config, "workerinput"):
            return
        threshold = self._config.getoption("--lab-coverage-threshold")
        if threshold is not None:
            self._missing = shortfall(self._sum, threshold) if self._sum else _NOTHING
        if self._sum:
            self._keep()
        if self._missing and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the table, and what is missing for the threshold."""
        if self._sum:
            terminalreporter.write_line("")
            terminalreporter.write_line(coverage_text(self._sum))
            terminalreporter.write_line(f"kept in {self._folder()}")
        if self._missing:
            terminalreporter.write_line(self._missing, red=True)

    def _keep(self) -> None:
        folder = self._folder()
        try:
            save_coverage(self._sum, folder)
        except OSError as error:
            raise pytest.exit.Exception(
                f"postfix-lab: the coverage could not be kept in {folder}: {error.strerror}; "
                "make room there or name another folder with --lab-coverage=DIR",
                LabError.exit_code,
            ) from error

    def _folder(self) -> Path:
        named = coverage_destination(self._config)
        return Path(named) if named else self._evidence() / FOLDER
