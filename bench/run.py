"""What the lab costs, as ratios to bare tools measured in the same run; `make bench` calls it.

Each ratio is taken pair by pair, the two in turn, so that it holds when the machine's speed drifts.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.throughput import AT_ONCE, BESIDE, KINDS, PAIRS, opened
from postfix_lab.engine.client import EngineName, connect
from postfix_lab.engine.container import execute
from postfix_lab.engine.images import ensure
from postfix_lab.evidence.evidence import save
from postfix_lab.paths import CONFIGURATIONS, ROOT
from postfix_lab.runtime.executor import Executor, open_executor
from postfix_lab.runtime.mail_host import MailHost
from postfix_lab.runtime.setup import Setup
from postfix_lab.runtime.target import Target
from postfix_lab.scenario.scenario import Scenario, Session
from postfix_lab.scenario.world import Host, Ptr, World
from postfix_lab.smtp.dialogue import mail

COMMAND = str(Path(sys.executable).with_name("postfix-lab"))
FIRST = str(ROOT / "tests" / "scenarios" / "ptr" / "test_missing.py")
CLIENT = Host("203.0.113.9", name="win.spam.example", ptr=Ptr.missing())
BARE_START = """
test -x /usr/lib/postfix/configure-instance.sh &&
  ! grep -q configure-instance /usr/lib/postfix/sbin/post-install && /usr/lib/postfix/configure-instance.sh -
postfix start 2>/dev/null
exec 3<>/dev/tcp/127.0.0.1/25; read -r banner <&3; echo "$banner"
"""
BARE_SESSION = """
import smtplib, sys, time
times = []
for _ in range(int(sys.argv[2])):
    start = time.perf_counter()
    smtp = smtplib.SMTP(sys.argv[1], 25, "win.spam.example", source_address=("203.0.113.9", 0))
    smtp.ehlo(); smtp.mail("ann@good.example")
    assert smtp.rcpt("bob@lab.test")[0] == 450
    smtp.quit()
    times.append(time.perf_counter() - start)
print(sorted(times)[len(times) // 2])
"""


def main() -> int:
    """Measure, print a row for each goal, and return 0: a benchmark shows, it does not judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=("docker", "podman"))
    parser.add_argument("--runs", type=int, default=5, help="pairs to measure (default: 5)")
    parser.add_argument("--no-suite", action="store_true", help="leave out the whole suite")
    given = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # Who installs a command does not compile it at each start.
    print(f"{'what':<68} {'lab':>9} {'bare':>9} {'ratio':>6} {'goal':>6}")
    first_verdict(given.engine, given.runs)
    with warm(given.engine) as (executor, host):
        warm_session(executor, host, given.runs)
        change_of_setup(executor, given.runs)
    send(given.engine, 20)
    throughput(given.engine, given.runs)
    if not given.no_suite:
        suite(given.engine)
    return 0


def first_verdict(engine: EngineName | None, runs: int) -> None:
    """From the command to the first verdict, against a bare start of Postfix in the same image."""
    connected = connect(engine)
    image = ensure(connected, ["internet", "postfix-bookworm"])["postfix-bookworm"]
    command = [COMMAND, "run", "--debian", "12", FIRST, *(["--engine", engine] if engine else [])]

    def bare() -> None:
        connected.client.containers.run(
            image, ["bash", "-c", BARE_START], network_mode="none", remove=True, **connected.container_kwargs
        )

    def docker() -> None:
        subprocess.run(
            [connected.name, "run", "--rm", "--network", "none", image, "bash", "-c", BARE_START],
            check=True,
            capture_output=True,
        )

    bare_run = docker if _has(connected.name) else bare
    pairs = [(_until_line(command, "pass "), _timed(bare_run)) for _ in range(runs + 1)][1:]
    _row("command to first verdict, images present (s)", pairs, 1.5)


def warm_session(executor: Executor, host: MailHost, runs: int, sessions: int = 100) -> None:
    """A refused session with complete evidence, against bare smtplib from the same place."""
    one = Session(CLIENT, mail(helo="win.spam.example").until("RCPT"))
    single = Scenario("bench", (one,), World())
    in_turn = Scenario("bench", (one,) * sessions, World(), in_turn=True)

    def bare() -> float:
        command = ["python3", "-c", BARE_SESSION, host.addresses[0], str(sessions)]
        _, output = execute(executor.lab.engine, executor.lab.internet.container.id, command)
        return float(output)

    def each() -> float:
        return statistics.median(_timed(lambda: executor.run(host, single)) for _ in range(sessions))

    def together() -> float:
        return _timed(lambda: executor.run(host, in_turn)) / sessions

    triples = [(each() * 1000, together() * 1000, bare() * 1000) for _ in range(runs + 1)][1:]
    what = "warm refused session with complete evidence (ms)"
    _row(f"{what}, {sessions} in one run", [(b, c) for _, b, c in triples], 1.5)
    _row(f"{what}, one a run", [(a, c) for a, _, c in triples], 1.5)
    evidence = executor.run(host, single)
    saved = [(_timed(lambda: save(evidence, Path(".lab/bench"))) * 1000, 0.0) for _ in range(runs)]
    _row("  saving its evidence as files (ms)", saved, None)


def change_of_setup(executor: Executor, runs: int, changes: int = 10) -> None:
    """A change of configuration between two tests, with the canary that proves the new one and without."""
    seed = CONFIGURATIONS / "seed"

    def change(number: int, *, canary: bool | None) -> float:
        setup = Setup(seed, main={"smtpd_banner": f"$myhostname {number}"}, canary=canary)
        return _timed(lambda: executor.prepare(Target(12, setup)))

    for canary, what, goal in ((None, "without its canary", 0.10), (True, "with its canary", 0.15)):
        times = [(change(number, canary=canary), 0.0) for number in range(changes * runs)]
        _row(f"change of configuration between two tests, {what} (s)", times, goal)


def send(engine: EngineName | None, runs: int) -> None:
    """The whole process of a warm `send` and `explain`, from start to end, less the session's own time."""
    with tempfile.TemporaryDirectory() as folder:

        def typed(*words: str) -> str:
            done = subprocess.run([COMMAND, *words], cwd=folder, capture_output=True, text=True, check=False)
            return done.stdout

        def own(command: str) -> list[tuple[float, float]]:
            said = (command, "--client", "203.0.113.9", "--ptr", "none", "--json")
            return [(_timed_json(lambda: typed(*said)), 0.0) for _ in range(runs + 1)][1:]

        typed("up", "--debian", "12", *(["--engine", engine] if engine else []))
        try:
            rows = [("send", own("send"), 300), ("explain", own("explain"), 500)]
        finally:
            typed("down")
    for command, pairs, goal in rows:
        _row(f"warm `postfix-lab {command}`, less the session's own time (ms)", pairs, goal)


def throughput(engine: EngineName | None, runs: int, sessions: int = 500) -> None:
    """Sessions a second with complete evidence, beside smtp-source, and what memory a thousand more of them take."""
    with opened(engine) as lab:
        for kind in KINDS:
            for at_once in AT_ONCE:
                rates = [(lab.rate(kind, at_once, sessions)[0], 0.0) for _ in range(runs)]
                _row(f"{kind} sessions a second with complete evidence, {at_once} at once", rates, None)
        pairs = [lab.beside(sessions) for _ in range(PAIRS * runs)]
        what = f"accepted sessions a second, {BESIDE} at once, beside smtp-source"
        _row(f"{what}, delivered", [(pair.lab, pair.source_delivered) for pair in pairs], 0.9)
        costs = [lab.costs(sessions) for _ in range(runs)]
        _row("  processor time of such a session (ms)", [(ours.whole, theirs.whole) for ours, theirs in costs], 1.1)
        first, last = lab.growth("refused", (1000, 5000))
        grown = last.memory.per_thousand(first.memory, last.sessions - first.sessions)
        for name, kb in grown.items():
            _row(f"  memory of the {name.replace('_', ' ')} for 1,000 refused sessions (kB)", [(kb, 0.0)], None)


def _timed_json(act: Callable[[], str]) -> float:
    """Milliseconds that it took, less what the session in its evidence took."""
    start = time.perf_counter()
    evidence = json.loads(act())["evidence"]
    own: float = time.perf_counter() - start - (evidence["finished"] - evidence["started"])
    return own * 1000


def suite(engine: EngineName | None) -> None:
    """All scenarios on three releases."""
    command = [COMMAND, "run", "-n", "auto", *(["--engine", engine] if engine else [])]
    before = _busy()
    seconds = _timed(lambda: subprocess.run(command, check=False, capture_output=True))
    _row("all scenarios on three releases (s)", [(seconds, 0.0)], 60)
    _row("  processor time of the whole machine meanwhile (s)", [(_busy() - before, 0.0)], 65)


@contextmanager
def warm(engine: EngineName | None) -> Iterator[tuple[Executor, MailHost]]:
    """A lab with one mail host."""
    target = Target(12, Setup(CONFIGURATIONS / "seed"))
    with open_executor(engine, [target]) as executor:
        yield executor, executor.prepare(target)


def _until_line(command: list[str], beginning: str) -> float:
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        said = []
        for line in process.stdout or ():
            said.append(line)
            if line.startswith(beginning):
                seconds = time.perf_counter() - start
                process.communicate()
                return seconds
    raise SystemExit(f"{' '.join(command)} came to no verdict:\n{''.join(said)}")


def _busy() -> float:
    """Seconds of processor time that this machine's processes have used since it started, containers included."""
    words = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:]
    user, nice, system, _idle, _iowait, irq, softirq, *_ = map(int, words)
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def _timed(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def _has(client: str) -> bool:
    return subprocess.run([client, "version"], capture_output=True, check=False).returncode == 0


def _row(what: str, pairs: list[tuple[float, float]], goal: float | None) -> None:
    ours = statistics.median(pair[0] for pair in pairs)
    bare = statistics.median(pair[1] for pair in pairs)
    ratio = f"{statistics.median(a / b for a, b in pairs):6.2f}" if bare else " " * 6
    print(f"{what:<68} {ours:9.3f} {f'{bare:9.3f}' if bare else ' ' * 9} {ratio} {goal or '':>6}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
