"""kill -9 at a random moment: of pytest, the agent, the mail host, Postfix's master, and all containers.

One moment for each here; `make deaths` draws twenty.
"""

from __future__ import annotations

import pytest

from tests.endure.deaths import PASSED, SUITE, VICTIMS, Death, Deaths
from tests.selftest.inner import Done, Inner

SEED = 22
LOSES_ITS_AGENT = """
    import contextlib, os, signal
    from lab.engine.client import connect
    from lab.engine.container import Containers
    from lab.internet.internet import Internet
    from lab.mailhost.host import MailHost

    def lose_the_agent():
        api = connect(None).client.api
        for found in api.containers(filters={{"label": "postfix-lab"}}):
            mine = found["Labels"]["postfix-lab.owner"].startswith(f"{{os.getpid()}}:")
            if mine and found["Names"][0].endswith("internet"):
                if pid := api.inspect_container(found["Id"])["State"]["Pid"]:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)

    def and_lose_the_agent(self, *told, do={kind}.{moment}, **more):
        if {first}:
            lose_the_agent()
        done = do(self, *told, **more)
        lose_the_agent()
        return done

    {kind}.{moment} = and_lose_the_agent
"""
"""What an inner test module does first: the agent dies then, before anybody has spoken to Postfix."""


def test_next_run_is_right(inner: Inner) -> None:
    """Whoever is killed, the killed run calls nobody failed, the next one is right, and nothing is left of both."""
    deaths = Deaths(inner, SEED)
    told = [deaths.die(victim) for victim in VICTIMS]
    assert [str(death) for death in told if death.wrong] == []
    assert {death.victim for death in told} & {"agent", "mail host", "master", "containers"}


@pytest.mark.parametrize("kind, moment, first", [("Internet", "know", True), ("MailHost", "start", False)])
def test_an_agent_that_dies_before_the_canary(inner: Inner, kind: str, moment: str, first: bool) -> None:
    """Each test is an error with a sentence, and the next run is right."""
    killed = inner.run(LOSES_ITS_AGENT.format(kind=kind, moment=moment, first=first) + SUITE)
    death = Death("agent", 0.0, killed, inner.run(SUITE), inner.left())
    assert death.wrong == [], str(death)
    assert killed.output.count(" ERROR ") >= 12, killed.output


def test_an_agent_that_dies_while_it_is_attached_to(inner: Inner) -> None:
    """Docker does not always say so: the run ends all the same, with a sentence."""
    killed = inner.run(LOSES_ITS_AGENT.format(kind="Containers", moment="_made", first=False) + SUITE)
    death = Death("agent", 0.0, killed, inner.run(SUITE), inner.left())
    assert death.wrong == [], str(death)
    assert killed.code == 3
    assert "the container internet" in killed.output


def test_a_run_that_went_wrong_is_seen() -> None:
    """A killed run that calls somebody failed, hangs or breaks, and a next run that is not right, do not pass."""
    blind, right = Done(1, "test_it.py::test_friend ERROR"), Done(0, PASSED)
    assert Death("agent", 1.0, blind, right, {}).wrong == []
    for killed in (Done(1, "test_it.py::test_friend FAILED"), Done(-9, ""), Done(1, "Traceback (most recent call last)")):
        assert Death("agent", 1.0, killed, right, {}).wrong
    assert Death("agent", 1.0, blind, Done(1, PASSED), {}).wrong
    assert Death("agent", 1.0, blind, right, {"containers": ["one"]}).wrong
