"""The suites in random orders: nothing of one test may be left for the next (`make shuffle`).

Each release runs in the lab's own order first, then in random ones. Outcomes, replies and warnings of each test have
to be the same in all of them; queue ids, ports and times are taken out.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

SUITES = ("tests/scenarios", "tests/hostile")
RELEASES = (11, 12, 13)
_ENDED = (0, 1)
"""What pytest ends with when it has run the tests, whether they passed or not."""
Rows = dict[str, dict[str, Any]]


def run(debian: int, seed: int, engine: str | None, suites: list[str]) -> Rows:
    """Run the suites on that release in that order; return what became of each test."""
    with tempfile.TemporaryDirectory(prefix="postfix-lab-shuffle-") as folder:
        results = Path(folder, "results")
        results.touch()
        command = [
            sys.executable, "-m", "pytest", "-q", "-p", "tests.endure.shuffle_plugin", f"--shuffle-seed={seed}",
            f"--shuffle-results={results}", f"--lab-debian={debian}", f"--lab-evidence={folder}/evidence",
            "-p", "no:cacheprovider", "--tb=short", *([f"--lab-engine={engine}"] if engine else []), *suites,
        ]  # fmt: skip
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        rows = [json.loads(line) for line in results.read_text().splitlines()]
    if done.returncode:
        _say(f"{done.stdout}{done.stderr}")
    if done.returncode not in _ENDED or not rows:
        raise SystemExit(f"debian {debian}, order {seed}: pytest ended with {done.returncode}, and nothing was compared")
    return {row["test"]: row for row in rows}


def differences(usual: Rows, shuffled: Rows) -> list[str]:
    """A sentence for each test that came out differently in another order."""
    found = [f"{test}: only in one of the orders" for test in sorted(usual.keys() ^ shuffled.keys())]
    for test in sorted(usual.keys() & shuffled.keys()):
        one, other = usual[test], shuffled[test]
        if one["outcome"] != other["outcome"]:
            found.append(f"{test}: {one['outcome']} in the usual order, {other['outcome']} in this one")
        found += [
            f"{test}: {what} {before[what]} in the usual order, {after[what]} in this one"
            for before, after in zip(one["runs"], other["runs"], strict=False)
            for what in ("replies", "warnings")
            if before[what] != after[what]
        ]
    return found


def main() -> int:
    """Run the orders and print what differs; 0 if nothing does."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=10, help="how many for each release (default: 10)")
    parser.add_argument("--debian", default=",".join(map(str, RELEASES)), help="the releases (default: all)")
    parser.add_argument("--seed", type=int, help="of the first order; the next ones count up (default: random)")
    parser.add_argument("--engine", choices=("docker", "podman"))
    parser.add_argument("suites", nargs="*", default=list(SUITES))
    given = parser.parse_args()
    first = given.seed or random.SystemRandom().randrange(1, 1_000_000)
    seeds = [0, *range(first, first + given.orders)]
    wrong = 0
    for debian in map(int, given.debian.split(",")):
        orders = [(debian, seed, given.engine, given.suites) for seed in seeds]
        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as labs:  # A lab mostly waits: one for each processor.
            usual, *shuffled = labs.map(run, *zip(*orders, strict=True))
        _say(f"debian {debian}: {len(usual)} tests in the usual order")
        for seed, rows in zip(seeds[1:], shuffled, strict=True):
            found = differences(usual, rows)
            wrong += len(found)
            _say(f"debian {debian}: order {seed}, {len(found)} differences")
            for text in found:
                _say(f"  {text}")
    return 1 if wrong else 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
