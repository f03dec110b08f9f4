"""The verdict beside its evidence: every finding, with an address that leads to the piece it is about."""

from __future__ import annotations

import json
import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from postfix_lab.errors import LabError
from postfix_lab.evidence.evidence import Evidence, save
from postfix_lab.verdict.checks import Check, accepted, asked, delivered, refused
from postfix_lab.verdict.judge import Verdict, judge
from postfix_lab.verdict.verdict_file import VERDICT_FILE, JudgedTest, json_schema, save_verdict
from tests.unit.evidence_builder import evidence, log_of, refused_at_rcpt

TEST = JudgedTest("tests/test_a.py::test_b[12]", "tests/test_a.py", 7)
NOISE = evidence(other_log=log_of("smtpd: warning: something odd"))


def saved(folder: Path, seen: Evidence, *checks: Check) -> dict[str, Any]:
    """What is in the file, which is what its schema says."""
    written = save_verdict(seen, [judge(seen, checks)], save(seen, folder / "right"), TEST, 1.23456)
    assert written == folder / "right" / VERDICT_FILE
    found: dict[str, Any] = json.loads(written.read_text())
    jsonschema.Draft7Validator(json_schema()).validate(found)
    return found


def test_every_finding_is_there(tmp_path: Path) -> None:
    """The status, the test with its place, the seconds, and checks and guards in their order."""
    found = saved(tmp_path, evidence(), accepted(), delivered())
    assert (found["schema"], found["scenario"], found["status"]) == ("postfix-lab/verdict-1", "right", "pass")
    assert (found["seconds"], found["test"]) == (1.235, {"id": TEST.id, "file": TEST.file, "line": 7})
    assert [finding["check"] for finding in found["findings"]][:3] == ["accepted", "delivered", "log-complete"]
    assert {finding["status"] for finding in found["findings"]} == {"pass"}


def test_finding_leads_to_its_evidence(tmp_path: Path) -> None:
    """An exchange, a question, a message and a log line; what is about nothing has no address."""
    found = saved(tmp_path, NOISE, refused("RCPT", 450), asked("mail.good.example", "A"), delivered())
    where = {finding["check"]: finding["where"] for finding in found["findings"]}
    assert found["status"] == "fail"
    assert where["refused"] == {"session": 0, "exchange": 3}
    assert where["asked"] == {"query": 1}
    assert where["delivered"] == {"message": 0}
    assert where["quiet-log"] == {"other_log": 0}
    assert where["log-complete"] is None


def test_trouble_is_a_finding(tmp_path: Path) -> None:
    """What the lab could not see is in it too, and makes the verdict unknown."""
    found = saved(tmp_path, evidence(trouble=("the log did not arrive",)), accepted())
    assert (found["status"], found["findings"][0]["got"]) == ("unknown", "the log did not arrive")


def test_verdicts_on_the_same_evidence_are_one(tmp_path: Path) -> None:
    """Each finding once, and the worst status."""
    seen = evidence()
    verdicts: list[Verdict] = [judge(seen, [accepted()]), judge(seen, [refused("RCPT", 450)])]
    written = save_verdict(seen, verdicts, save(seen, tmp_path / "right"), None, 0.0)
    found = json.loads(written.read_text()) if written else {}
    assert (found["status"], found["test"]) == ("fail", None)
    assert [finding["check"] for finding in found["findings"]].count("quiet-log") == 1


def test_own_files_are_for_their_owner(tmp_path: Path) -> None:
    """Evidence may hold passwords and mail, so nobody else reads any of it."""
    saved(tmp_path, evidence(), accepted())
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "right").iterdir()}
    assert modes == dict.fromkeys(modes, 0o600)
    assert {"evidence.json", "verdict.json"} <= modes.keys()


def test_link_is_never_followed(tmp_path: Path) -> None:
    """A link in place of the file is replaced; through one in place of the folder nothing is written."""
    target = tmp_path / "target"
    target.write_text("mine")
    seen, folder = evidence(), save(evidence(), tmp_path / "right")
    (folder / VERDICT_FILE).symlink_to(target)
    save_verdict(seen, [judge(seen, [accepted()])], folder, TEST, 0.0)
    assert (target.read_text(), (folder / VERDICT_FILE).is_symlink()) == ("mine", False)
    (tmp_path / "link").symlink_to(save(seen, tmp_path / "other"))
    assert save_verdict(seen, [judge(seen, [accepted()])], tmp_path / "link", TEST, 0.0) is None
    assert not (tmp_path / "other" / VERDICT_FILE).exists()


def test_without_evidence_there_is_no_verdict(tmp_path: Path) -> None:
    """Nothing is written to a folder that no evidence was saved in."""
    assert save_verdict(evidence(), [judge(evidence(), [accepted()])], tmp_path, TEST, 0.0) is None
    assert not list(tmp_path.iterdir())


def test_new_evidence_has_no_old_verdict(tmp_path: Path) -> None:
    """A verdict goes with the evidence that it is about."""
    saved(tmp_path, evidence(), accepted())
    save(refused_at_rcpt(), tmp_path / "right")
    assert not (tmp_path / "right" / VERDICT_FILE).exists()


def test_full_disk_is_a_sentence_and_leaves_no_half(tmp_path: Path) -> None:
    """The earlier verdict stays as it was, and nothing lies beside it."""
    before = saved(tmp_path, evidence(), accepted())
    with small_files(), pytest.raises(LabError, match=r"the verdict on right could not be saved in .*: File too large"):
        save_verdict(NOISE, [judge(NOISE, [accepted()])], tmp_path / "right", TEST, 0.0)
    assert json.loads((tmp_path / "right" / VERDICT_FILE).read_text()) == before
    assert not list((tmp_path / "right").glob(".*"))


@contextmanager
def small_files() -> Iterator[None]:
    """No file grows beyond 100 octets, as on a full disk."""
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, usual[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
