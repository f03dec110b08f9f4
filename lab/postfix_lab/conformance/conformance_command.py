"""`postfix-lab conformance`: run the suites, print the result, and compare it with `docs/conformance.md`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from postfix_lab.conformance.conformance_table import deviations, find_unexplained, title, update_document
from postfix_lab.conformance.judgement import Agreement, Cause
from postfix_lab.conformance.suite import Suite, load_suite
from postfix_lab.conformance.suite_outcome import SuiteOutcome
from postfix_lab.conformance.suite_run import run_suite, setup
from postfix_lab.errors import InputError
from postfix_lab.json_schema import schema_name
from postfix_lab.paths import ROOT
from postfix_lab.runtime.executor import open_executor
from postfix_lab.runtime.target import Target

if TYPE_CHECKING:
    from postfix_lab.engine.client import EngineName

SUITES = ("rfc7208", "rfc4408")
DOCUMENT = ROOT / "docs" / "conformance.md"
FOLDER = Path(sys.prefix) / "pyspf-2.0.14" / "test"
"""Where `make suite` puts the suite, which is no part of this project: in the virtual environment."""


def run(
    names: Sequence[str], releases: Sequence[int], engine: EngineName | None, progress: Callable[[str], None]
) -> tuple[SuiteOutcome, ...]:
    """Run these suites on these releases, one after the other."""
    suites, driver = [load_suite(FOLDER / f"{name}-tests.yml") for name in names], load_driver()
    with open_executor(engine, [Target(debian, setup("mailfrom")) for debian in releases], progress) as executor:
        return tuple(run_suite(executor, debian, suite, driver, progress) for debian in releases for suite in suites)


def load_driver() -> str:
    """The text of the suite's own driver."""
    file = FOLDER / "testspf.py"
    try:
        return file.read_text("utf-8")
    except OSError as error:
        raise InputError(
            f"the suite's driver is not there: {error.strerror}; `make suite` fetches it", str(file)
        ) from error


def failures(outcomes: Sequence[SuiteOutcome]) -> list[str]:
    """Return a sentence for everything that makes the run fail."""
    document = DOCUMENT.read_text("utf-8")
    return [text for outcome in outcomes for text in (*own_failures(outcome), *deviations(document, outcome))]


def own_failures(outcome: SuiteOutcome) -> list[str]:
    """Return the failures that do not depend on the document: mistakes of the lab, and unexplained differences."""
    where = f"{title(outcome.suite)} on Debian {outcome.facts.debian}"
    ours = [f"{j.case.name}: {j.shown}" for j in outcome.disagreements if j.cause is Cause.OURS]
    unexplained = find_unexplained(outcome.every)
    return [f"{where}: {text}" for text in (*outcome.trouble, *outcome.mistakes, *ours, *unexplained)]


def write(outcomes: Sequence[SuiteOutcome]) -> None:
    """Write the results into the document, in place of its rows for these suites and releases."""
    suites: dict[str, Suite] = {name: load_suite(FOLDER / f"{name}-tests.yml") for name in SUITES}
    day = datetime.now(UTC).date().isoformat()
    DOCUMENT.write_text(update_document(DOCUMENT.read_text("utf-8"), outcomes, suites, day), "utf-8")


def summary(outcomes: Sequence[SuiteOutcome]) -> str:
    """Return the text for a terminal: each suite on each release with its counts, then the differences with causes."""
    return "\n".join(line for outcome in outcomes for line in _lines(outcome))


def _lines(outcome: SuiteOutcome) -> list[str]:
    every = outcome.every
    agree, alternative = (sum(j.status is s for j in every) for s in (Agreement.AGREES, Agreement.ALTERNATIVE))
    head = (
        f"debian {outcome.facts.debian}  {title(outcome.suite)}: {len(every)} cases, {agree} agree, {alternative} with "
        f"an accepted alternative, {len(outcome.disagreements)} differ  {outcome.seconds:.2f} s"
    )
    return [
        head,
        *(f"  {j.case.name}: {j.actual}, not {j.expected}; {j.cause}: {j.shown}" for j in outcome.disagreements),
    ]


def as_json(outcomes: Sequence[SuiteOutcome]) -> str:
    """Return the results as JSON: each case with wanted and actual result, status, cause and reply."""
    return json.dumps({"schema": schema_name("conformance"), "suites": [
        {
            "suite": outcome.suite,
            "debian": outcome.facts.debian,
            "postfix": outcome.facts.postfix,
            "policyd_spf": outcome.facts.policyd_spf,
            "pyspf": outcome.pyspf,
            "dns_library": outcome.library,
            "questions": outcome.questions,
            "failures": own_failures(outcome),
            "cases": [
                {
                    "case": j.case.name, "scenario": scenario, "wanted": list(j.case.results),
                    "explanation": j.case.explanation, "seen": j.seen.result, "text": j.seen.explanation,
                    "status": j.status, "cause": j.cause, "shown": j.shown, "reply": j.seen.reply,
                }
                for scenario, judgements in outcome.chapters
                for j in judgements
            ],
        }
        for outcome in outcomes
    ]}, indent=1)  # fmt: skip
