"""The disk of the queue: the container's own, or a small one that is full.

A container may not mount anything, so the engine gives each mail host a small file system at its start. Where a
scenario wants a full disk, the queue moves there while Postfix is stopped, and is filled up once the canary has passed.
"""

from __future__ import annotations

from postfix_lab.fit.choices import Disk
from postfix_lab.postfix.parameters import QUEUE

SMALL = "/var/spool/small"
MOUNTS = {SMALL: "size=24m,exec"}
"""For the engine: a tmpfs; the chroot's libraries lie in the queue, and a chrooted daemon loads them."""
_ASIDE = f"{QUEUE}.roomy"
_THERE = f"{SMALL}/postfix"
_LEFT = 16
"""Kilobytes that stay free on a tight disk."""
_MOVING = " ".join(f"{_THERE}/{queue}" for queue in ("incoming", "active", "maildrop"))
_OPEN = r"\(incoming\|active\|maildrop\|deferred\|defer\|bounce\|trace\)"
_PATIENCE = 10
"""Seconds to wait until no message is in transit."""
_FILLER = f"{SMALL}/filler"


def move_command(*, small: bool) -> str:
    """Return the shell command that moves the queue to the small disk or back; no file in it may be open."""
    if small:
        return (
            f"test -L {QUEUE} || {{ rm -rf {SMALL}/* && cp -a {QUEUE} {_THERE}"
            f" && mv {QUEUE} {_ASIDE} && ln -s {_THERE} {QUEUE}; }}"
        )
    return f"test ! -L {QUEUE} || {{ rm {QUEUE} && mv {_ASIDE} {QUEUE} && rm -rf {SMALL}/*; }}"


def empty_command() -> str:
    """Return the shell command that frees the space again."""
    return f"rm -f {_FILLER}"


def fill_command(disk: Disk) -> str:
    """Return the shell command that fills the small disk, completely or but for a few blocks.

    It first waits until no message is in transit in the queue, because one that leaves frees space (Postfix may mail
    the postmaster at any time); it fails and prints what is in transit after some seconds.
    """
    left = _LEFT if disk is Disk.TIGHT else 0
    held = f"ls -l /proc/[0-9]*/fd 2>/dev/null | grep '{_THERE}/{_OPEN}/'"
    filled = f"dd if=/dev/zero bs=4k oflag=append conv=notrunc of={_FILLER} 2>/dev/null; truncate -s -{left}K {_FILLER}"
    free = f"free=$(df --output=avail {SMALL} | tail -n 1)"
    return (
        f"rest() {{ ! find {_MOVING} -type f | grep . && ! {held}; }};"
        f" fit() {{ {filled}; {free}; test $free -eq {left} || {{ echo $free kB are free; false; }}; }};"
        f" end=$(($(date +%s) + {_PATIENCE})); until said=$(rest && fit);"
        ' do test $(date +%s) -lt $end || { echo "the queue does not come to rest: $said"; exit 1; }; done'
    )
