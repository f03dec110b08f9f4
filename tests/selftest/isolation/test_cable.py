"""The cable, laid by a container: what a lab does that may not enter its containers' namespaces."""

from __future__ import annotations

from pathlib import Path

import pytest

from postfix_lab import Host, LabError, Ptr, Setup, mail
from postfix_lab.engine.client import Engine
from postfix_lab.paths import CONFIGURATIONS
from postfix_lab.runtime.executor import open_executor
from postfix_lab.runtime.job import Job
from postfix_lab.runtime.lab import open_lab
from postfix_lab.runtime.target import Target
from postfix_lab.scenario.scenario import Scenario, Session
from postfix_lab.scenario.world import World

SEED = Setup(CONFIGURATIONS / "seed")


@pytest.mark.parametrize("lacking", ["shutil.which", "has_capability"])
def test_by_a_container(engine: Engine, monkeypatch: pytest.MonkeyPatch, lacking: str) -> None:
    """Without ip(8) and nsenter(1), or without the right to enter a namespace, both ends are there as well."""
    asked: list[object] = []
    monkeypatch.setattr(f"postfix_lab.engine.cable.{lacking}", asked.append)
    with open_executor(engine.name) as executor:
        clients = [Host(address, ptr=Ptr.missing()) for address in ("203.0.113.9", "2001:db8:113::9")]
        sessions = tuple(Session(client, mail(helo="win.spam.example").until("RCPT")) for client in clients)
        (seen,) = executor.execute(Job(Scenario("cable", sessions, World()), (Target(12, SEED),)))
    assert asked
    assert [transcript.replies("RCPT")[-1].code for transcript in seen.sessions] == [450, 450]
    assert not seen.trouble


def test_a_cable_that_cannot_be_laid(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks for the mail host hears it; it is not taken for a setup that is no good."""
    monkeypatch.setattr("postfix_lab.engine.cable._near_end", lambda *_: ("link add eth0 type nonsense",))
    with open_lab(engine.name) as lab, pytest.raises(LabError, match="failed while a cable was laid: Error: Unknown device type"):
        lab.mail_host(12, SEED)


def test_a_number_that_is_somebody_elses(engine: Engine) -> None:
    """A process id that an engine elsewhere told is not entered: the control group is not the container's."""
    with open_lab(engine.name) as lab:
        container = lab.mail_host(12, SEED).container
        assert container.process()
        assert container.process() == int(Path(f"/proc/{container.process()}/stat").read_text().split()[0])
        object.__setattr__(container, "_process", container.process())
        object.__setattr__(container, "id", "f" * 64)
        assert container.process() is None
