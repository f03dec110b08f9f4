"""A scenario as the agent is told of it."""

from __future__ import annotations

import pytest

from postfix_lab.errors import InputError
from postfix_lab.runtime.orders import session_orders
from postfix_lab.scenario.scenario import Scenario, Session
from postfix_lab.scenario.world import Host, local
from postfix_lab.smtp.dialogue import mail

GOOD = Session(Host(("203.0.113.10", "2001:db8::10"), name="mx.good.example"), mail(helo="mx.good.example"))
MAIL_HOST = {False: "192.0.2.25", True: "2001:db8:25::25"}


def facing(client: str) -> str:
    return MAIL_HOST[":" in client]


def test_each_session_has_the_order_for_the_address_that_faces_it() -> None:
    """Of the client's family; a session with an MTA of the world goes there."""
    other = Session(GOOD.client, mail(helo="mx.good.example"), source="2001:db8::10", server=None)
    relay = Session(GOOD.client, mail(helo="mx.good.example"), server="198.51.100.7")
    orders = session_orders(Scenario("orders", (GOOD, other, relay)), facing)
    assert [(order.source, order.server) for order in orders] == [
        ("203.0.113.10", "192.0.2.25"),
        ("2001:db8::10", "2001:db8:25::25"),
        ("203.0.113.10", "198.51.100.7"),
    ]


def test_the_same_session_many_times_is_one_order_many_times() -> None:
    """So that it crosses the control stream once, and in the order in which it was said."""
    other = Session(GOOD.client, mail(helo="mx.good.example", to="ann@lab.test"))
    orders = session_orders(Scenario("orders", (GOOD, other) * 50), facing)
    assert len(orders) == 100
    assert len({id(order) for order in orders}) == 2
    assert [order.dialogue for order in orders] == [GOOD.dialogue, other.dialogue] * 50


@pytest.mark.parametrize("source", ["127.0.0.1", "224.0.0.1", "192.0.2.25"])
def test_session_from_an_address_that_cannot_be_had(source: str) -> None:
    """An input error, when the session is declared."""
    with pytest.raises(InputError, match=f"{source} cannot be a client"):
        Session(Host(("203.0.113.9", source)), GOOD.dialogue, source=source)
    with pytest.raises(InputError, match=f"{source} cannot be a client"):
        Session(Host(source), GOOD.dialogue)


def test_session_of_the_mail_host_itself() -> None:
    """From its loopback, through a relay that listens on its IPv4 address, whatever the family of the loopback."""
    four, six = (Session(local(), GOOD.dialogue, source=source) for source in (None, "::1"))
    assert (four.local, four.address, six.address, GOOD.local) == (True, "127.0.0.1", "::1", False)
    relays = {("127.0.0.1", 25): 61900, ("::1", 25): 61901}
    orders = session_orders(Scenario("orders", (four, six, GOOD)), facing, relays)
    assert [(order.source, order.server, order.port, order.relay_port) for order in orders] == [
        ("127.0.0.1", "192.0.2.25", 25, 61900),
        ("::1", "192.0.2.25", 25, 61901),
        ("203.0.113.10", "192.0.2.25", 25, 0),
    ]


def test_session_of_the_mail_host_itself_that_cannot_be() -> None:
    """It has its loopback alone, and speaks to the mail host alone."""
    with pytest.raises(InputError, match=r"it cannot speak from 203\.0\.113\.9"):
        Session(local(), GOOD.dialogue, source="203.0.113.9")
    with pytest.raises(InputError, match="it cannot connect to a remote MTA"):
        Session(local(), GOOD.dialogue, server="203.0.113.9")
