"""JSON and back, for everything that crosses the control stream or is kept on disk."""

from __future__ import annotations

import gc
import json
from dataclasses import dataclass
from typing import Any

import pytest

from postfix_lab.dns.fault import Fault, FaultKind
from postfix_lab.dns.query import Query
from postfix_lab.dns.zone import ZoneText
from postfix_lab.errors import LabError
from postfix_lab.inside.internet.protocol import Batch, RunEnd
from postfix_lab.postfix.log.syslog import SyslogLine
from postfix_lab.serialization import from_json, from_row, pause_gc, to_json, to_row
from postfix_lab.smtp.answer import Answered
from postfix_lab.smtp.behaviour import TEMPFAIL, Behaviour, Received
from postfix_lab.smtp.dialogue import Auth, Command, Dialogue, Drop, Raw, Step, mail
from postfix_lab.smtp.transcript import Transcript
from tests.unit.evidence_builder import message, query, session

DIALOGUE = mail(helo="a.example", tls=True, auth=Auth("ann", "secret", "LOGIN"))


@dataclass(frozen=True)
class Several:
    """Fields that may hold one of several things."""

    step: Step | None
    code: int | str
    fault: Fault | str | None = None


@dataclass(frozen=True)
class Word:
    """A single field."""

    text: str


@pytest.mark.parametrize(
    "kind, value",
    [
        (Dialogue, DIALOGUE),
        (Dialogue, Dialogue((Command("NOOP"), Raw("\x00\xff\r\n", 2), Drop(reset=True)), persist=True)),
        (Transcript, session(RCPT="450 4.7.25 no")),
        (Transcript, session(CONNECT=None)),
        (ZoneText, ZoneText("@ A 192.0.2.1\n", origin="lab.test")),
        (Fault, Fault("lab.test", FaultKind.DELAY, "MX", 1.5)),
        (Behaviour, TEMPFAIL),
        (Query, query("lab.test", "MX", "SERVFAIL", fault=FaultKind.SERVFAIL, stray=True)),
        (Received, message(content="".join(map(chr, range(256))))),
        (SyslogLine, SyslogLine(1.25, "192.0.2.21", "mx", "postfix/smtpd", None, 6, "\x1b[2J\udcff")),
        (Several, Several(Drop(), "4xx", Fault("lab.test", FaultKind.NODATA))),
        (Several, Several(None, 450, "text")),
        (Several, Several(None, 450)),
        (list[Fault], [Fault("lab.test", FaultKind.REFUSED)]),
        (tuple[int, str], (7, "x")),
    ],
)
def test_value_comes_back_as_it_went(kind: Any, value: Any) -> None:
    """Whatever JSON cannot say by itself is there again."""
    assert from_json(kind, json.loads(json.dumps(to_json(value)))) == value


SEEN = Batch(
    (session(RCPT="450 4.7.25 no"), session(CONNECT=None)),
    (SyslogLine(1.25, "192.0.2.21", "mx", "postfix/smtpd", None, 6, "\x1b[2J\udcff"),),
    (query("lab.test", "MX", "SERVFAIL", fault=FaultKind.SERVFAIL, stray=True), query("lab.test", "A", "NXDOMAIN")),
    (message(content="".join(map(chr, range(256)))),),
)
REST = RunEnd(SEEN, (1, 0), ((), (0,)), ("a word",), (Answered(1.5, "198.51.100.7", "192.0.2.21", "RCPT", "450 x", 2),))


@pytest.mark.parametrize("kind, value", [(Batch, SEEN), (RunEnd, REST), (Word, Word("abc"))])
def test_value_comes_back_from_its_row(kind: Any, value: Any) -> None:
    """What a run saw crosses the stream as rows, also one of a single value, and is equal at the other end."""
    row = json.loads(json.dumps(to_row(value)))
    assert isinstance(row, list)
    assert from_row(kind, row) == value


@pytest.mark.parametrize("row", [None, {"transcripts": []}, [[]], [[], [[1.0, "192.0.2.21"]], [], []], [[], 5, [], []]])
def test_row_that_does_not_fit_is_the_labs_fault(row: Any) -> None:
    """Too few values, too many, or none at all: it is told as any other data that does not fit."""
    with pytest.raises(LabError, match="cannot read a Batch from JSON"):
        from_row(Batch, row)


def test_step_says_which_it_is() -> None:
    """A union's member carries its class under `is`, also when it stands alone and the union is named."""
    assert to_json(DIALOGUE)["steps"][0] == {"is": "Command", "line": "EHLO a.example", "stage": "HELO"}
    assert from_json(Step, to_json(Drop(), Step)) == Drop()


@pytest.mark.parametrize(
    "kind, data",
    [
        (Transcript, {"client": "203.0.113.9"}),
        (Fault, {"name": "x", "kind": "WRONG"}),
        (Dialogue, {"steps": [{"is": "Shout"}]}),
        (Dialogue, {"steps": [{"line": "no tag"}]}),
        (Several, {"step": None, "code": 4.5}),
        (Query, None),
    ],
)
def test_data_that_does_not_fit_is_the_labs_fault(kind: Any, data: Any) -> None:
    """Both ends are the lab's own, so it is no error of a user."""
    with pytest.raises(LabError, match=f"cannot read a {kind.__name__}"):
        from_json(kind, data)


def collections_after(read: int) -> int:
    """How often the collector has looked through something by the time that so many objects were read."""
    begun: list[dict[str, int]] = []

    def note(phase: str, about: dict[str, int]) -> None:
        if phase == "start":
            begun.append(about)

    gc.collect()
    gc.callbacks.append(note)
    try:
        with pause_gc():
            kept: list[list[int]] = [[number] for number in range(read)]
        kept.append([])
    finally:
        gc.callbacks.remove(note)
    return len(begun)


def test_what_a_large_run_leaves_is_not_looked_through() -> None:
    """Neither while it is read nor right afterwards, when nothing of it can be garbage; little is, as always."""
    assert gc.isenabled()
    assert collections_after(100_000) == 0
    assert collections_after(5_000) == 1
    assert gc.isenabled()


def test_what_somebody_else_froze_stays_frozen() -> None:
    """A process that froze its objects before it forked has them frozen after a run."""
    gc.freeze()
    try:
        frozen = gc.get_freeze_count()
        collections_after(100_000)
        assert gc.get_freeze_count() > frozen // 2  # Some of it may have gone meanwhile, as anything may.
    finally:
        gc.unfreeze()
