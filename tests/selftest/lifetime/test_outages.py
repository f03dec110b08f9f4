"""An engine that dies and a disk that is full: one sentence, exit code 3, and nothing is left after the next run."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from postfix_lab.engine.client import Engine
from tests.endure.cord import Cord, cord
from tests.selftest.inner import Done, Inner
from tests.selftest.lifetime.test_cleanup import ENDS, IN_A_SESSION

MANY = """
    import pytest
    from postfix_lab import accepted

    @pytest.mark.parametrize("number", range(40))
    def test_passes(lab, remote, number):
        lab.check(remote("203.0.113.10").send(), accepted())
"""


@pytest.fixture
def tied(engine: Engine, tmp_path: Path) -> Iterator[Cord]:
    """A way to the engine that can be cut."""
    if not engine.url.startswith("unix://"):
        pytest.fail("the engine is on another machine; its connection cannot be cut from here")
    with cord(engine, tmp_path) as made:
        yield made


@pytest.fixture
def small_disk(inner: Inner) -> Iterator[None]:
    """The evidence goes to a disk of its own with room for a few scenarios."""
    inner.evidence.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", inner.evidence], check=True)
    yield
    subprocess.run(["umount", inner.evidence], check=True)


def test_engine_dies_in_a_session(inner: Inner, tied: Cord) -> None:
    """The run ends with one sentence; the next one finds the engine alive, removes what is left and is right."""
    started = inner.start(IN_A_SESSION, DOCKER_HOST=tied.url)
    started.reached()
    tied.cut()
    assert _sentences(started.done()) == ["the container engine at"]
    assert inner.run(ENDS).code == 0
    assert inner.left() == {}


def test_engine_dies_while_the_lab_starts(inner: Inner, tied: Cord) -> None:
    """So it is with containers that are being started."""
    started = inner.start(ENDS, DOCKER_HOST=tied.url)
    inner.await_a_container()
    tied.cut()
    assert len(_sentences(started.done())) == 1
    assert inner.run(ENDS).code == 0
    assert inner.left() == {}


def test_engine_dies_under_xdist(inner: Inner, tied: Cord) -> None:
    """The workers hear of it one by one, the run ends with the exit code of a broken lab."""
    started = inner.start(IN_A_SESSION, "-n2", "--dist=loadgroup", debian="12,13", DOCKER_HOST=tied.url)
    started.reached()
    tied.cut()
    assert len(_sentences(started.done())) == 1
    assert inner.run(ENDS).code == 0
    assert inner.left() == {}


def test_disk_for_the_evidence_is_full(inner: Inner, small_disk: None) -> None:
    """The run ends at the first scenario whose evidence finds no room, and says what to do."""
    done = inner.run(MANY)
    (sentence,) = _sentences(done)
    assert sentence.startswith("the evidence of")
    assert "No space left on device; make room there or name another folder with --lab-evidence" in done.output
    assert re.search(r"\b[1-9]\d* passed\b", done.output)
    assert inner.left() == {}


def _sentences(done: Done) -> list[str]:
    """How the sentences begin that a run of exit code 3 ends with."""
    assert done.code == 3, done.output
    assert "Traceback" not in done.output
    assert "INTERNALERROR" not in done.output
    return re.findall(r"(?:Exit|Interrupted): postfix-lab: ((?:\S+ ){3}\S+)", done.output)
