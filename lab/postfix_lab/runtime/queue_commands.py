"""Shell commands for Postfix's queue."""

from __future__ import annotations

from collections.abc import Iterable

from postfix_lab.postfix.parameters import QUEUE

_LOOKS = 2000
"""Number of polls, about 2 ms each."""


def _poll(condition: str) -> str:
    return f"n=0; until {condition}; do n=$((n + 1)); test $n -lt {_LOOKS} || exit 1; done"


def flush(queue_ids: Iterable[str]) -> str:
    """Return the command that has qmgr retry all deferred mail; it fails unless these messages are deferred.

    A delivery is logged before qmgr moves the message to the deferred queue; a flush in between would miss it.
    """
    there = "find deferred -name $id | grep -q ."
    return f"cd {QUEUE} && for id in {' '.join(queue_ids)}; do {_poll(there)}; done && postqueue -f"


def wait_until_picked_up() -> str:
    """Return the command that waits until pickup(8) has taken all that sendmail(1) left for it, or takes no more."""
    return f"cd {QUEUE} && ({_poll('! find maildrop -type f | grep -q .')}) || true"


def wait_until_settled() -> str:
    """Return the command that waits until the active queue is empty, and prints the messages still in it at the end.

    A message whose delivery is logged but which is still active gets its next attempt by the time that qmgr has then.
    """
    return f"cd {QUEUE} && ({_poll('! find active -type f | grep -q .')}) || find active -type f -printf '%f '"
