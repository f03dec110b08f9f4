"""kill -9 at a random moment: of pytest, the agent, the mail host, Postfix's master, and all containers.

One moment for each here; `make deaths` draws twenty.
"""

from __future__ import annotations

import time

import pytest

from tests.endure.deaths import KILL_MASTER, PASSED, SUITE, VICTIMS, Death, Deaths
from tests.selftest.inner import Done, Inner

SEED = 22
LOSES_ITS_AGENT = """
    import contextlib, os, signal
    from postfix_lab.engine.client import connect
    from postfix_lab.engine.container import Containers
    from postfix_lab import Internet
    from postfix_lab import MailHost

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

WAITS_FOR_A_CLIENT = "until grep -q ':0019 [0-9A-F:]* 01 ' /proc/net/tcp; do :; done; "
LOSES_MASTER = f"""
    import threading
    from postfix_lab import Dialogue, Raw, replied
    from postfix_lab.engine.container import execute

    def test_waits_for_a_reply(lab, remote, mail_host, whereabouts):
        words = ["/bin/sh", "-c", {WAITS_FOR_A_CLIENT + KILL_MASTER[-1]!r}]
        killer = threading.Thread(target=execute, args=(lab.executor.lab.engine, mail_host.container.id, words))
        killer.start()
        seen = remote("203.0.113.10").send(dialogue=Dialogue((Raw("", stage="HELO"),)))
        killer.join()
        lab.check(seen, replied("HELO", 250))
"""


def test_next_run_is_right(inner: Inner) -> None:
    """Whoever is killed, the killed run calls nobody failed, the next one is right, and nothing is left of both."""
    deaths = Deaths(inner, SEED)
    told = [deaths.die(victim) for victim in VICTIMS]
    assert [str(death) for death in told if death.wrong] == []
    assert {death.victim for death in told} & {"agent", "mail host", "master", "containers"}


@pytest.mark.parametrize("kind, moment, first", [("Internet", "register", True), ("MailHost", "start", False)])
def test_an_agent_that_dies_before_the_canary(inner: Inner, kind: str, moment: str, first: bool) -> None:
    """Each test is an error with a sentence, and the next run is right."""
    killed = inner.run(LOSES_ITS_AGENT.format(kind=kind, moment=moment, first=first) + SUITE)
    death = Death("agent", 0.0, killed, inner.run(SUITE), inner.left())
    assert death.wrong == [], str(death)
    assert killed.output.count(" ERROR ") >= 12, killed.output


def test_an_agent_that_dies_while_it_is_attached_to(inner: Inner) -> None:
    """Docker does not always say so: the run ends all the same, with a sentence."""
    killed = inner.run(LOSES_ITS_AGENT.format(kind="Containers", moment="_create", first=False) + SUITE)
    death = Death("agent", 0.0, killed, inner.run(SUITE), inner.left())
    assert death.wrong == [], str(death)
    assert killed.code == 3
    assert "the container internet" in killed.output


def test_a_master_that_dies_while_somebody_waits(inner: Inner) -> None:
    """Postfix would let the client wait for five minutes; the verdict is *unknown*, after a second."""
    begun = time.monotonic()
    killed = inner.run(LOSES_MASTER)
    assert killed.code == 1, killed.output
    assert "UNKNOWN" in killed.output
    assert "its master(8) is gone" in killed.output
    assert time.monotonic() - begun < 25, killed.output
    assert inner.left() == {}


def test_a_run_that_went_wrong_is_seen() -> None:
    """A killed run that calls somebody failed, hangs or breaks, and a next run that is not right, do not pass."""
    blind, right = Done(1, "test_it.py::test_friend ERROR"), Done(0, PASSED)
    assert Death("agent", 1.0, blind, right, {}).wrong == []
    for killed in (Done(1, "test_it.py::test_friend FAILED"), Done(-9, ""), Done(1, "Traceback (most recent call last)")):
        assert Death("agent", 1.0, killed, right, {}).wrong
    assert Death("agent", 1.0, blind, Done(1, PASSED), {}).wrong
    assert Death("agent", 1.0, blind, right, {"containers": ["one"]}).wrong
