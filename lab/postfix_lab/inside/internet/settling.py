"""Waits until all mail of a run is settled, also what came in without a session of a client.

Besides what clients sent these are the copies that content filters and programs hand back, and the notifications of
Postfix itself. Only the first two are part of what is tested; a notification is waited for so that it does not arrive
in the next run.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection

from postfix_lab.postfix.log import LogBook

NOTICE = 0.5
"""Seconds to wait for a notification that was begun, and for the line about a bounce once its message is gone.

It never comes if nobody wants it (NOTIFY=NEVER; what Postfix itself adds as a recipient)."""
_NOTICES = 2.0
"""Seconds to wait for the end of a notification to the postmaster, and for cleanup(8)'s last word about a file.

Postfix 3.5 has no such word."""

Wait = Callable[[Callable[[], bool], float], Awaitable[bool]]
"""Waits for a condition, for so many seconds; returns whether it became true."""


async def await_rest(book: LogBook, peers: Collection[str], wait_until: Wait, limit: float) -> list[str]:
    """Wait until all mail in that log at these mail hosts is settled; return what is missing after `limit` seconds."""

    def pending_ids() -> list[str]:
        return [name for peer in peers for name in book.pending_queue_ids(peer)]

    def notices() -> list[bool]:
        return [message.queued is not None for peer in peers for message in book.notices(peer)]

    if not await wait_until(lambda: not pending_ids(), limit):
        return [f"the log of the mail with queue ids {', '.join(pending_ids())} was not complete after {limit:g} s"]
    await wait_until(lambda: not notices(), min(limit, NOTICE))
    await wait_until(lambda: not any(notices()), min(limit, _NOTICES))
    await wait_until(lambda: not any(map(book.owes_warning, peers)), min(limit, _NOTICES))
    return []
