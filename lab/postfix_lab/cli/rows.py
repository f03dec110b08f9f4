"""What a run of pytest says, and the rows of its scenarios, for whoever wants them as data."""

from __future__ import annotations

import contextlib
import io
import re
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from postfix_lab.report.differences import differences_data, differences_text
from postfix_lab.report.summary_table import Row
from postfix_lab.verdict.checks.check import Status

if TYPE_CHECKING:
    import pytest


class RunOutput(io.StringIO):
    """What pytest says where JSON is wanted: it goes to standard error, and a complaint in it is remembered."""

    def __init__(self) -> None:
        super().__init__()
        self._stderr = sys.stderr

    def write(self, text: str) -> int:
        """Pass it on."""
        self._stderr.write(text)
        return super().write(text)

    @contextlib.contextmanager
    def instead(self) -> Iterator[None]:
        """Hear both outputs."""
        with contextlib.redirect_stdout(self), contextlib.redirect_stderr(self):
            yield

    @property
    def complaint(self) -> str:
        """Why nothing, or not everything, was run."""
        found = re.search(r"^ERROR: (.*)$|Exit: (.*?) !+$", self.getvalue(), re.MULTILINE)
        return (found[1] or found[2]) if found else "The run broke off; see standard error."


class Rows:
    """What the plugin says of each scenario: the same as in its line and in the table."""

    def __init__(self) -> None:
        self.found: list[dict[str, object]] = []
        self.rows: list[Row] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the row of a scenario, with its story where it did not pass."""
        row = dict(report.user_properties).get("postfix-lab")
        if isinstance(row, dict):
            self.found.append({**row, "story": report.longreprtext})
            self.rows.append(Row(**{**row, "status": Status(row["status"])}))

    def comparison(self, *, as_json: bool) -> dict[str, object]:
        """What differs between the releases: as data, or said."""
        if as_json:
            return {"differences": differences_data(self.rows)}
        if self.rows:
            click.echo(f"\n{differences_text(self.rows)}")
        return {}
