"""kill -9 at a random moment, of whoever keeps a lab going: the next run removes what is left, and is right.

The moments come from a seed, which is printed. `make deaths` draws twenty for each victim; a selftest
has one for each. What a run says whose lab was killed may be that it could not see; it is never a
failure, because nobody who was tested has failed.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from docker.errors import APIError

from postfix_lab.engine.client import connect
from postfix_lab.engine.container import execute
from postfix_lab.errors import EngineError
from tests.selftest.inner import Done, Inner

SUITE = """
    import pytest
    from postfix_lab import Ptr, accepted, delivered, received_spf, refused

    @pytest.mark.parametrize("time", range(4))
    def test_stranger(lab, remote, whereabouts, time):
        seen = remote("203.0.113.9", ptr=Ptr.missing()).send()
        lab.check(seen, refused("RCPT", 450, "4.7.1"))

    @pytest.mark.parametrize("time", range(4))
    def test_friend(lab, remote, dns, whereabouts, time):
        dns.zone('@ TXT "v=spf1 ip4:203.0.113.10 -all"', origin="friend.example")
        seen = remote("203.0.113.10").send(sender="ann@friend.example")
        lab.check(seen, accepted(), delivered(), received_spf("pass"))

    @pytest.mark.parametrize("time", range(4))
    def test_relay(lab, remote, whereabouts, time):
        seen = remote("2001:db8:113::10").send(to="victim@far.example")
        lab.check(seen, refused("RCPT", 554, "5.7.1"))
"""
PASSED = "12 passed"
_TAIL = 4000
KILL_MASTER = ["/bin/sh", "-c", "kill -9 $(cat /var/spool/postfix/pid/master.pid)"]


@dataclass(frozen=True)
class Death:
    """What happened."""

    victim: str
    moment: float
    """Seconds after the start of the run."""
    killed: Done
    after: Done
    left: dict[str, list[str]]
    """Of both runs, when the second was over."""

    @property
    def wrong(self) -> list[str]:
        """A sentence for everything that is not as promised."""
        codes = (-signal.SIGKILL,) if self.victim == "pytest" else (0, 1, 3)
        red = re.findall(r"^(\S+) FAILED", self.killed.output, re.MULTILINE)
        bugs = [word for word in ("Traceback", "INTERNALERROR") if word in self.killed.output]
        return [
            *([] if self.killed.code in codes else [f"the killed run ended with {self.killed.code}"]),
            *(f"the killed run says {word}" for word in bugs),
            *(f"the killed run calls {test} failed" for test in red),
            *([] if self.after.code == 0 and PASSED in self.after.output else ["the next run did not pass"]),
            *(f"left behind: {what} {things}" for what, things in self.left.items()),
        ]

    def __str__(self) -> str:
        """One line, and all that was said where something is wrong."""
        told = f"{self.victim:<10} killed after {self.moment:6.3f} s: exit code {self.killed.code}"
        if not self.wrong:
            return f"{told}, the next run is right and nothing is left"
        return "\n".join((told, *self.wrong, self.killed.output[-_TAIL:], self.after.output[-_TAIL:]))


class Deaths:
    """Runs that are killed, each followed by one that is not."""

    def __init__(self, inner: Inner, seed: int) -> None:
        self._inner = inner
        self._random = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self.usual = 0.0
        """Seconds that a run takes here and now."""
        done = self._undisturbed()
        assert done.code == 0, done.output

    def die(self, victim: str) -> Death:
        """Kill that victim at a random moment of a run, and run again."""
        started, chosen = self._inner.start(SUITE), self._random.random()
        begun = time.monotonic()
        if victim != "pytest":
            self._inner.await_a_container()  # Before, there is nobody else.
        left = self.usual - (time.monotonic() - begun)
        with suppress(subprocess.TimeoutExpired):
            started.process.wait(max(0.0, chosen * left))
        moment = time.monotonic() - begun
        if not VICTIMS[victim](self._inner) and started.process.poll() is None:
            victim = "pytest"  # The other one is not there yet, or not any more.
            started.signal(signal.SIGKILL)
        killed = started.done()
        if victim == "pytest" and killed.code >= 0:
            victim = "nobody"  # It was over already.
        return Death(victim, moment, killed, self._undisturbed(), self._inner.left())

    def _undisturbed(self) -> Done:
        began = time.monotonic()
        done = self._inner.run(SUITE)
        self.usual = time.monotonic() - began
        return done


def _kill_agent(inner: Inner) -> bool:
    return _kill(inner, "internet")


def _kill_mail_host(inner: Inner) -> bool:
    return _kill(inner, "mail-host")


def _kill(inner: Inner, kind: str) -> bool:
    """Kill that container's main process, past the engine."""
    for name in _containers(inner, kind):
        with suppress(APIError, ProcessLookupError):
            pid = inner.engine.client.api.inspect_container(name)["State"]["Pid"]
            if pid:
                os.kill(pid, signal.SIGKILL)
                return True
    return False


def _kill_master(inner: Inner) -> bool:
    """Kill Postfix's own main process, and leave the container alone."""
    for name in _containers(inner, "mail-host"):
        with suppress(EngineError):
            return execute(inner.engine, name, KILL_MASTER)[0] == 0
    return False


def _kill_container(inner: Inner) -> bool:
    """What `docker kill` does to all of them."""
    killed = False
    for name in _containers(inner, ""):
        with suppress(APIError):
            inner.engine.client.api.kill(name)
            killed = True
    return killed


def _containers(inner: Inner, kind: str) -> Iterator[str]:
    alive = {c["Names"][0] for c in inner.engine.client.api.containers(filters={"label": "postfix-lab"})}
    return (name.lstrip("/") for name in inner.containers() if kind in name and name in alive)


VICTIMS: dict[str, Callable[[Inner], bool]] = {
    "pytest": lambda _: False,
    "agent": _kill_agent,
    "mail host": _kill_mail_host,
    "master": _kill_master,
    "containers": _kill_container,
}
"""Whom to kill; each says whether it found somebody, and pytest is killed where it did not."""


def main() -> int:
    """Let them die, and tell; 0 if every run after was right."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--moments", type=int, default=20, help="for each victim (default: 20)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6), help="of the moments")
    parser.add_argument("--engine", choices=("docker", "podman"))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="postfix-lab-deaths-") as folder:
        deaths = Deaths(Inner(connect(given.engine), Path(folder)), given.seed)
        _say(f"seed {given.seed}; a run takes {deaths.usual:.1f} s here")
        wrong = 0
        for _ in range(given.moments):
            for victim in VICTIMS:
                death = deaths.die(victim)
                wrong += bool(death.wrong)
                _say(str(death))
    _say(f"{given.moments * len(VICTIMS)} deaths, {wrong} wrong")
    return 1 if wrong else 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
