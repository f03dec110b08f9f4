"""Connections get their sessions of the log: by port, by being the only one, else by what was said."""

from __future__ import annotations

import pytest

from postfix_lab.postfix.log.session_ties import SessionTies, Visit, canonical
from tests.unit.postfix.log.log_script import HOST, Book, lines
from tests.unit.postfix.log.sessions import ADDRESS, spoken

BANNER = ("CONNECT", "220 mx")


class Door(SessionTies):
    """Ties of one mail host whose log is written in the test."""

    def __init__(self) -> None:
        super().__init__()
        self._book = Book()
        self._count = 0

    def read(self, script: str) -> None:
        """Read lines of the log."""
        for line in lines(script):
            self._book.add(line)
        for session in self._book.sessions[self._count :]:
            self.add(session)
        self._count = len(self._book.sessions)

    def come(self, port: int = 0, address: str = ADDRESS, announced: tuple[str, int] | None = None) -> Visit:
        """A client connects."""
        visit = self.begin(HOST, canonical(address), announced)
        visit.port = port
        return visit

    def pid(self, visit: Visit) -> int | None:
        """The process of its session."""
        session = self.log_of(visit)
        return session.pid if session else None


def smtpd(pid: int, port: str = "", address: str = ADDRESS, word: str = "connect", at: float = 1.0) -> str:
    return f"@{at} postfix/smtpd[{pid}]: {word} from unknown[{address}]{port}"


def screen(text: str, port: int, at: float = 1.0) -> str:
    return f"@{at} postfix/postscreen[5]: {text} [{ADDRESS}]:{port}" + (" to [192.0.2.21]:25" if "CONNECT from" in text else "")


def test_one_after_another_needs_no_port() -> None:
    """Each connection has the session that began while it was the only one without; an address has many spellings."""
    door = Door()
    visits = []
    for pid in (7, 8):
        visits.append(door.come(address="2001:DB8:0::9"))
        assert door.is_unlogged(HOST, "2001:db8::9")
        door.read(smtpd(pid, address="2001:db8::9"))
        assert not door.is_unlogged(HOST, "2001:db8::9")
    assert [door.pid(visit) for visit in visits] == [7, 8]
    assert [visit.group for visit in visits] == [None, None]


def test_other_addresses_and_mail_hosts_are_others() -> None:
    """What the log has of them is nobody's here."""
    door = Door()
    visit = door.come()
    door.read(smtpd(7, address="203.0.113.8"))
    for line in lines(smtpd(8), "192.0.2.99"):
        door._book.add(line)
    door.read("")
    assert door.log_of(visit) is None


def test_a_port_decides() -> None:
    """A configuration that logs ports itself is read by them, whatever the order."""
    door = Door()
    one, two = door.come(1000), door.come(2000)
    door.read(f"{smtpd(7, ':2000')}\n{smtpd(8, ':1000')}\n{smtpd(9, ':3000')}")
    assert (door.pid(one), door.pid(two), one.group) == (8, 7, None)


def test_two_without_a_session_are_told_apart_when_both_are_over() -> None:
    """Until then neither is certain; who asks for the last word gets the best there is."""
    door = Door()
    one, two = door.come(), door.come()
    door.read(f"{smtpd(7)}\n{smtpd(8)}")
    one.transcript = spoken(1.0, BANNER, ("QUIT", "221 Bye"))
    two.transcript = spoken(1.0, BANNER, ("MESSAGE", "250 2.0.0 Ok: queued as AAAA91925A4"))
    assert (door.log_of(one, final=False), door.log_of(two, final=False)) == (None, None)
    assert (door.pid(one), door.pid(two)) == (7, 8)
    door.read(f"@1.1 postfix/smtpd[7]: AAAA91925A4: client=unknown[{ADDRESS}]\n{smtpd(7, word='disconnect', at=1.2)}")
    assert door.log_of(one, final=False) is None
    door.read(smtpd(8, word="disconnect", at=1.2))
    found = [door.log_of(visit, final=False) for visit in (one, two)]
    assert [session and session.pid for session in found] == [8, 7]


def test_a_third_that_comes_later_is_certain_again() -> None:
    """Once the log has all that it was uncertain about."""
    door = Door()
    one, two = door.come(), door.come()
    door.read(f"{smtpd(7)}\n{smtpd(8)}")
    three = door.come()
    door.read(smtpd(9))
    assert (one.group is two.group is not None, three.group, door.pid(three)) == (True, None, 9)


def test_who_got_no_reply_may_be_in_no_log() -> None:
    """Nobody waits for it, and the next session is the next client's."""
    door = Door()
    mute = door.come()
    mute.transcript = spoken(1.0, ended="closed")
    assert not door.is_unlogged(HOST, ADDRESS)
    heard = door.come()
    door.read(f"{smtpd(7)}\n{smtpd(7, word='disconnect', at=1.1)}")
    heard.transcript = spoken(1.0, BANNER)
    found = [door.log_of(visit, final=False) for visit in (mute, heard)]
    assert [session and session.pid for session in found] == [None, 7]


def test_who_got_a_reply_comes_before_who_got_none() -> None:
    """Though the other one came first."""
    door = Door()
    silent, greeted = door.come(), door.come()
    silent.transcript = spoken(1.0)
    greeted.transcript = spoken(1.0, BANNER)
    door.read(smtpd(7))
    assert (silent.smtpd, greeted.smtpd and greeted.smtpd.pid) == (None, 7)


def test_a_connection_that_was_never_opened_is_forgotten() -> None:
    """The log says nothing of it; once more does no harm."""
    door = Door()
    refused = door.come()
    door.drop(refused)
    door.drop(refused)
    later = door.come()
    door.read(smtpd(7))
    assert (door.pid(refused), door.pid(later), later.group) == (None, 7, None)


def test_what_the_log_says_late_is_not_the_next_runs() -> None:
    """A connection without a session is remembered for one more run, and for no third one."""
    door = Door()
    late = door.come()
    late.transcript = spoken(1.0, BANNER)
    door.clear()
    assert not door.is_unlogged(HOST, ADDRESS)
    fresh = door.come()
    fresh.transcript = spoken(5.0, BANNER)
    door.read(f"{smtpd(7, at=1.0)}\n{smtpd(8, at=5.0)}")
    assert (door.pid(late), door.pid(fresh)) == (7, 8)
    forgotten = door.come()
    door.clear()
    door.clear()
    door.read(smtpd(9))
    assert door.pid(forgotten) is None


def test_postscreen_hands_over_to_smtpd() -> None:
    """Lines of postscreen have a port; smtpd's session is that of the client that passed, and both are one log."""
    door = Door()
    passed, waits, refused = (door.come(port) for port in (1000, 2000, 3000))
    door.read("\n".join(screen("CONNECT from", port) for port in (2000, 1000, 3000)))
    assert not door.is_unlogged(HOST, ADDRESS)
    door.read(f"{screen('DISCONNECT', 3000)}\n{screen('PASS OLD', 1000)}\n{smtpd(7)}")
    session = door.log_of(passed)
    assert session is not None
    assert (session.pid, session.service, len(session.lines), session.is_over) == (7, "smtpd", 3, False)
    still, over = door.log_of(waits), door.log_of(refused)
    assert still is not None
    assert over is not None
    assert (still.service, still.is_over, over.is_over) == ("postscreen", False, True)
    door.read(smtpd(8))
    assert door.pid(waits) == 8


@pytest.mark.parametrize("word", ["PASS NEW", "PASS OLD", "ALLOWLISTED", "WHITELISTED"])
def test_who_passed_comes_before_who_waits(word: str) -> None:
    """Though the other one connected first."""
    door = Door()
    first, second = door.come(1000), door.come(2000)
    door.read(f"{screen('CONNECT from', 1000)}\n{screen('CONNECT from', 2000)}\n{screen(word, 2000)}\n{smtpd(7)}")
    assert (second.log and second.log.pid, first.log and first.log.service) == (7, "postscreen")


def test_postscreens_lines_go_with_the_client_when_sessions_are_told_apart() -> None:
    """Two that pass at the same moment may come to smtpd in any order."""
    door = Door()
    one, two = door.come(1000), door.come(2000)
    for port in (1000, 2000):
        door.read(f"{screen('CONNECT from', port)}\n{screen('PASS NEW', port, 2.0)}")
    door.read(f"{smtpd(7, at=2.1)}\n{smtpd(8, at=2.1)}\n@2.2 postfix/smtpd[7]: AAAA91925A4: client=unknown[{ADDRESS}]")
    one.transcript = spoken(1.0, BANNER)
    two.transcript = spoken(1.0, BANNER, ("MESSAGE", "250 2.0.0 Ok: queued as AAAA91925A4"))
    assert (door.pid(one), door.pid(two)) == (8, 7)
    for visit, port in ((one, 1000), (two, 2000)):
        assert visit.log is not None
        assert {line.text[-4:] for line in visit.log.lines if line.text.startswith("PASS")} == {str(port)}


def test_a_text_that_is_no_address_stays_as_it_is() -> None:
    """Postfix logs `unknown[unknown]` for a client that has gone."""
    assert (canonical("unknown"), canonical("2001:DB8::0:1")) == ("unknown", "2001:db8::1")


OTHER = "203.0.113.77"


def test_a_header_that_nobody_reads() -> None:
    """The connection has the line of its own address."""
    door = Door()
    visit = door.come(announced=(OTHER, 4000))
    door.read(smtpd(7))
    assert door.pid(visit) == 7
    door.read(smtpd(8, address=OTHER, at=2))
    assert door.pid(visit) == 7


def test_an_announced_client_alone() -> None:
    """Nobody waits for it any longer once its line has come, and the proxy's next connection has the next line."""
    door = Door()
    for pid, announced in ((7, OTHER), (8, "2001:db8::5"), (9, OTHER)):
        visit = door.come(announced=(announced, 4000 + pid))
        assert door.is_unlogged(HOST, ADDRESS)
        door.read(smtpd(pid, address=announced, at=pid))
        assert door.pid(visit) == pid
        assert not door.is_unlogged(HOST, ADDRESS)


def test_an_announced_port() -> None:
    """It decides where ports are logged, also by postscreen."""
    door = Door()
    visits = [door.come(1, announced=(OTHER, 4001)), door.come(2, announced=(OTHER, 4002))]
    door.read("\n".join((smtpd(8, ":4002", OTHER), smtpd(7, ":4001", OTHER))))
    assert [door.pid(visit) for visit in visits] == [7, 8]
    screened = door.come(3, announced=(ADDRESS, 4003))
    door.read(screen("CONNECT from", 4003))
    assert screened.screen is not None


def test_a_dropped_connection_announces_nobody() -> None:
    """The next one that announces the same client has the line."""
    door = Door()
    door.drop(door.come(announced=(OTHER, 1)))
    visit = door.come(announced=(OTHER, 2))
    door.read(smtpd(7, address=OTHER))
    assert door.pid(visit) == 7


def test_the_loopback_is_told_apart_by_what_was_said() -> None:
    """A filter that hands mail back may come between two sessions of a local client, or while one waits for its line."""
    for order in ((7, 9, 8), (7, 8, 9), (9, 7, 8)):
        door = Door()
        first, second = door.come(address="127.0.0.1"), door.come(address="127.0.0.1")
        queue_ids = {7: "4AAAA11111", 8: "4BBBB22222", 9: "4CCCC33333"}
        script = [smtpd(pid, address="127.0.0.1", at=1 + n / 10) for n, pid in enumerate(order)]
        script += [f"@1.5 postfix/smtpd[{pid}]: {queue_ids[pid]}: client=unknown[127.0.0.1]" for pid in order]
        script += [smtpd(pid, address="127.0.0.1", word="disconnect", at=2) for pid in order]
        door.read("\n".join(script))
        for visit, pid in ((first, 7), (second, 8)):
            visit.transcript = spoken(0.9, ("CONNECT", "220 mx"), ("MESSAGE", f"250 2.0.0 Ok: queued as {queue_ids[pid]}"))
        assert [door.pid(first), door.pid(second)] == [7, 8]
