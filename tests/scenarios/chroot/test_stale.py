"""The chroot's resolv.conf is a copy of yesterday's: smtpd asks a resolver that is gone, nobody else does."""

from __future__ import annotations

import pytest

from postfix_lab import Evidence, MailHost, MakeRemote, Scene, asked, connected_as, not_delivered, refused
from postfix_lab.addresses import STALE_RESOLVER

CLIENT = "203.0.113.10"
pytestmark = pytest.mark.mail_host(chroot="stale")


def test_the_wrong_resolver_is_asked(lab: Scene, remote: MakeRemote, mail_host: MailHost) -> None:
    """Every question goes to the old resolver, and a good client is unknown, before `postfix reload` and after it."""
    client = remote(CLIENT, name="mail.good.example")
    _is_unknown(lab, client.send())
    mail_host.reload()
    _is_unknown(lab, client.send())


def _is_unknown(lab: Scene, seen: Evidence) -> None:
    refusal = refused("RCPT", 450, "4.7.1", "cannot find your reverse hostname")
    checks = (asked(CLIENT, "PTR", "REFUSED"), connected_as("unknown"), refusal, not_delivered())
    # Here the stray questions are what is wanted.
    lab.check(seen, *checks, without=("own-resolver",))
    assert {(query.server, query.stray) for query in seen.queries} == {(STALE_RESOLVER, True)}
