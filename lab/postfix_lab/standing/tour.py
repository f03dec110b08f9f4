"""The text that `up` prints about a standing lab: addresses, and example commands."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING

from postfix_lab.addresses import RESOLVER, RESOLVER6
from postfix_lab.text import printable

if TYPE_CHECKING:
    from postfix_lab.standing.standing_record import LabRecord

_DEFAULT = ("unix:///var/run/docker.sock", "unix:///run/podman/podman.sock")
_GOOD = ("203.0.113.10", "mail.good.example")


def tour(record: LabRecord, command: str = "postfix-lab") -> Iterator[str]:
    """Yield lines: addresses, then examples for the first mail host; `command`: how postfix-lab was called."""
    yield f"The lab stands: {record.engine} {record.version}."
    for place in record.mail_hosts:
        yield printable(f"  Debian {place.debian}: Postfix {place.postfix} at {', '.join(place.addresses)}")
    for zone in record.zones:
        yield printable(f"  zone {zone}, read again when it changes")
    yield "Try:"
    yield from (f"  {line}" for line in examples(record, command))
    yield f"`{command} down` removes it."


def examples(record: LabRecord, command: str = "postfix-lab") -> list[str]:
    """Return commands for a shell, all of which work."""
    first = record.mail_hosts[0]
    inside = f"{' '.join(engine_command(record))} exec {record.internet}"
    address, name = _GOOD
    mine = f"--local-interface {address} --helo {name}"
    return [
        f"{command} send --client 203.0.113.9 --ptr none",
        f"{command} send --client {address} --ptr {name} --to postmaster@{record.domain}",
        f"{inside} swaks --server {first.addresses[0]} {mine} --from ann@good.example --to postmaster@{record.domain}",
        f"{inside} dig +short @{RESOLVER} -x {address}",
        f"{inside} dig +noall +answer +tcp @{RESOLVER6} {record.domain} MX",
        f"{command} shell mail postconf -n",
        f"{command} logs",
        f"{command} dns",
    ]


def engine_command(record: LabRecord) -> list[str]:
    """Return the engine's own command, with the engine's URL unless it is the default."""
    if record.url in _DEFAULT:
        return [record.engine]
    return [record.engine, "--host" if record.engine == "docker" else "--url", shlex.quote(record.url)]
