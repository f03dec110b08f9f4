"""Finds out what the daemons in a mail host can reach, and relays connections to its loopback."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from postfix_lab.errors import LabError
from postfix_lab.fit.draft import Stub
from postfix_lab.fit.programs import STUB
from postfix_lab.inside.mailhost import init, reach
from postfix_lab.runtime.stub_program import stub_files

if TYPE_CHECKING:
    from postfix_lab.runtime.mail_host import MailHost
    from postfix_lab.runtime.orders import Relays
    from postfix_lab.scenario.scenario import Scenario

_REACH = "/opt/postfix-lab/reach.py"
_PYTHON = ("/usr/bin/python3", "-IS")
_WIRES, _LOOPBACK = "wires", "loopback"
_FIRST_RELAY = 61900
"""The port of the first relay into the loopback."""


def probe_sockets(host: MailHost, **questions: list[Any]) -> dict[str, list[str]]:
    """Run `reach.py` in the mail host; the questions are its tasks, by name. Raises `LabError` if it fails."""
    host.write({_REACH: Path(reach.__file__).read_text("utf-8")})
    done = host.init_process.ask(init.run)([*_PYTHON, _REACH, json.dumps(questions)])
    if done.status:
        said = (done.output.strip().splitlines() or ["nothing"])[-1]
        raise LabError(f"looking around in the {host.container.name} failed: {said}")
    answers: dict[str, list[str]] = json.loads(done.output)
    return answers


def start_wires(host: MailHost, stubs: Sequence[Stub]) -> None:
    """Have these stubs listen besides those of the configuration; with none, end those of an earlier call."""
    if not stubs:
        host.init_process.ask(init.end)(_WIRES)
        return
    _serve(host, stubs, _WIRES)


def open_loopback(host: MailHost, scenario: Scenario) -> Relays:
    """Start the relays for the scenario's clients on the mail host itself; return their ports. Raises `LabError`."""
    wanted = dict.fromkeys((session.address, session.port) for session in scenario.sessions if session.local)
    ports = {place: _FIRST_RELAY + number for number, place in enumerate(wanted)}
    stubs = [
        Stub("loopback", f"inet:{host.addresses[0]}:{relay}", to=f"{address}:{port}")
        for (address, port), relay in ports.items()
    ]
    if stubs:
        _serve(host, stubs, _LOOPBACK)
    return ports


def close_loopback(host: MailHost) -> None:
    """End these relays."""
    host.init_process.ask(init.end)(_LOOPBACK)


def _serve(host: MailHost, stubs: Sequence[Stub], name: str) -> None:
    host.write(stub_files())
    orders = json.dumps([asdict(one) for one in stubs])
    host.init_process.ask(init.serve_stubs)([*_PYTHON, STUB, "listen"], orders, name=name)
