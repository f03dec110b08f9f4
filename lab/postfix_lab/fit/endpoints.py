"""The location, outside of the chroot, of a socket that a configuration names."""

from __future__ import annotations

import re

from postfix_lab.fit.draft import Draft, Setting
from postfix_lab.postfix.parameters import QUEUE

_INET = re.compile(r"(?:inet6?:)?(?:\[([^\]]+)\]|([^\s:\[\]]+))?:(\d+)(?:@.*)?$")
_AT = re.compile(r"inet6?:(\d+)@(.+)$")
_SYSTEM = ("/run/", "/var/", "/tmp/", "/usr/", "/opt/", "/home/")  # noqa: S108 - where servers keep sockets
LOOPBACK = ("localhost", "127.0.0.1", "::1", "ip6-localhost")


def endpoint(place: str, *, chrooted: bool) -> tuple[str, str]:
    """Where a stub must listen so that Postfix reaches it at `place`, and the value to write instead, if it cannot.

    A relative path is below the queue directory. An absolute path is within the chroot for a chrooted daemon, unless it
    is in a folder in which servers keep their sockets: then it is outside of it. Both are empty for an invalid place.
    """
    swapped = _AT.match(place)
    inet = place if swapped is None else f"inet:{swapped[2]}:{swapped[1]}"
    if inet.startswith("inet"):
        found = _INET.match(inet)
        if found is None:
            return "", ""
        host = found[1] or found[2] or "127.0.0.1"
        address = "::1" if host == "::1" else "127.0.0.1"
        instead = "" if host in LOOPBACK else f"inet:127.0.0.1:{found[3]}"
        return f"inet:{address}:{found[3]}", instead
    path = place.partition(":")[2]
    if not path.startswith("/"):
        return f"unix:{QUEUE}/{path}", ""
    inside = chrooted and not path.startswith(_SYSTEM)
    return f"unix:{QUEUE if inside else ''}{path}", ""


def is_chrooted(draft: Draft, setting: Setting) -> bool:
    """Whether the daemon that reads a setting is chrooted: the setting's service, else any smtpd."""
    if setting.service is not None:
        return draft.is_chrooted(setting.service)
    return any(draft.is_chrooted(service) for service in draft.services if service.command == "smtpd")
