"""Collaborators that the scenario wants to fail: policyd-spf and Dovecot's auth."""

from __future__ import annotations

import pytest

from postfix_lab.errors import InputError
from postfix_lab.fit.draft import Stub
from tests.unit.fit.conftest import Fit, told

SPF = "policyd-spf unix - n n - 0 spawn\n  user=policyd-spf argv=/usr/bin/policyd-spf\n"
SASL = "smtpd_sasl_auth_enable = yes\nsmtpd_sasl_type = dovecot\nsmtpd_sasl_path = private/auth\n"
PLACE = "unix:/var/spool/postfix/private/auth"


@pytest.mark.parametrize(
    "how, starts",
    [
        ("works", "spawn\n  user=policyd-spf argv=/usr/bin/policyd-spf\n"),
        ("crash", "spawn user=policyd-spf argv=/usr/bin/policyd-spf /etc/postfix/policyd-spf.crashing.conf\n"),
        ("hang", "spawn user=policyd-spf argv=/usr/bin/python3 -IS /opt/postfix-lab/stub.py hang\n"),
        ("missing", "spawn user=policyd-spf argv=/usr/bin/policyd-spf.missing\n"),
        ("wrong-user", "spawn user=root argv=/usr/bin/policyd-spf\n"),
    ],
)
def test_policyd_spf(fitted: Fit, how: str, starts: str) -> None:
    """master.cf starts what fails in that way, in as many lines as before, and the report says so."""
    made = fitted(master=SPF, spf=how)
    master = made.files["/etc/postfix/master.cf"].text
    assert starts in master
    assert master.count("\n") == 4
    assert not made.stubs
    if how != "works":
        assert told(made, "master.cf policyd-spf").line == 3
        assert told(made, "canary").reason == f"the scenario wants a policyd-spf that says {how}"


def test_crashing_configuration(fitted: Fit) -> None:
    """The file over which the real one dies is there, and only then."""
    name = "/etc/postfix/policyd-spf.crashing.conf"
    assert fitted(master=SPF, spf="crash").files[name].text == "debugLevel = loud\n"
    assert name not in fitted(master=SPF, spf="hang").files


def test_without_policyd_spf(fitted: Fit) -> None:
    """Where master.cf starts none, none fails, and the canary is whole."""
    made = fitted(spf="crash")
    assert made.canary.recipient
    assert not [delta for delta in made.deltas if delta.what.startswith(("master.cf", "canary"))]


@pytest.mark.parametrize(
    "how, stubs",
    [
        ("absent", ()),
        ("hang", (Stub("policy", PLACE, "hang"),)),
        ("wrong-owner", (Stub("policy", PLACE, "wrong-owner"),)),
    ],
)
def test_dovecot(fitted: Fit, how: str, stubs: tuple[Stub, ...]) -> None:
    """Dovecot does not run, whatever users the folder has; at its place there is nothing, or somebody else."""
    made = fitted(SASL, files={"sasl.passwd": "ann@lab.test:{PLAIN}x\n"}, sasl=how)
    assert (made.auth, made.users, made.stubs) == ((), None, stubs)
    assert told(made, PLACE).value == f"Dovecot's auth that says {how}"


@pytest.mark.parametrize("choice, told_so", [({"spf": "crahs"}, "did you mean crash"), ({"sasl": "gone"}, "there are absent")])
def test_words_that_mean_nothing(fitted: Fit, choice: dict[str, str], told_so: str) -> None:
    """Each is refused with the nearest word."""
    with pytest.raises(InputError, match=told_so):
        fitted(**choice)
