"""The lab's additions to pytest's output: a line for each scenario if asked for, and the summary table."""

from __future__ import annotations

import pytest

from postfix_lab.errors import InputError
from postfix_lab.pytest_plugin.explanations import stored_explanation
from postfix_lab.pytest_plugin.marker import item_target
from postfix_lab.pytest_plugin.process_lab import engine_line, mail_host_line
from postfix_lab.report.differences import session_results
from postfix_lab.report.summary_table import MISTAKE, Row, line, summary
from postfix_lab.scene import Scene
from postfix_lab.verdict.checks import Status

_ROW = "postfix-lab"
_ON = "postfix-lab-on"
_MISTAKE_NOTE = "a mistake in the test or its configuration"


class Reporter:
    """Collects a row for each scenario, from this process or from xdist's workers."""

    def __init__(self, config: pytest.Config) -> None:
        self._lines = bool(config.getoption("--lab-lines"))
        self._config = config
        self._rows: list[Row] = []
        self._on: set[str] = set()

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """Print no dot if the scenario gets its own line."""
        if not self._lines or row_of(report) is None:
            return None
        if hasattr(report, "wasxfail"):
            return ("xfailed", "", "XFAIL") if report.skipped else ("failed", "", "FAILED")
        if report.passed:
            return "passed", "", "PASSED"
        return ("failed", "", "FAILED") if report.when == "call" else ("error", "", "ERROR")

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the row, and print the line."""
        row = row_of(report)
        if row is None:
            return
        self._rows.append(row)
        told = dict(report.user_properties).get(_ON)
        self._on.update(told if isinstance(told, list) else ())
        terminal = self._config.pluginmanager.get_plugin("terminalreporter")
        if self._lines and terminal is not None:
            terminal.write_line(line(row, colour=terminal.hasmarkup))
        if terminal is not None and (text := stored_explanation(report)):
            terminal.write_line("")
            terminal.write_line(text)
            terminal.write_line("")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the table by Debian release and chroot state; under xdist also the workers' mail hosts."""
        if getattr(self._config.option, "numprocesses", None):
            for told in sorted(self._on, key=lambda said: (said.startswith(" "), said)):
                terminalreporter.write_line(told)
        if self._rows:
            terminalreporter.write_line("")
            terminalreporter.write_line(summary(self._rows, colour=terminalreporter.hasmarkup))


def reported_status(report: pytest.TestReport, status: Status) -> Status | None:
    """Return the status after xfail: an expected failure passes, an unexpected pass fails; None for a skip."""
    if report.skipped:
        return Status.PASS if hasattr(report, "wasxfail") else None
    return Status.FAIL if status is Status.PASS and report.failed else status


def add_row(
    item: pytest.Item, report: pytest.TestReport, status: Status | None, seconds: float, error: BaseException | None
) -> None:
    """Store the scenario's row in its report, which xdist transfers from worker to controller.

    `error` is what ended the test; a mistake in what somebody wrote is stored beside the row.
    """
    target = item_target(item)
    host, scene = getattr(item, "met", None) or (
        getattr(item, "funcargs", {}).get(name) for name in ("mail_host", "lab")
    )
    if target is not None and status is not None:
        debian, chroot = target.debian, target.setup.chroot.value
        note = _MISTAKE_NOTE if isinstance(error, InputError) else getattr(item, "note", "")
        told = session_results(scene.evidence if isinstance(scene, Scene) else (), getattr(item, "session_names", ()))
        row = {"scenario": title(item), "debian": debian, "chroot": chroot, "note": note, "became": told,
               "closed": getattr(item, "closed", False)}  # fmt: skip
        report.user_properties.append((_ROW, {**row, "status": status.value, "seconds": seconds}))
    if isinstance(error, InputError):
        report.user_properties.append((MISTAKE, str(error)))
    if host is not None and scene is not None and host.setup is not None:
        report.user_properties.append((_ON, [engine_line(scene.executor.lab.engine), mail_host_line(host.facts())]))


def title(item: pytest.Item) -> str:
    """Return the scenario's name: folder, file and test with its parameters, without the release."""
    if (told := getattr(item, "title", None)) is not None:
        return str(told)
    module = item.path.stem.removeprefix("test_")
    name = getattr(item, "originalname", item.name).removeprefix("test_")
    callspec = getattr(item, "callspec", None)
    own = [str(value) for key, value in callspec.params.items() if key != "mail_host"] if callspec else []
    variant = f" [{', '.join(own)}]" if own else ""
    return f"{item.path.parent.name}/{module}::{name.replace('_', '-')}{variant}"


def row_of(report: pytest.TestReport) -> Row | None:
    """Return the row in a report; None if it is not a scenario's."""
    # The report of a module that cannot be collected has no properties.
    found = dict(getattr(report, "user_properties", ())).get(_ROW)
    if not isinstance(found, dict):
        return None
    return Row(**{**found, "status": Status(found["status"])})
