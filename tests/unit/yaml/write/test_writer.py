"""A scenario that was written as YAML and read again is the same scenario."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from postfix_lab.dns.fault import Fault, FaultKind
from postfix_lab.dns.zone import ZoneText
from postfix_lab.errors import InputError
from postfix_lab.scenario.client_address import client_problem
from postfix_lab.scenario.misbehaviour import (
    bare_cr,
    bdat,
    crowd,
    early_talk,
    half_closed,
    nul,
    pipelined,
    reset_in_data,
    slow,
    smuggled,
    starttls_injection,
)
from postfix_lab.scenario.ptr import Ptr, PtrKind
from postfix_lab.scenario.scenario import Scenario, Session
from postfix_lab.scenario.world import Host, World, local
from postfix_lab.smtp.answer import Answer, Oddity
from postfix_lab.smtp.behaviour import ACCEPT, REFUSE, TEMPFAIL, Behaviour
from postfix_lab.smtp.dialogue import (
    Auth,
    Burst,
    Command,
    Dialogue,
    Drop,
    HalfClose,
    Meet,
    Message,
    Raw,
    StartTls,
    mail,
)
from postfix_lab.verdict.checks import accepted
from postfix_lab.yaml.bind.play import Wanted, plays
from postfix_lab.yaml.bind.round import Round
from postfix_lab.yaml.write.writer import to_yaml

CLIENT = Host("203.0.113.9", name="mail.stranger.example")
_CALM = [HealthCheck.too_slow, HealthCheck.data_too_large]
SLOW = settings(deadline=None, max_examples=40, derandomize=True, database=None, suppress_health_check=_CALM)


def read(text: str) -> Round:
    """The one round of the one test of a sheet."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sheet.yaml"
        path.write_text(text, "utf-8")
        (play,) = plays(path, Wanted((12,)))
    (only,) = play.rounds
    return only


def normal(world: World, sessions: tuple[Session, ...], in_turn: bool, at_once: int) -> tuple[Any, ...]:
    """What the writer promises to keep: see its first lines; clients are part of the world."""
    zones = tuple(replace(z, source="") for z in world.zones if z.source != "derived for a DNS list")
    hosts = tuple(dict.fromkeys((*world.hosts, *(session.client for session in sessions))))
    faults = tuple(replace(fault, type=fault.type.upper()) for fault in world.faults)
    return zones, hosts, faults, sessions, in_turn, at_once


def again(scenario: Scenario) -> None:
    """Write it, read it, compare."""
    compare(scenario, to_yaml(scenario, accepted()))


def compare(scenario: Scenario, text: str) -> None:
    """What the text says is that scenario."""
    found = read(text)
    wanted = normal(scenario.world, scenario.sessions, scenario.in_turn, scenario.at_once)
    assert normal(found.world, found.sessions, found.in_turn, found.at_once) == wanted


# What can be said: lines without control characters, octets, names, addresses.
line = st.text(st.characters(categories=("L", "N", "P", "S"), include_characters=" $"), max_size=20)
mailbox = st.text(st.characters(categories=("L", "N", "P", "S"), max_codepoint=255), max_size=20)
"""It is in the headers too, and a message is octets."""
octets = st.text(st.characters(max_codepoint=255), max_size=30)
content = st.one_of(octets, st.text(max_size=30).filter(lambda t: t.isprintable()).map(lambda t: t.encode().decode("latin-1")))
label = st.from_regex(r"[a-z][a-z0-9$-]{0,6}[a-z0-9]", fullmatch=True)
name = st.builds("{}.{}".format, label, st.sampled_from(["example", "test", "mail.example"]))
address = st.ip_addresses().map(str).filter(lambda text: "%" not in text and client_problem(text) is None)
seconds = st.integers(1, 3_600_000).map(lambda n: n / 1000)
replies = st.sampled_from(["250 Ok", "550 5.1.1 No such user", "421", "250-a\r\n250 b $c", *Oddity][:8])

ptr = st.one_of(
    st.sampled_from([Ptr.right(), Ptr.missing(), Ptr.servfail(), Ptr.timeout()]),
    st.builds(lambda names, forward: Ptr.to(*names, forward=forward), st.lists(name, min_size=1, max_size=3), st.booleans()),
    st.builds(Ptr, st.sampled_from([PtrKind.MISMATCH, PtrKind.NXDOMAIN, PtrKind.NODATA, PtrKind.FORWARD_SERVFAIL,
                                    PtrKind.FORWARD_TIMEOUT]), st.tuples(name)),
)  # fmt: skip
answer = st.builds(Answer, st.sampled_from(["RCPT", "DATA"]), replies, st.none() | line, st.none() | line, st.integers(0, 9))
mta = st.one_of(
    st.none(),
    st.sampled_from([ACCEPT, REFUSE, TEMPFAIL]),
    st.builds(
        Behaviour, st.none() | replies, st.none() | replies, st.none() | replies, st.none() | replies, st.none() | replies,
        st.none() | address, st.lists(answer, max_size=2), st.sampled_from([(), ("SIZE",), ("SIZE", "8BITMIME")]),
        st.sampled_from(["none", "expired"]),
    ),
)  # fmt: skip
host = st.builds(Host, st.lists(address, min_size=1, max_size=2, unique=True), st.none() | name | label, st.none() | line, ptr, mta)
zone = st.builds(
    lambda origin, text, derived: ZoneText(f'@ TXT "x"\n{text}', "a file", origin, derived),
    name, st.sampled_from(["", "$TTL 5\nwww 300 IN A 192.0.2.1\n", "*\tMX 10 @ ; $x ${y}\n"]), st.booleans(),
)  # fmt: skip
fault = st.one_of(
    st.builds(Fault, st.one_of(name, name.map("*.{}".format), st.just("*")),
              st.sampled_from([FaultKind.SERVFAIL, FaultKind.TIMEOUT, FaultKind.CNAME_LOOP, FaultKind.CUT_NAME]),
              st.sampled_from(["ANY", "A", "TXT", "mx", "TYPE99"]), client=st.none() | address, resolver=st.none() | address,
              transport=st.sampled_from([None, "udp", "tcp"]), nth=st.integers(0, 3)),
    st.builds(Fault, name, st.just(FaultKind.DELAY), seconds=seconds),
    st.builds(Fault, name, st.just(FaultKind.TRUNCATE_HANG), seconds=st.just(0.0) | seconds),
    st.builds(Fault, name, st.just(FaultKind.HUGE), octets=st.integers(1, 60_000)),
    st.builds(Fault, name, st.just(FaultKind.ANSWER), records=st.sampled_from([("A 192.0.2.1",), ('TXT "$a"', "A 192.0.2.2")])),
)  # fmt: skip
stage = st.sampled_from(["MAIL", "RCPT", "MESSAGE", "OTHER", "RSET"])
pace = st.just(0.0) | seconds
auth = st.builds(Auth, line, line, st.sampled_from(["PLAIN", "LOGIN"]))
part = st.one_of(
    st.builds(Command, st.one_of(line, st.just("NOOP"), st.just("MAIL FROM:<a@$b.example>"))),
    st.builds(Command, line, stage),
    st.builds(Message, content, verbatim=st.booleans(), replies=st.integers(0, 3), pace=pace),
    st.builds(Raw, octets, st.integers(0, 3), stage, pace),
)
parts = st.lists(part, min_size=1, max_size=3).map(tuple)
step = st.one_of(
    part, auth, st.builds(StartTls, behind=st.just(()) | parts), st.builds(Burst, parts, st.none() | st.integers(0, 3), stage),
    st.sampled_from([Meet(), HalfClose(), Drop(), Drop(reset=True)]),
)  # fmt: skip
delivery = st.builds(
    mail, helo=mailbox, sender=mailbox, to=st.lists(mailbox, min_size=1, max_size=3).map(tuple), data=st.none() | content,
    ehlo=st.booleans(), tls=st.booleans(), auth=st.none() | auth, mail_parameters=st.sampled_from(["", "SIZE=1000", "$x"]),
)  # fmt: skip
misbehaviour = st.sampled_from([
    bare_cr(), bdat("understated"), early_talk(), half_closed(), nul(), pipelined(), reset_in_data(), slow("RCPT"),
    slow("MESSAGE", 0.5), smuggled("<LF>.<LF>"),
])  # fmt: skip
dialogue = st.one_of(
    delivery,
    st.builds(lambda spoken, where, drop: spoken.until(where, drop=drop), delivery, st.sampled_from(["CONNECT", "MAIL", "RCPT"]), st.booleans()),
    st.builds(lambda change, spoken: change(spoken), misbehaviour, st.builds(mail, helo=label, to=st.just("bob@lab.test"))),
    st.builds(Dialogue, st.lists(step, max_size=4).map(tuple), st.booleans(), st.just(()) | parts, st.booleans()),
)  # fmt: skip


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """Several sessions in a world; some go to an MTA of it, some come from a client's second address."""
    zones, hosts = tuple(draw(st.lists(zone, max_size=2))), tuple(draw(st.lists(host, max_size=2)))
    world = World(zones, hosts, tuple(draw(st.lists(fault, max_size=2))))
    peers = [known.addresses[0] for known in world.hosts if known.mta]
    clients = st.one_of(host, *(st.just(known) for known in world.hosts))
    sessions = []
    for client in draw(st.lists(clients, min_size=1, max_size=3)):
        spoken = draw(st.one_of(dialogue, st.just(mail(helo=client.greeting, to="bob@lab.test"))))
        source = draw(st.sampled_from([None, *client.addresses]))
        sessions.append(Session(client, spoken, draw(st.integers(1, 65535)), source, draw(st.sampled_from([None, *peers]))))
    return Scenario("any", tuple(sessions), world, draw(st.booleans()), at_once=draw(st.integers(0, 9)))


@given(scenarios())
@SLOW
def test_round_trip(scenario: Scenario) -> None:
    """Every world, session and dialogue of these comes back equal."""
    again(scenario)


@given(st.text(max_size=20), st.text(max_size=40))
@SLOW
def test_any_text_comes_back_or_is_refused(words: str, octets: str) -> None:
    """Whatever characters there are: what comes back is the same, and what cannot be written is an InputError."""
    dialogue = Dialogue((Command(words), Raw(octets), Message(octets), Auth(words, words)), early=(Raw(octets, 0),))
    scenario = Scenario("any", (Session(CLIENT, dialogue),))
    try:
        text = to_yaml(scenario, accepted())
    except InputError:
        return
    compare(scenario, text)


def test_ordinary_mail_is_written_as_a_person_would() -> None:
    """Only what is not usual is said, and lists of one are no lists."""
    text = to_yaml(Scenario("a mail", (Session(CLIENT, mail(helo=CLIENT.greeting, to="bob@lab.test")),)), accepted())
    assert text == (
        "schema: postfix-lab/v1\ntests:\n  a-mail:\n    host: 203.0.113.9\n    name: mail.stranger.example\n"
        "    to: bob@lab.test\n    expect:\n      accepted: MESSAGE\n"
    )


def test_client_on_the_mail_host_itself() -> None:
    """It is `local`, from either loopback, and what it says in EHLO is the session's."""
    for client, source in ((local(), None), (local("webmail.lab.test"), "::1")):
        said = Session(client, mail(helo=client.greeting, to="bob@lab.test"), source=source)
        (found,) = read(to_yaml(Scenario("here", (said,)), accepted())).sessions
        assert (found.local, found.address, found.dialogue) == (True, said.address, said.dialogue)


@pytest.mark.parametrize("text", ["\x85", "a\x85\n", "\r", " a\n\n", "\n", "\u2028", "yes", "~", "# a", "$$ ${a} $a $A", "a: b", "\ufeff"])
def test_odd_text_comes_back(text: str) -> None:
    """Ends of lines that YAML would fold, words that it would take for something else, and dollars."""
    again(Scenario("odd", (Session(CLIENT, Dialogue((Message(text.encode().decode("latin-1")),))),)))


def test_a_crowd_and_what_hides_behind_starttls() -> None:
    """Steps that only a misbehaviour has can be said one by one."""
    spoken = mail(helo="x", to="bob@lab.test", tls=True)
    again(Scenario("crowd", crowd(Session(CLIENT, starttls_injection("NOOP")(spoken)), 3)))


@pytest.mark.parametrize(
    "scenario, problem",
    [
        (Scenario("x", ()), "the scenario x has no session"),
        (Scenario("x", (Session(CLIENT, Dialogue(), logged=False),)), "that the log does not name"),
        (Scenario("x", (Session(CLIENT, Dialogue(), source="192.0.2.1"),)), "no address of its client"),
        (Scenario("x", (Session(CLIENT, Dialogue(), server="192.0.2.1"),)), "no host of the world has 192.0.2.1"),
        (Scenario("x", (Session(CLIENT, Dialogue((Command("a\rb"),))),)), "one line, without control characters"),
        (Scenario("x", (Session(CLIENT, Dialogue((Raw("\u0100"),))),)), "octets go up to"),
        (Scenario("x", (Session(CLIENT, Dialogue((Burst(()),))),)), "a burst of nothing"),
        (Scenario("x", (Session(Host("192.0.2.1", ptr=Ptr(PtrKind.RIGHT, ("a.example",))), Dialogue()),)), "has 1 names"),
        (Scenario("x", (Session(CLIENT, Dialogue()),), World(faults=(Fault("a.example", FaultKind.DELAY),))), "DELAY of no time"),
        (Scenario("x", (Session(CLIENT, Dialogue()),), World(faults=(Fault("192.0.2.1", FaultKind.TIMEOUT),))), "for an address"),
        (Scenario("x", (Session(CLIENT, Dialogue()),), World((ZoneText("a A x", origin="b"),))), "IPv4|address|record"),
    ],
)  # fmt: skip
def test_what_cannot_be_said_is_named(scenario: Scenario, problem: str) -> None:
    """A sentence says what it is."""
    with pytest.raises(InputError, match=problem):
        to_yaml(scenario, accepted())


def test_without_a_check_there_is_no_test() -> None:
    """YAML has no test that asserts nothing."""
    with pytest.raises(InputError, match="asserts nothing; give it a check"):
        to_yaml(Scenario("x", (Session(CLIENT, Dialogue()),)))
