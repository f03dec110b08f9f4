"""Mail that a content filter hands back is one mail: its end is that of the copy that came back."""

from __future__ import annotations

from typing import Any

import pytest

from postfix_lab import (
    Check,
    MakeRemote,
    Remote,
    Scene,
    accepted,
    bounced,
    delivered,
    header,
    logged,
    not_delivered,
    warned,
)
from postfix_lab.verdict.evidence_outcome import outcome
from postfix_lab.verdict.queue_outcome import End

SMTP, LMTP, PROGRAM = "scan:[127.0.0.1]:10024", "feed:[127.0.0.1]:10024", "spam:dummy"
NOBODY = "ann@gone.example"
"""A sender whose domain does not exist."""
WAYS = (SMTP, "scan:127.0.0.1:10024", LMTP, "lmtp:unix:private/amavis", PROGRAM)
TABLE = "check_sender_access inline:{{good.example=FILTER scan:[127.0.0.1]:10024}}"
SEVERAL = 5
BY_PROGRAM = "check_sender_access inline:{{good.example=FILTER spam:dummy}}"
BY_TABLE = f"check_client_access inline:{{{{127.0.0.1=permit}}}}, {TABLE}"


def filtered(way: str, word: str = "accept", **main: str) -> Any:
    """That content filter, and how its stand-in behaves."""
    return pytest.mark.mail_host(config="filtered", main={"content_filter": way, **main}, filter=word)


@pytest.fixture
def good(remote: MakeRemote) -> Remote:
    """The one host of good.example."""
    return remote("203.0.113.10", name="mail.good.example")


def check_one_mail(lab: Scene, good: Remote, *checks: Check) -> None:
    """Send a mail to two; each gets one copy, under another queue id than the client was told."""
    seen = good.send(to=("bob@lab.test", "eve@lab.test"))
    each = (delivered(1, to="bob@lab.test"), delivered(1, to="eve@lab.test"))
    lab.check(seen, accepted(), delivered(), delivered(2), *each, *checks)
    for one in outcome(seen).recipients:
        assert one.queue is not None
        assert (one.queue.end, one.queue.copies, len(one.queue.queue_ids)) == (End.DELIVERED, 1, 2)


@pytest.mark.parametrize("_way", [pytest.param(way, marks=filtered(way)) for way in WAYS])
def test_comes_back(lab: Scene, good: Remote, _way: str) -> None:
    """By whatever way, and the run is over when it has arrived."""
    check_one_mail(lab, good)


@filtered("own:dummy")
def test_script_of_the_admin(lab: Scene, good: Remote) -> None:
    """It runs as it is, and changes what it likes."""
    check_one_mail(lab, good, header("Subject", r"\[checked\]"))


@filtered("own:dummy")
def test_several_at_a_time(lab: Scene, good: Remote) -> None:
    """Each comes back as a mail of its own."""
    seen = lab.run(good.mail_host, *[good.session()] * SEVERAL)
    lab.check(seen, *(accepted(session=number) for number in range(SEVERAL)), delivered(SEVERAL))


@pytest.mark.mail_host(config="filtered", main={"smtpd_sender_restrictions": BY_TABLE})
def test_table_chooses_the_filter(lab: Scene, good: Remote) -> None:
    """FILTER of access(5); at port 10025 the mail comes from localhost, and passes."""
    check_one_mail(lab, good, logged("Reject", action="filter"))


@pytest.mark.mail_host(config="filtered", main={"smtpd_sender_restrictions": BY_PROGRAM})
def test_table_chooses_a_program(lab: Scene, good: Remote) -> None:
    """FILTER with a transport of pipe(8): what it hands back is not the client's any more, and passes."""
    check_one_mail(lab, good, logged("Reject", action="filter"))


@filtered("scan:[127.0.0.1]:10034")
def test_two_filters_in_a_row(lab: Scene, good: Remote) -> None:
    """The chain has three queue ids."""
    seen = good.send()
    lab.check(seen, accepted(), delivered(1, to="bob@lab.test"))
    queue = outcome(seen).message.queue
    assert queue is not None
    assert (queue.end, queue.copies, len(queue.queue_ids)) == (End.DELIVERED, 1, 3)


@filtered(SMTP, always_bcc="archive@lab.test")
def test_archive_gets_two_copies(lab: Scene, good: Remote) -> None:
    """always_bcc adds it before the filter and behind it; receive_override_options would spare one."""
    lab.check(good.send(), accepted(), delivered(), delivered(3), delivered(2, to="archive@lab.test"))


@pytest.mark.parametrize("_way", [pytest.param(way, marks=filtered(way, "reject")) for way in (SMTP, LMTP, PROGRAM)])
def test_filter_refuses(lab: Scene, good: Remote, _way: str) -> None:
    """The mail is given up, and its sender, whose domain does not exist, cannot be told."""
    seen = good.send(sender=NOBODY)
    lab.check(seen, accepted(), bounced(to="bob@lab.test"), bounced(to=NOBODY), not_delivered())


@pytest.mark.parametrize(
    "_case",
    [
        pytest.param(f"{word} {way}", marks=filtered(way, word, **main))
        for way in (SMTP, LMTP)
        for word, main in (
            ("tempfail", {}),
            ("absent", {}),
            ("hang", {"smtp_helo_timeout": "1s", "lmtp_lhlo_timeout": "1s"}),
        )
    ],
)
def test_filter_cannot_be_reached(lab: Scene, good: Remote, _case: str) -> None:
    """The mail waits in the queue."""
    seen = good.send()
    lab.check(seen, accepted(), logged("Delivery", status="deferred"), not_delivered(), without=["accepted-arrives"])
    assert str(outcome(seen).message) == "accept 250 2.0.0, deferred"


@filtered(PROGRAM, "hang", spam_time_limit="1s")
def test_program_hangs(lab: Scene, good: Remote) -> None:
    """pipe(8) ends it and gives the mail up."""
    late = warned("pipe_command_read: read time limit exceeded")
    seen = good.send(sender=NOBODY)
    lab.check(seen, accepted(), bounced(to="bob@lab.test"), bounced(to=NOBODY), not_delivered(), late)
