"""Callouts: what reject_unverified_recipient and reject_unverified_sender make of MTAs that misbehave when they are asked."""

from __future__ import annotations

from typing import Any

import pytest

from postfix_lab import (
    ACCEPT,
    REFUSE,
    TEMPFAIL,
    Answer,
    Behaviour,
    Dns,
    MailHost,
    MakeRemote,
    Remote,
    Scene,
    accepted,
    not_asked,
    refused,
    replied,
)

BOTH = (
    "check_recipient_access inline:{far.example=reject_unverified_recipient}, "
    "check_sender_access inline:{far.example=reject_unverified_sender}"
)
AT_ONCE: dict[str, str] = {"smtpd_recipient_restrictions": BOTH, "address_verify_poll_count": "1"}
"""smtpd does not wait for the callout, so its first reply is always 450; the second comes from verify(8)'s cache."""
HARD = {**AT_ONCE, "unverified_recipient_reject_code": "550", "unverified_sender_reject_code": "550"}
CERTIFIED = {**AT_ONCE, "smtp_tls_security_level": "verify", "smtp_tls_CAfile": "/etc/ssl/certs/hops.pem"}
NO_PROBES = Answer("MAIL", "550 5.7.1 No callouts", sender="double-bounce@lab.test")
MTAS = {
    "accepts": ACCEPT,
    "refuses": REFUSE,
    "tempfails": TEMPFAIL,
    "greets-with-5xx": Behaviour(banner="554 5.3.2 No service"),
    "drops": Behaviour(answers=Answer("RCPT", "DROP")),
    "hates-probes": Behaviour(answers=NO_PROBES),
}
WHY = {
    "refuses": "said: 550 5.1.1 No such user \\(in reply to RCPT TO command\\)",
    "tempfails": "said: 451 4.3.2 Try again later \\(in reply to RCPT TO command\\)",
    "greets-with-5xx": "refused to talk to me: 554 5.3.2 No service",
    "drops": "while sending RCPT TO",
    "hates-probes": "said: 550 5.7.1 No callouts \\(in reply to MAIL FROM command\\)",
}
FINAL = ("refuses", "hates-probes")
"""Whose 5xx is about the probe itself."""


@pytest.fixture
def client(dns: Dns, remote: MakeRemote) -> Remote:
    """Who mails to and from carol at each domain, whose MTAs behave as `MTAS` says."""
    for number, (name, behaviour) in enumerate(MTAS.items()):
        dns.zone(f"@ MX 10 mx\nmx A 198.51.100.{number}", origin=f"{name}.far.example")
        remote(f"198.51.100.{number}", name=f"mx.{name}.far.example", mta=behaviour)
    return remote("203.0.113.10", name="mail.good.example")


def carol(name: str) -> str:
    """Her address there."""
    return f"carol@{name}.far.example"


def everybody() -> dict[str, Any]:
    """An envelope that names all of them."""
    return {"to": tuple(map(carol, MTAS)), "until": "RCPT"}


def ask_first(lab: Scene, client: Remote, times: int, **envelope: Any) -> None:
    """Say that envelope, and see the callouts through that it leads to."""
    first = client.send(**envelope)
    seen = lab.further(first, ", dsn=", times)
    lab.check(seen, replied("RCPT", 450, None, "Address verification in progress"), without=["answer-given"])


@pytest.mark.mail_host(config="gateway", main=AT_ONCE)
def test_recipients(lab: Scene, client: Remote) -> None:
    """Whatever comes of the callout, the verdict is 450 4.1.1 with the MTA's own words; without it, 250."""
    ask_first(lab, client, len(MTAS), **everybody())
    seen = client.send(**everybody())
    lab.check(
        seen,
        not_asked("refuses.far.example", "MX"),
        replied("RCPT", 250, said=carol("accepts")),
        *(replied("RCPT", 450, "4.1.1", f"unverified address: .*{why}", said=carol(name)) for name, why in WHY.items()),
        without=["answer-given"],
    )


@pytest.mark.mail_host(config="gateway", main=HARD)
def test_recipients_550(lab: Scene, client: Remote) -> None:
    """With unverified_recipient_reject_code = 550 a 5xx to the probe is final, and all else is 450 as before."""
    ask_first(lab, client, len(MTAS), **everybody())
    seen = client.send(**everybody())
    final = (replied("RCPT", 550, "5.1.1", f"undeliverable address: .*{WHY[n]}", said=carol(n)) for n in FINAL)
    rest = (replied("RCPT", 450, "4.1.1", "unverified address", said=carol(n)) for n in WHY if n not in FINAL)
    lab.check(seen, replied("RCPT", 250, said=carol("accepts")), *final, *rest, without=["answer-given"])


@pytest.mark.mail_host(config="gateway", main=AT_ONCE)
@pytest.mark.parametrize("name", MTAS)
def test_senders(lab: Scene, client: Remote, name: str) -> None:
    """The same for the sender: 450 4.1.7, or 250 once his MTA has taken the probe."""
    envelope: dict[str, Any] = {"sender": carol(name), "until": "RCPT"}
    ask_first(lab, client, 1, **envelope)
    verdict = replied("RCPT", 450, "4.1.7", f"unverified address: .*{WHY[name]}") if name in WHY else accepted("RCPT")
    lab.check(client.send(**envelope), verdict, without=["answer-given"])


@pytest.mark.mail_host(config="gateway", main=HARD)
def test_senders_550(lab: Scene, client: Remote) -> None:
    """With unverified_sender_reject_code = 550 a sender whom his own MTA does not know is refused for good."""
    envelope: dict[str, Any] = {"sender": carol("refuses"), "until": "RCPT"}
    ask_first(lab, client, 1, **envelope)
    refusal = refused("RCPT", 550, "5.1.7", f"undeliverable address: .*{WHY['refuses']}")
    lab.check(client.send(**envelope), refusal, without=["answer-given"])


@pytest.mark.mail_host(config="gateway", main=AT_ONCE)
def test_greylisted_probe(lab: Scene, dns: Dns, remote: MakeRemote) -> None:
    """An MTA that greylists is not asked again: the first probe's 450 stays in the cache, though a second would pass."""
    dns.zone("@ MX 10 mx", origin="grey.far.example")
    greylists = Behaviour(answers=Answer("RCPT", "450 4.2.0 Greylisted", nth=1))
    remote("198.51.100.9", name="mx.grey.far.example", mta=greylists)
    client = remote("203.0.113.10", name="mail.good.example")
    ask_first(lab, client, 1, to=carol("grey"), until="RCPT")
    seen = client.send(to=carol("grey"), until="RCPT")
    told = replied("RCPT", 450, "4.1.1", "450 4.2.0 Greylisted")
    lab.check(seen, told, not_asked("grey.far.example", "MX"), without=["answer-given"])


@pytest.mark.mail_host(config="gateway", main=AT_ONCE)
def test_senders_of_silent_mtas(lab: Scene, dns: Dns, remote: MakeRemote) -> None:
    """An MTA that says nothing, or nothing that is a reply, costs smtp_rcpt_timeout and ends in 450 4.1.7."""
    for number, says in enumerate(("HANG", "GARBAGE")):
        dns.zone(f"@ MX 10 mx\nmx A 198.51.100.{number}", origin=f"{says.lower()}.far.example")
        remote(f"198.51.100.{number}", name=f"mx.{says.lower()}.far.example", mta=Behaviour(rcpt=says))
    client = remote("203.0.113.10", name="mail.good.example")
    to = ("carol@hang.far.example", "carol@garbage.far.example")
    ask_first(lab, client, 2, to=to, until="RCPT")
    why = "timed out while sending RCPT TO"
    told = (replied("RCPT", 450, "4.1.1", why, said=recipient) for recipient in to)
    lab.check(client.send(to=to, until="RCPT"), *told)


@pytest.mark.mail_host(config="gateway", main=CERTIFIED)
@pytest.mark.parametrize("tls", ["good", "expired", "wrong-name"])
def test_certificates(lab: Scene, dns: Dns, remote: MakeRemote, tls: str) -> None:
    """The probe goes through TLS like any mail: a certificate that does not count makes the address unverified."""
    dns.zone("@ MX 10 mx", origin="far.example")
    remote("198.51.100.9", name="mx.far.example", mta=Behaviour(tls=tls))
    client = remote("203.0.113.10", name="mail.good.example")
    ask_first(lab, client, 1, sender="carol@far.example", until="RCPT")
    untrusted = replied("RCPT", 450, "4.1.7", "unverified address: Server certificate not")
    seen = client.send(sender="carol@far.example", until="RCPT")
    lab.check(seen, accepted("RCPT") if tls == "good" else untrusted)


@pytest.mark.mail_host(config="gateway", main=HARD)
def test_no_smtputf8(lab: Scene, dns: Dns, remote: MakeRemote) -> None:
    """An MTA that does not offer SMTPUTF8 cannot be asked about such an address, and that is final."""
    dns.zone("@ MX 10 mx", origin="far.example")
    remote("198.51.100.9", name="mx.far.example", mta=Behaviour(lacks="SMTPUTF8"))
    client = remote("203.0.113.10", name="mail.good.example")
    envelope: dict[str, Any] = {"to": "j\u00fcrgen@far.example", "mail_parameters": "SMTPUTF8", "until": "RCPT"}
    ask_first(lab, client, 1, **envelope)
    why = "undeliverable address: SMTPUTF8 is required, but was not offered by host mx.far.example"
    lab.check(client.send(**envelope), refused("RCPT", 550, "5.1.1", why))


@pytest.mark.mail_host(config="gateway", main={**AT_ONCE, "address_verify_poll_count": "2", "address_verify_poll_delay": "1s"})
def test_waits_for_the_verdict(lab: Scene, dns: Dns, mail_host: MailHost, remote: MakeRemote) -> None:
    """With a second poll smtpd waits a second: a quick MTA is good for 250 at once, a silent one for 450 all the same."""
    dns.zone("@ MX 10 mx", origin="quick.far.example")
    dns.zone("@ MX 10 mx", origin="silent.far.example")
    remote("198.51.100.10", name="mx.quick.far.example", mta=ACCEPT)
    remote("198.51.100.11", name="mx.silent.far.example", mta=Behaviour(rcpt="HANG"))
    client = remote("203.0.113.10", name="mail.good.example")
    asked = [client.session(to=carol(name), until="RCPT") for name in ("quick", "silent")]
    silence = replied("RCPT", 450, "4.1.1", "in progress|timed out while sending RCPT TO", session=1)
    lab.check(lab.run(mail_host, *asked), accepted("RCPT", session=0), silence)
