"""Real traces of three releases (postfix/samples/trace-*.log), without the lines about rewriting and sockets.

The sessions are: a good mail and one without a PTR record with the seed's configuration; then a mail that meets a
table, a class and warn_if_reject, and one that a table defers, with the lists of `ODD`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from postfix_lab.evidence.evidence import Evidence
from postfix_lab.inside.internet.loghost import parse_rfc5424
from postfix_lab.paths import CONFIGURATIONS
from postfix_lab.postfix.configuration import Configured
from postfix_lab.postfix.log.events import Connect
from postfix_lab.postfix.log.grammar import LogLine, parse
from postfix_lab.smtp.transcript import Exchange, Transcript
from tests.unit.evidence_builder import SERVER, evidence, reply

RELEASES = ("bullseye", "bookworm", "trixie")
SEED = CONFIGURATIONS / "seed"
MAIN = (SEED / "main.cf").read_text()
MASTER = (SEED / "master.cf").read_text()
_RELAY = (
    "permit_sasl_authenticated, permit_mynetworks, reject_unknown_reverse_client_hostname, reject_unauth_destination, "
    "check_policy_service unix:private/policyd-spf"
)
ODD = {
    "smtpd_restriction_classes": "greedy",
    "greedy": "warn_if_reject reject_unknown_sender_domain, permit",
    "smtpd_client_restrictions": "check_client_access inline:{{203.0.113.7=greedy}}",
    "smtpd_sender_restrictions": "check_sender_access inline:{{later.example=defer_if_permit 4.7.9 come back}, "
    "{never.example=reject no more}}",
    "smtpd_recipient_restrictions": "check_recipient_access inline:{{vip@lab.test=permit}}, reject_unlisted_recipient",
}
GOOD, NO_PTR, CLASS, DEFERRED = range(4)


def configured(**values: str) -> Configured:
    """The seed with these parameters of main.cf set instead."""
    usual = {"smtpd_relay_restrictions": _RELAY, "smtpd_delay_reject": "yes"}
    submission = {"smtpd_relay_restrictions": "permit_sasl_authenticated,reject"}
    return Configured(MAIN, MASTER, tuple(values), {**usual, **values}, {"submission/inet": submission})


def sessions(release: str) -> list[tuple[LogLine, ...]]:
    """The four sessions of a sample."""
    file = Path(__file__).parent / "postfix" / "samples" / f"trace-{release}.log"
    found: list[list[LogLine]] = []
    for line in file.read_text("utf-8").splitlines():
        parsed = parse(parse_rfc5424(line, SERVER))
        if isinstance(parsed.event, Connect):
            found.append([])
        found[-1].append(parsed)
    return [tuple(session) for session in found]


def traced(which: int, release: str = "bookworm", **changes: Any) -> Evidence:
    """The evidence of one of these sessions."""
    log = sessions(release)[which]
    (connect,) = (line.event for line in log if isinstance(line.event, Connect))
    said = next((line.text.partition(": ")[2] for line in log if line.text[:2] == "> " and ": 4" in line.text), "250 Ok")
    exchange = Exchange("RCPT", "RCPT TO:<bob@lab.test>", reply(said), log[0].at)
    transcript = Transcript(
        connect.client.address, connect.client.port or 0, SERVER, 25, (exchange,), "quit", None, log[0].at, log[-1].at
    )
    known = configured(**(ODD if which in (CLASS, DEFERRED) else {}))
    usual: dict[str, Any] = {"sessions": (transcript,), "log": log, "queries": (), "configured": known}
    return evidence(**{**usual, **changes})


def two_recipients(*eves: Exchange) -> Evidence:
    """The session without a PTR record, in which eve is accepted after bob was refused; then it goes on like that."""
    alone = traced(NO_PTR)
    (session,), (refused,) = alone.sessions, alone.sessions[0].exchanges
    good = sessions("bookworm")[GOOD]
    first = next(n for n, line in enumerate(good) if line.text.startswith("< ") and "RCPT TO:" in line.text)
    last = next(n for n, line in enumerate(good) if line.text.startswith("> ") and line.text.endswith("250 2.1.5 Ok"))
    for_eve = [replace(line, text=line.text.replace("bob@", "eve@")) for line in good[first : last + 1]]
    place = next(n for n, line in enumerate(alone.log) if line.text.startswith("< ") and line.text.endswith("QUIT"))
    accepted = Exchange("RCPT", "RCPT TO:<eve@lab.test>", reply("250 2.1.5 Ok"), refused.at)
    both = replace(session, exchanges=(refused, accepted, *eves))
    return replace(alone, sessions=(both,), log=(*alone.log[:place], *for_eve, *alone.log[place:]))
