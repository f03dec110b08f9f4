"""Checks of log lines, each of them in both directions."""

from __future__ import annotations

import pytest

from postfix_lab.errors import InputError
from postfix_lab.evidence.address import Address
from postfix_lab.postfix.log.events import Accepted, Connect, Delivery, HostnameMismatch, PolicySpf, Reject
from postfix_lab.verdict.checks import Check, Status, connected_as, logged, not_logged, warned
from tests.unit.evidence_builder import CLIENT, GOOD_LOG, evidence, log_of, refused_at_rcpt

LIAR = "smtpd: warning: hostname gmail.com does not resolve to address 203.0.113.10: Name or service not known"


@pytest.mark.parametrize(
    "check",
    [
        logged(Connect, name="mail.good.example", address=CLIENT),
        logged("Connect", name="mail.good.example", port=None),
        logged(Delivery, status="sent", dsn="2.0.0", recipient="bob@lab.test"),
        logged(Delivery, reason="2.0.0 Ok", queue_id="4ABCD12345"),
        logged(PolicySpf, action="prepend", result="Pass", client_ip=CLIENT, program="policyd-spf"),
        logged(r"status=sent \(250"),
        logged("mail.good.example[203.0.113.10]", service="smtpd"),
        connected_as("mail.good.example"),
        connected_as("mail.good.example", CLIENT),
    ],
)
def test_line_that_is_there_passes_and_its_absence_fails(check: Check) -> None:
    """Events are found by their fields, by those of their client, and by those of the line."""
    assert check.judge(evidence()).status is Status.PASS
    assert check.judge(evidence(log=log_of("smtpd: something else"))).status is Status.FAIL


@pytest.mark.parametrize(
    "check",
    [
        logged(Connect, name="unknown"),
        logged(Connect, address="203.0.113.11"),
        logged(Delivery, status="bounced"),
        logged(Reject),
        logged("status=bounced"),
        logged("removed", program="policyd-spf"),
        not_logged(Accepted),
        not_logged("status=sent"),
        not_logged(Delivery, status="sent"),
        warned("does not resolve"),
        connected_as("unknown"),
        connected_as("mail.good.example", "203.0.113.11"),
    ],
)
def test_each_field_of_a_line_counts(check: Check) -> None:
    """A line of the right kind with another value is a failure."""
    assert check.judge(evidence()).status is Status.FAIL


@pytest.mark.parametrize("check", [not_logged(Reject), not_logged("status=bounced"), not_logged(Delivery, dsn="5.1.1")])
def test_absence_passes_when_the_log_is_there(check: Check) -> None:
    """No such line among others is what these want; without any line nothing is known."""
    assert check.judge(evidence()).status is Status.PASS
    assert check.judge(evidence(log=())).status is Status.UNKNOWN


def test_codes_may_leave_digits_open() -> None:
    """`4xx` is any temporary refusal."""
    assert logged(Reject, code="4xx", stage="RCPT").judge(refused_at_rcpt()).status is Status.PASS
    assert logged(Reject, code=550).judge(refused_at_rcpt()).status is Status.FAIL


@pytest.mark.parametrize(
    "check", [warned("does not resolve to address"), logged(HostnameMismatch, hostname="gmail.com")]
)
def test_warning_is_found_and_accounted_for(check: Check) -> None:
    """The check finds the warning, wherever it was logged, and tells quiet-log that it is expected."""
    seen = evidence(other_log=log_of(LIAR))
    assert check.judge(seen).status is Status.PASS
    assert check.expects(seen.other_log[0])
    assert not check.expects(seen.log[0])


def test_warned_wants_a_warning_and_not_just_the_text() -> None:
    """An ordinary line with that text is no warning."""
    seen = evidence(log=log_of("smtpd: hostname gmail.com does not resolve to address 203.0.113.10"))
    assert warned("does not resolve").judge(seen).status is Status.FAIL


def test_failure_shows_the_nearest_line() -> None:
    """A line of the same kind is told, and pointed at."""
    finding = logged(Connect, name="unknown").judge(evidence())
    assert finding.want == "logged Connect with name 'unknown'"
    assert finding.got == "the nearest line is: connect from mail.good.example[203.0.113.10]"
    assert finding.where == Address("log", 0)
    assert "status=sent" in logged("to=<bob@lab.test>, relay=192.0.2.99[192.0.2.99]:25, delay=0.1, delays=0.1/0/0/0, "
                                   "dsn=2.0.0, status=snt (250 2.0.0 Ok)").judge(evidence()).got  # fmt: skip


def test_misspelt_field_and_foreign_class_are_told_at_once() -> None:
    """A field that the event has not could never match."""
    with pytest.raises(InputError, match="'codee' is no field of Reject; did you mean code"):
        logged(Reject, codee=1)  # type: ignore[call-arg]  # a type checker knows it, too
    with pytest.raises(InputError, match="'sender' is no field of a log line"):
        not_logged("reject:", sender="x")
    with pytest.raises(InputError, match="event of the log"):
        logged(Check)  # type: ignore[arg-type]  # the same


def test_connection_without_a_transcript_is_unknown() -> None:
    """Which client it was is not known without its session."""
    assert connected_as("unknown").judge(evidence(sessions=())).status is Status.UNKNOWN
    assert connected_as("mail.good.example").judge(evidence(log=log_of(*GOOD_LOG[1:]))).status is Status.FAIL


def test_a_field_that_shall_be_empty() -> None:
    """None is no text: a reason with that word in it has one."""
    seen = evidence(log=log_of(*(line.replace("(250 2.0.0 Ok)", "(None of it)") for line in GOOD_LOG)))
    assert logged(Delivery, reason="None").judge(seen).status is Status.PASS
    assert logged(Delivery, reason=None).judge(seen).status is Status.FAIL
    assert logged(PolicySpf, code=None, action="prepend").judge(seen).status is Status.PASS
