"""smtpd's verbose log as commands, lists and restrictions."""

from __future__ import annotations

from postfix_lab.postfix.restrictions.trace import (
    TracedCommand,
    TracedList,
    TracedRestriction,
    session_lines,
    trace_commands,
)
from tests.unit.postfix.log.log_script import lines

START, END = ">>> START {} RESTRICTIONS <<<", ">>> END {} RESTRICTIONS <<<"


def told(*texts: str) -> list[TracedCommand]:
    return trace_commands(lines("\n".join(f"@{at} postfix/smtpd[7]: {text}" for at, text in enumerate(texts, 1))))


def blocks(*texts: str) -> list[TracedList]:
    """What was run for RCPT."""
    return told("< a[192.0.2.1]:9: RCPT TO:<b@c>", *texts)[1].blocks


def test_commands_and_replies() -> None:
    """The greeting, each command with its whole reply, the message behind 354, and a 421 that answers nothing."""
    found = told(
        "> a[192.0.2.1]:9: 220 mx",
        "< a[192.0.2.1]:9: ehlo x",
        "> a[192.0.2.1]:9: 250-mx",
        "> a[192.0.2.1]:9: 250 PIPELINING",
        "< a[192.0.2.1]:9: DATA",
        "> a[192.0.2.1]:9: 354 End data",
        "> a[192.0.2.1]:9: 250 2.0.0 Ok",
        "> a[192.0.2.1]:9: 421 4.4.2 timeout",
    )
    assert [(c.verb, c.said, c.at, c.reply) for c in found] == [
        ("CONNECT", "", 1.0, ["220 mx"]),
        ("EHLO", "ehlo x", 2.0, ["250-mx", "250 PIPELINING"]),
        ("DATA", "DATA", 5.0, ["354 End data"]),
        ("MESSAGE", ".", 6.0, ["250 2.0.0 Ok"]),
        ("UNASKED", "(nothing)", 8.0, ["421 4.4.2 timeout"]),
    ]


def test_a_password_is_not_kept() -> None:
    """AUTH keeps its mechanism alone; what follows a 334 is left out, and its reply is AUTH's own."""
    found = told(
        "< a[192.0.2.1]: AUTH PLAIN AGFubgBzZWNyZXQ=",
        "> a[192.0.2.1]: 334 UGFzc3dvcmQ6",
        "< a[192.0.2.1]: c2VjcmV0",
        "> a[192.0.2.1]: 235 2.7.0 ok",
        "< a[192.0.2.1]: NOOP",
    )
    assert [(c.verb, c.said, c.reply) for c in found[1:]] == [
        ("AUTH", "AUTH PLAIN", ["334 UGFzc3dvcmQ6", "235 2.7.0 ok"]),
        ("NOOP", "NOOP", []),
    ]


def test_a_list_that_ends() -> None:
    """Each restriction with its status, its times, its table's answer and its warnings; END closes it."""
    (block,) = blocks(
        START.format("Client host"),
        "generic_checks: name=permit_mynetworks",
        "generic_checks: name=permit_mynetworks status=0",
        "generic_checks: name=check_client_access",
        "check_table_result: hash:/a reject x",
        "warning: something is odd",
        "generic_checks: name=check_client_access status=2",
        END.format("Client host"),
    )
    assert block == TracedList("Client host", steps=[
        TracedRestriction("permit_mynetworks", 3.0, 4.0, 0),
        TracedRestriction("check_client_access", 5.0, 8.0, 2, tables=["hash:/a reject x"], warnings=["warning: something is odd"]),
    ], ended=True)  # fmt: skip


def test_a_list_within_a_restriction() -> None:
    """It belongs to the restriction that is being evaluated; a negative status is none yet."""
    (outer,) = blocks(
        START.format("Recipient address"),
        "generic_checks: name=greedy",
        START.format("Recipient address"),
        "generic_checks: name=permit",
        "generic_checks: name=permit status=1",
        END.format("Recipient address"),
        "generic_checks: name=greedy status=-1",
        "check_table_result: late",
        "generic_checks: name=greedy status=1",
        END.format("Recipient address"),
    )
    (greedy,) = outer.steps
    assert [step.name for step in greedy.inner[0].steps] == ["permit"]
    assert (greedy.status, greedy.tables, greedy.inner[0].ended, outer.ended) == (1, ["late"], True, True)


def test_a_list_behind_a_restriction_that_is_done() -> None:
    """It is one of the command's own."""
    one, other = blocks(
        START.format("Client host"),
        "generic_checks: name=permit",
        "generic_checks: name=permit status=1",
        END.format("Client host"),
        START.format("Helo command"),
    )
    assert [(b.about, b.ended, len(b.steps)) for b in (one, other)] == [("Client host", True, 1), ("Helo command", False, 0)]


def test_warn_if_reject_has_no_status_of_its_own() -> None:
    """The next restriction ends it."""
    (block,) = blocks(START.format("Client host"), "generic_checks: name=WARN_IF_REJECT", "generic_checks: name=reject")
    assert [(step.name, step.status) for step in block.steps] == [("WARN_IF_REJECT", 0), ("reject", None)]


def test_maps() -> None:
    """Outside of every list it is a list of its own, which whatever comes next closes; inside it is the list's business."""
    first, second = blocks(
        ">>> CHECKING Sender address VALIDATION MAPS <<<",
        ">>> CHECKING Recipient address VALIDATION MAPS <<<",
        "> a[192.0.2.1]: 250 ok",
    )
    assert [(b.about, b.maps, b.ended, [s.name for s in b.steps]) for b in (first, second)] == [
        ("Sender address", True, True, [""]),
        ("Recipient address", True, False, [""]),
    ]
    (block,) = blocks(START.format("Recipient address"), ">>> CHECKING Recipient address VALIDATION MAPS <<<")
    assert (block.maps, block.steps) == (False, [])


REJECT = "NOQUEUE: reject: RCPT from a[192.0.2.1]:9: 450 4.7.1 no; from=<a@b> to=<b@c> proto=SMTP helo=<x>"


def test_refusals() -> None:
    """One is the restriction's that is being evaluated, else the command's."""
    (block,) = blocks(START.format("Client host"), "generic_checks: name=reject", REJECT)
    assert ([event.code for event in block.steps[0].rejects], block.steps[0].ended) == ([450], 4.0)
    command = told("< a[192.0.2.1]: RCPT TO:<b@c>", REJECT)[1]
    assert ([event.code for event in command.rejects], command.blocks) == ([450], [])


def test_what_says_nothing() -> None:
    """A restriction without a list, a status without a restriction, an END without a START, and any other line."""
    found = told("generic_checks: name=x", "generic_checks: name=x status=1", END.format("Client host"), "hello", "check_table_result: x")
    assert found == [TracedCommand("CONNECT", "", 1.0)]
    assert blocks(START.format("Client host"), "generic_checks: name=x status=1")[0].steps == []


def test_the_lines_of_one_session() -> None:
    """Those of the process that took the client first, from connect to disconnect."""
    script = """
        postfix/postscreen[5]: PASS OLD [192.0.2.1]:9
        postfix/smtpd[1]: < a[192.0.2.1]: NOOP
        postfix/smtpd[2]: connect from a[192.0.2.1]:9
        postfix/smtpd[1]: connect from a[192.0.2.1]:8
        postfix/smtpd[1]: < a[192.0.2.1]: NOOP
        postfix/qmgr[2]: x
        postfix/smtpd[2]: < a[192.0.2.1]: QUIT
        postfix/smtpd[2]: disconnect from a[192.0.2.1]:9
        postfix/smtpd[2]: connect from a[192.0.2.1]:9
    """
    log = lines(script)
    texts = ["connect from a[192.0.2.1]:9", "< a[192.0.2.1]: QUIT", "disconnect from a[192.0.2.1]:9"]
    assert [line.text for line in session_lines(log)] == texts
    assert session_lines(log[:2]) == ()
