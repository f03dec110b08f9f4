"""The keyword arguments of checks that compare fields of log lines or headers, with their types.

They are typed dictionaries, so that a type checker rejects a field that does not exist (PEP 692). A test verifies that
they have exactly the fields of the events and of the header.
"""

from __future__ import annotations

import re
from typing import TypedDict

Text = str | re.Pattern[str] | None
"""A text, a regular expression that is to be found in it, or None for a field that the line has not."""


class LineFields(TypedDict, total=False):
    """Fields of a log line (`LogLine`), of its event (`postfix/log/events.py`), and of the client in that event."""

    # of every line
    program: Text
    service: Text
    pid: int | None
    severity: int
    queue_id: Text
    peer: Text
    # of a client
    name: Text
    address: Text
    port: int | None
    # of an event
    about: Text
    action: Text
    cipher: Text
    client_ip: Text
    code: int | str | None
    delay: float | None
    delays: tuple[float, ...]
    detail: Text
    dsn: Text
    enhanced: Text
    envelope_from: Text
    header: Text
    helo: Text
    hostname: Text
    how: Text
    identity: Text
    kind: Text
    level: Text
    mechanism: Text
    message: Text
    message_id: Text
    notification: Text
    nrcpt: int
    octets: int | None
    on_hold: bool
    orig_client: Text
    orig_id: Text
    orig_queue_id: Text
    orig_to: Text
    outbound: bool
    proto: Text
    protocol: Text
    reason: Text
    receiver: Text
    recipient: Text
    relay: Text
    relay_address: Text
    relay_port: int | None
    result: Text
    sasl_method: Text
    sasl_sender: Text
    sasl_username: Text
    sender: Text
    signal: int
    size: int
    stage: Text
    status: Text
    subject: Text
    tail: Text
    text: Text
    trust: Text
    uid: int
    username: Text
    version: Text


class SpfFields(TypedDict, total=False):
    """Fields of a Received-SPF header (RFC 7208 section 9.1) and its comment."""

    original: str
    """The result as it is written, `Pass`."""
    comment: str
    identity: str
    client_ip: str
    envelope_from: str
    helo: str
    receiver: str
    mechanism: str
    problem: str
