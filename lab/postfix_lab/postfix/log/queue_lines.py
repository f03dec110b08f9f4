"""Lines about a message in the queue: qmgr, the delivery agents, bounce, pickup, postsuper, and master."""

from __future__ import annotations

import re

from postfix_lab.postfix.log.events import (
    Bounced,
    Delivery,
    Event,
    HoldChanged,
    MessageId,
    NoticeDiscarded,
    NoticeFailed,
    PickedUp,
    Queued,
    Removed,
    ReturnedExpired,
)
from postfix_lab.postfix.log.fields import ADDRESS, leading_client
from postfix_lab.postfix.log.master_events import MasterStarted, Reloaded, Stopped

_QUEUED = re.compile(r"from=<(.*)>, size=(\d+), nrcpt=(\d+) \(queue active\)$")
_EXPIRED = re.compile(r"from=<(.*)>, status=([a-z-]*expired), (.*)$")
_REMOVED = re.compile(r"removed(?: \((\w+)\))?$")
_BOUNCED = re.compile(r"([a-z][a-z -]*) notification: (\w+)$")
_PICKED = re.compile(r"uid=(\d+) from=<(.*)>(?: orig_id=(\w+))?$")
_BY_POSTSUPER: dict[str, Event] = {
    "placed on hold": HoldChanged(on_hold=True),
    "released from hold": HoldChanged(on_hold=False),
}
_NOTICE_FAILED = re.compile(r"status=deferred \((?:bounce|trace|defer) failed\)$")
_NOTICE_DISCARDED = "undeliverable postmaster notification discarded"
_RECIPIENTS = re.compile(rf"to=<(?P<recipient>{ADDRESS})>, (?:orig_to=<(?P<original>{ADDRESS})>, )?(?=relay=)")
_AFTER_RECIPIENT = re.compile(r">, (?=orig_to=<|relay=)")
_AFTER_ORIGINAL = re.compile(r">, (?=relay=)")
_STATUS = re.compile(r"status=([\w-]+)(?: \((.*)\))?$")


def parse_queue(text: str) -> Event | None:
    """The event of a line that started with a queue id, which is removed; None if the line is not known."""
    if removed := _REMOVED.match(text):
        return Removed(removed[1] or "")
    if text.startswith("to=<"):
        return _delivery(text)
    if text.startswith(("message-id=", "resent-message-id=")):
        return MessageId(text.partition("=")[2])
    if text.startswith("from=<"):
        return _from(text)
    return _about_message(text)


def _about_message(text: str) -> Event | None:
    """The event of a line of bounce, pickup, postsuper, or of qmgr about a notification."""
    if _NOTICE_FAILED.match(text):
        return NoticeFailed()
    if bounced := _BOUNCED.match(text):
        return Bounced(bounced[1], bounced[2])
    picked = _PICKED.match(text)
    return PickedUp(int(picked[1]), picked[2], picked[3]) if picked else _BY_POSTSUPER.get(text)


def parse_bounce_warning(text: str) -> Event | None:
    """The event of a warning of bounce(8), level and queue id removed."""
    return NoticeDiscarded() if text == _NOTICE_DISCARDED else None


def _from(text: str) -> Event | None:
    if queued := _QUEUED.match(text):
        return Queued(queued[1], int(queued[2]), int(queued[3]))
    expired = _EXPIRED.match(text)
    return ReturnedExpired(*expired.groups()) if expired else None


def _delivery(text: str) -> Delivery | None:
    recipient, orig_to, found, rest = _recipients(text)
    head, told, _ = rest.partition(", status=")
    status = _STATUS.match(rest, len(head) + 2) if told else None
    if not found or status is None:
        return None
    pairs = dict(part.split("=", 1) for part in head.split(", ") if "=" in part)
    name, address, port = _relay(pairs.get("relay", ""))
    return Delivery(
        recipient, status[1], status[2] or "", name, orig_to, address, port, pairs.get("dsn"),
        next(iter(_numbers(pairs.get("delay", ""))), None), _numbers(pairs.get("delays", "")),
    )  # fmt: skip


def _recipients(text: str) -> tuple[str, str | None, bool, str]:
    """Recipient, original recipient, whether that was all of it, and what follows; what is in quotes is one address."""
    if addressed := _RECIPIENTS.match(text):
        return addressed["recipient"], addressed["original"], True, text[addressed.end() :]
    recipient, found, rest = _cut(text.removeprefix("to=<"), _AFTER_RECIPIENT)
    if not rest.startswith("orig_to=<"):
        return recipient, None, found, rest
    return recipient, *_cut(rest.removeprefix("orig_to=<"), _AFTER_ORIGINAL)


def _cut(text: str, mark: re.Pattern[str]) -> tuple[str, bool, str]:
    match = mark.search(text)
    return (text[: match.start()], True, text[match.end() :]) if match else (text, False, "")


def _relay(text: str) -> tuple[str, str | None, int | None]:
    named = leading_client(text)
    return (named[0].name, named[0].address, named[0].port) if named else (text, None, None)


def _numbers(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split("/") if part)
    except ValueError:
        return ()


_MASTER = re.compile(r"(?P<what>daemon started|reload) -- version (?P<version>[^\s,]+)")
_SIGNAL = re.compile(r"terminating on signal (\d+)")


def parse_master(text: str) -> Event | None:
    """The event of a line of master(8) about start, reload or stop; lines about dead children are `Trouble`."""
    if life := _MASTER.match(text):
        return MasterStarted(life["version"]) if life["what"] == "daemon started" else Reloaded(life["version"])
    stopped = _SIGNAL.match(text)
    return Stopped(int(stopped[1])) if stopped else None
