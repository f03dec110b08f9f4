"""Zone files that anybody may have written: they are served, or refused with file and line, and nothing third."""

from __future__ import annotations

import re
import time
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from postfix_lab.dns.fault import Fault, FaultKind
from postfix_lab.dns.message import Question, Rcode, pack_reply, pack_sections
from postfix_lab.dns.namespace import Namespace
from postfix_lab.dns.record_data import TYPES
from postfix_lab.dns.zone import ZoneText
from postfix_lab.errors import InputError

_CALM = (HealthCheck.too_slow, HealthCheck.data_too_large)
_FUZZ = settings(max_examples=400, deadline=None, database=None, derandomize=True, suppress_health_check=_CALM)
_LIMIT = 20.0
"""Seconds of processor time for one zone: the machine may be busy with something else."""
_WORDS = st.one_of(
    st.sampled_from([
        *TYPES, "@", ".", "IN", "CH", "$ORIGIN", "$TTL", "$INCLUDE", "(", ")", ";", '"', "\\", "\\300", "\\.", "*",
        "3600", "1h", "-1", "99999999999", "9" * 5000, "192.0.2.1", "192.0.2.256", "2001:db8::1", "fe80::1%eth0", "10",
        "65536", "mx", "mx.lab.test.", "münchen", "x" * 64, ".".join("x" * 9), ".".join(["y" * 60] * 5), "a..b",
        '"v=spf1 -all"', f'"{"z" * 256}"', "abcdef", "abcde", "\t", "\x00", "\x1b[2J", "\u2028", "\ud800", "²",
    ]),
    st.text(max_size=12),
)  # fmt: skip
_LINES = st.lists(_WORDS, max_size=9).map(" ".join)
_TEXTS = st.one_of(st.lists(_LINES, max_size=6).map("\n".join), st.text(max_size=200))


def serve(text: str, origin: str | None) -> None:
    """Read a zone and pack all that it holds, by name and type."""
    names = Namespace([ZoneText(text, "some.zone", origin)])
    for zone in names._zones.values():
        for name, node in zone.nodes.items():
            for rtype in (*node, "ANY", "A"):
                answer = names.answer(name, rtype)
                octets = b"".join(bytes((len(label),)) + label for label in name) + b"\0\0\1\0\1"
                asked = Question(1, 0, name, 1, 1, octets, None)
                sections = pack_sections(asked, Rcode.NOERROR, aa=True, answers=answer.answers)
                assert len(pack_reply(asked, sections, 65535)[0]) <= 65535


@_FUZZ
@given(_TEXTS, st.sampled_from([None, "lab.test", "."]))
@example("@ TXT " + '"' + "x" * 250 + '" ' * 1, "lab.test")
@example("\n".join(f"n{n} CNAME n{n + 1}" for n in range(300)) + "\nn300 CNAME n0", "lab.test")
@example("*.*.* A 192.0.2.1\n* CNAME *", "lab.test")
def test_any_zone_is_served_or_refused(text: str, origin: str | None) -> None:
    """The error names the file, and the line wherever a line is at fault; reading takes no time worth telling."""
    refused: InputError | None = None
    before = time.thread_time()
    try:
        serve(text, origin)
    except InputError as error:
        refused = error
    assert time.thread_time() - before < _LIMIT
    if refused is not None:
        assert re.match(r"some\.zone(:\d+)?: ", str(refused))
        assert str(refused).isprintable()
        assert refused.line is not None or re.search("origin|CNAME", str(refused))


@pytest.mark.parametrize(
    "line,problem",
    [
        ("münchen A 192.0.2.1", "not ASCII"),
        ("x MX 10 münchen.example.", "not ASCII"),
        ("x" * 64 + " A 192.0.2.1", "a label of 64 octets"),
        ("x CNAME " + ".".join(["y" * 60] * 5) + ".", "longer than 255 octets"),
        ("a..b A 192.0.2.1", "empty label"),
        ("x TXT " + '"' + "y" * 256 + '"', "255 is the limit"),
        ("x TXT " + " ".join(['"' + "y" * 255 + '"'] * 300), "76800 octets of data; 65535 is the limit"),
        ("x TLSA 3 1 1 " + "ab" * 70_000, "octets of data; 65535 is the limit"),
        ('x CAA 0 issue "' + "y" * 70_000 + '"', "octets of data; 65535 is the limit"),
        ("x TLSA 3 1 1 xyz", "not hexadecimal"),
        ("x TLSA 256 1 1 ab", "not a number from 0 to 255"),
        ("x A 192.0.2.256", "A needs an IPv4 address"),
        ("x AAAA fe80::1%eth0", "AAAA needs an IPv6 address|no scope"),
        ("x MX " + "9" * 5000 + " mx", "not a number from 0 to 65535"),
        ("x " + "9" * 5000 + " A 192.0.2.1", "is more than"),
        ("x A ²", "IPv4"),
    ],
    ids=lambda value: value[:24],
)
def test_what_dns_cannot_carry_is_refused_with_file_and_line(line: str, problem: str) -> None:
    """The third line of the file is at fault, and is named."""
    with pytest.raises(InputError, match=problem) as refused:
        serve(f"$ORIGIN lab.test.\n@ A 192.0.2.1\n{line}\n", None)
    assert (refused.value.file, refused.value.line) == ("some.zone", 3)


@_FUZZ
@given(
    st.text(max_size=40), st.sampled_from(FaultKind), st.text(max_size=8), st.floats(), st.integers(),
    st.lists(_LINES, max_size=3).map(tuple),
)  # fmt: skip
def test_any_fault_is_one_or_refused(
    name: str, kind: FaultKind, rtype: str, seconds: float, number: int, records: tuple[str, ...]
) -> None:
    """Whatever somebody writes into a fault, the only error is a sentence."""
    with suppress(InputError):
        Fault(name, kind, rtype, seconds, nth=number, octets=number, records=records)
