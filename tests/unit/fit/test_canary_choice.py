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


@pytest.mark.parametrize(
    "main, screen, visits",
    [
        ("", SCREEN, 1), (DEEP, SCREEN, 2), ("", f"{SCREEN}  -o postscreen_bare_newline_enable=yes\n", 2),
        ("postscreen_non_smtp_command_enable = yes\n", SCREEN, 2),
    ],
)  # fmt: skip
def test_postscreen_takes_its_time(fitted: Fit, main: str, screen: str, visits: int) -> None:
    """It waits 6 s before it greets, and its tests after the greeting want a good client to come again."""
    assert fitted(main, screen).canary == Canary(recipient="postmaster@lab.test", patience=30.0, visits=visits)


SASL = "smtpd_sasl_auth_enable = yes\nsmtpd_client_restrictions = "
ANN = ("ann@lab.test", "correct horse")


@pytest.mark.parametrize(
    "main, master, login, tls",
    [
        (f"{SASL}permit_mynetworks, permit_sasl_authenticated, reject\n", "", ANN, False),
        (f"{SASL}permit_sasl_authenticated, defer\nsmtpd_tls_auth_only = yes\nsmtpd_tls_security_level = may\n", "", ANN, True),
        (f"{SASL}permit_sasl_authenticated, reject\nsmtpd_tls_auth_only = yes\n", "", ANN, False),
        (f"{SASL}permit_sasl_authenticated, reject_unknown_client_hostname\n", "", None, False),
        (f"{SASL}permit_sasl_authenticated, warn_if_reject reject\n", "", None, False),
        (f"{SASL}permit_sasl_authenticated, permit, reject\n", "", None, False),
        (f"{SASL}reject\n", "", None, False),
        ("smtpd_client_restrictions = permit_sasl_authenticated, reject\n", "", None, False),
        ("", "587 inet n - y - - smtpd -o smtpd_sasl_auth_enable=yes -o { smtpd_client_restrictions = permit_sasl_authenticated, reject }\n", None, False),
    ],
)  # fmt: skip
def test_login(fitted: Fit, main: str, master: str, login: tuple[str, str] | None, tls: bool) -> None:
    """The good client logs in where port 25 takes mail from users alone, and says STARTTLS if AUTH needs it."""
    canary = fitted(main, master).canary
    assert (canary.login, canary.tls) == (login, tls)


def test_login_of_the_folder(fitted: Fit) -> None:
    """The first user of sasl.passwd whose password is in the clear; without one there is no good client."""
    main = f"{SASL}permit_sasl_authenticated, reject\n"
    users = "# who\nold:{SHA512-CRYPT}$6$x\nbob:{PLAIN}s3cret:extra\n"
    assert fitted(main, files={"sasl.passwd": users}).canary.login == ("bob", "s3cret")
    made = fitted(main, files={"sasl.passwd": "old:{SHA512-CRYPT}$6$x\n"})
    assert (made.canary.recipient, "has no password in the clear" in told(made, "canary").reason) == ("", True)


def test_greylisting(fitted: Fit) -> None:
    """A greylister may defer the good client; where nobody greylists it may not be deferred."""
    asks = "smtpd_recipient_restrictions = check_policy_service inet:127.0.0.1:10023\n"
    made = [fitted(asks, policy=policy).canary for policy in ("postgrey", "accept")]
    assert [(canary.greylisted, canary.recipient) for canary in made] == [(True, "postmaster@lab.test"), (False, "postmaster@lab.test")]


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
