"""What smtpd logs of odd lists is explained as Postfix really does it: classes, tables, deferrals, every stage."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from postfix_lab import (
    Command,
    Dialogue,
    Evidence,
    Host,
    MailHost,
    MakeRemote,
    Scene,
    Session,
    Setup,
    accepted,
    explain,
    logged,
    mail,
    refused,
)
from postfix_lab.paths import CONFIGURATIONS
from postfix_lab.postfix.restrictions import Step
from postfix_lab.smtp.dialogue import Stage
from postfix_lab.verdict.explanation import Decision, ExplainedSession
from tests.selftest.decisions import contradictions

ODD = {
    "smtpd_restriction_classes": "greedy",
    "greedy": "warn_if_reject reject_unknown_sender_domain, permit",
    "smtpd_client_restrictions": "check_client_access inline:{{203.0.113.7=greedy}}",
    "smtpd_sender_restrictions": "check_sender_access inline:{{later.example=defer_if_permit 4.7.9 come back}, "
    "{doubt@=defer_if_reject 4.7.8 perhaps}, {never.example=reject no more}}, reject_non_fqdn_sender",
    "smtpd_recipient_restrictions": "check_recipient_access inline:{{vip@lab.test=permit}}, reject_unlisted_recipient",
    "smtpd_data_restrictions": "reject_multi_recipient_bounce",
    "smtpd_end_of_data_restrictions": "check_client_access inline:{{203.0.113.8=554 not this message}}",
    "smtpd_etrn_restrictions": "permit_mynetworks, reject",
    "local_recipient_maps": "inline:{{bob=x},{vip=x}}",
}
AT_ONCE = {
    "smtpd_delay_reject": "no",
    "smtpd_client_restrictions": "check_client_access inline:{{203.0.113.8=reject go away}}",
    "smtpd_helo_restrictions": "reject_non_fqdn_helo_hostname",
    "smtpd_sender_restrictions": "reject_non_fqdn_sender, reject_unlisted_sender",
    "local_recipient_maps": "inline:{{bob=x}}",
}
BROKEN = {
    "smtpd_client_restrictions": "check_client_access inline:{{203.0.113.7=nonsense}}",
    "smtpd_helo_restrictions": "check_helo_access inline:{{h8.good.example=check_helo_access}}",
    "smtpd_sender_restrictions": "check_sender_access fail:none",
    "smtpd_recipient_restrictions": "check_policy_service unix:private/none",
}
SEED = CONFIGURATIONS / "seed"
Explained = Callable[[Evidence], ExplainedSession]


def steps(session: ExplainedSession, verb: str) -> list[tuple[str, str]]:
    """The restrictions that were evaluated for that command, with their results."""
    found = [step for command in session.commands if command.verb == verb for step in command.walk()]
    return [(step.restriction.name, step.result) for step in found if step.result != "not reached"]


def decisive(session: ExplainedSession) -> tuple[Decision, Step]:
    """The decision, which has to be some restriction's."""
    assert session.decision is not None
    assert session.decision.step is not None
    return session.decision, session.decision.step


@pytest.fixture
def explained() -> Explained:
    """Explains the one session, and demands that reply and log agree."""

    def session(seen: Evidence) -> ExplainedSession:
        explanation = explain(seen)
        assert contradictions(seen, explanation) == []
        (only,) = explanation.sessions
        return only

    return session


@pytest.mark.mail_host(main=ODD, trace=True)
def test_class_out_of_a_table(lab: Scene, remote: MakeRemote, explained: Explained) -> None:
    """A table names a class, whose first rule only warns; its permit ends the client list and nothing else."""
    seen = remote("203.0.113.7", name="h7.good.example").send(sender="ann@gone.example")
    lab.check(seen, accepted(), logged("Reject", action="reject_warning"))
    told = steps(explained(seen), "RCPT")
    assert told[:5] == [
        ("check_client_access", "permit"), ("greedy", "permit"), ("warn_if_reject", "dunno"),
        ("reject_unknown_sender_domain", "dunno"), ("permit", "permit"),
    ]  # fmt: skip
    assert told[5] == ("check_sender_access", "dunno")


@pytest.mark.mail_host(main=ODD, trace=True)
def test_put_off_deferral(lab: Scene, remote: MakeRemote, explained: Explained) -> None:
    """defer_if_permit of a table is said when every list has ended; the table is named all the same."""
    seen = remote("203.0.113.9", name="h9.good.example").send(sender="ann@later.example")
    lab.check(seen, refused("RCPT", 450, "4.7.9", "come back"))
    decision, step = decisive(explained(seen))
    assert (decision.why, step.restriction.name, step.result) == ("deferred", "check_sender_access", "dunno")


@pytest.mark.mail_host(main=ODD, trace=True)
def test_softened_refusal(lab: Scene, remote: MakeRemote, explained: Explained) -> None:
    """defer_if_reject makes a deferral of a later refusal of its list: who refused and whose words it got are both named."""
    seen = remote("203.0.113.9", name="h9.good.example").send(sender="doubt")
    lab.check(seen, refused("RCPT", 450, "4.7.8", "perhaps"))
    decision, step = decisive(explained(seen))
    assert (step.restriction.name, step.result) == ("reject_non_fqdn_sender", "defer")
    assert decision.worded is not None
    assert decision.worded.restriction.name == "check_sender_access"


@pytest.mark.mail_host(main=ODD, trace=True)
@pytest.mark.parametrize(
    "stage, codes, said, by",
    [
        ("RCPT", (554, "5.7.1"), {"sender": "x@never.example"}, "check_sender_access"),
        ("RCPT", (550, "5.1.1"), {"to": "carol@lab.test"}, "reject_unlisted_recipient"),
        ("RCPT", (554, "5.7.1"), {"to": "x@far.example"}, "reject_unauth_destination"),
        ("DATA", (550, "5.5.3"), {"sender": "", "to": ("bob@lab.test", "vip@lab.test")}, "reject_multi_recipient_bounce"),
        ("MESSAGE", (554, "5.7.1"), {}, "check_client_access"),
    ],
)
def test_each_stage(
    lab: Scene, remote: MakeRemote, explained: Explained, stage: Stage, codes: tuple[int, str],
    said: dict[str, Any], by: str,
) -> None:  # fmt: skip
    """The refusal is found at the stage that it belongs to."""
    seen = remote("203.0.113.8", name="h8.good.example").send(**said)
    lab.check(seen, refused(stage, *codes))
    decision, step = decisive(explained(seen))
    assert (decision.command.verb, decision.why, step.restriction.name) == (stage, "restriction", by)


@pytest.mark.mail_host(main=ODD, trace=True)
def test_commands_beside_a_mail(lab: Scene, remote: MakeRemote, explained: Explained) -> None:
    """VRFY runs the lists of RCPT, ETRN its own; both after those for the client, held until then."""
    words = ("EHLO h9.good.example", "VRFY carol@lab.test", "ETRN lab.test")
    seen = remote("203.0.113.9", name="h9.good.example").send(
        dialogue=Dialogue(tuple(Command(word) for word in words), persist=True)
    )
    lab.check(seen, refused("OTHER", 550, "5.1.1"))
    session = explained(seen)
    assert steps(session, "VRFY")[-1] == ("reject_unlisted_recipient", "reject")
    own = [("permit_mynetworks", "dunno"), ("reject", "reject")]
    assert steps(session, "ETRN") == [("check_client_access", "dunno"), *own]


@pytest.mark.mail_host(main=AT_ONCE, trace=True)
@pytest.mark.parametrize(
    "address, said, stage, code, by",
    [
        ("203.0.113.8", {}, "CONNECT", 554, "check_client_access"),
        ("203.0.113.9", {"helo": "h9"}, "HELO", 504, "reject_non_fqdn_helo_hostname"),
        ("203.0.113.9", {"sender": "ann"}, "MAIL", 504, "reject_non_fqdn_sender"),
        ("203.0.113.9", {"sender": "carol@lab.test"}, "MAIL", 550, "reject_unlisted_sender"),
        ("203.0.113.9", {"to": "carol@lab.test"}, "RCPT", 550, "reject_unlisted_recipient"),
    ],
)
def test_without_delay(
    lab: Scene, remote: MakeRemote, explained: Explained, address: str, said: dict[str, Any],
    stage: Stage, code: int, by: str,
) -> None:  # fmt: skip
    """With smtpd_delay_reject = no each list runs at its own command."""
    seen = remote(address, name="h.good.example").send(**said)
    lab.check(seen, refused(stage, code))
    decision, step = decisive(explained(seen))
    assert (decision.command.verb, step.restriction.name) == ({"HELO": "EHLO"}.get(stage, stage), by)


@pytest.mark.mail_host(main=BROKEN, trace=True, canary=False)
@pytest.mark.parametrize(
    "address, by",
    [("203.0.113.7", "nonsense"), ("203.0.113.8", "check_helo_access"), ("203.0.113.9", "check_sender_access")],
)
def test_broken_rule(lab: Scene, remote: MakeRemote, explained: Explained, address: str, by: str) -> None:
    """An error of the configuration jumps out of every list; the rule that it happened in is the one that decided."""
    seen = remote(address, name=f"h{address[-1]}.good.example").send()
    lab.check(seen, refused("RCPT", 451), without=["quiet-log", "infrastructure"])
    decision, step = decisive(explained(seen))
    assert (decision.why, step.restriction.name, step.result) == ("restriction", by, "defer")
    assert step.warnings


def test_behind_postscreen(lab: Scene, mail_host: MailHost, tmp_path: Path, explained: Explained) -> None:
    """The smtpd that postscreen hands over to has options of its own, and its debug_peer_list does not silence it."""
    master = (SEED / "master.cf").read_text().split("\n", 2)
    screened = "smtp inet n - y - 1 postscreen\nsmtpd pass - - y - - smtpd -o debug_peer_list=\n  -o smtpd_helo_restrictions=reject"
    (tmp_path / "main.cf").write_text((SEED / "main.cf").read_text() + "postscreen_greet_wait = 1s\n")
    (tmp_path / "master.cf").write_text("\n".join((master[0], screened, master[2])))
    host = lab.start(mail_host.debian, Setup(tmp_path, trace=True, canary=False))
    seen = lab.run(host, Session(Host("203.0.113.10", name="mail.good.example"), mail(helo="mail.good.example")))
    lab.check(seen, refused("RCPT", 554, "5.7.1"))
    session = explained(seen)
    assert (session.service, str(decisive(session)[1].restriction.place)) == ("smtpd/pass", "master.cf:4")
