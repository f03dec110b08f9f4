"""Sockets that the configuration itself makes: those of the services of its master.cf, in `private` and `public`.

A server that is no part of Postfix may put its socket there as well: Dovecot's `private/auth`. It is told by its name.
"""

from __future__ import annotations

import posixpath

from postfix_lab.fit.draft import Draft
from postfix_lab.postfix.files.master_cf import Service
from postfix_lab.postfix.parameters import QUEUE, server_name

_BY_SPAWN = ("", "a greylisting service", "an SPF policy service")
"""What `server_name` says of programs that spawn(8) starts; all others are servers of their own."""


def serves(service: Service, listen: str) -> bool:
    """Whether master(8) listens for that service at a place, `unix:/path` or `inet:address:port`."""
    if service.kind == "inet":
        return listen.startswith("inet:") and service.port == listen.rpartition(":")[2]
    folder = "private" if service.private else "public"
    return listen == f"unix:{QUEUE}/{folder}/{service.name}"


def is_served(draft: Draft, listen: str) -> bool:
    """Whether a service of master.cf listens there."""
    return any(serves(service, listen) for service in draft.services)


def own_socket(listen: str) -> str:
    """The socket from the queue directory, `private/spf`, if only a service of master.cf can make it; else empty."""
    folder, name = posixpath.split(listen.removeprefix("unix:"))
    if folder not in (f"{QUEUE}/private", f"{QUEUE}/public") or server_name(name) not in _BY_SPAWN:
        return ""
    return f"{posixpath.basename(folder)}/{name}"
