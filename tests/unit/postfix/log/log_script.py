"""Log lines written in a test, as mail.log has them, and the book that they make."""

from __future__ import annotations

import re

from postfix_lab.postfix.log import LogBook, LogLine, SessionLog, parse
from postfix_lab.postfix.log.session_ties import canonical
from postfix_lab.postfix.log.syslog import SyslogLine

HOST = "192.0.2.21"
LINE = re.compile(r"(?:@(?P<at>[\d.]+) )?(?P<program>[\w/-]+)\[(?P<pid>\d+)\]: (?P<text>.*)")


class Book(LogBook):
    """A book that knows all its sessions."""

    def __init__(self) -> None:
        self.sessions: list[SessionLog] = []
        super().__init__(self.sessions.append)

    def of_client(self, address: str, port: int | None = None, peer: str | None = None) -> list[SessionLog]:
        """The sessions of a client in their order; without a port or a mail host, those of each."""
        return [
            session
            for session in self.sessions
            if canonical(session.client.address) == canonical(address)
            and port in (None, session.client.port)
            and peer in (None, session.peer)
        ]


def lines(script: str, peer: str = HOST) -> list[LogLine]:
    """Lines as in mail.log, a millisecond apart; `@3 ` in front sets the stamp."""
    found = [LINE.match(line.strip()) for line in script.splitlines() if line.strip()]
    assert all(found)
    return [
        parse(SyslogLine(float(m["at"] or 0) or index / 1000, peer, "mx", m["program"], int(m["pid"]), 6, m["text"]))
        for index, m in enumerate(found, 1)
        if m
    ]


def book_of(*scripts: str) -> Book:
    book = Book()
    for line in lines("\n".join(scripts)):
        book.add(line)
    return book


def found(book: Book, address: str, port: int | None = None, peer: str | None = None) -> SessionLog:
    """The latest session of that client."""
    return book.of_client(address, port, peer)[-1]


def texts(session: SessionLog) -> list[str]:
    return [line.text for line in session.lines]


def read(text: str, program: str = "postfix/smtpd", severity: int = 6) -> LogLine:
    return parse(SyslogLine(1.5, "192.0.2.21", "mx", program, 7, severity, text))
