"""The reasons for the outcome of a session's mail in words, from the reply, the log and the DNS."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from postfix_lab.evidence.address import piece_at
from postfix_lab.postfix.log.events import Delivery, PolicySpf, Postscreen, Reject
from postfix_lab.postfix.log.grammar import LogLine
from postfix_lab.postfix.replies.own_rules import said_rule
from postfix_lab.postfix.restrictions.postscreen import describe_tests
from postfix_lab.smtp.dialogue import Stage
from postfix_lab.smtp.transcript import Reply
from postfix_lab.verdict.dns_reasons import SessionDns
from postfix_lab.verdict.evidence_outcome import outcome
from postfix_lab.verdict.outcome import Fate
from postfix_lab.verdict.queue_outcome import End

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from postfix_lab.evidence.evidence import Evidence
    from postfix_lab.smtp.transcript import Transcript
    from postfix_lab.verdict.outcome import Outcome, SessionOutcome


@dataclass(frozen=True)
class ReasonedOutcome:
    """The outcome of a session's mail, the stage and reply that decided, and the reasons in words."""

    outcome: Fate
    stage: Stage
    reply: Reply | None
    reasons: tuple[str, ...] = ()
    basis: tuple[Mapping[str, int], ...] = ()
    """The addresses of what it rests on, as in `verdict.json`: `{"session": 0, "exchange": 3}`, `{"log": 12}`."""


_MEANINGS = tuple(
    (re.compile(pattern), meaning)
    for pattern, meaning in (
        (
            r"Relay access denied$",
            "the recipient's domain is none that this host takes mail for, and the client may not relay",
        ),
        (r"Helo command rejected: need fully-qualified hostname$", "the name in HELO is not fully qualified"),
        (r"Helo command rejected: Invalid name$", "the name in HELO is no valid host name"),
        (
            r"Sender address rejected: not (owned by|logged in)",
            "the sender's address belongs to a user that the client is not logged in as",
        ),
        (r"Recipient address rejected: User unknown in ", "there is no such recipient"),
        (r"Sender address rejected: User unknown in ", "there is no such sender"),
        (r"Improper use of SMTP command pipelining$", "the client spoke before it was its turn"),
        (r"Client host rejected: Access denied$", "an access rule of the configuration is about this client"),
        (r"Helo command rejected: Access denied$", "an access rule of the configuration is about the name in HELO"),
        (r"Sender address rejected: Access denied$", "an access rule of the configuration is about this sender"),
        (r"Recipient address rejected: Access denied$", "an access rule of the configuration is about this recipient"),
        (r"\w[\w -]* rejected: Access denied$", "an access rule of the configuration refuses this command"),
    )
)
"""Texts of smtpd_check.c for refusals that rest on nothing but what the client said and what is configured."""
_BY_SCREEN = tuple(
    (re.compile(pattern), meaning)
    for pattern, meaning in (
        (r"Protocol error", "the client spoke before its turn, or in a way that no mail server does"),
        (r"Service currently unavailable", "postscreen does not let the client through to smtpd"),
    )
)
_SAYS = (
    (
        re.compile(r"Client host rejected: cannot find your reverse hostname, "),
        "reject_unknown_reverse_client_hostname",
    ),
    (re.compile(r"Client host rejected: cannot find your hostname, "), "reject_unknown_client_hostname"),
    (re.compile(r"Helo command rejected: Host not found$"), "reject_unknown_helo_hostname"),
    (
        re.compile(r"Sender address rejected: Domain (not found$|.*does not accept mail)"),
        "reject_unknown_sender_domain",
    ),
    (
        re.compile(r"Recipient address rejected: Domain (not found$|.*does not accept)"),
        "reject_unknown_recipient_domain",
    ),
    (re.compile(r".*blocked using "), "reject_rbl_client"),
)
"""Without a trace: the restriction that has this text, all of which rest on the DNS."""
_BY_NAME = (
    (re.compile(r"reject_unknown_reverse_client"), "reverse"),
    (re.compile(r"reject_unknown_client"), "client"),
    (re.compile(r"reject_unknown_(helo_)?hostname"), "helo"),
    (re.compile(r"reject_unknown_sender_domain|reject_unknown_address"), "sender"),
    (re.compile(r"reject_unknown_recipient_domain"), "recipient"),
    (re.compile(r"reject_(rbl|maps_rbl|rhsbl)|postscreen_dnsbl_action"), "listed"),
)

_REFUSERS = {"milter-reject": "a milter", "proxy-reject": "the proxy filter"}
_ADDRESS = re.compile(r"<[^>]*@([^>@]+)>|@(\S+)")
_TOLD_BY_ATTEMPTS = (End.DELIVERED, End.DEFERRED, End.BOUNCED, End.UNKNOWN)
_ENDS = {
    End.BOUNCE_FAILED: "it was given up, and the notice to its sender could not be delivered either",
    End.RETURNED_TO_NOBODY: "it was given up, and nobody was told",
    End.EXPIRED: "it was given up because it had been in the queue for too long (maximal_queue_lifetime)",
    End.HELD: "it is on hold in the queue",
    End.QUEUED: "it is in the queue, and no attempt to deliver it was logged",
    End.DISCARDED: "it was discarded",
    End.FILTERED: "it went to a content filter, which gave nothing back",
    End.REDIRECTED: "a table redirected it to another address",
}


def reasoned_outcome(evidence: Evidence, session: int = 0) -> ReasonedOutcome:
    """Return the outcome of that session's message, with its reasons."""
    found = outcome(evidence, session)
    message = found.message
    if message.why:
        reasons: Iterable[str] = (message.why,)
    elif message.submitted:
        reasons = _deliveries(evidence, message)
    else:
        reasons = _reasons(evidence, evidence.sessions[session], found)
    basis = tuple(address.data() for address in message.basis)
    return ReasonedOutcome(message.fate, message.stage, message.reply, tuple(dict.fromkeys(reasons)), basis)


def causes(evidence: Evidence) -> tuple[str, ...]:
    """Return the errors and warnings in the log: first those of the session, then those of services that it used."""
    loud = [line for line in (*evidence.log, *evidence.other_log) if line.level]
    return tuple(dict.fromkeys(f"{line.program}: {line.text}" for line in loud))


def _reasons(evidence: Evidence, transcript: Transcript, found: SessionOutcome) -> Iterator[str]:
    message, reply = found.message, found.message.reply
    if reply is None:
        return
    if message.fate is Fate.INFRASTRUCTURE:
        yield "the mail host's own infrastructure is broken, so this says nothing about the mail"
        yield from causes(evidence)
    elif not reply.positive:
        yield from _meaning(evidence, transcript, message, reply)
        yield from describe_tests(evidence.log, transcript)
    elif message.stage == "MESSAGE":
        yield from _deliveries(evidence, message)
    else:
        yield f"every stage up to {message.stage} was accepted, and the client ended the session there"
    for recipient in found.recipients:
        where = recipient.exchange
        if where is not None and where is not message.exchange and where.stage == "RCPT" and where.refused:
            yield f"{where.said} was refused: {where.reply}"


def _meaning(evidence: Evidence, transcript: Transcript, message: Outcome, reply: Reply) -> Iterator[str]:
    """Yield what the refusal means: what the DNS said where it rests on that, else the known meaning of its text."""
    own = reply.text.rpartition(">: ")[2]  # The text between `<` and `>: ` comes from the client.
    step = message.decision.step if message.decision else None
    if message.decision and message.decision.why == "outside" and step:
        yield from step.answers or (own,)
        return
    logged = next(_logged(evidence, reply), "") if step is None else ""
    if logged:
        yield logged
        return
    name = step.restriction.name if step else next((name for text, name in _SAYS if text.match(own)), "")
    kind = next((kind for pattern, kind in _BY_NAME if pattern.match(name)), "")
    if kind:
        yield from _dns_meaning(SessionDns(evidence, transcript), transcript, kind)
        return
    known = (*_BY_SCREEN, *_MEANINGS) if any(isinstance(line.event, Postscreen) for line in evidence.log) else _MEANINGS
    said_rules = [rule.meaning for rule in (said_rule(str(reply)),) if rule and not step]
    spf = [
        line for line in evidence.log if isinstance(line.event, PolicySpf) and line.event.action in ("reject", "defer")
    ]
    if spf and " ".join(own.split()[-5:]) in spf[-1].text:
        yield f"SPF: {spf[-1].text}"
        return
    yield next((meaning for pattern, meaning in known if pattern.match(own)), next(iter(said_rules), reply.text))


def _logged(evidence: Evidence, reply: Reply) -> Iterator[str]:
    """Yield who refused with that text, where the log has a line of a milter, a proxy filter or a content check."""
    for line in evidence.log:
        event = line.event
        if not isinstance(event, Reject) or event.text != reply.text.rpartition(">: ")[2]:
            continue
        if event.action in _REFUSERS:
            yield f"{_REFUSERS[event.action]} refused it: {event.text}"
        elif (line.service, event.action) == ("cleanup", "reject") and event.stage in ("header", "body"):
            yield f"a content check ({event.stage}_checks) refused the line {event.about!r}: {event.text}"


def _dns_meaning(dns: SessionDns, transcript: Transcript, kind: str) -> Iterator[str]:
    if kind == "reverse":
        yield from dns.reverse_name()
    elif kind == "client":
        yield from dns.client_name()
    elif kind == "helo":
        yield from dns.domain("the name in HELO", _argument(transcript, "HELO"))
    elif kind == "listed":
        yield from dns.listed((_domain(transcript, "MAIL"), _domain(transcript, "RCPT"), _argument(transcript, "HELO")))
    else:
        stage: Stage = "MAIL" if kind == "sender" else "RCPT"
        yield from dns.domain(f"the {kind}'s domain", _domain(transcript, stage))


def _argument(transcript: Transcript, stage: Stage) -> str:
    """Return the argument of the last command of that stage."""
    said = [exchange.said for exchange in transcript.exchanges if exchange.stage == stage]
    return said[-1].partition(" ")[2].strip() if said else ""


def _domain(transcript: Transcript, stage: Stage) -> str:
    """Return the domain of the address in the last command of that stage; empty if it has none."""
    found = _ADDRESS.search(_argument(transcript, stage))
    return (found[1] or found[2]) if found else ""


def _deliveries(evidence: Evidence, message: Outcome) -> Iterator[str]:
    """Yield each attempt to deliver the accepted message, then its end if no attempt shows it."""
    if message.queue is None:
        return
    for line in (piece_at(evidence, address) for address in message.queue.lines):
        if isinstance(line, LogLine) and isinstance(event := line.event, Delivery):
            yield f"{event.recipient} {event.status} by {line.service}: {event.reason}"
    if message.queue.end not in _TOLD_BY_ATTEMPTS:
        yield _ENDS[message.queue.end]
    for notice in message.queue.notices:
        yield f"{notice.kind} notification {notice.queue_id}: {notice.end}"
