"""Which messages of a log grew out of which, and what was done to a message before it had a queue id."""

from __future__ import annotations

import pytest

from postfix_lab.verdict.queue_files import QueueFiles
from tests.unit.evidence_builder import log_of, session

ID, NEXT = "4ABCD12345", "4BBBB12345"
CLIENT = "mail.good.example[203.0.113.10]"
HOLD = f"smtpd: NOQUEUE: milter-hold: {{}} from {CLIENT}: milter triggers HOLD action; proto=ESMTP"


def files(*lines: str) -> QueueFiles:
    return QueueFiles(log_of(*lines), (session(),))


@pytest.mark.parametrize("stage, held", [("CONNECT", [True, True]), ("MAIL", [True, False])])
def test_early_action_is_about_the_next_message_or_all(stage: str, held: list[bool]) -> None:
    """What was decided at CONNECT is about each message of the session, what was at MAIL about the next one."""
    known = files(
        f"smtpd: connect from {CLIENT}", HOLD.format(stage),
        f"smtpd: {ID}: client={CLIENT}", f"smtpd: {NEXT}: client={CLIENT}",
    )  # fmt: skip
    assert [bool(file and file.held) for file in map(known.get, (ID, NEXT))] == held


def test_next_session_of_a_process_is_another() -> None:
    """A hold that no message followed is forgotten with its session."""
    known = files(
        f"smtpd: connect from {CLIENT}", HOLD.format("MAIL"),
        "smtpd: connect from x.example[203.0.113.11]:1", f"smtpd: {ID}: client=x.example[203.0.113.11]:1",
    )  # fmt: skip
    file = known.get(ID)
    assert file is not None
    assert file.held == []


@pytest.mark.parametrize(
    "client, back", [("localhost[127.0.0.1]:5000", [NEXT]), (CLIENT, [])], ids=["a filter", "the scenario's own client"]
)
def test_same_message_id_is_no_proof_by_itself(client: str, back: list[str]) -> None:
    """A client may send the same text twice; a filter's connection is none of the scenario's sessions."""
    known = files(
        f"smtpd: {ID}: client={CLIENT}", f"cleanup: {ID}: message-id=<m1@good.example>",
        f"smtpd: {NEXT}: client={client}", f"cleanup: {NEXT}: message-id=<m1@good.example>",
    )  # fmt: skip
    file, other = known.get(ID), known.get(NEXT)
    assert file is not None
    assert other is not None
    assert known.filtered_ids(file) == back
    assert known.filtered_ids(other) == []


def test_client_of_the_scenario_may_be_the_filter() -> None:
    """An MTA of the scenario that got the message and brings it back has a session of its own."""
    relay = "to=<bob@lab.test>, relay=mail.good.example[203.0.113.10]:25, delay=1, delays=1/0/0/0, dsn=2.0.0, status=sent (250 Ok)"
    known = files(
        f"smtpd: {ID}: client=x.example[203.0.113.11]:1", f"cleanup: {ID}: message-id=<m1@good.example>", f"smtp: {ID}: {relay}",
        f"smtpd: {NEXT}: client={CLIENT}", f"cleanup: {NEXT}: message-id=<m1@good.example>",
    )  # fmt: skip
    file = known.get(ID)
    assert file is not None
    assert known.filtered_ids(file) == [NEXT]


@pytest.mark.parametrize("chains, back", [((), [NEXT]), ([("4CCCC12345", NEXT)], []), ([("4CCCC12345", "4DDDD12345")], [NEXT])])
def test_a_program_may_hand_back_a_message_without_an_id(chains: list[tuple[str, str]], back: list[str]) -> None:
    """By its sender and the time, unless the headers say which message it grew out of."""
    piped = "to=<bob@lab.test>, relay=filter, delay=1, delays=1/0/0/0, dsn=2.0.0, status=sent (delivered via filter service)"
    lines = (
        f"smtpd: {ID}: client={CLIENT}", f"qmgr: {ID}: from=<ann@good.example>, size=3, nrcpt=1 (queue active)", f"pipe: {ID}: {piped}",
        f"pickup: {NEXT}: uid=65534 from=<ann@good.example>", f"qmgr: {NEXT}: from=<ann@good.example>, size=3, nrcpt=1 (queue active)",
    )  # fmt: skip
    known = QueueFiles(log_of(*lines), (session(),), chains)
    file = known.get(ID)
    assert file is not None
    assert known.filtered_ids(file) == back


def test_unknown_queue_id() -> None:
    """Nothing is known of what no line names."""
    assert files().get(ID) is None
