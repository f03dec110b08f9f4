"""`make fuzz`: every target for a while under a fuzzer that is guided by coverage, and a line about each.

What a fuzzer learned is kept in `.lab/fuzz/TARGET` and taken up again by the next run; input that broke something is kept
beside it, and `python -m tests.fuzz.guided TARGET FILE` breaks it again.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

from tests.fuzz.targets import TARGETS, Target

FOLDER = Path(".lab") / "fuzz"
LIMITS = ("-max_len=8192", "-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1")
"""Octets of an input, seconds after which it is taken for a hang, and the memory that one may cost."""


def main() -> int:
    """Fuzz what was asked for; status 1 if something broke."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    said = parser.parse_args()
    if unknown := set(said.targets) - TARGETS.keys():
        parser.error(f"there is no target {', '.join(sorted(unknown))}; there are {', '.join(TARGETS)}")
    broken = [name for name in said.targets or TARGETS if not fuzz(TARGETS[name], said.seconds)]
    return 1 if broken else 0


def fuzz(target: Target, seconds: int) -> bool:
    """Fuzz one target, say what came of it, and whether it held."""
    corpus = FOLDER / target.name / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds):
        (corpus / f"seed-{number}").write_bytes(seed)
    command = [sys.executable, "-m", "tests.fuzz.guided", target.name, str(corpus), f"-max_total_time={seconds}", *LIMITS]
    done = subprocess.run(
        [*command, f"-artifact_prefix={FOLDER / target.name}/"], capture_output=True, text=True, errors="replace", check=False
    )
    runs = re.findall(r"^stat::number_of_executed_units: *(\d+)", done.stderr, re.MULTILINE)
    reached = re.findall(r"cov: (\d+)", done.stderr)
    held = done.returncode == 0
    told = f"{target.name:<9} {'held' if held else 'BROKE'}: {(runs or ['no'])[-1]} inputs, {(reached or ['0'])[-1]} places reached"
    sys.stdout.write(told + "\n")
    if not held:
        kept = re.findall(r"Test unit written to (\S+)", done.stderr)
        sys.stdout.write("\n".join((*done.stdout.splitlines()[-12:], *(f"kept: {file}" for file in kept))) + "\n")
    sys.stdout.flush()
    return held


if __name__ == "__main__":
    sys.exit(main())
