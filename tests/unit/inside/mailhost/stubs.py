"""The program of the stubs, as the mail host runs it, and a client of one of its sockets."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from postfix_lab.fit.draft import Stub
from postfix_lab.fit.programs import STUB
from postfix_lab.runtime.stub_program import stub_files


class Stubs:
    """The program, without the package of the lab: as the mail host has it."""

    def __init__(self, folder: Path) -> None:
        for path, text in stub_files().items():
            place = folder / path.removeprefix("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
        argv = [sys.executable, "-IS", str(folder / STUB.removeprefix("/")), "listen"]
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self._place = folder / "socket"

    def serve(self, role: str, *rules: Any, **about: Any) -> None:
        """Listen as that stub."""
        stub = Stub(role, f"unix:{self._place}", rules=rules, **about)
        assert self.ask(json.dumps([asdict(stub)])) == "listening"

    def ask(self, line: str) -> str:
        """Return the answer to a line."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().decode().strip()

    def records(self) -> list[dict[str, Any]]:
        """Return what it was given."""
        found: list[dict[str, Any]] = json.loads(self.ask("tell"))
        return found

    @contextmanager
    def connection(self) -> Iterator[socket.socket]:
        """Connect to it."""
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(10)
            sock.connect(str(self._place))
            yield sock
