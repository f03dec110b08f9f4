"""Who logs in where, and how."""

from __future__ import annotations

import pytest

from postfix_lab.audit import login_probes
from postfix_lab.audit.login_probes import CLEAR, ENCRYPTED, User
from postfix_lab.audit.trial import Aim
from postfix_lab.fit.draft import Content
from tests.unit.audit.conftest import Write

ANN = User("ann@shop.example", "a word")
SASL = "  -o smtpd_sasl_auth_enable=yes\n"


def test_the_user_of_the_lab() -> None:
    """The first with a readable password, in any file of the programs beside Postfix."""
    files = {"/a": Content("no users\n"), "/b": Content("# x\nbob:{SHA256}xyz\nann@shop.example:{PLAIN}a word\n")}
    assert login_probes.find_user(files) == ANN
    assert login_probes.find_user({"/b": Content("ann:{PLAIN}a word:1000:1000\n")}) == User("ann", "a word")
    assert login_probes.find_user({"/b": Content("bob:{SHA256}xyz\n")}) is None


@pytest.mark.parametrize(
    "options, ways",
    [
        ("", [CLEAR]),
        ("  -o smtpd_tls_security_level=may\n", [ENCRYPTED, CLEAR]),
        ("  -o smtpd_tls_security_level=encrypt\n", [ENCRYPTED, CLEAR]),
        ("  -o smtpd_use_tls=yes\n", [ENCRYPTED, CLEAR]),
        ("  -o smtpd_tls_wrappermode=yes\n", [ENCRYPTED]),
        ("  -o smtpd_tls_req_ccert=yes\n", []),
        ("  -o smtpd_sasl_auth_enable=no\n", []),
    ],
)
def test_the_ways(write: Write, options: str, ways: list[str]) -> None:
    """With TLS where it is offered, and in the clear; nowhere without AUTH, or where a certificate is asked for."""
    draft = write(master=f"587 inet n - y - - smtpd\n{SASL}{options}").draft
    found = list(login_probes.trials(draft, draft.services, ANN, "shop.example"))
    assert [(one.aim, one.detail, one.sender) for one in found] == [(Aim.LOGIN, way, ANN.name) for way in ways]
    assert len({one.session.address for one in found}) == len(found)
    stages = [[step.stage for step in one.session.dialogue.steps] for one in found]
    wrapped = "wrappermode" in options
    assert [("STARTTLS" in known, "AUTH" in known) for known in stages] == [(way == ENCRYPTED and not wrapped, True) for way in ways]
    assert all(one.session.dialogue.tls_on_connect == wrapped for one in found)


@pytest.mark.parametrize(
    "user, owners, sender",
    [
        ("ann@shop.example", "", "ann@shop.example"),
        ("ann", "", "ann@shop.example"),
        ("ann", "sales@shop.example bob, ann\n", "sales@shop.example"),
        ("ann@shop.example", "@shop.example ann@shop.example\n", "ann@shop.example"),
        ("ann", "sales@shop.example bob\n", "ann@shop.example"),
    ],
)
def test_the_sender(write: Write, user: str, owners: str, sender: str) -> None:
    """One that smtpd_sender_login_maps gives the user, else the user's own address."""
    main = "smtpd_sender_login_maps = hash:/etc/postfix/owners\n" if owners else ""
    draft = write(main, f"587 inet n - y - - smtpd\n{SASL}", {"owners": owners}).draft
    (trial,) = login_probes.trials(draft, draft.services, User(user, "x"), "shop.example")
    assert trial.sender == sender
