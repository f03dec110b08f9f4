"""What the lab does with the queue from outside, as shell commands."""

from __future__ import annotations

from collections.abc import Iterable

from postfix_lab.postfix.parameters import QUEUE

_LOOKS = 2000
"""How often a message is looked for, about 2 ms each."""


def _until(condition: str) -> str:
    return f"n=0; until {condition}; do n=$((n + 1)); test $n -lt {_LOOKS} || exit 1; done"


def flush(queue_ids: Iterable[str]) -> str:
    """Have qmgr try now whatever waits, these messages among it; fails where one of them does not wait.

    A delivery is logged before qmgr puts the message aside, and a flush that comes between would pass it by.
    """
    there = "find deferred -name $id | grep -q ."
    return f"cd {QUEUE} && for id in {' '.join(queue_ids)}; do {_until(there)}; done && postqueue -f"


def wait_until_settled() -> str:
    """Wait until qmgr has put each message aside, and say which are still under way if that does not come.

    A message whose delivery is logged and which is not yet put aside is dated by the time that qmgr has then.
    """
    return f"cd {QUEUE} && ({_until('! find active -type f | grep -q .')}) || find active -type f -printf '%f '"
