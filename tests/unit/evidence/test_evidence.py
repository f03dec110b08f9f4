"""Evidence: what it answers at once, and that a saved folder is complete and comes back equal."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from postfix_lab.dns.fault import Fault, FaultKind
from postfix_lab.dns.zone import ZoneText
from postfix_lab.errors import InputError, LabError
from postfix_lab.evidence.evidence import json_schema, load, save
from postfix_lab.scenario.world import Host, Ptr, World
from postfix_lab.smtp.answer import Answered
from postfix_lab.smtp.behaviour import REFUSE
from postfix_lab.smtp.transcript_lines import answer_line
from tests.unit.evidence_builder import CONTENT, FACTS, QUEUE_ID, evidence, log_of, message, refused_at_rcpt, session

RICH = evidence(
    world=World(
        (ZoneText("@ A 192.0.2.1\n", origin="lab.test"),),
        (Host(("203.0.113.9", "2001:db8::9"), "liar.example", "liar", Ptr.mismatch("gmail.com"), REFUSE),),
        (Fault("x.example", FaultKind.DELAY, "MX", 0.5),),
    ),
    other_log=log_of(
        "smtpd: warning: hostname gmail.com does not resolve to address 203.0.113.9: Name or service not known",
        "smtpd: NOQUEUE: reject: RCPT from unknown[203.0.113.9]: 450 4.7.1 Client host rejected: no; "
        "from=<a@b.example> to=<bob@lab.test> proto=ESMTP helo=<x>",
        "postfix-script: starting the Postfix mail system\x1b[2J",
    ),
    messages=(message(), message(protocol="ESMTP", content="Subject: \xe9\x00\r\n\r\nx\udcff")),
    trouble=("the log of x did not arrive",),
)


def test_first_session_and_last_reply_are_at_hand() -> None:
    """Most scenarios have one session, and the last reply to a stage counts."""
    seen = evidence(sessions=(session(), session(RCPT="450 4.7.1 no")))
    assert seen.session == seen.sessions[0]
    assert str(seen.reply("RCPT")) == "250 2.1.5 Ok"
    assert str(seen.reply("RCPT", session=1)) == "450 4.7.1 no"
    assert seen.reply("MESSAGE", session=1) is None
    assert seen.reply("RCPT", session=2) is None


def test_queue_ids_and_lines_are_in_order() -> None:
    """Each queue id once, and every line by its stamp."""
    seen = evidence(other_log=(replace(evidence().log[0], at=0.0),))
    assert seen.queue_ids == (QUEUE_ID,)
    assert seen.lines[0].at == 0.0
    assert len(seen.lines) == len(seen.log) + 1


def test_received_spf_is_that_of_the_delivered_message() -> None:
    """What a peer got does not count, and no message has no header."""
    assert getattr(evidence().received_spf, "result", None) == "pass"
    assert evidence(messages=(message(protocol="ESMTP"),)).received_spf is None
    assert refused_at_rcpt().received_spf is None


@pytest.mark.parametrize("seen", [evidence(), RICH, refused_at_rcpt(), evidence(sessions=(), log=(), messages=())])
def test_loaded_evidence_equals_what_was_saved(tmp_path: Path, seen: object) -> None:
    """Nothing is lost on the way to disk and back."""
    assert load(save(seen, tmp_path / "kept" / "right")) == seen  # type: ignore[arg-type]


def test_folder_is_readable_and_harmless(tmp_path: Path) -> None:
    """Each file holds what its name says; only messages keep their octets."""
    folder = save(RICH, tmp_path / "right")
    text = {path.name: path.read_bytes().decode("utf-8", "replace") for path in folder.iterdir()}
    assert sorted(text) == [
        "deltas.txt", "dns.txt", "evidence.json", "mail.log", "message-1.eml", "message-2.eml", "postconf-n.txt",
        "timeline.txt", "transcript.txt",
    ]  # fmt: skip
    assert "-> RCPT TO:<bob@lab.test>" in text["transcript.txt"]
    assert "mail.good.example A -> 203.0.113.10\n" in text["dns.txt"]
    assert "transport_maps = static:lmtp" in text["deltas.txt"]
    assert text["postconf-n.txt"] == "myhostname = mx.lab.test\n"
    assert (folder / "message-1.eml").read_bytes() == CONTENT.encode("latin-1")
    assert r"\x1b[2J" in text["mail.log"]
    assert not any("\x1b" in content for name, content in text.items() if not name.endswith(".eml"))


def test_overrides_are_listed_with_the_deltas(tmp_path: Path) -> None:
    """What the scenario changed is no secret either."""
    facts = replace(FACTS, overrides=("main.cf unknown_client_reject_code = 550",))
    folder = save(evidence(mail_host=facts), tmp_path / "x")
    assert (folder / "deltas.txt").read_text().startswith("main.cf unknown_client_reject_code = 550\n")


def test_what_only_some_evidence_has(tmp_path: Path) -> None:
    """The records that the lab adds, and the answers of remote MTAs, each in a file of its own."""
    answer = Answered(0.0, "203.0.113.9", "192.0.2.21", "RCPT", "450 later", 0)
    folder = save(evidence(lab_records=("lab.test. MX 10 mx\x1b",), answered=(answer,)), tmp_path / "right")
    assert (folder / "lab-records.txt").read_text() == "lab.test. MX 10 mx\\x1b\n"
    assert (folder / "answers.txt").read_text() == f"{answer_line(answer)}\n"
    bare = {path.name for path in save(evidence(), tmp_path / "bare").iterdir()}
    assert bare.isdisjoint({"lab-records.txt", "answers.txt"})


def test_a_link_is_replaced_and_its_target_let_be(tmp_path: Path) -> None:
    """Somebody may have put it there."""
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a").write_text("x")
    (tmp_path / "right").symlink_to("other")
    save(evidence(), tmp_path / "right")
    assert (tmp_path / "right").is_symlink() is False
    assert [path.name for path in (tmp_path / "other").iterdir()] == ["a"]


def test_saving_again_leaves_nothing_of_the_earlier_folder(tmp_path: Path) -> None:
    """The folder is replaced as a whole, and nothing lies beside it."""
    save(RICH, tmp_path / "right")
    save(refused_at_rcpt(), tmp_path / "right")
    assert [path.name for path in tmp_path.iterdir()] == ["right"]
    assert not list((tmp_path / "right").glob("*.eml"))


def test_failed_save_keeps_the_earlier_folder(tmp_path: Path) -> None:
    """A save that stops half way leaves the evidence that was there, and no half of its own."""
    save(evidence(), tmp_path / "right")
    with pytest.raises(TypeError):
        save(evidence(started=object()), tmp_path / "right")
    assert [path.name for path in tmp_path.iterdir()] == ["right"]
    assert load(tmp_path / "right") == evidence()


def test_place_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    """The error says what could not be saved, where, why and what to do."""
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(LabError, match=r"evidence of right could not be saved in .*file/right: .*; make room there"):
        save(evidence(), tmp_path / "file" / "right")


def test_full_disk_is_a_sentence_and_costs_nothing_that_was_there(tmp_path: Path) -> None:
    """A file that cannot be written to its end, as on a full disk, leaves the earlier folder."""
    save(evidence(), tmp_path / "right")
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, usual[1]))
    try:
        with pytest.raises(LabError, match=r"could not be saved in .*right: File too large; make room there"):
            save(RICH, tmp_path / "right")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    assert [path.name for path in tmp_path.iterdir()] == ["right"]
    assert load(tmp_path / "right") == evidence()


def test_what_a_killed_save_left_is_removed_and_a_living_one_is_let_be(tmp_path: Path) -> None:
    """The next save of that folder cleans up after processes that are gone."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait(60)
    for owner in (gone.pid, os.getppid()):
        (tmp_path / f".right.new-{owner}").mkdir()
    save(evidence(), tmp_path / "right")
    assert sorted(path.name for path in tmp_path.iterdir()) == [f".right.new-{os.getppid()}", "right"]


def test_what_another_user_saves_is_let_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that may not be signalled is alive."""

    def refuse(process: int, signal: int) -> None:
        raise PermissionError(process, signal)

    monkeypatch.setattr(os, "kill", refuse)
    (tmp_path / ".right.new-1").mkdir()
    save(evidence(), tmp_path / "right")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".right.new-1", "right"]


@pytest.mark.parametrize(
    "content, problem",
    [(None, "no evidence there"), ("{", "not JSON"), ("[]", "format 4"), ('{"format": 0}', "format 4")],
)
def test_folder_that_holds_no_evidence_is_told(tmp_path: Path, content: str | None, problem: str) -> None:
    """A wrong folder is an error of whoever named it, with its path."""
    if content is not None:
        (tmp_path / "evidence.json").write_text(content)
    with pytest.raises(InputError, match=problem) as caught:
        load(tmp_path)
    assert caught.value.file == str(tmp_path / "evidence.json")


def test_evidence_of_another_shape_is_the_labs_fault(tmp_path: Path) -> None:
    """A file that says the right format and lacks its fields is told with the type that it misses."""
    (tmp_path / "evidence.json").write_text(json.dumps({"format": 4, "evidence": {}}))
    with pytest.raises(LabError, match="cannot read a Evidence"):
        load(tmp_path)


def test_the_schema_of_the_file(tmp_path: Path) -> None:
    """It describes what is saved, and refuses another format."""
    save(RICH, tmp_path / "right")
    found = json.loads((tmp_path / "right" / "evidence.json").read_text("utf-8"))
    validator = jsonschema.Draft7Validator(json_schema())
    assert [error.message for error in validator.iter_errors(found)] == []
    assert not validator.is_valid({**found, "format": 0})
