"""Whatever ends a run, the next one leaves no container, process, namespace or temporary file of it behind."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from postfix_lab.engine.client import Engine
from postfix_lab.paths import ROOT
from tests.selftest.command import Command
from tests.selftest.inner import Inner

ENDS = """
    from postfix_lab import accepted

    def test_passes(lab, remote, whereabouts):
        lab.check(remote("203.0.113.10").send(), accepted())
"""
IN_A_SESSION = """
    from postfix_lab import Dialogue, Raw, replied

    def test_waits_for_a_reply(lab, remote, whereabouts, reached):
        reached()
        lab.check(remote("203.0.113.10").send(dialogue=Dialogue((Raw("", stage="HELO"),))), replied("HELO", 250))
"""


def test_success(inner: Inner) -> None:
    """A run that passed takes everything with it."""
    assert inner.run(ENDS).code == 0
    assert inner.labs()[0]["processes"]
    assert inner.left() == {}


def test_ctrl_c_in_a_session(inner: Inner) -> None:
    """Ctrl-C ends the run at once, and its lab goes with it."""
    started = inner.start(IN_A_SESSION)
    started.reached()
    started.signal(signal.SIGINT)
    done = started.done()
    assert done.code == pytest.ExitCode.INTERRUPTED
    assert "KeyboardInterrupt" in done.output
    assert "no tests ran" in done.output
    assert inner.left() == {}


def test_ctrl_c_while_the_lab_starts(inner: Inner) -> None:
    """Containers that are being started while Ctrl-C is typed go too."""
    started = inner.start(ENDS)
    inner.await_a_container()
    started.signal(signal.SIGINT)
    done = started.done()
    assert done.code == pytest.ExitCode.INTERRUPTED
    assert inner.labs() == []
    assert inner.left() == {}


@pytest.mark.parametrize("moment", ["create", "start"])
def test_ctrl_c_while_the_command_starts(engine: Engine, tmp_path: Path, moment: str) -> None:
    """`run` asks for its containers before it has loaded anything else; they go too, and nobody sees a traceback."""
    mine = {"label": f"postfix-lab.folder={tmp_path}"}
    heard = engine.client.events(decode=True, filters={**mine, "event": [moment]})
    process = Command(tmp_path).start("run", "--debian", "12", str(ROOT / "tests" / "scenarios" / "ptr"))
    next(heard)
    heard.close()
    process.send_signal(signal.SIGINT)
    said = "".join(process.communicate(timeout=60))
    assert process.returncode in (130, pytest.ExitCode.INTERRUPTED)
    assert "Traceback" not in said
    assert engine.client.api.containers(all=True, filters=mine) == []


def test_ctrl_c_with_two_workers(inner: Inner) -> None:
    """Ctrl-C reaches xdist's workers as well, and each of them removes its lab."""
    started = inner.start(IN_A_SESSION, "-n2", "--dist=loadgroup", debian="12,13")
    started.reached()
    started.signal(signal.SIGINT)
    assert started.done().code == pytest.ExitCode.INTERRUPTED
    assert inner.left() == {}


def test_kill_9(inner: Inner) -> None:
    """Nobody can clean up after kill -9 but the next run, and it does before it starts anything."""
    started = inner.start(IN_A_SESSION)
    started.reached()
    started.signal(signal.SIGKILL)
    assert started.done().code == -signal.SIGKILL
    assert len(inner.containers()) == 2  # Their processes end by themselves, now or in a moment: nobody is attached.
    assert inner.run(ENDS).code == 0
    assert inner.left() == {}


def test_kill_9_and_clean(inner: Inner) -> None:
    """`make clean` does the same by hand."""
    started = inner.start(IN_A_SESSION)
    started.reached()
    started.signal(signal.SIGKILL)
    started.done()
    names = inner.containers()
    assert len(names) == 2
    assert sorted(inner.clean()) == sorted(name.lstrip("/") for name in names)
    assert inner.left() == {}
