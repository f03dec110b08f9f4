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
"""Kilobytes that are left of a tight disk."""
_MOVING = " ".join(f"{_THERE}/{queue}" for queue in ("incoming", "active", "maildrop"))
_OPEN = r"\(incoming\|active\|maildrop\|deferred\|defer\|bounce\|trace\)"
_PATIENCE = 10
"""Seconds."""
_FILLER = f"{SMALL}/filler"


def move(*, small: bool) -> str:
    """The shell command that puts the queue on the small disk or back; nobody may have a file open in it."""
    if small:
        return (
            f"test -L {QUEUE} || {{ rm -rf {SMALL}/* && cp -a {QUEUE} {_THERE}"
            f" && mv {QUEUE} {_ASIDE} && ln -s {_THERE} {QUEUE}; }}"
        )
    return f"test ! -L {QUEUE} || {{ rm {QUEUE} && mv {_ASIDE} {QUEUE} && rm -rf {SMALL}/*; }}"


def empty() -> str:
    """The shell command that makes room again."""
    return f"rm -f {_FILLER}"


def fill(disk: Disk) -> str:
    """The shell command that leaves no block free there, or just a few.

    It waits until no message is on its way in the queue, since one that goes makes room (Postfix writes to the
    postmaster when it likes), and fails, saying what is in the way, if that is not so within some seconds.
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
