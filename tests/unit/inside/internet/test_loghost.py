import asyncio

import pytest

from postfix_lab.errors import LabError
from postfix_lab.inside.internet.loghost import FrameParser, Loghost, parse_rfc5424
from postfix_lab.postfix.log.syslog import SyslogLine

SMTPD = "<22>1 2024-05-01T12:00:00.123456+02:00 mx postfix/smtpd 1234 - -  connect from unknown[203.0.113.10]"


def test_line_of_rsyslog() -> None:
    """Stamp with microseconds and zone, tag, process and severity are fields; one blank is dropped."""
    assert parse_rfc5424(SMTPD, "192.0.2.21") == SyslogLine(
        1714557600.123456, "192.0.2.21", "mx", "postfix/smtpd", 1234, 6, "connect from unknown[203.0.113.10]"
    )


def test_nil_values() -> None:
    """Nil is empty, none, or the time of arrival."""
    assert parse_rfc5424("<0>1 - - - - - -", "::1", 7.5) == SyslogLine(7.5, "::1", "", "", None, 0, "")


def test_structured_data_and_bom_are_skipped() -> None:
    """Brackets inside of quoted parameters do not end the structured data."""
    line = '<13>1 2024-05-01T10:00:00Z mx x y id [a b="\\"]"][c] \ufeffhello [world]'
    assert (parse_rfc5424(line, "::1").text, parse_rfc5424(line, "::1").pid) == ("hello [world]", None)


@pytest.mark.parametrize(
    "line", ["", "<22>May  1 12:00:00 mx postfix: old", SMTPD.replace("05-01", "13-01"), "<22>1 x", "\ud800"]
)
def test_no_line_is_a_value_error(line: str) -> None:
    """What is no RFC 5424 line is said to be none."""
    with pytest.raises(ValueError, match=r"RFC 5424|month"):
        parse_rfc5424(line, "::1")


def test_frames_in_any_pieces() -> None:
    """Both framings mixed, octet by octet or at once: the same frames, line ends inside counted ones kept."""
    octets = b"<1>one\n7 <2>t\nwo<3>three\n10 <4>fou\r\nr!"
    whole = [b"<1>one", b"<2>t\nwo", b"<3>three", b"<4>fou\r\nr!"]
    parser = FrameParser()
    assert [f for i in range(len(octets)) for f in parser.feed(octets[i : i + 1])] == whole
    assert FrameParser().feed(octets) == whole


@pytest.mark.parametrize("octets", [b"12345678901", b"9999999 <1>", b"12x <1>", b"<" + b"x" * 1_100_000])
def test_lost_framing(octets: bytes) -> None:
    """A count that is none, and a frame without end, are found out."""
    with pytest.raises(ValueError, match=r"frame|octet count"):
        FrameParser().feed(octets)


async def receive(octets: bytes, address: str = "127.0.0.1") -> tuple[list[SyslogLine], list[str]]:
    """What a loghost makes of these octets from one sender that then hangs up."""
    lines: list[SyslogLine] = []
    trouble: list[str] = []
    loghost = Loghost(lines.append, trouble.append)
    port = await loghost.start(address, 0)
    reader, writer = await asyncio.open_connection(address, port)
    writer.write(octets)
    writer.write_eof()
    assert await asyncio.wait_for(reader.read(), 10) == b""
    writer.close()
    loghost.close()
    return lines, trouble


def test_real_sockets() -> None:
    """Lines arrive in order with their sender's address, whatever they hold, and trouble stops nothing."""
    odd = SMTPD.encode() + b" \xff\xc3\xa9 \x00 #015"
    lines, trouble = asyncio.run(receive(b"nonsense\n" + odd + b"\n\n" + SMTPD.encode() + b"\n", "::1"))
    assert [line.text[-9:] for line in lines] == ["\ufffd\u00e9 \x00 #015", "3.0.113.10]"[-9:]]
    assert {line.peer for line in lines} == {"::1"}
    assert [text[:16] for text in trouble] == ["syslog from ::1:"]


def test_line_broken_off() -> None:
    """A sender that goes in the middle of a line is told, and the half line is no line."""
    lines, trouble = asyncio.run(receive(SMTPD.encode()))
    assert lines == []
    assert "broke off" in trouble[0]


def test_foreign_address() -> None:
    """An address that is not ours is the lab's fault."""
    with pytest.raises(LabError, match=r"203\.0\.113\.9 port 514"):
        asyncio.run(Loghost(print, print).start("203.0.113.9"))


def test_close_drops_senders() -> None:
    """Closing the loghost hangs up on who still sends."""

    async def scene() -> bytes:
        came = asyncio.Event()
        loghost = Loghost(lambda _: came.set(), print)
        reader, writer = await asyncio.open_connection("127.0.0.1", await loghost.start("127.0.0.1", 0))
        writer.write(SMTPD.encode() + b"\n")
        await asyncio.wait_for(came.wait(), 10)
        loghost.close()
        said = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        return said

    assert asyncio.run(scene()) == b""
