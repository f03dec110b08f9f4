"""What somebody writes into a file or a command, and what comes of a hostile session in a report."""

from __future__ import annotations

import copy
import json
import math
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from postfix_lab import accepted, explain, explanation_text, judge, load, refused
from postfix_lab.conformance.suite import read_suite
from postfix_lab.conformance.suite_zones import world
from postfix_lab.dns.fault import Fault, FaultKind
from postfix_lab.dns.query import Query, query_line
from postfix_lab.dns.zone import ZoneText
from postfix_lab.errors import InputError, LabError
from postfix_lab.evidence.evidence import Evidence
from postfix_lab.fit.delta import delta_lines
from postfix_lab.inside.internet.protocol import News, PeerOrder, RunRequest, SessionOrder
from postfix_lab.paths import CONFIGURATIONS
from postfix_lab.postfix.log import parse
from postfix_lab.postfix.log.syslog import SyslogLine
from postfix_lab.report.session_text import session_lines
from postfix_lab.report.story import story
from postfix_lab.report.swaks import exit_code
from postfix_lab.runtime.job import Job
from postfix_lab.runtime.setup import Setup
from postfix_lab.runtime.target import Target
from postfix_lab.scenario.declared import STOPS, Declared
from postfix_lab.serialization import from_json, to_json
from postfix_lab.smtp.behaviour import Behaviour
from postfix_lab.smtp.dialogue import Auth, mail
from postfix_lab.smtp.headers import received_headers, received_spf_headers
from postfix_lab.smtp.transcript import Exchange, Reply
from postfix_lab.smtp.transcript_lines import transcript_lines
from postfix_lab.text import printable
from postfix_lab.verdict.reason import reasoned_outcome
from postfix_lab.yaml.bind.play import Wanted, plays
from tests.unit.evidence_builder import CONTENT, evidence
from tests.unit.traced import NO_PTR, traced

HEADERS = (CONTENT.encode(), b'Received-SPF: Pass (a (b) \\) c) identity=helo; helo="x;y"; client-ip=1.2.3.4\n\nx')
SHEETS = (
    b"schema: postfix-lab/v1\ntests: {a: {expect: {code: 250}, cases: [[case, host], [one, 1.2.3.4], [two, 1.2.3.5]]}}\n",
    b"schema: postfix-lab/v1\nmain: {x: y}\nzonedata: {a.test: [{A: 1.2.3.4}, TIMEOUT]}\ntests:\n  b:\n    host: 1.2.3.4\n"
    b"    ptr: {name: x.test}\n    matrix: {debian: [12, 13]}\n    expect: {verdict: accept, asked: [a.test A]}\n",
)
CONFIGURATIONS_BROUGHT = tuple(
    b"\0".join((CONFIGURATIONS / name / file).read_bytes() for file in ("main.cf", "master.cf"))
    for name in ("seed", "strict", "dovecot")
)
SUITES = (
    b"description: x\ntests: {a: {helo: h, host: 1.2.3.4, mailfrom: a@b.test, result: [pass, none], explanation: x}}\n"
    b"zonedata: {b.test: [{SPF: v=spf1 a -all}, {A: 1.2.3.4}, TIMEOUT], c.test: [{TXT: [a, b]}, {MX: [10, d.test]}]}\n",
)
_TRACED = traced(NO_PTR)
_EVIDENCE = {"format": 2, "evidence": to_json(evidence())}
_VALUES: tuple[Any, ...] = (
    None, True, -1, 0, 10**30, 1e308, math.inf, math.nan, "", "\x1b[2J", "\ud800", "x" * 999, [], {}, [None], {"is": "Drop"}, "TIMEOUT",
    {"is": "Nothing"}, "203.0.113.9", "2023-01-01", -(2**70), [[[]]], "\u202e", "a\nb",
)  # fmt: skip
_ORDERS: tuple[tuple[Any, Any], ...] = (
    (SessionOrder, SessionOrder("203.0.113.9", "192.0.2.25", mail(helo="x", to=("bob@lab.test",), tls=True, auth=Auth("ann", "x")))),
    (ZoneText, ZoneText("@ A 192.0.2.1", "z", "lab.test")),
    (Fault, Fault("lab.test", FaultKind.ANSWER, "A", records=("A 192.0.2.1",))),
    (PeerOrder, PeerOrder("203.0.113.60", "mx.far.example", Behaviour(forward_to="192.0.2.25"))),
    (Evidence, evidence()),
    (Job, Job(Declared("203.0.113.9").scenario("x"), (Target(12, Setup(CONFIGURATIONS / "seed")),), 5.0)),
    (RunRequest, RunRequest((SessionOrder("203.0.113.9", "192.0.2.25", mail(helo="x")),), ((0, 0),), 3.0)),
    (News, News(1, SyslogLine(1.0, "192.0.2.21", "mx", "postfix/smtpd", 1, 6, "hello"))),
)


def headers(octets: bytes) -> None:
    """Fields, some of them empty, of whatever a message is."""
    content = octets.decode("latin-1")
    for header in (*received_headers(content), *received_spf_headers(content)):
        assert header is not None


def sheet(octets: bytes) -> None:
    """A file of scenarios is plays, or a sentence with its place that is safe on a terminal."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.yaml"
        path.write_bytes(octets)
        try:
            plays(path, Wanted((12,)))
        except InputError as error:
            assert all(printable(line) == line for line in str(error).split("\n"))


def configuration(octets: bytes) -> None:
    """A main.cf and, behind a NUL, a master.cf are fitted with stand-ins, or refused with the place; nothing is written back."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in zip(("main.cf", "master.cf"), octets.split(b"\0", 1), strict=False):
            (Path(folder) / name).write_bytes(content)
        before = {path.name: path.read_bytes() for path in Path(folder).iterdir()}
        try:
            setup = Setup(Path(folder))
            files = setup.files()
        except InputError as error:
            assert all(printable(line) == line for line in str(error).split("\n"))
        else:
            assert all(path.startswith("/") and "/../" not in path for path in files)
            assert [line for delta in setup.deltas for line in delta_lines(delta)]
        assert {path.name: path.read_bytes() for path in Path(folder).iterdir()} == before


def suite(octets: bytes) -> None:
    """An SPF test suite is chapters with cases, or an InputError."""
    with suppress(InputError):
        for chapter in read_suite(octets, "fuzz").chapters:
            with suppress(InputError):
                world(chapter.zonedata, "fuzz")


def declared(octets: bytes) -> None:
    """A client of the command line is a scenario, or refused in a sentence."""
    client, ptr, helo, sender, to, stop, *_ = (*octets.decode("utf-8", "surrogateescape").split("\0"), *[""] * 6)
    wanted = stop if stop in STOPS else None
    with suppress(InputError):
        scenario = Declared(client, ptr, helo or None, sender, (to,), stop=wanted).scenario("fuzz")
        scenario.world.dns_zones()


def orders(octets: bytes) -> None:
    """What crosses the control stream and the standing lab's socket is a value of its type, or a LabError in words.

    The first octet chooses the type, each further three a value in it and what stands there instead.
    """
    kind, usual = _ORDERS[(octets or b"0")[0] % len(_ORDERS)]
    found = _edited(to_json(usual), octets[1:])
    try:
        value = from_json(kind, found)
    except LabError as error:
        assert str(error).isprintable()
        return
    assert isinstance(value, kind)
    json.dumps(to_json(value))


def evidence_file(octets: bytes) -> None:
    """Evidence of anybody's making is evidence, or an InputError; what it is told as is safe on a terminal.

    If the first octet is even, the others are the file, else they change one that was saved, as in `orders`.
    """
    content = octets[1:]
    if octets and octets[0] % 2:
        content = json.dumps(_edited(_EVIDENCE, content)).encode()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "evidence.json").write_bytes(content)
        try:
            found = load(folder)
        except InputError as error:
            assert str(error).isprintable()
            return
    _told(found)


def _edited(tree: Any, edits: bytes) -> Any:
    """The tree with other values in some of its places."""
    changed = copy.deepcopy(tree)
    for at in range(0, len(edits) - 2, 3):
        places = list(_places(changed))
        inner, key = places[int.from_bytes(edits[at : at + 2], "big") % len(places)]
        inner[key] = copy.deepcopy(_VALUES[edits[at + 2] % len(_VALUES)])
    return changed


def _places(tree: Any) -> Iterator[tuple[Any, Any]]:
    keys = tree if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ()
    for key in list(keys):
        yield tree, key
        yield from _places(tree[key])
    if not keys:
        yield {"": tree}, ""


def reports(octets: bytes) -> None:
    """The words of a session, a log and a DNS answer in every report."""
    said, replied, logged, *_ = (*octets.decode("utf-8", "surrogateescape").split("\0"), "", "", "")
    usual = evidence()
    code, enhanced = (550, "5.7.1") if len(octets) % 2 else (451, "4.3.0")
    exchange = Exchange("RCPT", said, Reply(code, tuple(replied.split("\n")), enhanced), 1.0)
    session = replace(usual.sessions[0], exchanges=(*usual.sessions[0].exchanges[:2], exchange), error=said)
    rows = tuple(parse(SyslogLine(1.0, "192.0.2.21", "mx", f"postfix/smtpd{said}", 1, 4, row)) for row in logged.split("\n"))
    query = Query(1.0, "192.0.2.21", "192.0.2.53", "udp", replied, said, "NOERROR", (logged, f"TXT {said}"))
    messages = tuple(replace(message, content=f"Received-SPF: {said}\r\n\r\n{replied}") for message in usual.messages)
    said_in_log = [f"< u[203.0.113.9]:5: RCPT TO:<{said}>", f"generic_checks: name={replied}", *logged.split("\n")]
    verbose = [parse(SyslogLine(2.0, "192.0.2.21", "mx", "postfix/smtpd", 7, 6, row)) for row in said_in_log]
    why = _TRACED
    texts = explanation_text(explain(replace(why, log=(*why.log[:9], *verbose, *why.log[9:]), queries=(query,))))
    assert all(line.isprintable() for line in texts.split("\n"))
    _told(replace(usual, scenario=said, sessions=(session,), log=rows, queries=(query,), messages=messages, trouble=(logged,)))


def _told(found: Evidence) -> None:
    texts = [query_line(query) for query in found.queries]
    for session in found.sessions:
        texts += transcript_lines(session)
        assert isinstance(exit_code(session), int)
    texts += story(judge(found, [accepted(), refused("RCPT", 550)]), found, found.scenario, "kept").split("\n")
    if found.sessions:
        texts += session_lines(found, reasoned_outcome(found))
    assert all(text.isprintable() for text in texts), [text for text in texts if not text.isprintable()]
