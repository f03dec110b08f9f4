"""Published JSON Schemas: they are what the code says, and what the commands print is what they say."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from types import SimpleNamespace
from typing import Any

import click
import jsonschema
import pytest

from postfix_lab.audit.examined import Examination
from postfix_lab.audit.finding import AuditFinding, FilePlace, FindingKind, Severity
from postfix_lab.cli import check, door, json_schemas, options, send
from postfix_lab.cli.rows import Rows
from postfix_lab.dns.fault import FaultKind
from postfix_lab.engine.diagnosis import DiagnosisLine
from postfix_lab.errors import InputError
from postfix_lab.json_schema import schema_name
from postfix_lab.report.coverage_table import coverage_data
from postfix_lab.serialization import to_json
from postfix_lab.standing.standing_record import LabRecord, MailHostRecord
from postfix_lab.sweep.cell import Cell, SweptQuestion, baseline_cell
from postfix_lab.sweep.sweep import SweepResult
from postfix_lab.sweep.sweep_table import as_json
from postfix_lab.verdict.coverage import cover
from postfix_lab.verdict.explanation import explain
from tests.unit.evidence_builder import evidence, refused_at_rcpt
from tests.unit.traced import GOOD, traced

Printed = Callable[[], dict[str, Any]]


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Printed:
    """What was printed, once it is valid under the published schema that it names."""

    def read() -> dict[str, Any]:
        told: dict[str, Any] = json.loads(capsys.readouterr().out)
        file = json_schemas.FOLDER / f"{told['schema'].removeprefix('postfix-lab/')}.json"
        jsonschema.Draft7Validator(json.loads(file.read_text())).validate(told)
        return told

    return read


@pytest.mark.parametrize("name, schema", json_schemas.schemas().items())
def test_published_schema_is_that_of_the_code(name: str, schema: dict[str, Any]) -> None:
    """It cannot drift: `python -m postfix_lab.cli.json_schemas` writes all of them."""
    jsonschema.Draft7Validator.check_schema(schema)
    assert (json_schemas.FOLDER / name).read_text("utf-8") == json_schemas.text(schema)


@pytest.mark.parametrize("seen", [evidence(), refused_at_rcpt(), evidence(trouble=("the log did not arrive",))])
def test_send(seen: Any, printed: Printed) -> None:
    """The decision, the exit code and the whole evidence."""
    status = send._print_result(seen, None, as_json=True)
    assert printed()["exit_code"] == status


def test_explain(printed: Printed) -> None:
    """The same with the explanation."""
    seen = traced(GOOD)
    send._print_result(seen, explain(seen), as_json=True)
    assert printed()["explanation"]["sessions"]


def test_check(printed: Printed) -> None:
    """Findings with and without a line, and a mail host only where there was one."""
    found = (
        AuditFinding(FindingKind.SOCKET, Severity.ERROR, FilePlace("main.cf", 3), "nobody listens", "start it", ("a line",)),
        AuditFinding(FindingKind.CANARY, Severity.NOTE, FilePlace("main.cf"), "odd", "look"),
    )
    for examined in (Examination(), Examination(evidence=evidence())):
        check._print_result("/etc/postfix", examined, found, 1, full=False, as_json=True)
        assert [finding["line"] for finding in printed()["findings"]] == [3, None]


def test_run(printed: Printed) -> None:
    """A row for each scenario, what differs, and why the run broke off."""
    rows = Rows()
    row = {
        "scenario": "a::b", "debian": 12, "chroot": "packaged", "status": "pass", "seconds": 0.1, "note": "", "became": [],
        "closed": False,
    }  # fmt: skip
    for one in (row, {**row, "debian": 13, "status": "fail", "became": ["x"]}):
        rows.pytest_runtest_logreport(SimpleNamespace(user_properties=[("postfix-lab", one)], longreprtext="", skipped=False))  # type: ignore[arg-type]
    error = {"error": {"message": "no", "exit_code": 3}}
    options.print_json("run", {**error, **rows.comparison(as_json=True), "scenarios": rows.found, "exit_code": 3})
    assert printed()["differences"][0]["scenario"] == "a::b"


def test_coverage(printed: Printed) -> None:
    """Every restriction with its counts."""
    options.print_json("coverage", coverage_data(cover([explain(traced(GOOD))])))
    assert printed()["configurations"][0]["restrictions"]


def test_sweep(printed: Printed) -> None:
    """Every cell, unknown or not."""
    cells = (baseline_cell(evidence()), Cell(unknown="nobody asked", alarms=(), folder="kept"))
    kinds = (FaultKind.SERVFAIL, FaultKind.TIMEOUT)
    swept = SweepResult("right", 12, kinds, cells[0], ((SweptQuestion("good.example", "TXT"), cells),))
    click.echo(as_json([swept]))
    assert printed()["scenarios"][0]["questions"][0]["faults"]["TIMEOUT"]["kept"] == "kept"


def test_standing_lab(printed: Printed) -> None:
    """What `up`, `down`, `clean`, `doctor` and `shell` print, and each line of `logs` and `dns`."""
    place = MailHostRecord(12, "lab-mail-host", ("192.0.2.25",), "3.7.11")
    record = LabRecord(1, "0", "docker", "20", "unix:///x", "lab-internet", "/etc/postfix", "lab.test", (place,), ())
    told = {key: value for key, value in asdict(record).items() if key not in ("pid", "started")}
    outputs = {
        "up": {**told, "stood_already": False, "examples": ["ls"]},
        "down": {"removed": True},
        "clean": {"removed": ["lab-internet"]},
        "doctor": {"lines": [asdict(DiagnosisLine("blocker", "no engine", "make engine"))]},
        "shell": {"exit_code": 0, "stdout": "", "stderr": ""},
        "logs": to_json(evidence().log[0]),
        "dns": to_json(evidence().queries[0]),
    }
    for output, value in outputs.items():
        options.print_json(output, value)
        assert printed()["schema"] == f"postfix-lab/{output}-1"


def test_error(printed: Printed) -> None:
    """Whatever goes wrong names its schema too."""
    door._report(["--json"], 2, "no such file", InputError("no", "main.cf", 3))
    assert printed()["error"] == {"message": "no such file", "exit_code": 2, "file": "main.cf", "line": 3}


def test_output_that_lacks_a_part_is_refused() -> None:
    """The schemas ask for something."""
    schema = json_schemas.schemas()["send-1.json"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"schema": schema_name("send"), "exit_code": 0}, schema)
