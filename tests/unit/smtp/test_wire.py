import pytest

from postfix_lab.smtp.wire import MAX_REPLY, Malformed, RawReply, ReplyParser, crlf, dot_stuff, split_enhanced

EHLO = b"250-mx.lab.test\r\n250-PIPELINING\r\n250 SIZE 10240000\r\n"


def parse(*pieces: bytes) -> list[RawReply]:
    """Every reply that these pieces hold."""
    parser, replies = ReplyParser(), []
    for piece in pieces:
        parser.feed(piece)
        while reply := parser.next_reply():
            replies.append(reply)
    return replies


def test_pieces_do_not_matter() -> None:
    """A multi-line reply is the same one, octet by octet or at once."""
    whole = [RawReply(250, ("mx.lab.test", "PIPELINING", "SIZE 10240000"))]
    assert parse(EHLO) == parse(*(EHLO[i : i + 1] for i in range(len(EHLO)))) == whole


def test_several_replies_in_one_piece() -> None:
    """Replies to pipelined commands come one by one."""
    assert [reply.code for reply in parse(b"250 Ok\r\n550 No\r\n354\r\n250-half")] == [250, 550, 354]


def test_bare_line_feed_and_empty_text() -> None:
    """A bare LF ends a line, and a reply may be its code alone."""
    assert parse(b"220\n250 \r\n") == [RawReply(220, ("",)), RawReply(250, ("",))]


def test_a_greeting_that_is_never_ended() -> None:
    """The greeting, which postscreen breaks off for who talks first; in any later reply two codes are garbage."""
    torn = b"220-mx.lab.test ESMTP\r\n250-mx.lab.test\r\n250 SIZE\r\n"
    whole = [RawReply(220, ("mx.lab.test ESMTP",)), RawReply(250, ("mx.lab.test", "SIZE"))]
    assert parse(torn) == parse(*(torn[i : i + 1] for i in range(len(torn)))) == whole
    with pytest.raises(Malformed, match="two codes"):
        parse(b"220 mx\r\n220-mx\r\n250 Ok\r\n")


@pytest.mark.parametrize(
    "octets", [b"HTTP/1.1 400\r\n", b"25 no\r\n", b"199 no\r\n", b"2500 no\r\n", b"\r\n", b"250-a\r\n550 b\r\n"]
)
def test_garbage_is_malformed(octets: bytes) -> None:
    """What is no reply is not taken for one."""
    with pytest.raises(Malformed):
        parse(octets)


def test_the_longest_reply() -> None:
    """64 KiB of one reply are taken, in one line or in several."""
    assert len(parse(b"250 " + b"x" * (MAX_REPLY - 5) + b"\n")) == 1
    assert len(parse(b"250-a\n250 " + b"x" * (MAX_REPLY - 11) + b"\n")) == 1
    with pytest.raises(Malformed, match="more than 65536 octets"):
        parse(b"250-a\n250 " + b"x" * (MAX_REPLY - 10) + b"\n")


def test_what_is_left() -> None:
    """The lines of a reply whose end has not come, and the octets of the next."""
    parser = ReplyParser()
    parser.feed(b"250-a\r\n250-b\r\n250 ")
    assert parser.next_reply() is None
    assert parser.rest == b"a\nb\n250 "


@pytest.mark.parametrize("octets", [b"250 " + b"x" * MAX_REPLY, b"250-x\r\n" * 20000, b"250-x\n" + b"y" * MAX_REPLY])
def test_endless_reply_is_malformed(octets: bytes) -> None:
    """More than 64 KiB of one reply are not collected, with or without line ends."""
    with pytest.raises(Malformed, match="65536"):
        parse(octets)


@pytest.mark.parametrize(
    "raw, code, lines",
    [
        (RawReply(450, ("4.7.1 Client host rejected", "4.7.1 go away")), "4.7.1", ("Client host rejected", "go away")),
        (RawReply(250, ("2.1.5",)), "2.1.5", ("",)),
        (RawReply(550, ("5.7.23 SPF", "see 5.7.23 there")), "5.7.23", ("SPF", "see 5.7.23 there")),
        (RawReply(220, ("4.0.0 wrong class",)), None, ("4.0.0 wrong class",)),
        (RawReply(220, ("2.0.0.example ESMTP",)), None, ("2.0.0.example ESMTP",)),
        (RawReply(354, ("End data",)), None, ("End data",)),
    ],
)
def test_enhanced_code(raw: RawReply, code: str | None, lines: tuple[str, ...]) -> None:
    """The enhanced code is of the reply's class and taken from every line that begins with it."""
    assert split_enhanced(raw) == (code, lines)


def test_message_is_stuffed_and_ended() -> None:
    """Dots are doubled at the beginning of lines only, and the last line gets its end."""
    assert dot_stuff(crlf(b".\n..a\r\nb.c\n\n.d")) == b"..\r\n...a\r\nb.c\r\n\r\n..d\r\n.\r\n"
    assert dot_stuff(crlf(b"")) == b".\r\n"
    assert crlf(b"a\rb\n") == b"a\rb\r\n"


def test_an_empty_line_is_no_reply() -> None:
    """Not even as the first thing that arrives."""
    parser = ReplyParser()
    parser.feed(b"\n")
    with pytest.raises(Malformed, match="no SMTP reply: b''"):
        parser.next_reply()
