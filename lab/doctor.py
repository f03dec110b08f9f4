"""Can a lab run here? The engine is asked, then a small lab is really started and used once."""

from __future__ import annotations

from lab.engine.client import EngineName
from lab.engine.doctor import Line, diagnose
from lab.errors import LabError
from lab.evidence import Evidence
from lab.internet.smtp.dialogue import mail
from lab.lab import Lab, open_lab
from lab.mailhost.config import Setup
from lab.paths import CONFIGURATIONS
from lab.scenario.scenario import Scenario, Session
from lab.scenario.world import Host

_CLIENT = Host(("203.0.113.10", "2001:db8:113::10"), name="mail.doctor.example")
_DEBIAN = 12


def examine(engine: EngineName | None = None) -> list[Line]:
    """A line for each thing that a lab needs; what cannot be tried because of a blocker is left out."""
    lines = diagnose(engine)
    if any(line.state == "blocker" for line in lines) or any("not built yet" in line.what for line in lines):
        return lines
    try:
        with open_lab(engine) as lab:
            return [*lines, *_try(lab)]
    except LabError as error:
        remedy = "A container with NET_ADMIN must be allowed to make network interfaces; see docs/adr."
        return [*lines, Line("blocker", f"a lab does not start: {error}", remedy)]


def _try(lab: Lab) -> list[Line]:
    host = lab.mail_host(_DEBIAN, Setup(CONFIGURATIONS / "seed"))
    facts = host.facts()
    lines = [Line("ok", f"rights: a mail host stands on its cable (Debian {facts.debian}, Postfix {facts.postfix})")]
    for family, address in zip(("IPv4", "IPv6"), _CLIENT.addresses, strict=True):
        said = mail(helo=_CLIENT.greeting, sender="doctor@doctor.example").until("RCPT")
        seen = lab.run(host, Scenario("doctor", (Session(_CLIENT, said, source=address),)))
        lines.append(_line(family, address, seen))
    return lines


def _line(family: str, address: str, seen: Evidence) -> Line:
    replies = seen.sessions[0].replies("RCPT")
    asked = [query for query in seen.queries if query.type == "PTR" and query.answers]
    if asked and replies and replies[-1].positive:
        return Line("ok", f"{family} and DNS: a client at {address} was asked for by name and accepted")
    what = f"{family} or DNS: a client at {address} was told {replies[-1] if replies else seen.sessions[0].error}"
    return Line("blocker", what, f"Questions that were asked: {len(seen.queries)}; {'; '.join(seen.trouble)}")
