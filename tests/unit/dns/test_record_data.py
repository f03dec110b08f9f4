"""The data of each record type, read from words."""

from __future__ import annotations

import re

import pytest

from postfix_lab.dns.record_data import TYPES, Opaque, Token, quote, read_data, read_ttl, soa_data

ORIGIN = (b"lab", b"test")
SOA = "ns hostmaster 7 1h 600 2w 1d"


def tokens(words: str) -> list[Token]:
    return [Token(word) for word in words.split()]


@pytest.mark.parametrize(
    "word, seconds",
    [
        ("0", 0), ("3600", 3600), ("30s", 30), ("2M", 120), ("1h", 3600), ("2d", 172800), ("1w2d", 777600),
        ("2147483647", 2147483647),
    ],
)  # fmt: skip
def test_a_ttl(word: str, seconds: int) -> None:
    """Seconds, or BIND's units, added up."""
    assert read_ttl(word) == seconds


@pytest.mark.parametrize(
    "word, words",
    [
        ("x", "'x' is not a TTL; write seconds or 1h, 2d"),
        ("1h30", "is not a TTL"),
        ("-1", "is not a TTL"),
        ("2147483648", "the TTL '2147483648' is more than 2147483647 seconds"),
        ("3551w", "the TTL '3551w' is more than"),
        ("00000000001", "the TTL '00000000001'... is more than"),
    ],
)
def test_what_is_no_ttl(word: str, words: str) -> None:
    """Its limit is 2**31 - 1 (RFC 2181 section 8)."""
    with pytest.raises(ValueError, match=re.escape(words)):
        read_ttl(word)


@pytest.mark.parametrize(
    "rtype, words, text, parts",
    [
        ("A", "192.0.2.1", "192.0.2.1", (b"\xc0\0\x02\x01",)),
        ("AAAA", "2001:DB8:0::1", "2001:db8::1", (b"\x20\x01\x0d\xb8" + bytes(11) + b"\x01",)),
        ("MX", "10 mx", "10 mx.lab.test.", (10, (b"mx", *ORIGIN))),
        ("MX", "65535 .", "65535 .", (65535, ())),
        ("PTR", "mx", "mx.lab.test.", ((b"mx", *ORIGIN),)),
        ("NS", "ns.", "ns.", ((b"ns",),)),
        ("CNAME", "@", "lab.test.", (ORIGIN,)),
        ("TXT", "one", '"one"', (b"one",)),
        ("TXT", r"a\"b \195\164", r'"a\"b" "\195\164"', (b'a"b', b"\xc3\xa4")),
        ("SPF", "v=spf1 -all", '"v=spf1" "-all"', (b"v=spf1", b"-all")),
        ("SRV", "1 2 25 mx", "1 2 25 mx.lab.test.", (1, 2, 25, (b"mx", *ORIGIN))),
        ("CAA", "0 issue ca.example", '0 issue "ca.example"', (0, b"issue", b"ca.example")),
        ("CAA", "255 I0 x", '255 I0 "x"', (255, b"I0", b"x")),
        ("TLSA", "3 1 2 AB cd", "3 1 2 abcd", (3, 1, 2, b"\xab\xcd")),
        (
            "SOA", SOA, "ns.lab.test. hostmaster.lab.test. 7 3600 600 1209600 86400",
            ((b"ns", *ORIGIN), (b"hostmaster", *ORIGIN), 7, 3600, 600, 1209600, 86400),
        ),
        ("A", r"\# 3 0A 0bff", r"\# 3 0a0bff", (Opaque(b"\x0a\x0b\xff"),)),
        ("TXT", r"\# 0", r"\# 0", (Opaque(b""),)),
    ],
)  # fmt: skip
def test_the_data_of_each_type(rtype: str, words: str, text: str, parts: tuple[object, ...]) -> None:
    """As text in one spelling, and as the fields that go over the wire."""
    data = read_data(rtype, tokens(words), ORIGIN)
    assert (data.text, data.parts) == (text, parts)


@pytest.mark.parametrize(
    "rtype, words, told",
    [
        ("A", "", "A lacks its address"),
        ("A", "192.0.2", "A needs an IPv4 address, not '192.0.2'"),
        ("A", "192.0.2.1 x y", "A has 2 word(s) too many, from 'x' on"),
        ("AAAA", "192.0.2.1", "AAAA needs an IPv6 address, not '192.0.2.1'"),
        ("AAAA", "fe80::1%eth0", "AAAA holds no scope: 'fe80::1%eth0'"),
        ("MX", "mx", "the preference of MX is 'mx', not a number from 0 to 65535"),
        ("MX", "65536 mx", "the preference of MX is '65536', not a number from 0 to 65535"),
        ("MX", "00000000001 mx", "the preference of MX is '00000000001', not a number"),
        ("MX", "² mx", "the preference of MX is '²', not a number"),
        ("MX", "10", "MX lacks its exchange"),
        ("PTR", "", "PTR lacks its name"),
        ("TXT", "", "TXT lacks its string"),
        ("TXT", r"a\256", r"the escape \256 is more than 255"),
        ("TXT", "a" * 256, "a string of TXT has 256 octets; 255 is the limit, split it in two"),
        ("SRV", "1 2 65536 mx", "the port of SRV"),
        ("SRV", "1 65536 2 mx", "the weight of SRV"),
        ("SRV", "65536 1 2 mx", "the priority of SRV"),
        ("SRV", "1 2 3", "SRV lacks its target"),
        ("CAA", "256 issue x", "the flags of CAA is '256', not a number from 0 to 255"),
        ("CAA", "0 is-sue x", "the tag of CAA is 'is-sue', not letters and digits"),
        ("CAA", "0", "CAA lacks its tag"),
        ("CAA", "0 issue", "CAA lacks its value"),
        ("TLSA", "256 1 1 ab", "the usage of TLSA is '256', not a number from 0 to 255"),
        ("TLSA", "1 1 256 ab", "the matching type of TLSA"),
        ("TLSA", "1 256 1 ab", "the selector of TLSA"),
        ("TLSA", "3 1 1 xy", "the certificate data of TLSA is not hexadecimal: 'xy'"),
        ("TLSA", "3 1 1", "TLSA lacks its certificate data"),
        ("SOA", "ns hostmaster 4294967296 1 1 1 1", "the serial of SOA is '4294967296', not a number from 0 to 4294967295"),
        ("SOA", "ns hostmaster 1 x 1 1 1", "'x' is not a TTL"),
        ("SOA", "ns", "SOA lacks its mailbox"),
        ("SOA", "", "SOA lacks its primary"),
        ("SOA", "ns hostmaster", "SOA lacks its serial"),
        ("SOA", "ns hostmaster 1", "SOA lacks its refresh"),
        ("SOA", "ns hostmaster 1 1", "SOA lacks its retry"),
        ("SOA", "ns hostmaster 1 1 1", "SOA lacks its expire"),
        ("SOA", "ns hostmaster 1 1 1 1", "SOA lacks its minimum"),
        ("SOA", r"\# 0", "SOA cannot be given as octets"),
        ("CNAME", r"\# 0", "CNAME cannot be given as octets: the server itself has to read it"),
        ("A", r"\# 4 0a0b", r"\# announces 4 octets, and 2 follow"),
        ("A", r"\# 65536 00", "the length of A is '65536', not a number from 0 to 65535"),
        ("A", r"\# 1 xy", r"the octets after \# are not hexadecimal: 'xy'"),
        ("A", r"\#", "A lacks its length"),
    ],
)
def test_what_a_type_does_not_take(rtype: str, words: str, told: str) -> None:
    """Each mistake is a sentence about the field that it is in."""
    with pytest.raises(ValueError, match=f"^{re.escape(told)}"):
        read_data(rtype, tokens(words), ORIGIN)


def test_words_in_quotes_are_no_mark() -> None:
    r"""Only a bare `\#` gives octets (RFC 3597 section 5)."""
    assert read_data("TXT", [Token(r"\#", quoted=True), Token("0")], None).parts == (b"#", b"0")


def test_data_have_a_limit() -> None:
    """A record's data are at most 65,535 octets, each string with its length in front."""
    assert len(read_data("TXT", [Token("a" * 254)] * 257, None).parts) == 257
    with pytest.raises(ValueError, match=r"^TXT has 65536 octets of data; 65535 is the limit$"):
        read_data("TXT", [*[Token("a" * 254)] * 256, Token("b" * 255)], None)


def test_an_soa_that_was_made() -> None:
    """The numbers are serial, refresh, retry, expire and minimum; the root is a dot."""
    data = soa_data((b"ns",), (), (1, 2, 3, 4, 5))
    assert (data.text, data.parts) == ("ns. . 1 2 3 4 5", ((b"ns",), (), 1, 2, 3, 4, 5))


@pytest.mark.parametrize(
    "octets, text", [(b'a"\\', r'"a\"\\"'), (b" ~", '" ~"'), (b"\x1f\x7f\xff", r'"\031\127\255"'), (b"", '""')]
)
def test_a_string_in_quotes(octets: bytes, text: str) -> None:
    """A quote and a backslash are escaped, and what is not printable ASCII is a number."""
    assert quote(octets) == text


def test_the_types() -> None:
    """Every type that a zone can hold has its reader."""
    assert set(TYPES) == {"A", "AAAA", "MX", "TXT", "PTR", "NS", "CNAME", "SOA", "SRV", "CAA", "TLSA", "SPF"}
