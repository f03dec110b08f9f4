"""What the sessions showed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from postfix_lab.audit import probe_sessions
from postfix_lab.audit.finding import AuditFinding, FindingKind, Severity
from postfix_lab.audit.probes import ProbePlan
from postfix_lab.audit.trial import Aim, Trial, TrialResult
from postfix_lab.postfix.files.master_cf import Service
from postfix_lab.postfix.files.place import Place
from postfix_lab.postfix.restrictions import EvaluatedCommand, Evaluation, Restriction, Step
from postfix_lab.scenario.scenario import Session
from postfix_lab.scenario.world import Host
from postfix_lab.smtp.dialogue import Dialogue
from postfix_lab.smtp.transcript import Transcript
from postfix_lab.verdict.explanation import Decision, ExplainedSession
from tests.unit.audit.conftest import Write
from tests.unit.evidence_builder import evidence, log_of, session

SMTP = Service("smtp", "inet", chrooted=True, command="smtpd", arguments=(), options=(), first=1, last=1)
SILENT = Transcript("203.0.113.10", 40001, "192.0.2.21", 25, (), "timeout", "no reply within 2 s")


def held(write: Write, *trials: tuple[Aim, Transcript, str], lines: Sequence[str] = ()) -> list[AuditFinding]:
    """The findings of these sessions, each with its aim and its sender."""
    client = Session(Host("203.0.113.10"), Dialogue())
    plan = ProbePlan(tuple(Trial(aim, SMTP, client, sender) for aim, _, sender in trials), (), (), 2.0)
    seen = evidence(sessions=tuple(transcript for _, transcript, _ in trials), log=log_of(*lines))
    return list(probe_sessions.judge(write("smtpd_relay_restrictions =\n"), plan, seen))


def test_a_stranger_relays(write: Write) -> None:
    """An accepted message is an open relay, told once for all who could."""
    eve, own = session(), session()
    (finding,) = held(write, (Aim.RELAY, eve, "eve@stranger.example"), (Aim.RELAY, own, "postmaster@shop.example"))
    assert (finding.kind, str(finding.place), finding.severity) == (FindingKind.RELAY, "main.cf:5", Severity.ERROR)
    assert "since no restriction refuses it" in finding.what


def test_a_borrowed_sender_relays(write: Write) -> None:
    """Where only the own domain as the sender does it, that is said."""
    refused = session(RCPT="554 5.7.1 <x@relay.example>: Relay access denied", DATA=None, MESSAGE=None)
    (finding,) = held(write, (Aim.RELAY, refused, "eve@stranger.example"), (Aim.RELAY, session(), "postmaster@shop.example"))
    assert "who calls himself postmaster@shop.example" in finding.what


def test_a_gateway_relays(write: Write) -> None:
    """It is a finding of its own, but not where strangers may relay by the same line."""
    (finding,) = held(write, (Aim.GATEWAY, session(), "eve@stranger.example"))
    assert (finding.kind, finding.severity) == (FindingKind.GATEWAY, Severity.WARNING)
    both = held(write, (Aim.GATEWAY, session(), "e@s.example"), (Aim.RELAY, session(), "e@s.example"))
    assert [one.kind for one in both] == [FindingKind.RELAY]


@pytest.mark.parametrize(
    "reply, severity", [("554 5.7.1 no", Severity.WARNING), ("451 4.3.5 Server configuration error", Severity.ERROR)]
)
def test_a_good_mail_is_refused(write: Write, reply: str, severity: Severity) -> None:
    """It may be meant so; a broken map or service is not."""
    refused = session(RCPT=reply, DATA=None, MESSAGE=None)
    (finding,) = held(write, (Aim.CANARY, refused, ""), (Aim.CANARY, refused, ""))
    assert (finding.kind, finding.severity, str(finding.place)) == (FindingKind.CANARY, severity, "master.cf:1")


def test_nobody_greets(write: Write) -> None:
    """A listener without a banner is a finding, unless a daemon died: its last words are one."""
    (finding,) = held(write, (Aim.OPEN, SILENT, ""))
    assert (finding.kind, str(finding.place)) == (FindingKind.LISTENER, "master.cf:1")
    assert held(write, (Aim.OPEN, SILENT, ""), lines=["smtpd: fatal: no SASL authentication mechanisms"]) == []



def test_what_is_said_of_an_open_relay(write: Write) -> None:
    """Who, to where, at which ports, and what was said in the first session."""
    eve = session()
    other = replace(eve, client="203.0.113.11", server_port=587)
    (finding,) = held(write, (Aim.RELAY, eve, "eve@stranger.example"), (Aim.RELAY, other, "eve@stranger.example"), (Aim.RELAY, eve, "x@y"))
    assert finding.what == (
        "open relay: a stranger (203.0.113.10, 203.0.113.11) sends to x@relay.example at port 25, 587, since no restriction refuses it"
    )
    assert finding.remedy == "put reject_unauth_destination behind permit_mynetworks, permit_sasl_authenticated, and nothing else"
    assert finding.evidence == (
        "MAIL FROM:<ann@good.example> -> 250 2.1.0 Ok",
        "RCPT TO:<bob@lab.test> -> 250 2.1.5 Ok",
        "Subject: lab -> 250 2.0.0 Ok: queued as 4ABCD12345",
    )


def test_what_is_said_of_a_gateway(write: Write) -> None:
    """Its address, and what to do if it stands for everybody."""
    (finding,) = held(write, (Aim.GATEWAY, session(), "eve@stranger.example"))
    assert finding.what == "whoever comes from a gateway's address (203.0.113.10) may relay"
    assert finding.remedy == (
        "if a router or a container engine there puts its own address in place of the client's, everybody may relay: "
        "take that address out of mynetworks (!ADDRESS in front); else --ignore gateway-relay"
    )
    assert (str(finding.place), len(finding.evidence)) == ("main.cf:5", 3)


def test_a_forged_sender_relays(write: Write) -> None:
    """Whom the stranger claimed to be is told; where he may relay as himself as well, that says it all."""
    client, refused = Session(Host("203.0.113.10"), Dialogue()), session(RCPT="554 5.7.1 no", DATA=None, MESSAGE=None)
    forged = Trial(Aim.FORGED, SMTP, client, "eve@friend.example", "eve@friend.example")
    own = Trial(Aim.RELAY, SMTP, client, "eve@stranger.example")
    written = write("smtpd_relay_restrictions =\n")
    for second, words in ((refused, "a stranger who claims to be eve@friend.example (203"), (session(), "a stranger (203")):
        seen = evidence(sessions=(session(), second), log=())
        (finding,) = probe_sessions.judge(written, ProbePlan((forged, own), (), (), 2.0), seen)
        assert words in finding.what


def test_a_refusal_that_is_about_the_recipient(write: Write) -> None:
    """A rule of check_recipient_access refuses him from everybody; that is what is told, not that a client is refused."""
    refused = session(RCPT="554 5.7.1 no", DATA=None, MESSAGE=None)
    rule = Restriction("check_recipient_access", "hash:/etc/postfix/closed", Place("main.cf", 5), RECIPIENT, 0)
    explained = ran(Evaluation(RECIPIENT, "list", (Step(rule, "reject"),)))
    explained = replace(explained, decision=Decision(explained.commands[0], "restriction", Step(rule, "reject")))
    result = TrialResult(Trial(Aim.CANARY, SMTP, Session(Host("203.0.113.10"), Dialogue())), refused, explained)
    (finding,) = probe_sessions._canary_findings(write(), [result])
    assert finding.what.startswith("mail to bob@lab.test is refused, whoever sends it, by check_recipient_access hash:")


def test_who_may_not_relay(write: Write) -> None:
    """A refused message, and the sessions of other aims."""
    refused = session(MESSAGE="550 5.7.1 no")
    assert held(write, (Aim.RELAY, refused, "e"), (Aim.GATEWAY, refused, "e"), (Aim.OPEN, session(), ""), (Aim.CANARY, session(), "")) == []


def test_what_is_said_of_a_refused_mail(write: Write) -> None:
    """The command with its reply, and where to look further; before a command it is the connection."""
    (finding,) = held(write, (Aim.CANARY, session(RCPT="554 5.7.1 no", DATA=None), ""))
    assert finding.what == "a good client's mail is refused: RCPT TO:<bob@lab.test> -> 554 5.7.1 no"
    assert finding.remedy == "if you mean it, all is well; else see `postfix-lab explain --client 203.0.113.10`"
    (finding,) = held(write, (Aim.CANARY, session(CONNECT="451 4.3.0 Temporary lookup failure"), ""))
    assert finding.what == "the mail host's own infrastructure is broken: connecting -> 451 4.3.0 Temporary lookup failure"
    assert finding.remedy == "see the map or the service that the log complains of"


def test_what_is_said_of_a_silent_listener(write: Write) -> None:
    """Why, and the first five loud lines of the log; a refused connection counts though a daemon died."""
    loud = [f"smtpd: warning: {number}" for number in range(7)]
    (finding,) = held(write, (Aim.OPEN, SILENT, ""), lines=["smtpd: quiet", *loud])
    assert (finding.what, finding.severity) == ("nobody greets at the listener smtp: no reply within 2 s", Severity.ERROR)
    assert finding.remedy == "see why its daemon does not answer: the log has its last words"
    assert [line.rpartition(": ")[2] for line in finding.evidence] == ["0", "1", "2", "3", "4"]
    gone = replace(SILENT, ended="refused", error=None)
    (finding,) = held(write, (Aim.OPEN, gone, ""), lines=["smtpd: fatal: no"])
    assert finding.what == "nobody greets at the listener smtp: refused"
    assert held(write, (Aim.RELAY, SILENT, ""), (Aim.OPEN, session(), "")) == []


RELAY, RECIPIENT = "smtpd_relay_restrictions", "smtpd_recipient_restrictions"


def permits(name: str, line: int | None = 5, file: str = "main.cf") -> Step:
    return Step(Restriction(name, "", Place(file, line), RELAY, 0), "permit")


def ran(*lists: Evaluation, verb: str = "RCPT") -> ExplainedSession:
    return ExplainedSession("192.0.2.1", 1, 25, "smtp/inet", (EvaluatedCommand(verb, "", 0.0, lists),), ())


@pytest.mark.parametrize(
    "explained, name",
    [
        (None, None),
        (ran(Evaluation(RELAY, "list", (permits("a"),))), "a"),
        (ran(Evaluation(RECIPIENT, "list", (permits("b"),))), "b"),
        (ran(Evaluation(RELAY, "list", (permits("a"),)), Evaluation(RECIPIENT, "list", (permits("b"),))), "a"),
        (ran(Evaluation("smtpd_client_restrictions", "list", (permits("c"),))), None),
        (ran(Evaluation(RELAY, "list", (permits("a"),), ran=False)), None),
        (ran(Evaluation(RELAY, "list", (permits("a"),)), verb="MAIL"), None),
        (ran(Evaluation(RELAY, "list", (replace(permits("a"), result="reject"),))), None),
        (ran(Evaluation(RELAY, "list", (replace(permits("a"), result="dunno"),))), None),
        (ran(Evaluation(RELAY, "list", (replace(permits("a"), result="defer"), permits("b")))), None),
    ],
)
def test_which_restriction_permitted(explained: ExplainedSession | None, name: str | None) -> None:
    """The first that permitted a recipient in one of the two lists that guard relaying."""
    step = probe_sessions._permitting_step(explained)
    assert (step.restriction.name if step else None) == name


@pytest.mark.parametrize(
    "main, step, place",
    [
        ("smtpd_relay_restrictions =\n", None, "main.cf:5"),
        ("mynetworks = 0.0.0.0/0\n", permits("permit_mynetworks", 9), "main.cf:5"),
        ("mynetworks = 0.0.0.0/0\n", permits("PERMIT_mynetworks", 9), "main.cf:5"),
        ("mynetworks = 0.0.0.0/0\n", permits("permit_sasl_authenticated", 9), "main.cf:9"),
        ("mynetworks_style = class\n", permits("permit_mynetworks", 9), "main.cf:5"),
        ("", permits("permit_mynetworks", 9), "main.cf:1"),
        ("mynetworks = 0.0.0.0/0\n", permits("permit", 2, "master.cf"), "master.cf:2"),
    ],
)
def test_where_it_is_permitted(write: Write, main: str, step: Step | None, place: str) -> None:
    """At mynetworks or its style for whoever is in it, else at the restriction; without one, at the list."""
    assert str(probe_sessions._permitting_place(write(main), step)) == place
