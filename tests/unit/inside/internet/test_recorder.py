"""What was seen in a run: handed out in batches while it goes on, and each line given to the session that it is about."""

from __future__ import annotations

import asyncio
import time
import weakref
from dataclasses import replace

from postfix_lab.inside.internet.protocol import Batch, ParsedBatch, Sighting
from postfix_lab.inside.internet.recorder import Recorder
from postfix_lab.postfix.log.daemon_death import GONE
from postfix_lab.postfix.log.syslog import SyslogLine
from postfix_lab.smtp.transcript import Ending, Transcript
from tests.unit.evidence_builder import message, query

HOST, CLIENT = "192.0.2.25", "203.0.113.9"
SAID = ("connect from unknown[203.0.113.9]", "disconnect from unknown[203.0.113.9] quit=1 commands=1")


def _record() -> Recorder:
    """Of one mail host."""
    record = Recorder()
    record.mail_hosts[HOST] = HOST
    return record


def _hold(record: Recorder, started: float, *pids: int, ended: Ending = "quit", server: str = HOST) -> Transcript:
    """A session, with the log of these processes of smtpd while it is held."""
    visit = asyncio.run(record.admission.enter(CLIENT, server, 1.0))
    assert visit is not None
    for pid in pids:
        for text in SAID:
            record.add_line(SyslogLine(started, HOST, "mx", "postfix/smtpd", pid, 6, text))
    transcript = Transcript(CLIENT, 1000, server, 25, (), ended, None, started, started + 1)
    record.admission.leave(visit, transcript)
    return record.add_session(transcript)


def _pids(seen: Sighting) -> list[list[int | None]]:
    return [[line.pid for line in log] for log in seen.logs]


def test_sessions_from_one_address_have_their_own_lines() -> None:
    """The log has no ports; each session has the lines that came while it was held."""
    record = _record()
    first, second = _hold(record, 1.0, 7), _hold(record, 5.0, 9)
    seen = record.end_run((second, first), ()).sighting(())
    assert seen.transcripts == (second, first)
    assert _pids(seen) == [[9, 9], [7, 7]]
    assert seen.other_log == ()


def test_batches_and_the_rest_are_the_whole() -> None:
    """Nothing is in two batches or in none, whenever one was asked for."""
    record = _record()
    first = _hold(record, 1.0, 7)
    batch = record.batch(least=3)
    assert isinstance(batch, Batch)
    assert record.batch(least=1) is None
    record.add_line(SyslogLine(9.0, HOST, "mx", "postfix/qmgr", 3, 6, "statistics"))
    seen = record.end_run((first,), ("something did not come",)).sighting([ParsedBatch.of(batch)])
    assert _pids(seen) == [[7, 7]]
    assert [line.text for line in seen.other_log] == ["statistics"]
    assert seen.trouble == ("something did not come",)
    assert len(record.everything().sighting(()).other_log) == 3


def test_a_refused_connection_has_no_log() -> None:
    """Nobody answered it, so what the log has from that address is about another session."""
    record = _record()
    refused, spoken = _hold(record, 1.0, ended="refused"), _hold(record, 2.0, 7)
    assert _pids(record.end_run((refused, spoken), ()).sighting(())) == [[], [7, 7]]


def test_forget_begins_anew() -> None:
    """A new run counts from nothing, batches included."""
    record = _record()
    _hold(record, 1.0, 7)
    record.batch()
    record.clear()
    assert record.everything() == Recorder().everything()


def _line(number: int, text: str = "statistics") -> SyslogLine:
    return SyslogLine(float(number), HOST, "mx", "postfix/qmgr", number, 6, text)


def test_a_line_that_is_waited_for_is_read_at_once() -> None:
    """Also one that comes while whoever waits has been woken and has not looked yet."""

    async def waited() -> tuple[bool, float]:
        record, loop = Recorder(), asyncio.get_running_loop()
        record.add_line(_line(1, "one"))
        arrived = loop.create_task(record.await_lines("one", 3, 10.0))
        await asyncio.sleep(0)
        begun = loop.time()
        record.add_line(_line(2, "one more"))
        record.add_line(_line(3, "one more"))
        return await arrived, loop.time() - begun

    came, seconds = asyncio.run(waited())
    assert came
    assert seconds < 1.0


def test_what_does_not_come_is_waited_for_that_long() -> None:
    """And no longer, though other things come."""

    async def waited() -> tuple[bool, float]:
        record, loop = Recorder(), asyncio.get_running_loop()
        arrived, begun = loop.create_task(record.await_lines("nothing", 1, 0.05)), loop.time()
        await asyncio.sleep(0)
        record.add_line(_line(1))
        return await arrived, loop.time() - begun

    came, seconds = asyncio.run(waited())
    assert not came
    assert 0.05 <= seconds < 5.0


def test_a_mail_host_without_master_is_not_waited_for_in_the_next_run() -> None:
    """The line that says so may be of an earlier run; once master(8) speaks again, nobody is hurried."""

    async def died(*lines: SyslogLine) -> str:
        record = _record()
        for line in lines:
            record.add_line(line)
        record.begin_run(0.0, [HOST])
        return record.watch.died if record.watch else "no watch"

    gone = SyslogLine(1.0, HOST, "mx", "postfix-lab", None, 6, f"{GONE} /dev/log")
    started = SyslogLine(2.0, HOST, "mx", "postfix/master", 9, 6, "daemon started -- version 3.7.11")
    assert asyncio.run(died(gone)) == f"postfix-lab: {GONE} /dev/log"
    assert asyncio.run(died(gone, started)) == ""


def test_a_server_that_said_nothing_and_hung_up_is_not_waited_for_long() -> None:
    """It may have been the kernel, with nobody behind it: its log has seconds, not the whole limit."""
    record, begun = _record(), time.monotonic()
    missing = asyncio.run(record.await_session(_hold(record, 1.0, ended="closed"), 30.0))
    assert missing is not None
    assert time.monotonic() - begun < 10.0


def test_a_daemon_that_misses_another_one_makes_a_run_doubtful() -> None:
    """Then the mail host is asked whether it is still there; an ordinary session raises no doubt."""
    record = _record()
    session = _hold(record, 1.0, 7)
    assert not record.end_run((session,), ()).sighting(()).doubtful
    record.add_line(_line(2, "warning: connect to private/anvil: Connection refused"))
    assert record.everything().sighting(()).doubtful


def test_what_is_forgotten_is_taken_apart_while_new_things_come() -> None:
    """All at once it would hold up a run; nothing of it is kept for long."""
    record = Recorder()
    for number in range(800):
        record.add_line(_line(number))
    first = weakref.ref(record._lines[0][1])
    record.clear()
    assert record.everything() == Recorder().everything()
    for number in range(100):
        record.add_line(_line(number))
    assert first() is None
    assert not record._forgotten


def test_what_was_seen_is_divided_by_mail_host() -> None:
    """Sessions, lines, questions and messages go to the mail host that they are of; what is missing, to each."""
    other = "192.0.2.26"
    record = _record()
    record.mail_hosts[other] = other
    record.add_line(SyslogLine(9.0, other, "mx", "postfix/qmgr", 3, 6, "of the other"))
    record.add_query(replace(query("lab.test", "MX"), client=HOST))
    record.add_query(replace(query("lab.test", "A"), client=other))
    record.add_message(message(client=other))
    mine, theirs = _hold(record, 1.0, 7), _hold(record, 2.0, server=other)
    seen = record.end_run((mine, theirs), ("late",)).sighting(())
    one, two = seen.of_mail_host((HOST, "2001:db8:2::25")), seen.of_mail_host((other,))
    assert (one.transcripts, two.transcripts) == ((mine,), (theirs,))
    assert (_pids(one), _pids(two)) == ([[7, 7]], [[]])
    assert ([line.text for line in one.other_log], [line.text for line in two.other_log]) == ([], ["of the other"])
    assert ([q.type for q in one.queries], [q.type for q in two.queries]) == (["MX"], ["A"])
    assert (len(one.messages), len(two.messages)) == (0, 1)
    assert one.trouble == two.trouble == ("late",)
