"""A soak: thousands of sessions, many at once, in which nothing is lost and nothing grows.

Each session of a crowd is compared with a session of its sort that was alone: verdict, replies, log
lines, DNS questions and messages have to be the same. `make soak` calls it; a short one is a selftest.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from postfix_lab.engine.client import EngineName
from postfix_lab.evidence.evidence import Evidence
from postfix_lab.inside.internet.protocol import SessionOrder, Sighting
from postfix_lab.paths import CONFIGURATIONS
from postfix_lab.runtime.executor import Executor, open_executor
from postfix_lab.runtime.mail_host import MailHost
from postfix_lab.runtime.setup import Setup
from postfix_lab.runtime.target import Target
from postfix_lab.scenario.scenario import Scenario
from tests.endure.crowd import KINDS, SIZE, Client, world
from tests.endure.memory import Memory, measure, middle
from tests.endure.portrait import Portrait, of, portraits

BOUND = 256.0
"""Of kB for every thousand sessions: a quarter of a kB each, less than any one thing that a session could leave behind.

Allocators grow by steps for a while, and rsyslogd and qmgr take some without the lab's doing.
"""
WARM = 10
"""Crowds after which growth is measured: before, each process still finds its size."""
_STRANGERS = ("postfix/anvil", "postfix/scache", "postfix/tlsmgr")
"""Programs that speak of no session: their statistics come when they like."""


@dataclass
class Soaked:
    """What came of it."""

    sessions: int = 0
    seconds: float = 0.0
    lines: int = 0
    questions: int = 0
    messages: int = 0
    wrong: list[str] = field(default_factory=list)
    """A sentence for whatever was not as it is alone."""
    memory: list[tuple[int, Memory]] = field(default_factory=list)
    """After that many sessions."""

    @property
    def growth(self) -> dict[str, float]:
        """In kB for every thousand sessions, from the first warm third to the last; empty if there are too few."""
        warm = self.memory[WARM:]
        third = len(warm) // 3
        if third < 1:
            return {}
        between = (len(warm) - third) * SIZE
        return middle(m for _, m in warm[-third:]).per_thousand(middle(m for _, m in warm[:third]), between)

    @property
    def grown(self) -> list[str]:
        """Who took more memory than it may."""
        beyond = {name: kb for name, kb in self.growth.items() if kb > BOUND}
        return [f"{name} grew by {kb:.0f} kB for every 1,000 sessions" for name, kb in beyond.items()]


class Soak:
    """Crowds of clients, one after the other, at one mail host."""

    def __init__(self, executor: Executor, host: MailHost, at_once: int = 32) -> None:
        self._executor, self._lab, self._host, self._at_once = executor, executor.lab, host, at_once
        self._clients = [Client(number) for number in range(SIZE)]
        self._world = world(self._clients)
        self._like: Evidence | None = None
        self._alone: dict[tuple[str, int], Portrait] = {}
        self.soaked = Soaked()

    def run(self, sessions: int, told: Callable[[str], None] = lambda _: None) -> Soaked:
        """Hold that many sessions, in crowds, and compare each with one that was alone."""
        if not self._alone:
            self._sit_alone()
        while (left := sessions - self.soaked.sessions) > 0:
            self._crowd(self._clients[:left])
            told(self._line())
            if len(self.soaked.wrong) > SIZE:
                break
        return self.soaked

    def _sit_alone(self) -> None:
        """Hold one session of each sort with nobody else there; each has to come out as it is meant."""
        for start in (0, SIZE // 2):
            for client in self._clients[start : start + len(KINDS)]:
                evidence = self._executor.run(self._host, Scenario(client.kind.name, (client.session,), self._world))
                self._like = evidence
                portrait = self._alone[client.sort] = of(client, evidence)
                if portrait.verdict != "pass":
                    self.soaked.wrong.append(f"{client.sort} alone: {portrait.verdict}")

    def _crowd(self, clients: list[Client]) -> None:
        started = time.perf_counter()
        seen = self._hold(clients)
        self.soaked.seconds += time.perf_counter() - started
        assert self._like is not None
        drawn = portraits(seen, clients, self._like)
        for client, portrait, transcript in zip(clients, drawn, seen.transcripts, strict=True):
            wrong = portrait.differs(self._alone[client.sort])
            slow = max((e.reply.seconds for e in transcript.exchanges if e.reply), default=0.0)
            who = f"{client.sort} as {client.address}, whose slowest reply took {slow:.3f} s"
            self.soaked.wrong += [f"{who}: {what}" for what in wrong]
        self._count(seen)
        self.soaked.memory.append((self.soaked.sessions, measure(self._lab, self._host)))

    def _hold(self, clients: list[Client]) -> Sighting:
        # The agent's own sighting keeps the log of each session apart, which evidence does not.
        orders = [
            SessionOrder(c.address, self._host.address_for(c.address), c.session.dialogue, c.session.port) for c in clients
        ]
        return self._lab.internet.run([orders], at_once=self._at_once)

    def _count(self, seen: Sighting) -> None:
        self.soaked.sessions += len(seen.transcripts)
        self.soaked.lines += sum(map(len, seen.logs))
        self.soaked.questions += len(seen.queries)
        self.soaked.messages += len(seen.messages)
        nobodys = Counter(f"{line.program}: {line.text}" for line in seen.other_log if line.program not in _STRANGERS)
        self.soaked.wrong += [f"nobody's line ({count} times): {text}" for text, count in nobodys.items()]
        self.soaked.wrong += seen.trouble

    def _line(self) -> str:
        done, (_, memory) = self.soaked, self.soaked.memory[-1]
        return (
            f"{done.sessions:>7} sessions, {done.sessions / done.seconds:5.0f} a second; {done.lines} lines, "
            f"{done.questions} questions, {done.messages} messages; {len(done.wrong)} wrong; "
            f"kB: lab {memory.lab}, agent {memory.agent}, mail host {memory.mail_host}"
        )


def main() -> int:
    """Soak, and tell; 0 if nothing was lost and nothing grew."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=20_000, help="how many (default: 20000)")
    parser.add_argument("--at-once", type=int, default=32, help="how many are open at a time (default: 32)")
    parser.add_argument("--debian", type=int, default=12, help="the release (default: 12)")
    parser.add_argument("--engine", choices=("docker", "podman"))
    given = parser.parse_args()
    engine: EngineName | None = given.engine
    target = Target(given.debian, Setup(CONFIGURATIONS / "seed"))
    with open_executor(engine, [target]) as executor:
        host = executor.prepare(target)
        done = Soak(executor, host, given.at_once).run(given.sessions, _say)
    for wrong in (*done.wrong[:20], *done.grown):
        _say(wrong)
    growth = ", ".join(f"{name} {kb:.1f}" for name, kb in done.growth.items())
    _say(f"growth in kB for 1,000 sessions: {growth or 'not to be told from so few'}")
    _say("as if each had been alone" if not done.wrong else f"{len(done.wrong)} differences")
    return 1 if done.wrong or done.grown else 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
