"""What each piece of the start-up buys, for docs/startup.md: `python -m bench.startup`, some minutes.

Each piece is taken out of a copy of the package. The copy and the package as it is run in turn, each in a fresh process
with its images present. A row has the medians of both, the median ratio of the pairs with its quartiles, and medians of
the processor time of the command's own process: until it asks for the containers, and until the first verdict. What is
spent before the containers are asked for delays everything; what is spent afterwards is hidden by their start. On a
machine that is busy with other work only processor times mean anything: `--asked` takes them alone.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from postfix_lab.paths import ROOT

COMMAND = str(Path(sys.executable).with_name("postfix-lab"))
SCENARIO = "tests/scenarios/ptr/test_missing.py"
SEND = ("--client", "203.0.113.9", "--ptr", "none")
_COPIED = ("lab", "containers", "fixtures", "tests/scenarios/ptr", "pyproject.toml")
_PACKAGE = "lab/postfix_lab"
_TOP = "from __future__ import annotations\n"
_ASKED = "containers are asked for at "
_DOCKER = "import postfix_lab.engine.docker_library"


class Edit(NamedTuple):
    """One text of a file of the package, which occurs once, and another in its place."""

    file: str
    old: str
    new: str

    def applied(self, text: str) -> str:
        """Return the file's text with the edit; raises ValueError if there is not one place for it."""
        if text.count(self.old) != 1:
            raise ValueError(f"{self.file} has {text.count(self.old)} places for {self.old!r}")
        return text.replace(self.old, self.new)


def at_top(file: str, *imports: str) -> Edit:
    """Return the edit that imports something when the module is imported."""
    return Edit(file, _TOP, "\n".join((_TOP, *imports, "")))


def at_end(file: str, *imports: str) -> Edit:
    """Return the same, after everything that the module itself defines and imports."""
    last = (ROOT / _PACKAGE / file).read_text("utf-8")
    return Edit(file, last, "\n".join((last, *imports, "")))


@dataclass(frozen=True)
class Piece:
    """A piece of the start-up, and how the package would be without it."""

    without: Sequence[Edit]
    command: str = "run"
    """`run` is measured to its first verdict, `send` as a whole beside a lab that stands."""


PIECES: Mapping[str, Piece] = {
    "head start": Piece([
        Edit("runtime/startup/launch.py", "head_start.start_early(engine, plans, labels, run)", "None"),
    ]),
    "lab in a thread": Piece([
        Edit("cli/run.py", "ahead = None if workers else LabAhead(", "ahead = None if True else LabAhead("),
    ]),
    "pytest waits": Piece([
        Edit("cli/run.py", "            ahead.wait()\n", "            ahead._opened.exception()\n"),
    ]),
    "agent after begin": Piece([
        Edit("inside/internet/start.py", "import socket\n", "import asyncio\nimport socket\n"),
        at_end("inside/internet/routes.py", "import postfix_lab.inside.internet.agent"),
    ]),
    "late import of the lab": Piece([at_top("runtime/startup/ahead.py", "import postfix_lab.runtime.lab")]),
    "late import of pytest": Piece([at_top("cli/run.py", "import postfix_lab.cli.rows")]),
    "late import of docker-py": Piece([at_top("engine/client.py", _DOCKER)]),
    "late import of trustme": Piece([at_top("certificates.py", "import trustme")]),
    "late import of an executor": Piece(
        [at_end("standing/access.py", "import postfix_lab.runtime.executor, postfix_lab.standing.service")], "send"
    ),
    "late import of commands": Piece(
        [at_end("cli/door.py", "import postfix_lab.cli.check, postfix_lab.cli.machine, postfix_lab.cli.sweep")], "send"
    ),
}  # fmt: skip


MARK = Edit(
    "runtime/startup/launch.py",
    "    begun = ",
    f"    import time; print(f'{_ASKED}{{time.process_time()}}', flush=True)\n    begun = ",
)
"""Prints the processor time until then; every copy has it."""


class Taken(NamedTuple):
    """Wall clock and processor times, in seconds."""

    wall: float
    asked: float
    processor: float


def main() -> int:
    """Measure the pieces that are named, else all, and print a row for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=9, help="of each piece (default: 9)")
    parser.add_argument("pieces", nargs="*", metavar="PIECE", help=f"of: {', '.join(PIECES)}")
    parser.add_argument("--asked", action="store_true", help="only the processor time until containers are asked for")
    given = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # Who installs a command does not compile it at each start.
    names = given.pieces or list(PIECES)
    with tempfile.TemporaryDirectory(prefix="postfix-lab-") as folder:
        whole = copied(Path(folder) / "whole", [MARK])
        copies = {name: copied(Path(folder) / name.replace(" ", "-"), [MARK, *PIECES[name].without]) for name in names}
        pair = f"{'with':>7} {'without':>7}"
        print(f"{'':<28} {'seconds':^15} {'pairs':^18} {'asked at, cpu':^15} {'verdict at, cpu'}")
        print(f"{'':<28} {pair} {'ratio':>6} {'quartiles':>11} {pair} {pair}", flush=True)
        for command in ("run", "send"):
            chosen = {name: copy for name, copy in copies.items() if PIECES[name].command == command}
            with standing(whole, command if chosen else ""):
                for name, copy in chosen.items():
                    take = whole_send if command == "send" else until_asked if given.asked else until_verdict
                    print(row(name, measured(take, whole, copy, given.pairs)), flush=True)
    return 0


def copied(folder: Path, edits: Sequence[Edit]) -> Path:
    """Copy what the package needs into the folder, with these edits, and return the folder."""
    for name in _COPIED:
        source, target = ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", ".lab"))
        else:
            shutil.copy(source, target)
    for edit in edits:
        file = folder / _PACKAGE / edit.file
        file.write_text(edit.applied(file.read_text("utf-8")), "utf-8")
    return folder


@contextmanager
def standing(whole: Path, command: str) -> Iterator[None]:
    """Keep a lab standing for `send`."""
    if command != "send":
        yield
        return
    run_command(whole, "up", "--debian", "12")
    try:
        yield
    finally:
        run_command(whole, "down")


def measured(take: Callable[[Path, Path], Taken], whole: Path, copy: Path, pairs: int) -> list[tuple[Taken, Taken]]:
    """Return the pairs: the package as it is, and without the piece; which of the two is first changes in turn."""
    for folder in (whole, copy):  # Compiles both.
        take(folder, whole)
    taken = []
    for number in range(pairs):
        found = {folder: take(folder, whole) for folder in ((whole, copy) if number % 2 else (copy, whole))}
        taken.append((found[whole], found[copy]))
    return taken


def until_asked(folder: Path, _: Path) -> Taken:
    """Run one scenario where no engine answers, and return what passed until the containers were asked for."""
    words = [COMMAND, "run", "--debian", "12", str(folder / SCENARIO)]
    nowhere = {**environment(folder), "DOCKER_HOST": "unix:///nowhere/docker.sock"}
    said = subprocess.run(words, cwd=folder, env=nowhere, capture_output=True, text=True, check=False).stdout
    asked = next(float(line.removeprefix(_ASKED)) for line in said.splitlines() if line.startswith(_ASKED))
    return Taken(asked, asked, asked)


def until_verdict(folder: Path, whole: Path) -> Taken:
    """Run one scenario, and return what passed until its verdict was printed."""
    asked = until_asked(folder, whole).asked
    start, said = time.perf_counter(), []
    words = [COMMAND, "run", "--debian", "12", str(folder / SCENARIO)]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=folder, env=environment(folder)
    ) as process:
        for line in process.stdout or ():
            said.append(line)
            if line.startswith("pass "):
                taken = Taken(time.perf_counter() - start, asked, processor_time(process.pid))
                process.communicate()
                return taken
    raise SystemExit(f"{' '.join(words)} came to no verdict:\n{''.join(said)}")


def whole_send(folder: Path, whole: Path) -> Taken:
    """Hold one session in the lab that stands."""
    before, start = os.times(), time.perf_counter()
    run_command(folder, "send", *SEND, cwd=whole)
    after = os.times()
    own = after.children_user + after.children_system - before.children_user - before.children_system
    return Taken(time.perf_counter() - start, 0.0, own)


def run_command(folder: Path, *words: str, cwd: Path | None = None) -> None:
    """Run the command with that copy of the package."""
    subprocess.run([COMMAND, *words], cwd=cwd or folder, env=environment(folder), capture_output=True, check=False)


def environment(folder: Path) -> dict[str, str]:
    """Return an environment in which Python finds that copy of the package first."""
    return {**os.environ, "PYTHONPATH": str(folder / "lab")}


def processor_time(process: int) -> float:
    """Return the seconds of processor time that it has used so far (proc(5))."""
    fields = Path(f"/proc/{process}/stat").read_text("ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def row(name: str, pairs: Sequence[tuple[Taken, Taken]]) -> str:
    """Return the row of a piece."""
    ratios = [without.wall / whole.wall for whole, without in pairs]
    low, middle, high = statistics.quantiles(ratios, n=4) if len(ratios) > 1 else ratios * 3
    walls, asked, processor = (
        " ".join(f"{statistics.median(getattr(pair[side], what) for pair in pairs):7.3f}" for side in (0, 1))
        for what in Taken._fields
    )
    return f"{name:<28} {walls} {middle:6.2f} {f'{low:.2f}-{high:.2f}':>11} {asked} {processor}"


if __name__ == "__main__":
    sys.exit(main())
