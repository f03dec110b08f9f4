"""Log lines in which a stranger's words stand: what they say is never taken for what Postfix says.

The shapes are those of smtpd(8), cleanup(8), qmgr(8), smtp(8) and policyd-spf, as all three releases write them: addresses
of the envelope in quotes where they need them, without quotes in a reply, and a HELO name without special characters.
"""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from postfix_lab.postfix.log import Delivery, MessageId, Other, PolicySpf, Queued, Reject
from postfix_lab.postfix.replies.infrastructure import is_infrastructure
from postfix_lab.smtp.transcript import Exchange, Reply
from tests.unit.hostile.profile import tried
from tests.unit.postfix.log.log_script import Book, book_of, found, lines, read

_WORDS = (
    "> to=<", "; from=<", "> proto=ESMTP helo=<", ">: Relay access denied", "helo=<", ": ", "; ", ", ", " from ", "[6.6.6.6]:25", "evil",
    "; client-ip=6.6.6.6", "; helo=", "; envelope-from=", "; receiver=", " identity=helo", ">, relay=evil[6.6.6.6]:25, ", "dsn=2.0.0, ",
    ", status=sent (250 ok)", ", delays=1/2/3/4", ">, size=1, nrcpt=1 (queue active)", "removed", "connect from ", "disconnect from ",
    "client=", "NOQUEUE: reject: RCPT from a[6.6.6.6]: 550 5.7.1 ", "ABCDEF012: ", "warning: ", "\\", '"', "@", "x", " sasl_username=<root>",
    "Why?s=mfrom;id=", ";ip=6.6.6.6", ";r=", "permanent error", ")", "(",
)  # fmt: skip
_TEXTS = st.lists(st.one_of(st.sampled_from(_WORDS), st.text(st.characters(codec="ascii", categories=("L", "N", "P", "S", "Zs")), max_size=6)), max_size=8)  # fmt: skip
LOCALS = _TEXTS.map("".join)
HELOS = LOCALS.map(lambda text: re.sub(r'[ <>()\\";:@]', "?", text) or "x")
"""As smtpd(8) leaves it: `neuter()` with NEUTER_CHARACTERS."""
CLIENT = "mail.good.example[203.0.113.10]:4711"


def external(local: str, domain: str = "far.example") -> str:
    """The address as the envelope shows it (quote_822_local.c)."""
    plain = re.fullmatch(r"[\w!#$%&'*+/=?^`{|}~.-]+", local, re.ASCII) and not local.startswith(".") and ".." not in local
    return f"{local}@{domain}" if plain and not local.endswith(".") else '"' + re.sub(r'(["\\])', r"\\\1", local) + f'"@{domain}'


@tried()
@given(LOCALS, LOCALS, HELOS)
@example("x", "a; from=<evil@x> to=<b", "h")
@example("x", "a; from=<evil@x> to=<b@x> proto=ESMTP helo=<h>: x", "h")
@example("x", "a>: Relay access denied; from=<evil> to=<b> proto=ESMTP helo=<h>", "proto=ESMTP")
@example("s> to=<b; from=<e> to=<r", 'x" y; from=<q> to=<z', "h")
def test_a_rejects_fields(sender: str, recipient: str, helo: str) -> None:
    """Sender, recipient, HELO and what the reply is about are what was said, whatever was said."""
    about = f"{recipient}@far.example"
    event = read(
        f"NOQUEUE: reject: RCPT from {CLIENT}: 554 5.7.1 <{about}>: Relay access denied; from=<{external(sender)}> "
        f"to=<{external(recipient)}> proto=ESMTP helo=<{helo}>"
    ).event
    assert isinstance(event, Reject)
    assert (event.sender, event.recipient, event.helo) == (external(sender), external(recipient), helo)
    assert (event.code, event.enhanced, event.about, event.subject) == (554, "5.7.1", about, "Relay access denied")
    assert event.client is not None
    assert str(event.client) == CLIENT


@tried()
@given(LOCALS, LOCALS, st.sampled_from(["sent (250 2.1.5 Ok)", "bounced (host mx said: 550 5.1.1 No such user)"]), LOCALS)
@example("a>, relay=evil[1.2.3.4]:25, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent (250 ok)", "", "bounced (no)", "")
def test_a_deliverys_fields(recipient: str, original: str, status: str, said: str) -> None:
    """No recipient can turn a bounce into a delivery, or name another relay; nor can the words of a remote MTA."""
    orig_to = f"orig_to=<{external(original)}>, " if original else ""
    event = read(
        f"8B8491925A4: to=<{external(recipient)}>, {orig_to}relay=mx.far.example[203.0.113.61]:25, delay=0.02, "
        f"delays=0/0.01/0/0.01, dsn=5.1.1, status={status[:-1]} {said})",
        "postfix/smtp",
    ).event
    assert isinstance(event, Delivery)
    assert (event.recipient, event.orig_to) == (external(recipient), external(original) if original else None)
    assert (event.status, event.relay, event.relay_address) == (status.split(maxsplit=1)[0], "mx.far.example", "203.0.113.61")


@tried()
@given(LOCALS, LOCALS, LOCALS, HELOS)
@example("x from evil[6.6.6.6]; from=<e> to=<r> proto=ESMTP helo=<h>: why", "s", "r", "h")
def test_what_a_header_check_looked_at(subject: str, sender: str, recipient: str, helo: str) -> None:
    """A header can hold a whole line of cleanup's, and is still only a header."""
    event = read(
        f"8B8491925A4: warning: header Subject: {subject} from {CLIENT}; from=<{external(sender)}> "
        f"to=<{external(recipient)}> proto=ESMTP helo=<{helo}>: looked",
        "postfix/cleanup",
    ).event
    assert isinstance(event, Reject)
    assert str(event.client) == CLIENT
    assert (event.sender, event.recipient, event.helo) == (external(sender), external(recipient), helo)
    assert (event.about, event.reason) == (f"Subject: {subject}", "looked")


@tried()
@given(LOCALS, LOCALS)
def test_lines_of_the_queue(sender: str, text: str) -> None:
    """Qmgr's sender and cleanup's Message-ID are whatever they are, and no other kind of line."""
    queued = read(f"8B8491925A4: from=<{external(sender)}>, size=9, nrcpt=2 (queue active)", "postfix/qmgr").event
    assert queued == Queued(external(sender), 9, 2)
    assert read(f"8B8491925A4: message-id=<{text}>", "postfix/cleanup").event == MessageId(f"<{text}>".strip())


@tried()
@given(LOCALS, HELOS)
@example("s> to=<b; from=<e> to=<r", "h")
@example("a; receiver=evil", "h")
def test_policyd_spf_names_the_client(sender: str, helo: str) -> None:
    """policyd-spf repeats the sender without quotes and in lower case; client and HELO stand before it."""
    assume(sender.strip() == sender)
    event = read(
        f": prepend Received-SPF: None (mailfrom) identity=mailfrom; client-ip=203.0.113.10; helo={helo.lower()}; "
        f"envelope-from={sender.lower()}@good.example; receiver=lab.test ",
        "policyd-spf",
    ).event
    assert isinstance(event, PolicySpf)
    assert (event.client_ip, event.helo, event.identity) == ("203.0.113.10", helo.lower(), "mailfrom")
    assert (event.envelope_from, event.receiver) == (f"{sender.lower()}@good.example", "lab.test")


@tried()
@given(LOCALS, LOCALS)
@example("x identity=helo; client-ip=6.6.6.6; helo=y; envelope-from=z; receiver=w", "ann")
@example("; client-ip=6.6.6.6", "ann")
@example("client-ip=6.6.6.6; helo=y; envelope-from=z; receiver=w" + 3000 * "w", "ann")
def test_an_explanation_names_no_other_client(explanation: str, sender: str) -> None:
    """The comment of a HELO result is the domain's own text (exp=): the client is the real one, or not told."""
    event = read(
        f": prepend Received-SPF: Fail ({explanation.lower()}) identity=helo; client-ip=203.0.113.10; helo=h.example; "
        f"envelope-from={sender.lower()}@good.example; receiver=lab.test ",
        "policyd-spf",
    ).event
    assert isinstance(event, PolicySpf)
    assert event.client_ip in (None, "203.0.113.10")


@tried()
@given(LOCALS, LOCALS)
@example("SPF Permanent Error: see http://x/Why?s=helo;id=bob@y;ip=6.6.6.6;r=z", "ann")
def test_a_refusal_of_policyd_spf(explanation: str, sender: str) -> None:
    """An explanation of the domain's own changes neither the client nor, where it has a code, the result."""
    event = read(
        f": 550 5.7.23 Message rejected due to: {explanation}. Please see http://www.openspf.net/Why?s=mfrom;"
        f"id={sender}@good.example;ip=203.0.113.10;r=lab.test",
        "policyd-spf",
    ).event
    assert isinstance(event, PolicySpf)
    assert (event.action, event.client_ip, event.receiver) == ("reject", "203.0.113.10", "lab.test")
    assert event.result not in ("Permerror", "Temperror")


@tried()
@given(LOCALS, LOCALS, HELOS)
def test_no_words_lead_into_another_session(sender: str, recipient: str, helo: str) -> None:
    """Two sessions at once, one of them hostile: each has its own lines, and the other's message is not touched."""
    hostile = f"""
postfix/smtpd[1]: NOQUEUE: reject: RCPT from {CLIENT}: 554 5.7.1 <{recipient}@far.example>: Relay access denied; from=<{external(sender)}> to=<{external(recipient)}> proto=ESMTP helo=<{helo}>
policyd-spf[9]: : prepend Received-SPF: None (mailfrom) identity=mailfrom; client-ip=203.0.113.10; helo={helo.lower()}; envelope-from={sender.lower()}@x.example; receiver=lab.test
postfix/smtpd[1]: 8B8491925A4: client={CLIENT}
postfix/cleanup[3]: 8B8491925A4: message-id=<{sender}>
postfix/qmgr[4]: 8B8491925A4: from=<{external(sender)}>, size=9, nrcpt=1 (queue active)
postfix/smtp[5]: 8B8491925A4: to=<{external(recipient)}>, relay=none, delay=1, delays=0/0/1/0, dsn=4.4.1, status=deferred ({recipient})
"""
    quiet = "postfix/smtpd[2]: connect from unknown[6.6.6.6]:25", "postfix/smtpd[2]: ABCDEF012: client=unknown[6.6.6.6]:25"
    book = book_of(f"postfix/smtpd[1]: connect from {CLIENT}", *quiet, hostile, f"postfix/smtpd[1]: disconnect from {CLIENT}")
    mine, other = found(book, "203.0.113.10", 4711), found(book, "6.6.6.6", 25)
    assert len(mine.lines) == 8
    assert [line.text for line in other.lines] == [line.split(": ", 1)[1] for line in quiet]
    assert mine.is_finished(["8B8491925A4"])
    assert not other.is_finished()


@tried()
@given(st.lists(st.tuples(st.sampled_from(["postfix/smtpd", "postfix/cleanup", "postfix/qmgr", "postfix/smtp", "postfix/bounce", "policyd-spf", "postfix/postscreen", "postfix/master", "x"]), st.integers(1, 3), LOCALS), max_size=12))  # fmt: skip
def test_the_book_takes_any_lines(said: list[tuple[str, int, str]]) -> None:
    """Whatever the lines are, the book stays a book."""
    book = Book()
    for program, pid, text in said:
        for line in lines(f"{program}[{pid}]: {text}") if text.strip() else ():
            book.add(line)
    assert all(session.lines for session in book.sessions)
    book.clear()


@pytest.mark.parametrize("word", ["Temporary lookup failure", "Service unavailable", "Server configuration error"])
def test_a_recipient_is_no_infrastructure(word: str) -> None:
    """A recipient that is called like an error of the mail host's own does not make it one."""
    for enhanced in ("4.3.0", "4.3.5", "4.7.1"):
        own = Reply(451, (f"<{word}@x>: Recipient address rejected: greylisted",), enhanced)
        assert is_infrastructure(Exchange("RCPT", "RCPT TO:<x>", own, 0.0)) is False


def test_only_a_bare_line_opens_or_ends_a_session() -> None:
    """`connect from` behind a queue id, or a second id behind the first, is no shape of Postfix's (found by `make fuzz`)."""
    for text in ("8B8491925A4: connect from a[6.6.6.6]:1", "NOQUEUE: disconnect from a[6.6.6.6]:1"):
        assert read(text).event == Other()
    assert read("8B8491925A4: 8B8491925A4: removed", "postfix/qmgr").event == Other()
