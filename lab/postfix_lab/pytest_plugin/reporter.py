"""What the lab adds to pytest's output: one line a scenario if asked for, and the summary table."""

from __future__ import annotations

import pytest

from postfix_lab.pytest_plugin.marker import of_item
from postfix_lab.pytest_plugin.process_lab import engine_line, mail_host_line
from postfix_lab.report.differences import became
from postfix_lab.report.summary_table import Row, line, summary
from postfix_lab.scene import Scene
from postfix_lab.verdict.checks import Status

_ROW = "postfix-lab"
_ON = "postfix-lab-on"


class Reporter:
    """Collects a row for each scenario, from this process or from xdist's workers."""

    def __init__(self, config: pytest.Config) -> None:
        self._lines = bool(config.getoption("--lab-lines"))
        self._config = config
        self._rows: list[Row] = []
        self._on: set[str] = set()

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """No dots where the scenario gets a line of its own."""
        if not self._lines or row_of(report) is None:
            return None
        if hasattr(report, "wasxfail"):
            return ("xfailed", "", "XFAIL") if report.skipped else ("failed", "", "FAILED")
        if report.passed:
            return "passed", "", "PASSED"
        return ("failed", "", "FAILED") if report.when == "call" else ("error", "", "ERROR")

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the row; print the line."""
        row = row_of(report)
        if row is None:
            return
        self._rows.append(row)
        told = dict(report.user_properties).get(_ON)
        self._on.update(told if isinstance(told, list) else ())
        terminal = self._config.pluginmanager.get_plugin("terminalreporter")
        if self._lines and terminal is not None:
            terminal.write_line(line(row, colour=terminal.hasmarkup))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """The table by Debian release and chroot state; under xdist what the workers ran on comes here."""
        if getattr(self._config.option, "numprocesses", None):
            for told in sorted(self._on, key=lambda said: (said.startswith(" "), said)):
                terminalreporter.write_line(told)
        if self._rows:
            terminalreporter.write_line("")
            terminalreporter.write_line(summary(self._rows, colour=terminalreporter.hasmarkup))


def as_expected(report: pytest.TestReport, status: Status) -> Status | None:
    """What pytest makes of it: a failure that was expected passes, a pass that was not fails; none for a skip."""
    if report.skipped:
        return Status.PASS if hasattr(report, "wasxfail") else None
    return Status.FAIL if status is Status.PASS and report.failed else status


def add_row(item: pytest.Item, report: pytest.TestReport, status: Status | None, seconds: float) -> None:
    """Put the scenario's row on its report, where it survives the way from a worker to the controller."""
    wanted = of_item(item)
    host, scene = getattr(item, "met", None) or (
        getattr(item, "funcargs", {}).get(name) for name in ("mail_host", "lab")
    )
    if wanted is not None and status is not None:
        debian, setup = wanted
        note = getattr(item, "note", "")
        told = became(scene.evidence if isinstance(scene, Scene) else (), getattr(item, "called", ()))
        row = {"scenario": title(item), "debian": debian, "chroot": setup.chroot.value, "note": note, "became": told}
        report.user_properties.append((_ROW, {**row, "status": status.value, "seconds": seconds}))
    if host is not None and scene is not None and host.setup is not None:
        report.user_properties.append((_ON, [engine_line(scene.runtime.engine), mail_host_line(host.facts())]))


def title(item: pytest.Item) -> str:
    """The scenario's name: its folder, file and test with what varies in it, without the release."""
    if (told := getattr(item, "title", None)) is not None:
        return str(told)
    module = item.path.stem.removeprefix("test_")
    name = getattr(item, "originalname", item.name).removeprefix("test_")
    callspec = getattr(item, "callspec", None)
    own = [str(value) for key, value in callspec.params.items() if key != "mail_host"] if callspec else []
    variant = f" [{', '.join(own)}]" if own else ""
    return f"{item.path.parent.name}/{module}::{name.replace('_', '-')}{variant}"


def row_of(report: pytest.TestReport) -> Row | None:
    """The row that a report bears, if it is a scenario's."""
    # A module that cannot be collected is reported too, by a report without properties.
    found = dict(getattr(report, "user_properties", ())).get(_ROW)
    if not isinstance(found, dict):
        return None
    return Row(**{**found, "status": Status(found["status"])})
