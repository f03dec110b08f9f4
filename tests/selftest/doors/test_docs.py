"""What the documents show is what happens: their files are written, their commands typed, their output compared."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from postfix_lab.engine.cleanup import FOLDER
from postfix_lab.engine.client import connect
from postfix_lab.paths import ROOT

DOCUMENTS = sorted(str(path.relative_to(ROOT)) for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")))
LIMIT = 300.0
ELSEWHERE = {
    ".venv/bin/postfix-lab clean": (
        "tests/selftest/doors/test_plugin.py",
        "it would end every lab on this engine, this run's too",
    ),
    ".venv/bin/postfix-lab run --engine podman": (
        "Makefile",
        "`make test ENGINE=podman`; Podman is not on every machine",
    ),
    "make test": (".ci/run", "it runs this test"),
    "make check": ("Makefile", "it is the first part of `make test`"),
    "make lab-test": ("Makefile", "its scenarios are the last part of `make test`"),
    "make hostile": ("Makefile", "its scenarios are the last part of `make test`"),
    "make lab-test ENGINE=podman": ("Makefile", "the same with another engine"),
    "make clean": ("tests/selftest/lifetime/test_cleanup.py", "the same as `postfix-lab clean`"),
    "make distclean": ("Makefile", "it removes what this test runs in"),
}
"""Commands that are only spelled here (`--help`, `make -n`): where they are run, and why not by this test."""
VARIES = {
    r"\b(docker|podman)\b( \d\S*)?": "ENGINE",
    r"\b(Postfix|policyd-spf) \d[\w.+~-]*": r"\1",
    r"sha256:[0-9a-f]+|(?<=postfix-lab-)[0-9a-f]{8}|unix://\S+": "#",
    r"\d+\.\d+ ?s\b|\d+\.\d+$": "# s",
    r"\d{4}-\d\d-\d\dT|\d\d:\d\d:\d\d(\.\d+)?Z?": "#",
    r"\[\d{2,5}\]|(?<=\]):\d{4,5}\b": "#",
    r"\b[0-9A-F]{9,12}\b": "#",
    r"\s+": " ",
}
"""What differs from machine to machine and from run to run."""


class Block(NamedTuple):
    """One fenced block of a document."""

    language: str
    text: str


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout of one's own in which one may do as one likes, with the virtual environment that runs this test."""
    place = tmp_path / "checkout"
    shutil.copytree(ROOT, place, ignore=shutil.ignore_patterns(".[!c]*", "__pycache__", "build", "*.egg-info"))
    (place / ".venv").symlink_to(sys.prefix)
    return place


@pytest.fixture
def kept(checkout: Path) -> Iterator[Callable[[], list[str]]]:
    """The ids of the containers that the checkout's runs have kept; they are removed in the end, and nobody else's."""
    api = connect().client.api

    def ids() -> list[str]:
        found = api.containers(all=True, filters={"label": f"{FOLDER}={checkout}"})
        return [container["Id"] for container in found]

    yield ids
    for identity in ids():
        api.remove_container(identity, force=True, v=True)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_document_is_true(checkout: Path, kept: Callable[[], list[str]], document: str) -> None:
    """Every file that a document has can be saved and run, every command gives what is shown below it."""
    blocks = _blocks(document)
    for block in blocks:
        if block.language in ("python", "yaml"):
            _save(checkout, block.text)
    for block in blocks:
        if block.language == "python" and not _place(block.text).name.startswith("test_"):
            _type(checkout, f".venv/bin/python {_place(block.text)}", [])
        for command, shown in _commands(block):
            _type(checkout, command, shown)
            assert " --keep" not in command or len(kept()) >= 2
    missed = [str(_place(b.text)) for b in blocks if b.language in ("python", "yaml") and not _was_run(b.text, blocks)]
    assert not missed, "no command of the document runs them"


def test_what_is_run_elsewhere_is_run_there() -> None:
    """The files that run the other commands exist, and every exception is still in a document."""
    typed = {command for document in DOCUMENTS for block in _blocks(document) for command, _ in _commands(block)}
    assert set(ELSEWHERE) <= typed
    assert [place for place, _ in ELSEWHERE.values() if not (ROOT / place).is_file()] == []


def test_comparison_sees_a_difference() -> None:
    """The comparison forgives versions and times, and neither words nor reply codes."""
    assert _plain("docker 20.10.24 took 0.31 s") == _plain("podman 4.3.1 took 12.5 s")
    assert _plain("RCPT refused with 450 4.7.1") != _plain("RCPT refused with 550 5.7.1")


def test_an_output_that_differs_is_seen(tmp_path: Path) -> None:
    """A document that shows another reply, another order or hides a failing command is found out."""
    _type(tmp_path, "echo 450 4.7.1; echo 250 Ok", ["450 4.7.1", "...", "250 Ok"])
    for command, shown in (("echo 450 4.7.1", ["550 5.7.1"]), ("echo a; echo b", ["b", "a"]), ("echo a; false", ["a"])):
        with pytest.raises(AssertionError):
            _type(tmp_path, command, shown)


def _blocks(document: str) -> list[Block]:
    text = (ROOT / document).read_text("utf-8")
    return [Block(*found) for found in re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)]


def _place(text: str) -> Path:
    first = text.partition("\n")[0]
    assert re.fullmatch(r"# [\w/-]+\.(py|yaml)", first), f"a block has to say where to save it: {first}"
    return Path(first.removeprefix("# "))


def _save(checkout: Path, text: str) -> None:
    file = checkout / _place(text)
    assert not file.exists(), f"{file.name} is there twice"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, "utf-8")


def _was_run(text: str, blocks: list[Block]) -> bool:
    place = _place(text)
    typed = [command for block in blocks for command, _ in _commands(block)]
    names = (str(place), str(place.parent))
    helper = place.suffix == ".py" and not place.name.startswith("test_")
    return helper or any(word in names for command in typed for word in command.split())


def _commands(block: Block) -> Iterator[tuple[str, list[str]]]:
    """Each command of a block with the lines that are shown below it."""
    lines = [line for line in block.text.splitlines() if line.strip()]
    if block.language == "sh":
        yield from ((line, []) for line in lines if not line.startswith("#"))
    if block.language == "console":
        starts = [number for number, line in enumerate(lines) if line.startswith("$ ")]
        for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
            yield lines[start].removeprefix("$ "), lines[start + 1 : end]


def _type(checkout: Path, command: str, shown: list[str]) -> None:
    """Run the command as a reader would, and compare what it says with what is shown below it."""
    assert not command.startswith("make ") or command == "make help" or command in ELSEWHERE, f"who runs `{command}`?"
    spelled = re.sub(r"^make ", "make -n ", command) if command.startswith("make ") else f"{command} --help"
    typed = spelled if command in ELSEWHERE else command
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "MAKE", "MFLAGS"))}
    environment = {**kept, "COLUMNS": "80"}
    done = subprocess.run(
        ["/bin/sh", "-c", typed], cwd=checkout, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=LIMIT, check=False,
    )  # fmt: skip
    red = any(line.startswith("FAIL ") for line in shown)
    assert (done.returncode == 1) if red else (done.returncode == 0), f"{typed}\n{done.stdout}"
    if typed == command:
        said = iter([_plain(line) for line in done.stdout.splitlines()])
        missing = [line for line in shown if line.strip() != "..." and not any(_plain(line) == got for got in said)]
        assert missing == [], f"the first of these lines is not what {typed} says:\n{done.stdout}"


def _plain(line: str) -> str:
    for pattern, instead in VARIES.items():
        line = re.sub(pattern, instead, line)
    return line.strip()
