"""What three releases logged, laid over the lists that were configured."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postfix_lab.postfix.log.grammar import parse
from postfix_lab.postfix.log.syslog import SyslogLine
from postfix_lab.postfix.restrictions import EvaluatedCommand, Result, evaluate
from postfix_lab.postfix.restrictions.trace import session_lines
from tests.unit.traced import CLASS, GOOD, NO_PTR, ODD, RELEASES, configured, sessions

START = ">>> START Recipient address RESTRICTIONS <<<"


def rcpt(release: str, which: int, **values: str) -> EvaluatedCommand:
    commands = evaluate(sessions(release)[which], configured(**values), "smtp/inet")
    return next(command for command in commands if command.verb == "RCPT")


def said(*texts: str) -> tuple[EvaluatedCommand, ...]:
    lines = [parse(SyslogLine(1.0 + n, "192.0.2.21", "mx", "postfix/smtpd", 7, 6, t)) for n, t in enumerate(texts)]
    return evaluate(lines, configured(), "smtp/inet")


@pytest.mark.parametrize("release", RELEASES)
def test_good_mail_passes_every_rule(release: str) -> None:
    """Each rule of the seed says dunno, with its line of main.cf and what the policy service said; then the maps."""
    relay, maps = rcpt(release, GOOD).lists
    assert [step.result for step in relay.steps] == ["dunno"] * 5
    assert [step.restriction.place.line for step in relay.steps] == [36, 37, 38, 39, 40]
    assert relay.steps[-1].answers[0].startswith("prepend Received-SPF: None")
    assert (maps.kind, maps.steps[0].result) == ("maps", "dunno")


@pytest.mark.parametrize("release", RELEASES)
def test_refusal_ends_the_list(release: str) -> None:
    """What stands behind the rule that refused was not reached, and the maps were not looked at."""
    command = rcpt(release, NO_PTR)
    (relay,) = command.lists
    assert [step.result for step in relay.steps] == ["dunno", "dunno", "defer", "not reached", "not reached"]
    assert command.reply.startswith("450 4.7.1 Client host rejected")
    assert relay.decisive is relay.steps[2]


@pytest.mark.parametrize("release", RELEASES)
def test_lists_within_lists(release: str) -> None:
    """A table's right-hand side and the class that it names are shown within the rule that asked the table."""
    client = rcpt(release, CLASS, **ODD).lists[0]
    (table,) = client.steps[0].inner
    (greedy,) = table.steps[0].inner
    assert (table.kind, greedy.kind, greedy.name) == ("table", "class", "greedy")
    assert [step.result for step in greedy.steps] == ["dunno", "dunno", "permit"]
    assert [event.action for event in greedy.steps[1].rejects] == ["reject_warning"]
    assert client.decisive is greedy.steps[2]


def test_commands_come_with_their_replies() -> None:
    """Also those for which nothing is evaluated."""
    commands = evaluate(sessions("bookworm")[GOOD], configured(), "smtp/inet")
    assert [command.verb for command in commands] == ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "MESSAGE", "QUIT"]
    assert [command.code for command in commands] == [220, 250, 250, 250, 354, 250, 221]


def test_log_that_breaks_off_leaves_the_last_rule_unknown() -> None:
    """Where the log ends within a rule, nobody knows what it said."""
    _, command = said("< u[203.0.113.9]:5: RCPT TO:<bob@lab.test>", START, "generic_checks: name=permit_sasl_authenticated")
    assert [step.result for step in command.lists[0].steps][:2] == ["unknown", "not reached"]


def test_rules_that_are_in_no_list_have_no_place() -> None:
    """What Postfix ran and the configuration does not have is told, but not placed (compatibility's own relay list)."""
    (command,) = said(START, "generic_checks: name=odd", "generic_checks: name=odd status=1")
    assert [(str(s.restriction.place), s.result) for s in command.lists[0].steps] == [("unknown", "permit")]


def test_what_a_client_says_is_no_trace() -> None:
    """A client that spells a line of the trace is heard as a client."""
    (_, command) = said(f"< unknown[203.0.113.9]:5: {START}")
    assert command.lists == ()


@given(st.lists(st.sampled_from([
    START, START.replace("START", "END"), ">>> CHECKING Recipient address VALIDATION MAPS <<<",
    "generic_checks: name=reject", "generic_checks: name=reject status=2", "generic_checks: name=x status=-1",
    "generic_checks: name=warn_if_reject", "check_table_result: a b c", "warning: odd", "< u[1.2.3.4]:5: RCPT TO:<a>",
    "> u[1.2.3.4]:5: 354 go on", "> u[1.2.3.4]:5: 334 ", "NOQUEUE: reject: RCPT from u[1.2.3.4]: 550 5.7.1 no",
]) | st.text(), max_size=30))  # fmt: skip
def test_no_order_of_lines_breaks_it(texts: list[str]) -> None:
    """Lines may be missing, doubled and in any order; there is an answer all the same, one of the known ones."""
    assert {step.result for command in said(*texts) for step in command.walk()} <= set(get_args(Result))


def test_another_process_is_no_part_of_it() -> None:
    """A session's lines are those of its process, up to its end."""
    mine = sessions("trixie")[GOOD]
    other = [replace(line, pid=1) for line in sessions("trixie")[NO_PTR]]
    mixed = [line for pair in zip(mine, other, strict=False) for line in pair]
    found = session_lines(mixed)
    assert {line.pid for line in found} == {mine[0].pid}


def test_a_reply_that_answers_nothing() -> None:
    """A time-out, or the last error of too many, is told by itself; the command before keeps its own reply."""
    client = "mail.good.example[203.0.113.10]:40001"
    commands = said(
        f"connect from {client}",
        f"> {client}: 220 mx.lab.test ESMTP",
        f"< {client}: EHLO x",
        f"> {client}: 250-mx.lab.test",
        f"> {client}: 250 SIZE 10240000",
        f"> {client}: 421 4.4.2 mx.lab.test Error: timeout exceeded",
    )
    assert [(command.verb, command.code) for command in commands] == [("CONNECT", 220), ("EHLO", 250), ("UNASKED", 421)]
