"""The canary: one mail that must be refused and one that must be accepted, before anything is judged.

It guards against a `mynetworks` that covers the client, and against a mail host that refuses everybody.
"""

from __future__ import annotations

from collections.abc import Sequence

from lab.internet.smtp.dialogue import Dialogue, mail
from lab.internet.smtp.transcript import Transcript
from lab.mailhost.chroot import Chroot
from lab.mailhost.config import Setup
from lab.scenario.own import own_domain
from lab.scenario.scenario import Scenario, Session
from lab.scenario.world import Host

_CLIENT = Host(("198.51.100.125", "2001:db8:100::125"), name="canary.example")
_BLIND = (Chroot.EMPTY, Chroot.STALE)
"""Chroot states in which smtpd may know no client by name, so that a good client may be refused."""


def scenario(setup: Setup) -> Scenario:
    """A stranger's relay attempt and, where the setup can know a client by name, a good client's mail."""
    to = ["x@relay.example"]
    if setup.chroot not in _BLIND:
        to.append(f"postmaster@{own_domain(setup)}")
    return Scenario("canary", tuple(Session(_CLIENT, _until_rcpt(recipient)) for recipient in to))


def grief(transcripts: Sequence[Transcript]) -> str | None:
    """What went otherwise than it must, or nothing."""
    relayed, *accepted = [bool(said := t.replies("RCPT")) and said[-1].positive for t in transcripts]
    if relayed:
        return "a stranger's relay attempt was not refused"
    return None if all(accepted) else "a good client's mail was not accepted"


def _until_rcpt(recipient: str) -> Dialogue:
    return mail(helo=_CLIENT.greeting, sender="canary@canary.example", to=recipient).until("RCPT")
