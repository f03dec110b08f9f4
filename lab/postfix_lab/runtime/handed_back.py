"""Waits for the mail that programs hand back to Postfix by sendmail(1), which no log line announces.

sendmail(1) puts a message into the maildrop folder and ends; pickup(8) takes it from there when the program's own
message may be gone from the queue already. So where pipe(8) or local(8) gave mail to a program, the folder is looked
at, until it is empty and no further program got mail.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from postfix_lab.postfix.log.events import Delivery
from postfix_lab.runtime.queue_commands import wait_until_picked_up

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from postfix_lab.inside.internet.protocol import Sighting
    from postfix_lab.postfix.log.grammar import LogLine
    from postfix_lab.runtime.internet import Internet
    from postfix_lab.runtime.mail_host import MailHost

_TO_COMMAND = "delivered to command"


def await_handed_back(internet: Internet, hosts: Sequence[MailHost], seen: Sighting, limit: float) -> Sighting:
    """Return what was seen of the last run once all that programs handed back is settled, too; `seen`: so far.

    `limit`: seconds to wait for the end of each copy.
    """
    looked_at = 0
    while not seen.trouble and (given := [*_program_deliveries(seen)])[looked_at:]:
        looked_at = len(given)
        tokens = [_await_pickup(internet, host) for host in hosts if _is_among(host, given)]
        fresh = internet.await_rest([address for host in hosts for address in host.addresses], limit)
        kept = tuple(line for line in fresh.other_log if not any(token in line.text for token in tokens))
        seen = replace(fresh, other_log=kept)
    return seen


def _program_deliveries(seen: Sighting) -> Iterator[LogLine]:
    """Yield the delivery attempts of programs; a program may hand mail back and fail all the same."""
    for line in (*(line for log in seen.logs for line in log), *seen.other_log):
        event = line.event
        if isinstance(event, Delivery) and (line.service == "pipe" or event.reason.startswith(_TO_COMMAND)):
            yield line


def _is_among(host: MailHost, lines: Sequence[LogLine]) -> bool:
    return any(line.peer in host.addresses for line in lines)


def _await_pickup(internet: Internet, host: MailHost) -> str:
    """Wait until pickup has taken all that is there and its lines have arrived; return the text of the marker."""
    host.shell(wait_until_picked_up())
    token, times = host.mark()
    internet.barrier(token, times)
    return token
