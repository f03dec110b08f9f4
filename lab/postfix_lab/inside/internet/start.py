"""Entry point: install the AnyIP routes, open the syslog listener, answer the first request, load the agent.

The agent takes a tenth of a second to load, during which a mail host may boot: the kernel queues what it logs, and
the agent reads it later.
"""

from __future__ import annotations

import os
import socket
import sys

from postfix_lab.addresses import LOGHOST
from postfix_lab.inside.internet.routes import make_every_address_local
from postfix_lab.json_lines import encode, read_request

_MAX_BEGIN = 1000
"""Octets of the first request, which has no arguments and is read one by one."""


def _answer_begin() -> None:
    """Answer the first request, which is `begin`, without reading any of the second one."""
    line = b""
    while not line.endswith(b"\n"):
        line += os.read(0, 1) or sys.exit("the line ended before there was a request")
        if len(line) > _MAX_BEGIN:
            sys.exit(f"the first request is longer than {_MAX_BEGIN} octets")
    os.write(1, encode({"id": read_request(line).id, "value": None}))


if __name__ == "__main__":
    make_every_address_local()
    listener = socket.create_server((LOGHOST, 514))
    _answer_begin()
    import asyncio

    from postfix_lab.inside.internet.agent import main

    asyncio.run(main(listener))
