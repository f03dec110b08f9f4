"""Wakes daemons of Postfix as master(8) does when the wakeup time of master.cf has passed: it sends them a `W`.

It prints its time first. It runs in the mail host under the release's own Python (3.9 on bullseye). postkick(1)
would do the same, but a SIGPIPE ends it in more than half of all cases, on every release.
"""

from __future__ import annotations

import socket
import sys
import time
from pathlib import Path

_LIMIT = 10.0
_ATTEMPTS = 3


def wake(path: Path) -> None:
    """Send it, and return when the daemon has read it; retries if an idle daemon is just ending."""
    for attempt in range(_ATTEMPTS):
        try:
            _send(path)
        except ConnectionError:
            if attempt == _ATTEMPTS - 1:
                raise
        else:
            return


def _send(path: Path) -> None:
    if path.is_fifo():
        with path.open("wb", buffering=0) as fifo:
            fifo.write(b"W")
        return
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(_LIMIT)
        line.connect(str(path))
        line.sendall(b"W")
        line.recv(1)


if __name__ == "__main__":
    sys.stdout.write(f"{time.time():.0f}\n")
    for name in sys.argv[1:]:
        if Path(name).exists():  # A host that takes no mail from its own users needs no pickup.
            try:
                wake(Path(name))
            except OSError as error:
                sys.exit(f"{name} could not be woken: {error}")
