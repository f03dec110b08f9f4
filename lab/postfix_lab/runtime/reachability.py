"""Finds out what the daemons in a mail host can reach, and relays connections to its loopback."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from postfix_lab.errors import LabError
from postfix_lab.fit.programs import STUB
from postfix_lab.inside.mailhost import init, reach, stub

if TYPE_CHECKING:
    from postfix_lab.fit.draft import Stub
    from postfix_lab.runtime.mail_host import MailHost

_REACH = "/opt/postfix-lab/reach.py"
_PYTHON = ("/usr/bin/python3", "-IS")
_WIRES = "wires"


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
    host.write({STUB: Path(stub.__file__).read_text("utf-8")})
    orders = json.dumps([asdict(one) for one in stubs])
    host.init_process.ask(init.serve_stubs)([*_PYTHON, STUB, "listen"], orders, name=_WIRES)
