"""Checks of delivered messages: at the sink and the remote MTAs, and their headers."""

from __future__ import annotations

from dataclasses import fields
from email import message_from_string
from typing import TYPE_CHECKING, Unpack

from postfix_lab.evidence.arrivals import arrivals, count_messages
from postfix_lab.postfix.log.events import Delivery, PolicySpf
from postfix_lab.smtp.headers import ReceivedSpf, received_spf_headers
from postfix_lab.smtp.transcript_lines import exchange_text
from postfix_lab.text import printable
from postfix_lab.verdict.checks.check import Check, Observation, record_call, require_known, text_matches
from postfix_lab.verdict.checks.field_types import SpfFields
from postfix_lab.verdict.reply_outcome import session_outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from postfix_lab.evidence.arrivals import Arrival
    from postfix_lab.evidence.evidence import Evidence
    from postfix_lab.postfix.log.grammar import LogLine
    from postfix_lab.scenario.world import Host
    from postfix_lab.smtp.behaviour import Received

SPF_RESULTS = ("pass", "fail", "softfail", "neutral", "none", "temperror", "permerror")
UNCHECKED = "unchecked"
"""No SPF result: nobody came to one."""
_NOTHING = "nothing reached the sink"
_SMTP = 25
_STORED = ("delivered to mailbox", "delivered to maildir", "delivered to file")


@record_call
def delivered(times: int | None = None, to: str | None = None) -> Check:
    """Want one message to have reached the sink, or with `times` that many copies; with `to`, for this recipient.

    Each recipient of each transaction gets a copy; an address that is named twice in one transaction gets two. Notices
    to the postmaster count only if `to` names him.
    """

    def look(evidence: Evidence) -> Observation:
        got = [copy for copy in _at_sink(evidence) if _is_about(copy, to)]
        number = len(got) if times is not None else count_messages(got)
        where = got[-1].message if got else None
        text = f"{_count(number, times)}{_missing_reason(evidence, [copy.message for copy in got])}"
        return Observation(ok=number == (1 if times is None else times), got=text, where=where)

    return Check("delivered", f"{_count(1 if times is None else times, times)}{f' for {to}' if to else ''}", look)


@record_call
def not_delivered() -> Check:
    """Want nothing to reach the sink, nor a mailbox of the mail host; notices to the postmaster do not count."""

    def look(evidence: Evidence) -> Observation:
        stored = next((line for line in evidence.lines if _is_stored(line)), None)
        got = [message for message in evidence.delivered if not _is_notice(message)]
        if stored and not got:
            return Observation(ok=False, got=f"delivered: {printable(stored.text)}", where=stored)
        return Observation(ok=not got, got=_count(len(got)), where=got[0] if got else None)

    return Check("not_delivered", _NOTHING, look)


@record_call
def received_spf(result: str, **wanted: Unpack[SpfFields]) -> Check:
    """Want the delivered message's topmost Received-SPF to have this result and these fields.

    Fields (RFC 7208 section 9.1): `identity`, `client_ip`, `helo`, `envelope_from`, `receiver`, `comment`...
    Results and field values compare without case, since policyd-spf changes it; the comment by its text.
    """
    result = require_known(result.lower(), SPF_RESULTS, "SPF result")
    names = [field.name for field in fields(ReceivedSpf) if field.name not in ("result", "other")]
    for name in wanted:
        require_known(name, names, "field of Received-SPF")

    def look(evidence: Evidence) -> Observation:
        if not evidence.delivered:
            return Observation(ok=False, got=f"{_NOTHING}{_missing_reason(evidence, [])}")
        found, message = evidence.received_spf, evidence.delivered[0]
        if found is None:
            return Observation(ok=False, got="no Received-SPF header", where=message)
        wrong = [name for name, value in wanted.items() if not _spf_agrees(name, value, getattr(found, name))]
        ok = found.result == result and not wrong
        fields = {name: getattr(found, name) for name in wanted}
        return Observation(ok=ok, got=_spf_sentence(found.result, fields), where=message)

    return Check("received_spf", _spf_sentence(result, wanted), look)


@record_call
def spf_result(*results: str) -> Check:
    """Want policyd-spf to have come to one of these results, whether the mail was delivered or refused for it.

    The delivered message's Received-SPF header says it, else what policyd-spf logged about the envelope's sender.
    `unchecked` stands for no result at all.
    """
    wanted = tuple(require_known(result.lower(), (*SPF_RESULTS, UNCHECKED), "SPF result") for result in results)

    def look(evidence: Evidence) -> Observation:
        found, where = _find_spf_result(evidence)
        fate_of_it = "" if found else _missing_reason(evidence, [])
        return Observation(ok=(found or UNCHECKED) in wanted, got=f"{spf_sentence(evidence)}{fate_of_it}", where=where)

    return Check("spf_result", f"SPF {' or '.join(wanted)}", look)


def spf_sentence(evidence: Evidence) -> str:
    """Return the SPF result in words, or why there is none."""
    found, _ = _find_spf_result(evidence)
    if found:
        return f"SPF {found}"
    for event in (line.event for line in evidence.lines):
        if isinstance(event, PolicySpf) and event.action == "skip":
            return f"SPF not checked: {printable(event.header.partition(' - ')[0].removeprefix('X-Comment: '))}"
    commands = " ".join(e.said.lower() for s in evidence.sessions for e in s.exchanges if e.stage in ("HELO", "MAIL"))
    if any(query.type in ("TXT", "SPF") and query.name in commands for query in evidence.queries):
        return "SPF record asked for, and no result told"
    return "SPF not checked"


def _find_spf_result(evidence: Evidence) -> tuple[str | None, Received | LogLine | None]:
    """Return the result in lower case with its source; None if there is no result."""
    if header := evidence.received_spf:
        return header.result, evidence.delivered[0]
    results = [line for line in evidence.lines if isinstance(line.event, PolicySpf) and line.event.result]
    about_sender = [line for line in results if getattr(line.event, "identity", None) == "mailfrom"]
    line = (about_sender or results)[-1] if results else None
    result = getattr(line.event, "result", None) if line else None
    return (result.lower() if result else None), line


@record_call
def no_received_spf() -> Check:
    """Want a message that was delivered without any Received-SPF header."""

    def look(evidence: Evidence) -> Observation:
        if not evidence.delivered:
            return Observation(ok=False, got=f"{_NOTHING}{_missing_reason(evidence, [])}")
        message = evidence.delivered[0]
        found = received_spf_headers(message.content)
        got = f"Received-SPF: {printable(found[0].result)}" if found else "no Received-SPF header"
        return Observation(ok=not found, got=got, where=message)

    return Check("no_received_spf", "delivered without a Received-SPF header", look)


@record_call
def header(name: str, pattern: str = "") -> Check:
    """Want the delivered message to have that header, with a value in which the pattern is found."""

    def look(evidence: Evidence) -> Observation:
        if not evidence.delivered:
            return Observation(ok=False, got=f"{_NOTHING}{_missing_reason(evidence, [])}")
        message = evidence.delivered[0]
        values = _header_values(message, name)
        ok = any(text_matches(pattern, value) for value in values)
        got = "; ".join(f"{name}: {printable(value)}" for value in values) or f"no {name} header"
        return Observation(ok=ok, got=got, where=message)

    return Check("header", f"header {name}{f': {printable(pattern)}' if pattern else ''}", look)


@record_call
def peer_received(  # noqa: PLR0913, PLR0917 - one for each thing that may be wanted
    address: str,
    sender: str | None = None,
    to: str | None = None,
    text: str | None = None,
    port: int | None = None,
    login: str | None = None,
) -> Check:
    """Want the remote MTA at that address to have received a message; `sender=""` is a bounce's empty sender.

    `port`: at that port; `login`: from a client that had logged in so, `login=""` from one that had not.
    """

    def fits(message: Received) -> bool:
        return (
            (sender is None or message.sender == sender)
            and (to is None or to in message.recipients)
            and (text is None or text_matches(text, message.content))
            and port in (None, message.port)
            and login in (None, message.login)
        )

    def look(evidence: Evidence) -> Observation:
        there = [m for m in evidence.messages if m.protocol != "LMTP" and m.server == address]
        found = next((m for m in there if fits(m)), None)
        if found or there:
            return Observation(ok=found is not None, got=_envelope(found or there[-1]), where=found or there[-1])
        return Observation(ok=False, got=f"{address} got no message{_missing_reason(evidence, [])}")

    named = [f"from <{sender}>"] if sender is not None else []
    named += ([f"to <{to}>"] if to is not None else []) + ([f'with "{text}"'] if text is not None else [])
    named += [f"at port {port}"] if port is not None else []
    named += [f"from the login {login}" if login else "without a login"] if login is not None else []
    return Check("peer_received", printable(" ".join([f"{address} got a message", *named])), look)


def answers_given(*hosts: Host) -> Check:
    """Want each declared answer of these hosts' MTAs to be given, at any of their addresses."""

    def look(evidence: Evidence) -> Observation:
        missing = missing_answer(evidence, hosts)
        return Observation(ok=None if missing else True, got=missing or "all were")

    return Check("answers_given", "every declared answer of an MTA is given", look)


def missing_answer(evidence: Evidence, hosts: Iterable[Host]) -> str | None:
    """Return a sentence about the first declared answer that these hosts never gave, or None."""
    given = {(answered.server, answered.number) for answered in evidence.answered}
    for host in hosts:
        for number, answer in enumerate(host.mta.answers if host.mta else ()):
            if not any((address, number) in given for address in host.addresses):
                return f"{host.own_name} never came to say {printable(str(answer))}"
    return None


@record_call
def bounced(to: str | None = None) -> Check:
    """Want the mail host to give a message up: a delivery (to that recipient) with `status=bounced`."""

    def matches(line: LogLine) -> bool:
        event = line.event
        return isinstance(event, Delivery) and event.status == "bounced" and to in (None, event.recipient)

    def look(evidence: Evidence) -> Observation:
        deliveries = [line for line in evidence.lines if isinstance(line.event, Delivery)]
        found = next((line for line in deliveries if matches(line)), None)
        where = found or (deliveries[0] if deliveries else None)
        got = printable(where.text) if where else "no delivery was logged"
        return Observation(ok=found is not None, got=got, where=where)

    return Check("bounced", f"{f'mail to {to}' if to else 'the message'} bounced", look, expects=matches)


def _at_sink(evidence: Evidence) -> list[Arrival]:
    return [copy for copy in arrivals(evidence) if copy.message.protocol == "LMTP"] if evidence.delivered else []


def _is_about(copy: Arrival, to: str | None) -> bool:
    return copy.recipient.lower() == to.lower() if to is not None else not _is_notice(copy.message)


def _is_notice(message: Received) -> bool:
    """Whether it is a notice of Postfix to its postmaster (notify_classes, double_bounce_sender)."""
    return message.sender.startswith("double-bounce@")


def _count(number: int, times: int | None = None) -> str:
    """Return the number of messages in words, or of copies if `times` were asked for."""
    one, many = ("message", "messages") if times is None else ("copy", "copies")
    return f"{number} {one if number == 1 else many} reached the sink" if number else _NOTHING


def _is_stored(line: LogLine) -> bool:
    """Whether local(8) or virtual(8) put a message into a mailbox of the mail host."""
    event = line.event
    return isinstance(event, Delivery) and event.status == "sent" and event.reason.startswith(_STORED)


def _missing_reason(evidence: Evidence, got: list[Received]) -> str:
    """Return why there is no message: the reply that refused it, or an empty text."""
    where = session_outcome(evidence.session).exchange if evidence.session else None
    return "" if got or where is None else f"; {exchange_text(where)}"


def _spf_agrees(name: str, wanted: object, value: str | None) -> bool:
    if value is None:
        return False
    return text_matches(str(wanted), value) if name == "comment" else str(wanted).lower() == value.lower()


def _spf_sentence(result: str, named: Mapping[str, object]) -> str:
    with_fields = "; ".join(f"{name.replace('_', '-')}={value}" for name, value in named.items())
    return printable(f"Received-SPF: {result.capitalize()}{f' {with_fields}' if with_fields else ''}")


def _header_values(message: Received, name: str) -> list[str]:
    head = message.content.replace("\r\n", "\n").partition("\n\n")[0]
    return [" ".join(str(value).split()) for value in message_from_string(head + "\n\n").get_all(name, [])]


def _envelope(message: Received) -> str:
    to = ", ".join(f"<{recipient}>" for recipient in message.recipients)
    how = f" at port {message.port}" if message.port not in (0, _SMTP) else ""
    how += f" from the login {message.login}" if message.login else ""
    return printable(f"{message.server} got a message from <{message.sender}> to {to}{how}")
