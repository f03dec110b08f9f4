"""Sessions a second with complete evidence, beside Postfix's own smtp-source against the same host in the same run.

A session of the lab counts when all of it is there: replies, log lines, DNS questions and the delivered message,
in the lab's own process. smtp-source counts twice: when it has said its last QUIT, and when the last of its
messages has been delivered and logged, which is what the lab waits for.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any

from postfix_lab.addresses import GATEWAY4
from postfix_lab.engine.client import EngineName
from postfix_lab.paths import CONFIGURATIONS
from postfix_lab.runtime.executor import Executor, open_executor
from postfix_lab.runtime.mail_host import MailHost
from postfix_lab.runtime.setup import Setup
from postfix_lab.runtime.target import Target
from postfix_lab.scenario.ptr import Ptr
from postfix_lab.scenario.scenario import Scenario, Session
from postfix_lab.scenario.world import Host, World
from postfix_lab.smtp.dialogue import Message, mail
from tests.endure.memory import Memory, measure, middle

AT_ONCE = (1, 4, 16, 32)
BESIDE = 16
"""At once, where smtp-source runs beside it."""
PAIRS = 4
"""Of them there are so many times more than of what scatters less: one pair may be a tenth off."""
GOOD = Host("203.0.113.10", name="mx.good.example", ptr=Ptr.right())
SOURCE = Host(GATEWAY4, name="source.good.example", ptr=Ptr.right())
"""smtp-source cannot choose its address: it has the gateway's."""
WORLD = World(hosts=(SOURCE,))
BAD = Host("203.0.113.9", name="win.spam.example", ptr=Ptr.missing())
REFUSED = Session(BAD, mail(helo=BAD.greeting).until("RCPT"))
ACCEPTED = Session(GOOD, mail(helo=GOOD.greeting))
PLAIN = {
    "smtpd_relay_restrictions": "permit_mynetworks, reject_unknown_reverse_client_hostname, reject_unauth_destination"
}
"""The seed's restrictions without SPF."""
_WORDS = mail(helo=GOOD.greeting, ehlo=False)
"""What smtp-source says too: HELO, and no EHLO."""
_MESSAGE = next(step.content for step in _WORDS.steps if isinstance(step, Message))
KINDS = {"refused": (PLAIN, REFUSED), "accepted": (PLAIN, ACCEPTED), "SPF-checked": ({}, ACCEPTED)}
_BESIDE = "beside smtp-source"
_ALL = {**KINDS, _BESIDE: (PLAIN, Session(GOOD, _WORDS))}
_LAST = 5
_SOURCE = """
cd /tmp; printf '%s' "$MESSAGE" >message; begun=$(date +%s.%N)
set -- -s {at_once} -m {sessions} -M source.good.example -f ann@good.example -t bob@lab.test -F message
TIMEFORMAT='%U %S'; spent=$( {{ time smtp-source "$@" inet:{host}:25 >&2; }} 2>&1 )
echo "$begun $(date +%s.%N) $spent"
"""


@dataclass(frozen=True)
class Beside:
    """A pair of the lab and smtp-source, in sessions a second."""

    lab: float
    """Until all evidence is complete."""
    lab_spoken: float
    """Until the last session was over."""
    source: float
    """smtp-source, until its last session was over."""
    source_delivered: float
    """smtp-source, until its last message was delivered and logged."""


@dataclass(frozen=True)
class Grown:
    """After so many sessions in one lab, held a thousand at a time."""

    sessions: int
    rate: float
    """Sessions a second, the median of the last few thousands."""
    memory: Memory


@dataclass(frozen=True)
class Cost:
    """Processor time of one accepted session, in milliseconds; a busy machine makes more of it, for both."""

    mail_host: float
    internet: float
    lab: float

    @property
    def whole(self) -> float:
        """All of it."""
        return self.mail_host + self.internet + self.lab


class Throughput:
    """A lab with one mail host that changes between two setups."""

    def __init__(self, executor: Executor, debian: int = 12) -> None:
        self._executor, self._lab, self._debian = executor, executor.lab, debian

    @property
    def engine(self) -> str:
        """What it is on."""
        return f"{self._lab.engine.name} {self._lab.engine.version}"

    def rate(self, kind: str, at_once: int, sessions: int) -> tuple[float, float]:
        """Sessions of that kind a second, until all evidence is complete and until the last one was over."""
        host, session = self._host(kind)
        begun = time.perf_counter()
        seen = self._executor.run(host, Scenario("throughput", (session,) * sessions, WORLD, at_once=at_once))
        seconds = time.perf_counter() - begun
        if seen.trouble or len(seen.sessions) != sessions:
            raise SystemExit(f"{kind}, {at_once} at once: {seen.trouble}")
        return sessions / seconds, sessions / (seen.finished - seen.started)

    def beside(self, sessions: int) -> Beside:
        """Accepted sessions, 16 at once, and as many of smtp-source."""
        lab = self.rate(_BESIDE, BESIDE, sessions)
        return Beside(*lab, *self._source(sessions)[:2])

    def costs(self, sessions: int) -> tuple[Cost, Cost]:
        """What a session costs in the lab, and one of smtp-source, whose own time counts as the Internet's."""
        before = self._spent()
        self.rate(_BESIDE, BESIDE, sessions)
        between = self._spent()
        _, _, own = self._source(sessions)
        after = self._spent()
        lab = Cost(*((late - early) / sessions for early, late in zip(before, between, strict=True)))
        source = Cost(*((late - early) / sessions for early, late in zip(between, after, strict=True)))
        return lab, replace(source, internet=source.internet + own / sessions)

    def growth(self, kind: str, checkpoints: tuple[int, ...]) -> Iterator[Grown]:
        """Sessions of that kind in runs of a thousand; what a thousand costs at each checkpoint."""
        host, _ = self._host(kind)
        done, rates, memory = 0, [], []
        while done < checkpoints[-1]:
            rates.append(self.rate(kind, BESIDE, 1000)[0])
            done += 1000
            memory.append(measure(self._lab, host))
            if done in checkpoints:
                yield Grown(done, statistics.median(rates[-_LAST:]), middle(memory[-_LAST:]))

    def _host(self, kind: str) -> tuple[MailHost, Session]:
        main, session = _ALL[kind]
        target = Target(self._debian, Setup(CONFIGURATIONS / "seed", main=main))
        return self._executor.prepare(target), session

    def _spent(self) -> tuple[float, float, float]:
        """Processor time that mail host, Internet and this process have taken so far, in milliseconds."""
        host, _ = self._host("accepted")
        containers = (host.container.id, self._lab.internet.container.id)
        told = [self._lab.engine.client.api.stats(c, stream=False, one_shot=True) for c in containers]
        return *(s["cpu_stats"]["cpu_usage"]["total_usage"] / 1e6 for s in told), time.process_time() * 1000

    def _source(self, sessions: int) -> tuple[float, float, float]:
        """Sessions a second until the last was over, and until all was delivered; its own processor time in ms."""
        host, _ = self._host("accepted")
        self._lab.observer.show(World(hosts=(*WORLD.hosts, GOOD)), host.setup.resolvers if host.setup else ())
        self._lab.internet.clear()
        said = self._lab.engine.client.containers.run(
            host.facts().image,
            ["bash", "-c", _SOURCE.format(at_once=BESIDE, sessions=sessions, host=host.addresses[0])],
            network_mode=f"container:{self._lab.internet.container.id}",
            environment={"MESSAGE": _MESSAGE},
            remove=True,
            **self._lab.engine.container_kwargs,
        )
        begun, ended, user, system = map(float, said.split())
        if not self._lab.internet.barrier(": removed", sessions, limit=120):
            raise SystemExit("not every message of smtp-source was delivered")
        last = max(line.at for line in self._lab.internet.sighting().other_log)
        self._lab.internet.clear()
        return sessions / (ended - begun), sessions / (last - begun), (user + system) * 1000


@contextmanager
def opened(engine: EngineName | None) -> Iterator[Throughput]:
    """A lab for it."""
    with open_executor(engine) as executor:
        yield Throughput(executor)


def best_of(pairs: list[Beside]) -> dict[str, Any]:
    """The medians, and the quartiles of the ratios that were taken pair by pair."""
    medians = {name: statistics.median(asdict(pair)[name] for pair in pairs) for name in asdict(pairs[0])}
    return {
        **medians,
        "pairs": len(pairs),
        "ratio": statistics.quantiles((pair.lab / pair.source_delivered for pair in pairs), method="inclusive"),
        "ratio_spoken": statistics.quantiles((pair.lab_spoken / pair.source for pair in pairs), method="inclusive"),
    }


def middle_of(costs: list[tuple[Cost, Cost]]) -> list[dict[str, float]]:
    """The medians of what a session costs in the lab, and of one of smtp-source."""
    return [
        {name: statistics.median(asdict(cost)[name] for cost in side) for name in asdict(side[0])}
        for side in zip(*costs, strict=True)
    ]


def load() -> str:
    """How busy the machine is."""
    return f"{os.getloadavg()[0]:.1f}"
