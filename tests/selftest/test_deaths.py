"""kill -9 at a random moment: of pytest, the agent, the mail host, Postfix's master, and all containers.

One moment for each here; `make deaths` draws twenty.
"""

from __future__ import annotations

from tests.endure.deaths import PASSED, VICTIMS, Death, Deaths
from tests.selftest.inner import Done, Inner

SEED = 22


def test_next_run_is_right(inner: Inner) -> None:
    """Whoever is killed, the killed run calls nobody failed, the next one is right, and nothing is left of both."""
    deaths = Deaths(inner, SEED)
    told = [deaths.die(victim) for victim in VICTIMS]
    assert [str(death) for death in told if death.wrong] == []
    assert {death.victim for death in told} & {"agent", "mail host", "master", "containers"}


def test_a_run_that_went_wrong_is_seen() -> None:
    """A killed run that calls somebody failed, hangs or breaks, and a next run that is not right, do not pass."""
    blind, right = Done(1, "test_it.py::test_friend ERROR"), Done(0, PASSED)
    assert Death("agent", 1.0, blind, right, {}).wrong == []
    for killed in (Done(1, "test_it.py::test_friend FAILED"), Done(-9, ""), Done(1, "Traceback (most recent call last)")):
        assert Death("agent", 1.0, killed, right, {}).wrong
    assert Death("agent", 1.0, blind, Done(1, PASSED), {}).wrong
    assert Death("agent", 1.0, blind, right, {"containers": ["one"]}).wrong
