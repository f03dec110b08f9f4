"""policyd-spf: its settings, and how it fails."""

from __future__ import annotations

import pytest

from postfix_lab.fit.collaborators.policyd_spf import CONFIGURATION
from tests.unit.fit.conftest import Fit, told

SPF = "policyd-spf unix - n n - 0 spawn\n  user=policyd-spf argv=/usr/bin/policyd-spf\n"


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


def test_settings(fitted: Fit) -> None:
    """The admin's policyd-spf.conf has the scenario's settings in it; without either, Debian's own file stays."""
    files = {"policyd-spf.conf": "TestOnly = 1\nHELO_reject = Fail\n"}
    assert fitted(files=files, policyd_spf={"testonly": "0"}).files[CONFIGURATION].text == "HELO_reject = Fail\ntestonly = 0\n"
    assert CONFIGURATION in fitted(policyd_spf={"TestOnly": "0"}).files


def test_without_settings(fitted: Fit) -> None:
    """Debian's own file stays where nobody has settings."""
    assert CONFIGURATION not in fitted().files
