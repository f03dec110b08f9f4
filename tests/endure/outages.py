"""A real engine that dies and a disk that is full: one sentence, exit code 3, and the next run is right.

The engine is a second dockerd, which is killed at random moments from a seed and started again; its images
are copies of the first one's. It lives on a disk of its own, which is filled up in the end.
`make outages` calls it; it takes root and Docker.
"""

from __future__ import annotations

import argparse
import random
import re
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from postfix_lab.engine.client import connect
from tests.endure.deaths import SUITE
from tests.endure.dockerd import Dockerd, load, small_disk
from tests.selftest.inner import Done, Inner

_ROOM = 2048
"""Megabytes for the images and the containers of the second engine."""
_EVIDENCE = 0.25
"""Megabytes for evidence, where it shall not be enough."""
_LONG = SUITE.replace("range(4)", "range(40)").replace(", whereabouts", "")
_SENTENCE = re.compile(r"(?:Exit|Interrupted): postfix-lab: ")
_TAIL = 4000


def wrong(done: Done, words: str) -> list[str]:
    """What is not as promised in a run that had to end with one sentence with these words in it."""
    sentences = len(_SENTENCE.findall(done.output))
    found = [
        *([] if done.code == 3 else [f"exit code {done.code}"]),
        *([] if sentences == 1 else [f"{sentences} sentences"]),
        *([] if words in done.output else [f"no word of {words!r}"]),
        *(word for word in ("Traceback", "INTERNALERROR") if word in done.output),
    ]
    return [*found, done.output[-_TAIL:]] if found else []


class Outages:
    """Runs of pytest on an engine of their own."""

    def __init__(self, folder: Path, dockerd: Dockerd) -> None:
        self.wrong = 0
        self._usual = 0.0
        self._dockerd = dockerd
        self._inner = Inner(dockerd.start(), folder)

    def works(self, when: str) -> None:
        """A run passes, and nothing is left behind."""
        begun = time.monotonic()
        done = self._run(_LONG)
        self._usual = time.monotonic() - begun
        left = self._inner.containers()
        fine = done.code == 0 and " passed in " in done.output and not left
        self._tell(f"{when}: the run is right and nothing is left", [] if fine else [done.output[-_TAIL:], *left])

    def dies(self, part: float) -> None:
        """The engine is killed when that part of a run's time is over, and started again."""
        moment = part * self._usual
        started = self._inner.start(_LONG, DOCKER_HOST=self._dockerd.url)
        with suppress(subprocess.TimeoutExpired):
            started.process.wait(moment)
        over = started.process.poll() is not None
        self._dockerd.kill()
        done = started.done()
        found = [] if over and done.code == 0 else wrong(done, "engine")
        note = ", over already" if over else ""
        self._tell(f"dockerd killed after {moment:.3f} s: exit code {done.code}{note}", found)
        self._inner.engine = self._dockerd.start()

    def finds_no_room(self) -> None:
        """The engine's disk is full."""
        self._dockerd.fill(left=64 * 1024)
        self._tell("the engine's disk is full", wrong(self._run(SUITE), "o space left on device"))
        self._dockerd.empty()

    def keeps_no_evidence(self) -> None:
        """The disk for the evidence is full."""
        with small_disk(self._inner.evidence, _EVIDENCE):
            done = self._run(_LONG)
            self._tell("the evidence's disk is full", wrong(done, "No space left on device; make room"))

    def _run(self, suite: str) -> Done:
        return self._inner.run(suite, DOCKER_HOST=self._dockerd.url)

    def _tell(self, what: str, found: list[str]) -> None:
        self.wrong += bool(found)
        sys.stdout.write("\n".join((f"{'wrong' if found else 'right':<6} {what}", *found, "")))
        sys.stdout.flush()


def main() -> int:
    """Let it all happen, and tell; 0 if everything was as promised."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--moments", type=int, default=5, help="at which the engine is killed (default: 5)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6), help="of the moments")
    given = parser.parse_args()
    sys.stdout.write(f"seed {given.seed}\n")
    chance = random.Random(given.seed)  # noqa: S311 - repeatable, not secret
    with (
        tempfile.TemporaryDirectory(prefix="postfix-lab-outages-") as place,
        small_disk(Path(place, "engine"), _ROOM) as disk,
    ):
        dockerd = Dockerd(disk)
        try:
            outages = Outages(Path(place), dockerd)
            load(connect("docker"), outages._inner.engine)
            outages.works("at first")
            for _ in range(given.moments):
                outages.dies(chance.uniform(0.3, 0.9))
                outages.works("after that")
            outages.finds_no_room()
            outages.works("with room again")
            outages.keeps_no_evidence()
        finally:
            dockerd.stop()
    return 1 if outages.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
