"""The suite, again and again: every scenario has to say the same each time, and that is *pass*.

`make repeat` calls it. What was not the same is told with its story when it happens; a scenario that
sometimes passes is a flake, and one flake is one too many.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections import Counter
from typing import Any

from postfix_lab.paths import ROOT

COMMAND = [sys.executable, "-m", "postfix_lab.cli", "run", "--json"]


def verdicts(told: dict[str, Any]) -> dict[tuple[str, int, str], str]:
    """Of each scenario, on each release and in each chroot state."""
    return {(row["scenario"], row["debian"], row["chroot"]): row["status"] for row in told["scenarios"]}


def main() -> int:
    """Repeat it, and tell; 0 if every scenario passed every time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=50, help="how often (default: 50)")
    parser.add_argument("words", nargs="*", help="what `postfix-lab run` takes (default: the suite); after --")
    given = parser.parse_args()
    first: dict[tuple[str, int, str], str] = {}
    wrong: Counter[str] = Counter()
    for number in range(1, given.times + 1):
        begun = time.monotonic()
        done = subprocess.run([*COMMAND, *given.words], cwd=ROOT, capture_output=True, text=True, check=False)
        told = json.loads(done.stdout)
        now = verdicts(told)
        first = first or now
        bad = [row for row in told["scenarios"] if row["status"] != "pass"]
        wrong.update(f"{row['scenario']} on Debian {row['debian']}: {row['status']}" for row in bad)
        wrong.update(f"{place[0]} on Debian {place[1]} was not there" for place in first.keys() ^ now.keys())
        if done.returncode and not bad:
            wrong[f"exit code {done.returncode}: {told.get('error', {}).get('message', '')}"] += 1
        _say(f"{number:>3}: {len(now)} scenarios, {len(bad)} not passed, {time.monotonic() - begun:.0f} s")
        for row in bad:
            _say(row["story"])
    for what, times in wrong.items():
        _say(f"{times} of {given.times} times: {what}")
    _say("not one flake" if not wrong else f"{len(wrong)} things were not the same")
    return 1 if wrong else 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
