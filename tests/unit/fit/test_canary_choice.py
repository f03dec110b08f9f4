"""Which canary a configuration can have, and why one is left out."""

from __future__ import annotations

import pytest

from postfix_lab.fit.canary_choice import Canary
from tests.unit.fit.conftest import Fit, told

SCREEN = "smtp inet n - y - 1 postscreen\n"
DEEP = "postscreen_pipelining_enable = yes\n"


def without(why: str) -> str:
    return f"the scenario wants a {why}"


def test_the_usual_canary(fitted: Fit) -> None:
    """Relaying is tried, and postmaster of the own domain gets a mail; nothing is told."""
    made = fitted()
    assert made.canary == Canary(relay=True, recipient="postmaster@lab.test", patience=10.0)
    assert [delta.what for delta in made.deltas if delta.what == "canary"] == []


def test_nobody_comes_from_outside(fitted: Fit) -> None:
    """Then there is none at all."""
    made = fitted("inet_interfaces = loopback-only\n")
    assert made.canary == Canary(relay=False, recipient="", patience=10.0)
    assert [(delta.what, delta.value, delta.reason) for delta in made.deltas[-1:]] == [("canary", "off", "no client from outside reaches port 25")]


@pytest.mark.parametrize(
    "main, master, choices, reason",
    [
        ("mydestination =\n", "", {}, "the configuration takes mail for no domain that its files name"),
        ("smtpd_milters = inet:127.0.0.1:9\n", "", {"milter": "reject"}, without("milter that says reject")),
        ("smtpd_end_of_data_restrictions = check_policy_service inet:127.0.0.1:9\n", "", {"policy": "tempfail"}, without("policy that says tempfail")),
        ("smtpd_sasl_auth_enable = yes\n", "", {"sasl": "absent"}, without("Dovecot that says absent")),
        (DEEP, SCREEN, {}, "postscreen's tests after the greeting refuse the first mail of every client"),
        ("", f"{SCREEN}  -o postscreen_bare_newline_enable=yes\n", {}, "postscreen's tests after the greeting refuse the first mail of every client"),
        ("postscreen_non_smtp_command_enable = yes\n", SCREEN, {}, "postscreen's tests after the greeting refuse the first mail of every client"),
    ],
)  # fmt: skip
def test_only_the_stranger(fitted: Fit, main: str, master: str, choices: dict[str, str], reason: str) -> None:
    """A good client's mail cannot be expected to pass; the report says why."""
    made = fitted(main, master, **choices)
    assert (made.canary.relay, made.canary.recipient) == (True, "")
    delta = told(made, "canary")
    assert (delta.what, delta.value, delta.reason) == ("canary", "the stranger's relay attempt alone", reason)


@pytest.mark.parametrize(
    "main, master, choices",
    [
        ("", "", {"milter": "reject"}),
        ("", "", {"policy": "reject"}),
        (DEEP, "", {}),
        (DEEP.replace("yes", "no"), SCREEN, {}),
        (DEEP, f"{SCREEN}  -o postscreen_pipelining_enable=no\n", {}),
    ],
)
def test_what_does_not_matter(fitted: Fit, main: str, master: str, choices: dict[str, str]) -> None:
    """A milter or a service that nobody asks, and tests of a postscreen that is off."""
    assert fitted(main, master, **choices).canary.recipient == "postmaster@lab.test"


@pytest.mark.parametrize("main, recipient", [("", "postmaster@lab.test"), (DEEP, "")])
def test_postscreen_takes_its_time(fitted: Fit, main: str, recipient: str) -> None:
    """It waits 6 s before it greets, whether the good client is tried or not."""
    assert fitted(main, SCREEN).canary == Canary(recipient=recipient, patience=30.0)


@pytest.mark.parametrize(
    "domains, maps",
    [
        ("virtual_mailbox_domains", "virtual_mailbox_maps"), ("virtual_alias_domains", "virtual_alias_maps"),
        ("relay_domains", "relay_recipient_maps"),
    ],
)  # fmt: skip
def test_somebody_who_exists(fitted: Fit, domains: str, maps: str) -> None:
    """The first address of the domain in a table of its class."""
    main = f"mydestination =\nmyhostname = mx.a.example\n{domains} = a.example\n{maps} = hash:/etc/postfix/none, hash:/etc/postfix/v\n"
    table = "\n#x@a.example no\n@a.example all\n/y@a.example no\nz@b.example other\nXann@A.example ann\nbob@a.example bob\n"
    made = fitted(main, files={"v": table, "none": ""})
    assert made.canary.recipient == "Xann@A.example"


def test_nobody_is_named(fitted: Fit) -> None:
    """Then it is postmaster."""
    made = fitted("mydestination =\nrelay_domains = a.example\nrelay_recipient_maps = hash:/etc/postfix/v\n", files={"v": "z@b.example x\n"})
    assert made.canary.recipient == "postmaster@a.example"


@pytest.mark.parametrize(
    "main, tls",
    [
        ("", False),
        ("smtpd_tls_security_level = encrypt\n", True),
        ("smtpd_tls_security_level = may\n", False),
        ("smtpd_tls_security_level = may\nsmtpd_sender_restrictions = reject_plaintext_session\n", True),
        ("smtpd_sender_restrictions = reject_plaintext_session\n", False),
        ("smtpd_tls_security_level = may\nsmtpd_restriction_classes = safe\nsafe = reject_plaintext_session\n", True),
        ("smtpd_tls_security_level = encrypt\nsmtpd_tls_wrappermode = yes\n", False),
    ],
)
def test_starttls(fitted: Fit, main: str, tls: bool) -> None:
    """The canary says STARTTLS where no mail is taken in the clear, and nowhere else."""
    assert fitted(main).canary.tls is tls


@pytest.mark.parametrize("patience, limit", [(10.0, 1.0), (10.5, 8.0), (30.0, 8.0)])
def test_the_patience_with_a_dead_daemon(patience: float, limit: float) -> None:
    """A canary that waits for postscreen has more of it."""
    assert Canary(patience=patience).dead_limit == limit
