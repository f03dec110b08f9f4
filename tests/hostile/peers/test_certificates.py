"""Certificates of next hops: which of them count at which smtp_tls_security_level, and handshakes that do not come about."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from postfix_lab import Answer, Behaviour, Check, Evidence, MailHost, Scene, accepted, logged

HandOn = Callable[[Mapping[str, Behaviour]], Evidence]
Fate = Callable[..., Check]
CERTIFIED = ("anonymous", "good", "expired", "not-yet", "wrong-name", "unknown-ca")
HOPS = {kind: Behaviour(tls=kind) for kind in ("none", *CERTIFIED)}
CA = {"smtp_tls_CAfile": "/etc/ssl/certs/hops.pem", "smtp_tls_loglevel": "1"}
"""The file is not in the folder, so the lab's own CA is in it, which signs the hops' certificates."""


def level(word: str) -> pytest.MarkDecorator:
    """The gateway at that smtp_tls_security_level."""
    return pytest.mark.mail_host(config="gateway", main={**CA, "smtp_tls_security_level": word})


@level("may")
def test_opportunistic(lab: Scene, hand_on: HandOn, fate: Fate) -> None:
    """With `may` any certificate does, and none at all."""
    lab.check(hand_on(HOPS), accepted(), *(fate(hop, "sent") for hop in HOPS))


@level("encrypt")
def test_mandatory(lab: Scene, hand_on: HandOn, fate: Fate) -> None:
    """With `encrypt` any certificate does, and a hop without TLS waits: 4.7.4."""
    without = fate("none", "deferred", dsn="4.7.4", reason="TLS is required, but was not offered by host mx.none")
    lab.check(hand_on(HOPS), accepted(), without, *(fate(hop, "sent") for hop in CERTIFIED))


@level("verify")
def test_verified(lab: Scene, hand_on: HandOn, fate: Fate, mail_host: MailHost) -> None:
    """With `verify` only the right name, signed by a CA that is known, at the right time, gets mail: else 4.7.5."""
    untrusted = "trusted" if mail_host.debian == 11 else "verified"
    lab.check(
        hand_on(HOPS),
        accepted(),
        fate("good", "sent"),
        logged("Verified TLS connection established to mx.good.far.example"),
        fate("none", "deferred", dsn="4.7.4"),
        fate("anonymous", "deferred", dsn="4.7.5", reason="Cannot start TLS: handshake failure"),
        fate("wrong-name", "deferred", dsn="4.7.5", reason="Server certificate not verified"),
        *(
            fate(hop, "deferred", dsn="4.7.5", reason=f"Server certificate not {untrusted}")
            for hop in ("expired", "not-yet", "unknown-ca")
        ),
    )


@level("verify")
def test_why(lab: Scene, hand_on: HandOn, mail_host: MailHost) -> None:
    """The log says what is wrong with each certificate."""
    seen = hand_on({hop: HOPS[hop] for hop in ("expired", "not-yet", "unknown-ca")})
    lab.check(
        seen,
        logged("certificate verification failed for mx.expired.* certificate has expired"),
        logged("certificate verification failed for mx.not-yet.* certificate not yet valid"),
        logged("certificate verification failed for mx.unknown-ca.* untrusted issuer /O=a CA that nobody trusts"),
        without=["accepted-arrives"],
    )


def _at_starttls(says: str) -> Behaviour:
    return Behaviour(tls="good", answers=Answer("STARTTLS", says, nth=1))


@level("may")
def test_handshake_that_fails(lab: Scene, hand_on: HandOn, fate: Fate) -> None:
    """With `may` a refused STARTTLS means mail in the clear; a broken or a silent handshake defers, and a line that drops."""
    says = {"later": "454 4.7.0 No TLS", "bad": "BAD_HANDSHAKE", "silent": "SILENT_HANDSHAKE", "drop": "DROP"}
    failed = "Cannot start TLS: handshake failure"
    lab.check(
        hand_on({hop: _at_starttls(word) for hop, word in says.items()}),
        accepted(),
        fate("later", "sent"),
        fate("bad", "deferred", dsn="4.7.5", reason=failed),
        fate("silent", "deferred", dsn="4.7.5", reason=failed),
        fate("drop", "deferred", dsn="4.4.2", reason="while receiving the STARTTLS response"),
    )


@level("encrypt")
def test_starttls_refused(lab: Scene, hand_on: HandOn, fate: Fate) -> None:
    """With `encrypt` it waits, and the next attempt is as good as the first."""
    first = hand_on({"later": _at_starttls("454 4.7.0 No TLS")})
    why = "TLS is required, but host mx.later.* refused to start TLS: 454 4.7.0 No TLS"
    lab.check(lab.retry(first), fate("later", "deferred", dsn="4.7.0", reason=why), fate("later", "sent"))
