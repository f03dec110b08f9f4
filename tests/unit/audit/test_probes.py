from __future__ import annotations

from pathlib import Path

import pytest

from postfix_lab.audit.probes import ProbePlan, gateways, plan
from postfix_lab.audit.trial import Aim
from postfix_lab.runtime.setup import Setup
from tests.unit.audit.conftest import MAIN, MASTER

ADDRESSES = ("192.0.2.25", "2001:db8:2::25")


def planned(folder: Path, main: str = "", master: str = "", mynetworks: str = "127.0.0.0/8") -> ProbePlan:
    (folder / "main.cf").write_text(MAIN + main)
    (folder / "master.cf").write_text(MASTER + master)
    return plan(Setup(folder).fit(12, "", ADDRESSES), ADDRESSES, mynetworks)


def aims(found: ProbePlan, aim: Aim) -> list[tuple[str, int, str]]:
    return [(t.service.name, t.session.port, t.session.address) for t in found.trials if t.aim is aim]


def test_everything_is_tried(tmp_path: Path) -> None:
    """Each listener is opened; a good mail from each family; strangers and gateways to each port."""
    found = planned(tmp_path, master="587 inet n - y - - smtpd\n", mynetworks="10.0.0.0/8")
    assert [name for name, _, _ in aims(found, Aim.OPEN)] == ["smtp", "587"]
    assert [source for _, _, source in aims(found, Aim.CANARY)] == ["198.51.100.125", "2001:db8:100::125"]
    assert len(aims(found, Aim.RELAY)) == 2 * 2 * 2
    assert {source for _, _, source in aims(found, Aim.GATEWAY)} == {"192.0.2.1", "10.0.0.1"}


def test_every_stranger_has_an_address_of_his_own(tmp_path: Path) -> None:
    """Else a limit on one client's connections would speak."""
    found = planned(tmp_path, master="587 inet n - y - - smtpd\n2525 inet n - y - - smtpd\n")
    sources = [source for _, _, source in aims(found, Aim.RELAY)]
    assert len(sources) == len(set(sources))


def test_a_listener_inside_gets_a_wire(tmp_path: Path) -> None:
    """Its log will not name the client, and nobody tries to relay there."""
    found = planned(tmp_path, master="127.0.0.1:10025 inet n - y - - smtpd\n")
    (wire,) = found.wires
    (trial,) = [t for t in found.trials if t.service.name == "127.0.0.1:10025"]
    assert (wire.listen, wire.to) == (f"inet::{trial.session.port}", "127.0.0.1:10025")
    assert not trial.session.logged


@pytest.mark.parametrize(
    "main, master, opened",
    [
        ("inet_protocols = ipv4\n", "", ["198.51.97.130"]),
        ("inet_protocols = ipv6\n", "", ["2001:db8:97::82"]),
        ("smtpd_upstream_proxy_protocol = haproxy\n", "", []),
        ("", "smtp inet n - n - 0 spawn user=nobody argv=/bin/true\n", []),
    ],
)
def test_who_is_opened(tmp_path: Path, main: str, master: str, opened: list[str]) -> None:
    """By a family that the host speaks; not what waits for a proxy, or speaks no SMTP."""
    assert [source for _, _, source in aims(planned(tmp_path, main, master), Aim.OPEN)] == opened


def test_tls_as_the_listener_wants_it(tmp_path: Path) -> None:
    """From the start on a wrapped port, STARTTLS where it is a must."""
    master = "465 inet n - y - - smtpd -o smtpd_tls_wrappermode=yes\n587 inet n - y - - smtpd -o smtpd_tls_security_level=encrypt\n"
    relays = {t.service.name: t.session.dialogue for t in planned(tmp_path, master=master).trials if t.aim is Aim.RELAY}
    assert relays["465"].tls_on_connect
    assert [step.stage for step in relays["587"].steps][:2] == ["HELO", "STARTTLS"]
    assert [step.stage for step in relays["smtp"].steps][:2] == ["HELO", "MAIL"]


def test_daemons_that_would_complain_are_not_woken(tmp_path: Path) -> None:
    """A request that says nothing is a warning to bounce(8)."""
    found = planned(tmp_path, master="bounce unix - - y - 0 bounce\nrewrite unix - - y - - trivial-rewrite\n")
    assert found.touched == ("public/cleanup", "private/lmtp", "private/rewrite")


@pytest.mark.parametrize("mynetworks", ["127.0.0.0/8 [::1]/128 [::ffff:127.0.0.0]/104", "192.0.2.25/32", "0.0.0.0/0",
                                        "hash:/etc/postfix/x !10.0.0.1", "[fe80::]/64"])  # fmt: skip
def test_networks_without_a_router(mynetworks: str) -> None:
    """Loopback, single hosts, everybody and tables give no gateway but the lab's own."""
    assert gateways(mynetworks) == ("192.0.2.1",)


def test_what_each_trial_says(tmp_path: Path) -> None:
    """From whom, by which name, to whom, and from which address."""
    found = planned(tmp_path)
    (opened,) = [t.session for t in found.trials if t.aim is Aim.OPEN]
    assert [getattr(step, "line", "") for step in opened.dialogue.steps] == ["EHLO mail.canary.example"]
    canary = next(t for t in found.trials if t.aim is Aim.CANARY)
    lines = [getattr(step, "line", "") for step in canary.session.dialogue.steps]
    assert lines[:3] == ["EHLO mail.canary.example", "MAIL FROM:<ann@canary.example>", "RCPT TO:<postmaster@shop.example>"]
    assert canary.sender == "ann@canary.example"
    relays = [t for t in found.trials if t.aim is Aim.RELAY]
    assert [(t.session.address, t.sender) for t in relays] == [
        ("198.51.100.130", "eve@stranger.example"), ("2001:db8:100::82", "eve@stranger.example"),
        ("198.51.100.131", "postmaster@shop.example"), ("2001:db8:100::83", "postmaster@shop.example"),
    ]  # fmt: skip
    assert {getattr(t.session.dialogue.steps[0], "line", "") for t in relays} == {"EHLO mail.stranger.example"}
    assert {getattr(t.session.dialogue.steps[2], "line", "") for t in relays} == {"RCPT TO:<x@relay.example>"}
    gateway = next(t for t in found.trials if t.aim is Aim.GATEWAY)
    assert (gateway.sender, gateway.session.address) == ("eve@stranger.example", "192.0.2.1")


def test_the_world_of_the_trials(tmp_path: Path) -> None:
    """The canary's and the stranger's domain name who sends for them, and the target has an MTA."""
    scenario = planned(tmp_path).scenario
    assert scenario.name == "check"
    assert [zone.origin for zone in scenario.world.zones] == ["canary.example", "stranger.example", "relay.example"]
    assert [zone.text for zone in scenario.world.zones][:2] == ['@ MX 10 mail\n@ TXT "v=spf1 mx -all"'] * 2
    assert [host.own_name for host in scenario.world.hosts] == ["mx.relay.example"]


def test_how_long_a_reply_may_take(tmp_path: Path) -> None:
    """Postscreen waits before it greets."""
    assert planned(tmp_path).dead_limit == 2.0
    screened = MASTER.replace("smtp inet n - y - - smtpd", "smtp inet n - y - 1 postscreen")
    (tmp_path / "main.cf").write_text(MAIN)
    (tmp_path / "master.cf").write_text(screened)
    assert plan(Setup(tmp_path).fit(12, "", ADDRESSES), ADDRESSES, "").dead_limit == 8.0


@pytest.mark.parametrize(
    "option, stages, at_once",
    [
        ("-o smtpd_tls_wrappermode=yes -o smtpd_tls_security_level=encrypt", ["HELO"], True),
        ("-o smtpd_tls_security_level=may", ["HELO", "STARTTLS", "HELO"], False),
        ("-o smtpd_tls_security_level=encrypt", ["HELO", "STARTTLS", "HELO"], False),
        ("-o smtpd_tls_security_level=none", ["HELO"], False),
    ],
)
def test_how_a_listener_is_greeted(tmp_path: Path, option: str, stages: list[str], *, at_once: bool) -> None:
    """With TLS where it offers that, from the start on where it wraps it."""
    found = planned(tmp_path, master=f"587 inet n - y - - smtpd {option}\n")
    (opened,) = [t.session.dialogue for t in found.trials if t.aim is Aim.OPEN and t.service.name == "587"]
    assert ([step.stage for step in opened.steps], opened.tls_on_connect) == (stages, at_once)


def test_wires_in_order(tmp_path: Path) -> None:
    """From port 61000 on, each to the loopback address of its listener's family."""
    found = planned(tmp_path, master="127.0.0.1:26 inet n - y - - smtpd\n[::1]:27 inet n - y - - smtpd\n")
    assert [(wire.listen, wire.to) for wire in found.wires] == [("inet::61000", "127.0.0.1:26"), ("inet::61001", "::1:27")]
    wired = [t.session for t in found.trials if t.session.port >= 61000]
    assert [(s.port, s.address, s.logged) for s in wired] == [(61000, "198.51.100.125", False), (61001, "198.51.100.125", False)]
    assert [getattr(step, "line", "") for step in wired[0].dialogue.steps] == ["EHLO mail.canary.example"]


def test_who_delivers_is_woken(tmp_path: Path) -> None:
    """local(8) and virtual(8) where mail is delivered by them, pipe(8) where a setting names the service."""
    master = (
        "local unix - n n - - local\nvirtual unix - n n - - virtual\n"
        "used unix - n n - - pipe user=nobody argv=/bin/cat\nidle unix - n n - - pipe user=nobody argv=/bin/cat\n"
    )
    (tmp_path / "main.cf").write_text(f"{MAIN}mailbox_transport = used\n")
    (tmp_path / "master.cf").write_text(MASTER + master)
    fitted = Setup(tmp_path).fit(12, "", ADDRESSES)
    assert plan(fitted, ADDRESSES, "", {"local"}).touched == ("public/cleanup", "private/lmtp", "private/local", "private/used")
    assert "private/local" not in plan(fitted, ADDRESSES, "").touched


@pytest.mark.parametrize(
    "master, at_once",
    [
        ("", 0),
        ("587 inet n - y - 3 smtpd\n588 inet n - y - 2 smtpd\n", 2),
        ("587 inet n - y - 0 smtpd\nx unix - - n - 1 smtp\n", 0),
    ],
)
def test_no_more_sessions_than_processes(tmp_path: Path, master: str, at_once: int) -> None:
    """The listener with the fewest decides; 0 is no limit, and other daemons have their own."""
    found = planned(tmp_path, master=master)
    assert (found.at_once, found.scenario.at_once) == (at_once, at_once)


def test_what_else_is_tried(tmp_path: Path) -> None:
    """A login where AUTH is offered, forged senders, and refusing lists with their zones in the world."""
    main = (
        "smtpd_sasl_auth_enable = yes\nsmtpd_sasl_type = dovecot\nsmtpd_sasl_path = private/auth\n"
        "smtpd_recipient_restrictions = check_sender_access inline:{friend.example=OK}, reject_rbl_client bl.example\n"
    )
    found = planned(tmp_path, main)
    counted = {aim: len(aims(found, aim)) for aim in (Aim.LOGIN, Aim.FORGED, Aim.REFUSAL, Aim.UNKNOWN)}
    assert counted == {Aim.LOGIN: 1, Aim.FORGED: 1, Aim.REFUSAL: 1, Aim.UNKNOWN: 1}
    assert [zone.origin for zone in found.scenario.world.zones][-2:] == ["bl.example", "friend.example"]
    only6 = planned(tmp_path, f"{main}inet_protocols = ipv6\n")
    assert [aims(only6, aim) for aim in counted] == [[], [], [], []]


def test_who_logs_in_is_of_the_hosts_domain(tmp_path: Path) -> None:
    """A user without a domain has the first that mail is taken for, not the host's own name."""
    sasl = "smtpd_sasl_auth_enable = yes\nsmtpd_sasl_type = dovecot\nsmtpd_sasl_path = private/auth\n"
    logins = [t for t in planned(tmp_path, sasl).trials if t.aim is Aim.LOGIN]
    assert {t.sender.partition("@")[2] for t in logins} == {"shop.example"}


def test_lists_are_asked_where_a_good_mail_can_be_sent(tmp_path: Path) -> None:
    """Each list once, at port 25."""
    lists = "smtpd_recipient_restrictions = reject_rbl_client a.example, reject_rbl_client b.example\n"
    refusals = [t for t in planned(tmp_path, lists).trials if t.aim is Aim.REFUSAL]
    assert [t.session.port for t in refusals] == [25, 25]
