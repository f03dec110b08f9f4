"""Who decided where no restriction did, from sessions that were made by hand."""

from __future__ import annotations

from functools import partial
from math import inf

import pytest

from postfix_lab.postfix.configuration import Configured
from postfix_lab.postfix.restrictions import EvaluatedCommand, Step
from postfix_lab.verdict.outside import OutsideLists
from tests.unit.evidence_builder import START, log_of

MAIN = (
    "myhostname = x\nmessage_size_limit = 1000\nheader_checks = pcre:/etc/postfix/head\nmilters = x\n"
    "smtpd_milters = inet:127.0.0.1:1\n  { unix:/m, default_action=accept }\nvirtual_alias_maps = hash:/etc/postfix/v\n"
)
VALUES = {
    "message_size_limit": "1000", "header_checks": "pcre:/etc/postfix/head", "virtual_alias_maps": "hash:/etc/postfix/v",
    "smtpd_milters": "inet:127.0.0.1:1 { unix:/m, default_action=accept }", "strict_rfc821_envelopes": "yes",
    "queue_minfree": "0", "milter_default_action": "tempfail", "virtual_alias_recursion_limit": "1000",
    "smtpd_helo_required": "yes", "body_checks": "",
}  # fmt: skip
TABLES = {"/etc/postfix/head": "# none\n/^X-Bad/ REJECT bad\n", "/etc/postfix/v": "x y\na@b.test a@b.test\n"}
FLAGS = "(0,lock|fold_fix)"


def step(reply: str, *lines: str, verb: str = "MESSAGE", said: str = ".") -> Step | None:
    """Who refused a command with that reply, where these lines were logged meanwhile."""
    logged = log_of(*lines)
    outside = OutsideLists(Configured(MAIN, "", (), VALUES, {}, TABLES), "smtp/inet", logged, lambda: logged)
    return outside.step(EvaluatedCommand(verb, said, START, reply=reply), inf)


def told(found: Step | None) -> tuple[str, str, str]:
    """Parameter, value and place."""
    assert found is not None
    return found.restriction.name, found.restriction.argument, str(found.restriction.place)


@pytest.mark.parametrize(
    "reply, lines, wanted",
    [
        ("552 5.3.4 Error: message file too big", ["smtpd: warning: A1B2C3: queue file size limit exceeded"], ("message_size_limit", "1000", "main.cf:2")),
        ("552 5.3.4 Message size exceeds fixed limit", [], ("message_size_limit", "1000", "main.cf:2")),
        ("550 5.7.1 bad", [f"cleanup: maps_find: header_checks: pcre:/etc/postfix/head{FLAGS}: X-Bad: x = REJECT bad", "cleanup: A1B2C3: reject: header X-Bad: x from a[192.0.2.1]; from=<x@y>: 5.7.1 bad"], ("header_checks", "pcre:/etc/postfix/head", "/etc/postfix/head:2")),
        ("550 5.7.1 bad", ["cleanup: A1B2C3: reject: header X-Bad: x from a[192.0.2.1]; from=<x@y>: 5.7.1 bad"], ("header_checks", "pcre:/etc/postfix/head", "main.cf:3")),
        ("451 4.6.0 Alias expansion error", [f"cleanup: maps_find: virtual_alias_maps: hash:/etc/postfix/v{FLAGS}: a@b.test = a@b.test", "cleanup: warning: A1B2C3: unreasonable virtual_alias_maps map nesting for a@b.test -- message not accepted"], ("virtual_alias_maps", "hash:/etc/postfix/v", "/etc/postfix/v:2")),
        ("550 5.7.1 no", ["cleanup: milter8_eob: eob milter inet:127.0.0.1:1", "cleanup: milter8_eob: eob milter unix:/m", "cleanup: A1B2C3: milter-reject: END-OF-MESSAGE from a[192.0.2.1]: 5.7.1 no; from=<x@y>"], ("smtpd_milters", "unix:/m", "main.cf:6")),
        ("451 4.7.1 Service unavailable - try again later", ["smtpd: warning: connect to Milter service inet:127.0.0.1:1: Connection refused", "smtpd: NOQUEUE: milter-reject: MAIL from a[192.0.2.1]: 451 4.7.1 Service unavailable - try again later; proto=SMTP"], ("smtpd_milters", "inet:127.0.0.1:1", "main.cf:5")),
        ("503 5.5.1 Error: send HELO/EHLO first", [], ("smtpd_helo_required", "yes", "default")),
    ],
)  # fmt: skip
def test_who_refused(reply: str, lines: list[str], wanted: tuple[str, str, str]) -> None:
    """A limit, a content check with the table's line, an alias loop with its entry, the milter that was asked last."""
    assert told(step(reply, *lines)) == wanted


def test_nobody() -> None:
    """A command that is malformed, and a check that only warned, are no parameter's doing."""
    assert step("500 5.5.2 Error: command not recognized", verb="FOO", said="FOO") is None
    warned = "cleanup: A1B2C3: warning: header X-Bad: x from a[192.0.2.1]; from=<x@y>: bad"
    assert step("500 5.5.2 Error: command not recognized", warned) is None


def test_no_brackets() -> None:
    """strict_rfc821_envelopes refuses an address without them, and no other."""
    bare = step("501 5.1.7 Bad sender address syntax", verb="MAIL", said="MAIL FROM:a@b.test")
    assert told(bare) == ("strict_rfc821_envelopes", "yes", "default")
    assert step("501 5.1.7 Bad sender address syntax", verb="MAIL", said="MAIL FROM:<@@>") is None


@pytest.mark.parametrize("free, wanted", [("5 min_free 40960", "queue_minfree"), ("5 min_free 4096", "message_size_limit")])
def test_which_limit_of_the_disk(free: str, wanted: str) -> None:
    """The warning is the same; the numbers that smtpd logs tell the two apart."""
    lines = (
        f"smtpd: smtpd_check_queue: blocks 4096 avail {free} msg_size_limit 1000",
        "smtpd: NOQUEUE: reject: MAIL from a[192.0.2.1]: 452 4.3.1 Insufficient system storage; proto=ESMTP",
        "smtpd: warning: not enough free space in mail queue: 20480 bytes < 1.5*message size limit",
    )
    found = step("452 4.3.1 Insufficient system storage", *lines, verb="MAIL", said="MAIL FROM:<a@b.test>")
    assert told(found)[0] == wanted


def test_envelope_before_content() -> None:
    """cleanup(8) may complain of an alias before the message is sent; of another message it is another's."""
    warning = "cleanup: warning: A1B2C3D4: unreasonable virtual_alias_maps map nesting for a@b.test -- message not accepted"
    for queue_id, known in (("A1B2C3D4", True), ("B1B2C3D4", False)):
        logged = log_of(f"smtpd: {queue_id}: client=a[192.0.2.1]", warning)
        outside = OutsideLists(Configured(MAIN, "", (), VALUES, {}, TABLES), "smtp/inet", logged, partial(tuple, logged))
        found = outside.step(EvaluatedCommand("MESSAGE", ".", START + 1, reply="451 4.6.0 Alias expansion error"), inf)
        assert (found is not None) is known


def test_lines_of_other_commands() -> None:
    """What was logged before the command or after it is not about it."""
    logged = log_of("smtpd: warning: A1B2C3: queue file size limit exceeded")
    outside = OutsideLists(Configured("", ""), "", logged, lambda: logged)
    for at, until in ((START + 1, inf), (START - 1, START)):
        assert outside.step(EvaluatedCommand("MESSAGE", ".", at, reply="451 4.3.0 x"), until) is None


@pytest.mark.parametrize(
    "line, name",
    [
        ("cleanup: A1B2C3: hold: header X-Bad: x from a[192.0.2.1]; from=<x@y>", "header_checks"),
        ("cleanup: A1B2C3: milter-discard: END-OF-MESSAGE from a[192.0.2.1]: milter triggers DISCARD action; from=<x@y>", "smtpd_milters"),
        ("cleanup: A1B2C4: hold: header X-Bad: x from a[192.0.2.1]; from=<x@y>", None),
        ("cleanup: A1B2C3: warning: header X-Bad: x from a[192.0.2.1]; from=<x@y>", None),
    ],
)
def test_who_acted(line: str, name: str | None) -> None:
    """A check or a milter that put this message on hold or discarded it; another message's is none."""
    outside = OutsideLists(Configured(MAIN, "", (), VALUES, {}, TABLES), "smtp/inet", log_of(line), lambda: log_of(line))
    found = outside.action("A1B2C3")
    assert (found.restriction.name if found else None) == name
