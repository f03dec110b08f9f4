"""kill -9 at a random moment: of pytest, the agent, the mail host, Postfix's master, and all containers.

One moment for each here; `make deaths` draws twenty.
"""

from __future__ import annotations

from tests.endure.deaths import VICTIMS, Deaths
from tests.selftest.inner import Inner

SEED = 22


def test_next_run_is_right(inner: Inner) -> None:
    """Whoever is killed, the killed run calls nobody failed, the next one is right, and nothing is left of both."""
    deaths = Deaths(inner, SEED)
    told = [deaths.die(victim) for victim in VICTIMS]
    assert [str(death) for death in told if death.wrong] == []
    assert {death.victim for death in told} & {"agent", "mail host", "master", "containers"}


def test_a_run_that_went_wrong_is_seen(inner: Inner) -> None:
    """A run that calls a test failed because it was killed, or a next run that fails, does not count as right."""
    death = Deaths(inner, SEED).die("pytest")
    assert death.wrong == []
    for changes in ({"victim": "agent"}, {"after": death.killed}, {"left": {"containers": ["one"]}}):
        assert type(death)(**{**vars(death), **changes}).wrong
