"""The timeline as text for `timeline.txt`: a line for each event, without control characters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postfix_lab.dns.query import query_line
from postfix_lab.evidence.timeline import (
    Asked,
    Closed,
    Delivered,
    Event,
    FilterAsked,
    Logged,
    Opened,
    PeerAnswered,
    Replied,
    Said,
    timeline,
)
from postfix_lab.smtp.filter_request import request_summary
from postfix_lab.smtp.transcript_lines import client_lines, reply_lines
from postfix_lab.text import printable, stamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postfix_lab.evidence.evidence import Evidence


def timeline_lines(evidence: Evidence) -> Iterator[str]:
    """Yield the time of the first event, then each event with the milliseconds since then."""
    events = timeline(evidence)
    if events:
        yield stamp(events[0].at)
    several = len(evidence.sessions) > 1
    for event in events:
        since = f"{(event.at - events[0].at) * 1000:9.1f} ms"
        label = _label(event, several=several)
        yield from (printable(f"{since}  {label:<10} {text}".rstrip()) for text in _texts(event))


def _label(event: Event, *, several: bool) -> str:
    """Return the source of an event: `smtp` (`session 2` if there are several), `dns`, `log`, `milter`, `sink`, ..."""
    match event:
        case Asked():
            return "dns"
        case Logged():
            return "log"
        case FilterAsked(request=request):
            return request.role
        case PeerAnswered():
            return "mta"
        case Delivered(message=message):
            return "sink" if message.protocol == "LMTP" else "mta"
    return f"session {event.where.number + 1}" if several else "smtp"


def _texts(event: Event) -> Iterator[str]:
    match event:
        case Opened(session=it):
            yield f"{it.client} port {it.port} -> {it.server} port {it.server_port}"
        case Closed(session=it):
            yield f"ended: {it.ended}" + (f", {it.error}" if it.error else "")
        case Said(exchange=said):
            yield from (f"-> {text}" for text in client_lines(said.said))
        case Replied(exchange=said):
            yield from (f"<- {text}" for text in reply_lines(said))
        case Asked(query=query):
            yield query_line(query)
        case Logged(line=line):
            yield f"{line.program}{'' if line.pid is None else f'[{line.pid}]'}: {line.text}"
        case FilterAsked(request=request):
            yield request_summary(request)
        case PeerAnswered(answer=answer):
            yield f"{answer.server} {answer.stage} <- {answer.says}  (to {answer.client})"
        case Delivered(message=message):
            to = ", ".join(f"<{recipient}>" for recipient in message.recipients)
            yield f"{message.server} took a message from <{message.sender}> to {to}"
