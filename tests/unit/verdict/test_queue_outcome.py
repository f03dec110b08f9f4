"""The ends of an accepted message, each from an excerpt of a log as Postfix writes it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from postfix_lab.evidence.address import Address
from postfix_lab.verdict.queue_outcome import End, MailQueue, Notice, QueueOutcome
from tests.unit.evidence_builder import CONTENT, evidence, log_of, message

ID, NEXT, NOTICE, SECOND = "4ABCD12345", "4BBBB12345", "4CCCC12345", "4DDDD12345"
CLIENT = "mail.good.example[203.0.113.10]"
CONNECT = f"smtpd: connect from {CLIENT}"
BEGUN = f"smtpd: {ID}: client={CLIENT}"
SAME = f"cleanup: {ID}: message-id=<m1@good.example>"
ACTIVE = f"qmgr: {ID}: from=<ann@good.example>, size=400, nrcpt=1 (queue active)"
FROM_NOBODY = ACTIVE.replace("ann@good.example", "")
REMOVED = f"qmgr: {ID}: removed"
EXPIRED = f"qmgr: {ID}: from=<ann@good.example>, status=expired, returned to sender"
RETURNED = f"bounce: {ID}: sender non-delivery notification: {NOTICE}"
NOTICE_ACTIVE = f"qmgr: {NOTICE}: from=<>, size=2000, nrcpt=1 (queue active)"


def tried(
    status: str, queue_id: str = ID, to: str = "bob@lab.test", relay: str = "192.0.2.99[192.0.2.99]:24",
    why: str = "250 2.0.0 Ok", service: str = "lmtp",
) -> str:  # fmt: skip
    """A line about an attempt to deliver."""
    return f"{service}: {queue_id}: to=<{to}>, relay={relay}, delay=1, delays=1/0/0/0, dsn=2.0.0, status={status} ({why})"


def acted(action: str, text: str, queue_id: str = ID) -> str:
    """A line of smtpd about an access table."""
    return (
        f"smtpd: {queue_id}: {action}: RCPT from {CLIENT}: <bob@lab.test>: Recipient address {text}; "
        "from=<ann@good.example> to=<bob@lab.test> proto=ESMTP helo=<mail.good.example>"
    )


SENT, DEFERRED, BOUNCED = tried("sent"), tried("deferred", why="451 later"), tried("bounced", why="550 no")
HOLD = acted("hold", "triggers HOLD action")
TO_FILTER = tried("sent", relay="127.0.0.1[127.0.0.1]:10024", service="smtp", why="250 2.0.0 from MTA: 250 Ok")
NAMED = TO_FILTER.replace("MTA: 250 Ok", f"MTA: 250 2.0.0 Ok: queued as {NEXT}")
BACK = f"smtpd: {NEXT}: client=localhost[127.0.0.1]:5000"
BY_SENDMAIL = f"pickup: {NEXT}: uid=110 from=<ann@good.example>"
SAME_BACK = f"cleanup: {NEXT}: message-id=<m1@good.example>"
SENT_BACK = tried("sent", NEXT)

ENDS: list[tuple[str, tuple[str, ...], End, int]] = [
    ("delivered", (BEGUN, ACTIVE, SENT, REMOVED), End.DELIVERED, 1),
    ("delivered after a while", (BEGUN, ACTIVE, DEFERRED, ACTIVE, SENT, REMOVED), End.DELIVERED, 1),
    ("delivered twice", (BEGUN, ACTIVE, SENT, SENT, REMOVED), End.DELIVERED, 2),
    ("deferred", (BEGUN, ACTIVE, DEFERRED), End.DEFERRED, 0),
    ("soft_bounce", (BEGUN, ACTIVE, tried("SOFTBOUNCE")), End.DEFERRED, 0),
    ("bounced", (BEGUN, ACTIVE, BOUNCED, RETURNED, REMOVED, NOTICE_ACTIVE, tried("sent", NOTICE)), End.BOUNCED, 0),
    ("bounced, removed not yet", (BEGUN, ACTIVE, BOUNCED), End.BOUNCED, 0),
    ("expired", (BEGUN, ACTIVE, DEFERRED, EXPIRED, RETURNED, REMOVED), End.EXPIRED, 0),
    ("expired untried", (BEGUN, EXPIRED, RETURNED, REMOVED), End.EXPIRED, 0),
    ("expired by postsuper", (BEGUN, ACTIVE, DEFERRED, EXPIRED.replace("=exp", "=force-exp"), RETURNED), End.EXPIRED, 0),
    ("no sender to tell", (BEGUN, FROM_NOBODY, BOUNCED), End.RETURNED_TO_NOBODY, 0),
    ("NOTIFY=NEVER", (BEGUN, ACTIVE, BOUNCED, REMOVED), End.RETURNED_TO_NOBODY, 0),
    (
        "double bounce",
        (BEGUN, ACTIVE, BOUNCED, f"bounce: warning: {ID}: undeliverable postmaster notification discarded", REMOVED),
        End.RETURNED_TO_NOBODY, 0,
    ),
    (
        "double bounce to itself",
        (BEGUN, ACTIVE, tried("sent", relay="none", service="error", why="undeliverable postmaster notification discarded")),
        End.RETURNED_TO_NOBODY, 0,
    ),
    (
        "postmaster was told",
        (BEGUN, FROM_NOBODY, BOUNCED, RETURNED.replace("sender", "postmaster"), NOTICE_ACTIVE, tried("sent", NOTICE)),
        End.BOUNCED, 0,
    ),
    (
        "bounce bounced", (BEGUN, ACTIVE, BOUNCED, RETURNED, REMOVED, NOTICE_ACTIVE, tried("bounced", NOTICE)),
        End.BOUNCE_FAILED, 0,
    ),
    (
        "postmaster could not be told",
        (BEGUN, FROM_NOBODY, BOUNCED, RETURNED.replace("sender", "postmaster"), NOTICE_ACTIVE, tried("bounced", NOTICE)),
        End.BOUNCE_FAILED, 0,
    ),
    (
        "bounce deferred", (BEGUN, ACTIVE, BOUNCED, RETURNED, REMOVED, NOTICE_ACTIVE, tried("deferred", NOTICE)),
        End.BOUNCED, 0,
    ),
    ("held by a table", (BEGUN, HOLD, SAME), End.HELD, 0),
    ("held before it had an id", (CONNECT, HOLD.replace(ID, "NOQUEUE"), BEGUN, SAME), End.HELD, 0),
    ("held by a milter", (BEGUN, f"cleanup: {ID}: milter-hold: END-OF-MESSAGE from {CLIENT}: milter triggers HOLD action"), End.HELD, 0),
    (
        "held by header_checks",
        (BEGUN, f"cleanup: {ID}: hold: header Subject: x from {CLIENT}; from=<a@b.example> to=<bob@lab.test> proto=ESMTP helo=<x>"),
        End.HELD, 0,
    ),
    ("held by postsuper", (BEGUN, ACTIVE, DEFERRED, f"postsuper: {ID}: placed on hold"), End.HELD, 0),
    ("released", (BEGUN, HOLD, f"postsuper: {ID}: released from hold", ACTIVE, SENT), End.DELIVERED, 1),
    ("discarded by a table", (BEGUN, acted("discard", "triggers DISCARD action"), SAME), End.DISCARDED, 0),
    ("held and discarded", (BEGUN, HOLD, acted("discard", "triggers DISCARD action")), End.DISCARDED, 0),
    ("discarded by cleanup, 3.10", (BEGUN, f"cleanup: {ID}: removed (discarded)"), End.DISCARDED, 0),
    ("discarded by discard(8)", (BEGUN, ACTIVE, tried("sent", relay="none", service="discard", why="x"), REMOVED), End.DISCARDED, 0),
    ("deleted by postsuper", (BEGUN, HOLD, f"postsuper: {ID}: removed"), End.DISCARDED, 0),
    (
        "redirected", (BEGUN, acted("redirect", "triggers REDIRECT eve@lab.test"), ACTIVE, tried("sent", to="eve@lab.test")),
        End.REDIRECTED, 1,
    ),
    (
        "redirected and bounced",
        (BEGUN, acted("redirect", "triggers REDIRECT eve@lab.test"), ACTIVE, tried("bounced", to="eve@lab.test")),
        End.BOUNCED, 0,
    ),
    ("filter gave nothing back", (BEGUN, acted("filter", "triggers FILTER smtp:[127.0.0.1]:10024"), ACTIVE, TO_FILTER), End.FILTERED, 0),
    ("filter names the id", (BEGUN, ACTIVE, BACK, NAMED, SENT_BACK), End.DELIVERED, 1),
    ("filter gives XFORWARD", (BEGUN, ACTIVE, f"{BACK}, orig_queue_id={ID}", TO_FILTER, SENT_BACK), End.DELIVERED, 1),
    ("filter keeps the Message-ID", (BEGUN, SAME, ACTIVE, BACK, SAME_BACK, TO_FILTER, SENT_BACK), End.DELIVERED, 1),
    ("filter calls sendmail", (BEGUN, SAME, ACTIVE, TO_FILTER, REMOVED, BY_SENDMAIL, SAME_BACK, SENT_BACK), End.DELIVERED, 1),
    ("back from the filter and bounced", (BEGUN, ACTIVE, BACK, NAMED, tried("bounced", NEXT)), End.BOUNCED, 0),
    ("back twice", (BEGUN, ACTIVE, BACK, NAMED, SENT_BACK, SENT_BACK), End.DELIVERED, 2),
    ("another mail of the same Message-ID", (BEGUN, SAME, ACTIVE, SENT, BACK.replace("localhost[127.0.0.1]:5000", CLIENT), SAME_BACK), End.DELIVERED, 1),
    ("no Message-ID at all", (BEGUN, f"cleanup: {ID}: message-id=<>", ACTIVE, SENT, BACK, f"cleanup: {NEXT}: message-id=<>"), End.DELIVERED, 1),
    (
        "filter calls sendmail, no Message-ID",
        (BEGUN, ACTIVE, tried("sent", relay="spam", service="pipe"), BY_SENDMAIL, ACTIVE.replace(ID, NEXT), SENT_BACK),
        End.DELIVERED, 1,
    ),
    (
        "somebody else calls sendmail",
        (BEGUN, ACTIVE, SENT, BY_SENDMAIL.replace("ann", "eve"), tried("bounced", NEXT)),
        End.DELIVERED, 1,
    ),
    ("server on the mail host that keeps it", (BEGUN, ACTIVE, TO_FILTER), End.FILTERED, 0),
    ("bounce that a milter refuses", (BEGUN, ACTIVE, BOUNCED, f"qmgr: {ID}: status=deferred (bounce failed)"), End.BOUNCE_FAILED, 0),
    ("alias", (BEGUN, ACTIVE, tried("sent", relay="local", why=f"forwarded as {NEXT}"), SENT_BACK), End.DELIVERED, 1),
    (
        "alias of two, one of whom bounces",
        (BEGUN, ACTIVE, tried("sent", relay="local", why=f"forwarded as {NEXT}"), tried("sent", NEXT, "eve@lab.test"),
         tried("bounced", NEXT, "max@lab.test")),
        End.BOUNCED, 1,
    ),
    (
        "requeued", (BEGUN, ACTIVE, DEFERRED, f"pickup: {NEXT}: uid=106 from=<ann@good.example> orig_id={ID}", SENT_BACK),
        End.DELIVERED, 1,
    ),
    ("requeued untried", (BEGUN, HOLD, f"pickup: {NEXT}: uid=106 from=<ann@good.example> orig_id={ID}", SENT_BACK), End.DELIVERED, 1),
    ("a loop", (BEGUN, ACTIVE, NAMED, BACK, tried("sent", NEXT, why=f"250 2.0.0 Ok: queued as {ID}")), End.UNKNOWN, 0),
    ("no attempt yet", (BEGUN, ACTIVE), End.QUEUED, 0),
    ("no line", (), End.UNKNOWN, 0),
]  # fmt: skip


def end(*lines: str, recipient: str = "bob@lab.test", others: tuple[str, ...] = ()) -> QueueOutcome:
    """The outcome for bob, whom nobody's sink or MTA has heard of."""
    return MailQueue(evidence(log=log_of(*lines), messages=())).outcome(ID, recipient, others)


@pytest.mark.parametrize("lines, wanted, copies", [case[1:] for case in ENDS], ids=[case[0] for case in ENDS])
def test_end_of_a_message(lines: tuple[str, ...], wanted: End, copies: int) -> None:
    """What the log says last about each copy; the worst end counts, and only what arrived is counted as a copy."""
    found = end(*lines)
    assert (found.end, found.copies) == (wanted, copies)
    assert {where.part for where in found.lines} <= {"log"}
    assert [where.number for where in found.lines] == sorted({where.number for where in found.lines})


def test_table_has_each_end() -> None:
    """An end that no excerpt shows would be one that nobody has tried."""
    assert {case[2] for case in ENDS} == set(End)


def test_chain_of_queue_ids_addresses_and_lines() -> None:
    """Through an alias: both ids, whom it went to, and the lines that say so."""
    found = end(BEGUN, ACTIVE, tried("sent", relay="local", why=f"forwarded as {NEXT}"), tried("sent", NEXT, "eve@lab.test"))
    assert (found.queue_ids, found.addresses) == ((ID, NEXT), ("eve@lab.test",))
    assert found.lines == (Address("log", 2), Address("log", 3))


def test_notice_has_an_end_of_its_own() -> None:
    """And is named by its kind and queue id; a notice that bounces is noticed in turn."""
    found = end(
        BEGUN, ACTIVE, BOUNCED, RETURNED, REMOVED, NOTICE_ACTIVE, tried("bounced", NOTICE),
        f"bounce: {NOTICE}: postmaster non-delivery notification: {SECOND}", tried("sent", SECOND),
    )  # fmt: skip
    assert found.notices == (Notice("sender non-delivery", NOTICE, End.BOUNCED),)


def test_each_recipient_has_an_end_of_his_own() -> None:
    """By the address in the envelope, as Postfix names it in `to=` or in `orig_to=`."""
    lines = (BEGUN, ACTIVE, SENT, tried("bounced", to="x@far.example").replace(", relay", ", orig_to=<Eve@lab.test>, relay"))
    assert end(*lines).end is End.DELIVERED
    assert end(*lines, recipient="eve@lab.test").end is End.BOUNCED


def test_recipient_that_a_map_renamed() -> None:
    """What is tried for none of the others is his."""
    lines = (BEGUN, ACTIVE, SENT, tried("deferred", to="carol@far.example"))
    assert end(*lines, recipient="moved@lab.test", others=("bob@lab.test",)).end is End.DEFERRED


def test_what_arrived_twice_and_was_logged_once_counts_twice() -> None:
    """A sink whose reply was lost has got the mail, and gets it again."""
    seen = evidence(log=log_of(BEGUN, ACTIVE, DEFERRED, ACTIVE, SENT), messages=(message(), message()))
    assert MailQueue(seen).outcome(ID, "bob@lab.test").copies == 2
    other = replace(message(), content=CONTENT.replace(ID, NEXT))
    assert MailQueue(replace(seen, messages=(message(), other))).outcome(ID, "bob@lab.test").copies == 1
