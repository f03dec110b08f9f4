"""A run of pytest: its output and the rows of its scenarios. Imported while Postfix starts."""

from __future__ import annotations

import contextlib
import io
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator

import click
import pytest

from postfix_lab.report.differences import differences_data, differences_text
from postfix_lab.report.pack_sentence import pack_sentences
from postfix_lab.report.summary_table import MISTAKE, Row
from postfix_lab.verdict.checks.check import Status


class RunOutput(io.StringIO):
    """The output of pytest with `--json`: passed on to standard error; an error message in it is kept."""

    def __init__(self) -> None:
        super().__init__()
        self._stderr = sys.stderr

    def write(self, text: str) -> int:
        """Pass the text on to standard error."""
        self._stderr.write(text)
        return super().write(text)

    @contextlib.contextmanager
    def capture(self) -> Iterator[None]:
        """Replace standard output and standard error by this object."""
        with contextlib.redirect_stdout(self), contextlib.redirect_stderr(self):
            yield

    @property
    def complaint(self) -> str:
        """The reason why nothing, or not everything, was run."""
        found = re.search(r"^ERROR: (.*)$|Exit: (.*?) !+$", self.getvalue(), re.MULTILINE)
        return (found[1] or found[2]) if found else "The run broke off; see standard error."


class Rows:
    """The rows of all scenarios, as the plugin reports them."""

    def __init__(self) -> None:
        self.found: list[dict[str, object]] = []
        self.rows: list[Row] = []
        self.mistakes: list[str] = []
        """The sentences about tests, or their configurations, in which somebody made a mistake."""
        self.skipped = 0
        """How many tests were skipped."""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the row of a scenario, with its story if it did not pass."""
        self.skipped += report.skipped and not hasattr(report, "wasxfail")
        properties = dict(report.user_properties)
        row = properties.get("postfix-lab")
        if MISTAKE in properties:
            self.mistakes.append(str(properties[MISTAKE]))
        if isinstance(row, dict):
            self.found.append({**row, "story": report.longreprtext})
            self.rows.append(Row(**{**row, "status": Status(row["status"])}))

    def idle_sentence(self) -> str:
        """Return the sentence about a run in which no test failed and none told anything; empty if one did."""
        if not self.rows:
            return f"No scenario ran: {self.skipped} skipped." if self.skipped else ""
        if not all(row.closed for row in self.rows):
            return ""
        count = len(self.rows)
        return f"{count} closed: nothing learned. The mail host listens on none of the ports that they try."

    def conclude(self, packs: Iterable[str]) -> None:
        """Print the sentence of each pack."""
        for sentence in pack_sentences(packs, self.rows):
            click.echo("\n".join(textwrap.wrap(sentence, 80, break_on_hyphens=False)))

    def comparison(self, *, as_json: bool) -> dict[str, object]:
        """Return the differences between the releases as data, or print them."""
        if as_json:
            return {"differences": differences_data(self.rows)}
        if self.rows:
            click.echo(f"\n{differences_text(self.rows)}")
        return {}


def run_pytest(arguments: list[str], plugins: list[object]) -> int:
    """Run pytest in this process; return its exit code."""
    return int(pytest.main(arguments, plugins=plugins))
