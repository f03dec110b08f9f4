"""A smarthost at each port that providers have, with the logins that it takes."""

from __future__ import annotations

from typing import Any

import pytest

from postfix_lab import Auth, Behaviour, Evidence, MakeRemote, Scene, accepted, bounced, logged, peer_received

SMARTHOST = "203.0.113.61"
LOGIN = {"smtp_sasl_auth_enable": "yes", "smtp_sasl_security_options": "noanonymous", "smtp_tls_security_level": "encrypt"}
USERS: dict[str, Any] = {"tls": "good", "users": {"shop": "pass word"}, "auth_required": True}


def relay(port: int, password: str = "pass word", **more: str) -> dict[str, str]:
    """Parameters by which all mail goes to that port, with that password."""
    where = f"[smtp.provider.example]:{port}"
    return {**LOGIN, "relayhost": where, "smtp_sasl_password_maps": f"inline:{{{{{where} = shop:{password}}}}}", **more}


def submitted(remote: MakeRemote, provider: Behaviour) -> Evidence:
    """A user's mail to a stranger, which goes by way of that provider."""
    remote(SMARTHOST, name="smtp.provider.example", mta=provider)
    login = Auth("ann@lab.test", "correct horse")
    ann = remote("203.0.113.10", name="client.good.example")
    return ann.send(port=587, tls=True, auth=login, sender="ann@lab.test", to="carol@far.example")


@pytest.mark.mail_host(main=relay(587))
def test_submission_port(lab: Scene, remote: MakeRemote) -> None:
    """587 with STARTTLS."""
    seen = submitted(remote, Behaviour(ports=587, **USERS))
    lab.check(seen, accepted(), peer_received(SMARTHOST, to="carol@far.example", port=587, login="shop"))
    assert seen.messages[0].tls.startswith("TLSv1")


@pytest.mark.mail_host(main=relay(465, smtp_tls_wrappermode="yes"))
def test_tls_from_the_start(lab: Scene, remote: MakeRemote) -> None:
    """465 with smtp_tls_wrappermode."""
    seen = submitted(remote, Behaviour(tls_ports=465, **USERS))
    lab.check(seen, accepted(), peer_received(SMARTHOST, port=465, login="shop"))


@pytest.mark.mail_host(main=relay(465, smtp_helo_timeout="1s"))
def test_wrapper_mode_is_missing(lab: Scene, remote: MakeRemote) -> None:
    """Postfix waits for a greeting and the server for a handshake: the mail stays."""
    seen = submitted(remote, Behaviour(tls_ports=465, **USERS))
    lab.check(seen, accepted(), logged("deferred"), without=["accepted-arrives", "quiet-log"])


@pytest.mark.mail_host(main=relay(465, "wrong", smtp_tls_wrappermode="yes"))
def test_wrong_password(lab: Scene, remote: MakeRemote) -> None:
    """The provider says 535, and the mail waits."""
    seen = submitted(remote, Behaviour(tls_ports=465, **USERS))
    lab.check(seen, accepted(), logged("535 5.7.8"), without=["accepted-arrives", "quiet-log"])


@pytest.mark.mail_host(main={**relay(587), "smtp_sasl_auth_enable": "no"})
def test_no_login(lab: Scene, remote: MakeRemote) -> None:
    """The provider says 530, and the mail is returned."""
    seen = submitted(remote, Behaviour(ports=587, **USERS))
    lab.check(seen, accepted(), bounced("carol@far.example"), logged("530 5.7.0"), without=["accepted-arrives"])


@pytest.mark.mail_host(main=relay(587))
@pytest.mark.parametrize("mechanism", ["CRAM-MD5", "LOGIN", "PLAIN"])
def test_one_mechanism(lab: Scene, remote: MakeRemote, mechanism: str) -> None:
    """Each alone is enough: libsasl2-modules knows them."""
    seen = submitted(remote, Behaviour(ports=587, mechanisms=mechanism, **USERS))
    lab.check(seen, accepted(), peer_received(SMARTHOST, login="shop"))


@pytest.mark.mail_host(main=relay(587))
def test_unknown_mechanism(lab: Scene, remote: MakeRemote) -> None:
    """A provider that takes only XOAUTH2 gets no login from Postfix."""
    seen = submitted(remote, Behaviour(ports=587, mechanisms="XOAUTH2", **USERS))
    told = "no mechanism available"
    lab.check(seen, accepted(), logged(told), without=["accepted-arrives", "quiet-log"])


@pytest.mark.mail_host(main={**relay(587), "smtp_sasl_security_options": "noanonymous, noplaintext"})
def test_no_plaintext(lab: Scene, remote: MakeRemote) -> None:
    """With noplaintext, PLAIN and LOGIN are no mechanisms."""
    seen = submitted(remote, Behaviour(ports=587, **USERS))
    lab.check(seen, accepted(), logged("no mechanism available"), without=["accepted-arrives", "quiet-log"])
