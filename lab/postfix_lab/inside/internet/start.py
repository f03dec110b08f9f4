"""Entry point of the Internet's container: install the AnyIP routes, open the syslog listener, load the agent.

The agent takes a tenth of a second to load. A mail host boots meanwhile: the kernel queues what it logs, and the
agent reads it once it runs.
"""

from __future__ import annotations

import json
import os
import socket
import sys

from postfix_lab.addresses import LOGHOST
from postfix_lab.inside.internet.routes import own_every_address


def _begin() -> None:
    """Answer the first request, and read nothing of the second one."""
    asked = b""
    while not asked.endswith(b"\n"):
        asked += os.read(0, 1) or sys.exit("nobody asked for anything")
    os.write(1, json.dumps({"id": json.loads(asked)["id"], "value": None}).encode() + b"\n")


if __name__ == "__main__":
    own_every_address()
    listener = socket.create_server((LOGHOST, 514))
    _begin()
    import asyncio

    from postfix_lab.inside.internet.agent import main

    asyncio.run(main(listener))
