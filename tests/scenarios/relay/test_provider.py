"""A provider that asks for a password, and the folder of CAs by which its certificate is verified."""

from __future__ import annotations

import pytest

from postfix_lab import Auth, Behaviour, Evidence, MakeRemote, Scene, accepted, bounced, logged, peer_received

RELAY = {
    "relayhost": "[smtp.provider.example]",
    "smtp_tls_security_level": "verify",
    "smtp_tls_CApath": "/etc/ssl/certs",
    "smtp_sasl_auth_enable": "yes",
    "smtp_sasl_security_options": "noanonymous",
    "smtp_sasl_password_maps": "inline:{[smtp.provider.example]=ann:secret}",
}
WRONG = {**RELAY, "smtp_sasl_password_maps": "inline:{[smtp.provider.example]=ann:wrong}"}
NONE = {**RELAY, "smtp_sasl_auth_enable": "no"}
PROVIDER = Behaviour(tls="good", users={"ann": "secret"}, auth_required=True)


def submitted(remote: MakeRemote) -> Evidence:
    """A user's mail to a stranger, which goes by way of the provider."""
    remote("203.0.113.61", name="smtp.provider.example", mta=PROVIDER)
    ann = remote("203.0.113.10", name="client.good.example")
    login = Auth("ann@lab.test", "correct horse")
    return ann.send(port=587, tls=True, auth=login, sender="ann@lab.test", to="carol@far.example")


@pytest.mark.mail_host(main=RELAY)
def test_right_password(lab: Scene, remote: MakeRemote) -> None:
    """It lets in, over a verified connection."""
    lab.check(submitted(remote), accepted(), peer_received("203.0.113.61", to="carol@far.example"))


@pytest.mark.mail_host(main=WRONG)
def test_wrong_password(lab: Scene, remote: MakeRemote) -> None:
    """The provider says 535, and the mail waits."""
    lab.check(submitted(remote), accepted(), logged("535 5.7.8"), without=["accepted-arrives", "quiet-log"])


@pytest.mark.mail_host(main=NONE)
def test_no_password(lab: Scene, remote: MakeRemote) -> None:
    """The provider says 530, and the mail is returned."""
    lab.check(submitted(remote), accepted(), bounced("carol@far.example"), logged("530 5.7.0"), without=["accepted-arrives"])
