"""What a command line declares of one session becomes a client, its world and its words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from postfix_lab.dns.zone import Zone
from postfix_lab.errors import InputError
from postfix_lab.scenario.declared import PTR, PTR_NAMED, STOPS, Declared, is_name, parse_ptr
from postfix_lab.scenario.ptr import Ptr
from postfix_lab.scenario.scenario import Scenario
from postfix_lab.smtp.dialogue import Auth, Command, Drop, StartTls
from postfix_lab.smtp.sendmail import Submission

CLIENT = "203.0.113.9"


def scenario(**said: Any) -> Scenario:
    """Declare a client at 203.0.113.9 that writes to bob."""
    return Declared(**{"client": CLIENT, "to": ("bob@lab.test",), **said}).scenario("send")


def lines(made: Scenario) -> list[str]:
    """The commands that are said."""
    return [step.line for step in made.sessions[0].dialogue.steps if isinstance(step, Command)]


def records(made: Scenario) -> set[str]:
    """Everything that the DNS would say about names, `name TYPE data`."""
    hosts = replace(made.world, hosts=(made.sessions[0].client,)).dns_zones()
    nodes = [(b".".join(name).decode(), sets) for text in hosts for name, sets in Zone.parse(text).nodes.items()]
    return {f"{name} {r}" for name, sets in nodes for rs in sets.values() for r in rs if r.type != "SOA"}


def test_a_client_of_which_nothing_is_said_is_set_up_well() -> None:
    """Its name leads to its address and back, and it greets by that name."""
    made = scenario()
    assert lines(made)[0] == "EHLO host-203-0-113-9.example"
    assert {
        "9.113.0.203.in-addr.arpa PTR host-203-0-113-9.example.",
        "host-203-0-113-9.example A 203.0.113.9",
    } <= records(made)


@pytest.mark.parametrize(
    "text, ptr",
    [
        ("right", Ptr.right()),
        ("none", Ptr.missing()),
        ("servfail", Ptr.servfail()),
        ("timeout", Ptr.timeout()),
        ("mail.a.example", Ptr.to("mail.a.example")),
        ("a.example,b.example", Ptr.to("a.example", "b.example")),
        ("mismatch:gmail.com", Ptr.mismatch("gmail.com")),
        ("mismatch", Ptr.mismatch("somebody-else.example")),
        ("forward-timeout:x.example", Ptr.forward_timeout("x.example")),
    ],
)
def test_ptr(text: str, ptr: Ptr) -> None:
    """A name, a kind, or a kind with a name."""
    assert parse_ptr(text) == ptr


@pytest.mark.parametrize("text, near", [("servfial", "servfail"), ("mismach", "mismatch"), ("non", "none")])
def test_a_ptr_that_is_neither_name_nor_kind_is_told_with_the_nearest(text: str, near: str) -> None:
    """A mistyped kind is no host name."""
    with pytest.raises(InputError, match=f"did you mean {near}"):
        parse_ptr(text)


@pytest.mark.parametrize("kind", [*PTR, *PTR_NAMED])
def test_a_client_greets_by_a_name_of_its_own_that_exists(kind: str) -> None:
    """A borrowed name in the PTR record is not what it calls itself, and its own name has an address in every state."""
    made = scenario(ptr=kind)
    assert lines(made)[0] == "EHLO host-203-0-113-9.example"
    assert "host-203-0-113-9.example A 203.0.113.9" in records(made)


def test_the_name_of_the_ptr_record_is_the_greeting() -> None:
    """Who has a name greets by it."""
    made = scenario(ptr="mail.good.example")
    assert lines(made)[0] == "EHLO mail.good.example"
    assert "mail.good.example A 203.0.113.9" in records(made)


def test_the_name_in_helo_leads_to_the_client() -> None:
    """Also where the PTR record says another name; an IPv6 client gets an AAAA record."""
    assert "mail.x.example A 203.0.113.9" in records(scenario(helo="mail.x.example", ptr="other.y.example"))
    assert "mail.x.example AAAA 2001:db8::9" in records(scenario(client="2001:db8::9", helo="mail.x.example"))


@pytest.mark.parametrize("helo", ["win2012r2RDP", "[203.0.113.9]", "203.0.113.9", "_bad name_", "-"])
def test_what_is_no_name_is_said_as_it_is(helo: str) -> None:
    """A greeting may be anything on one line; the DNS knows nothing of it."""
    made = scenario(helo=helo)
    assert lines(made)[0] == f"EHLO {helo}"
    assert not any(record.startswith(helo.lower()) for record in records(made))


def test_a_borrowed_name_keeps_its_owner() -> None:
    """Who says gmail.com in HELO and PTR does not get gmail.com's address records."""
    told = records(scenario(ptr="mismatch:gmail.com", helo="gmail.com"))
    assert "gmail.com A 198.51.100.1" in told
    assert "gmail.com A 203.0.113.9" not in told


@pytest.mark.parametrize("option", ["helo", "sender"])
@pytest.mark.parametrize("text", ["a\r\nRSET", "a\nb", "a\0b"])
def test_a_line_break_cannot_be_smuggled_into_a_command(option: str, text: str) -> None:
    """A command is one line."""
    with pytest.raises(InputError, match="line break"):
        scenario(**{option: text})


def test_other_scripts_go_over_the_wire_as_utf_8() -> None:
    """SMTPUTF8 addresses are octets like any others."""
    assert lines(scenario(sender="dön@x.example"))[1] == "MAIL FROM:<dÃ¶n@x.example>"


def test_a_bounce_has_no_sender() -> None:
    """The empty sender is said, and the default sender's domain is not needed."""
    made = scenario(sender="")
    assert lines(made)[1] == "MAIL FROM:<>"
    assert not any("good.example" in record for record in records(made))


def test_tls_and_a_login_come_in_their_order() -> None:
    """EHLO, STARTTLS, EHLO, AUTH, MAIL."""
    steps = scenario(tls=True, auth=Auth("ann", "x")).sessions[0].dialogue.steps
    assert [type(step) for step in steps[:4]] == [Command, StartTls, Command, Auth]


@pytest.mark.parametrize("said, port", [({}, 25), ({"tls_on_connect": True}, 465), ({"port": 587}, 587)])
def test_port(said: dict[str, Any], port: int) -> None:
    """TLS from the start has a port of its own."""
    assert scenario(**said).sessions[0].port == port


@pytest.mark.parametrize(
    "stop, last",
    [("HELO", "HELO"), ("MAIL", "MAIL"), ("RCPT", "RCPT"), ("AUTH", "HELO"), ("STARTTLS", "HELO"), ("DOT", "MESSAGE")],
)
def test_a_session_stops_where_it_was_told(stop: str, last: str) -> None:
    """What is never tried counts as past, as in swaks."""
    assert scenario(stop=stop).sessions[0].dialogue.steps[-1].stage == last


def test_nothing_is_said_after_the_banner() -> None:
    """CONNECT stops before the greeting, FIRST-HELO before STARTTLS."""
    assert scenario(stop="CONNECT").sessions[0].dialogue.steps == ()
    assert len(scenario(stop="FIRST-HELO", tls=True).sessions[0].dialogue.steps) == 1


@pytest.mark.parametrize("stop", [*STOPS, "FIRST-HELO"])
def test_a_session_can_be_dropped_anywhere(stop: str) -> None:
    """The last step is the end of the line."""
    *before, last = scenario(stop=stop, drop=True).sessions[0].dialogue.steps
    assert (last, Drop() in before) == (Drop(), False)


@pytest.mark.parametrize(
    "text, is_one",
    [("mail.good.example", True), ("a.b.", True), ("localhost", False), ("1.2.3.4", False), ("a..b", False),
     ("x y.example", False), ("", False), ("a.\x1b[2J", False)],
)  # fmt: skip
def test_names(text: str, is_one: bool) -> None:
    """A host name has two labels or more and is no address."""
    assert is_name(text) is is_one


def test_an_address_that_is_none() -> None:
    """A client needs a real address."""
    with pytest.raises(InputError, match="not an IPv4 or IPv6 address"):
        scenario(client="300.1.1.1")


@pytest.mark.parametrize("client", ["127.0.0.1", "::1", "192.0.2.25", "0.0.0.0"])  # noqa: S104 - no socket
def test_client_that_cannot_be_had(client: str) -> None:
    """Told before anything starts."""
    with pytest.raises(InputError, match=f"{client} cannot be a client"):
        scenario(client=client)


def test_client_on_the_mail_host_itself() -> None:
    """It greets as localhost, or as it is told, and the DNS says nothing about it."""
    made, named = scenario(client="local"), scenario(client="local", helo="webmail.lab.test")
    assert made.sessions[0].local
    assert [lines(one)[0] for one in (made, named)] == ["EHLO localhost", "EHLO webmail.lab.test"]
    assert made.world.zones == named.world.zones == ()
    with pytest.raises(InputError, match="--ptr"):
        scenario(client="local", ptr="none")


def test_mail_that_sendmail_submits() -> None:
    """No session, and no options of one."""
    made = scenario(client="local", submit="www-data", sender="a@b.test", message="\xc3\xa4\n")
    assert (made.sessions, made.submissions) == ((), (Submission(("bob@lab.test",), "a@b.test", "ä\n", "www-data"),))
    with pytest.raises(InputError, match="--tls is about an SMTP session, and --submit holds none"):
        scenario(client="local", submit="root", tls=True)
    with pytest.raises(InputError, match="--client is about an SMTP session"):
        scenario(submit="root")
