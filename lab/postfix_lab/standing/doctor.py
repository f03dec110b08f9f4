"""Checks whether a lab can run here: first the engine, then a small lab, standing or temporary, is used once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from postfix_lab.addresses import RESOLVER, RESOLVER6
from postfix_lab.engine.client import EngineName, connect
from postfix_lab.engine.container import execute
from postfix_lab.engine.diagnosis import DiagnosisLine, diagnose
from postfix_lab.errors import LabError
from postfix_lab.evidence.evidence import Evidence
from postfix_lab.paths import CONFIGURATIONS
from postfix_lab.runtime.job import Job
from postfix_lab.runtime.setup import Setup
from postfix_lab.runtime.target import Target
from postfix_lab.scenario.scenario import Scenario, Session
from postfix_lab.scenario.world import Host
from postfix_lab.smtp.dialogue import mail
from postfix_lab.standing.access import AnyLab, any_lab
from postfix_lab.standing.service import GOOD
from postfix_lab.text import printable

_CLIENT = Host(("203.0.113.110", "2001:db8:113::110"), name="mail.doctor.example")
_SEED = Target(12, Setup(CONFIGURATIONS / "seed"))
_REMEDY = "A container with NET_ADMIN must be allowed to make network interfaces; see docs/adr."


def examine(folder: Path, engine: EngineName | None, progress: Callable[[str], None]) -> list[DiagnosisLine]:
    """Return a line for each thing that a lab needs; checks that a blocker prevents are left out."""
    lines = diagnose(engine)
    if any(line.state == "blocker" for line in lines) or any("not built yet" in line.what for line in lines):
        return lines
    try:
        with any_lab(folder, _SEED, engine, progress) as lab:
            return [*lines, *_questions(lab), *_sessions(lab)]
    except LabError as error:
        return [*lines, DiagnosisLine("blocker", f"a lab does not start: {printable(str(error))}", _REMEDY)]


def _sessions(lab: AnyLab) -> Iterator[DiagnosisLine]:
    """Send a mail from each address family: this needs the cable, the rights and the mail host's resolver."""
    for number, (family, address) in enumerate(zip(("IPv4", "IPv6"), _CLIENT.addresses, strict=True)):
        dialogue = mail(helo=_CLIENT.greeting, sender="doctor@doctor.example").until("RCPT")
        scenario = Scenario("doctor", (Session(_CLIENT, dialogue, source=address),))
        (seen,) = lab.execute(Job(scenario, (_SEED,)))
        if not number:
            facts = seen.mail_host
            what = f"rights: a mail host stands on its cable (Debian {facts.debian}, Postfix {facts.postfix})"
            yield DiagnosisLine("ok", what)
        yield _session(family, address, seen)


def _session(family: str, address: str, seen: Evidence) -> DiagnosisLine:
    replies = seen.sessions[0].replies("RCPT")
    questions = [query for query in seen.queries if query.type == "PTR" and query.answers]
    if questions and replies and replies[-1].positive:
        return DiagnosisLine("ok", f"{family}: a client at {address} was asked for by name and accepted")
    what = f"{family}: a client at {address} was told {replies[-1] if replies else seen.sessions[0].error}"
    remedy = f"Questions that were asked: {len(seen.queries)}; {'; '.join(seen.trouble)}"
    return DiagnosisLine("blocker", printable(what), remedy)


def _questions(lab: AnyLab) -> Iterator[DiagnosisLine]:
    """Ask the DNS over each transport and address family, by dig(1) in the Internet's container."""
    connected = connect(lab.record.engine)
    for server, address in zip((RESOLVER, RESOLVER6), GOOD.addresses, strict=True):
        for protocol, way in (("UDP", "+notcp"), ("TCP", "+tcp")):
            dig = ["dig", "+short", "+time=2", "+tries=1", way, f"@{server}", "-x", address]
            status, output = execute(connected, lab.record.internet, dig)
            if output.strip() == f"{GOOD.own_name}.":
                yield DiagnosisLine("ok", f"DNS over {protocol} at {server}: {address} is {GOOD.own_name}")
            else:
                answer = printable(output.strip()) or "nothing"
                what = f"DNS over {protocol} at {server}: `{' '.join(dig)}` ended with {status} and said {answer}"
                yield DiagnosisLine("blocker", what, "Does the kernel have IPv6 and allow AnyIP routes? See docs/adr.")
