"""The MTAs of a world, each at its ports."""

from __future__ import annotations

import socket

import pytest

from postfix_lab.inside.internet.protocol import PeerOrder
from postfix_lab.inside.internet.smtp.client_session import converse
from postfix_lab.inside.internet.smtp.peer_set import PeerEvents, Peers
from postfix_lab.smtp.answer import Answer, Answered
from postfix_lab.smtp.behaviour import Behaviour, Received
from postfix_lab.smtp.dialogue import mail

ADDRESS, BEHAVIOUR = "127.0.0.4", Behaviour(answers=Answer("MAIL", "450 4.3.2 Later", nth=1), ports=(25, 587))


def free_ports(count: int) -> list[int]:
    """Return ports that nobody has."""
    socks = [socket.socket() for _ in range(count)]
    for sock in socks:
        sock.bind((ADDRESS, 0))
    ports = [sock.getsockname()[1] for sock in socks]
    for sock in socks:
        sock.close()
    return ports


async def test_ports_of_one_host() -> None:
    """They share the counts of its answers; a port that the next world does not have is closed, another stays."""
    received: list[Received] = []
    answered: list[Answered] = []
    peers = Peers(PeerEvents(received.append, lambda _: None, answered.append, lambda _: None, lambda: None))
    one, other = free_ports(2)
    orders = [PeerOrder(ADDRESS, "mx.far.example", BEHAVIOUR, port=port) for port in (one, other)]
    await peers.set_orders(orders)
    for port in (one, other):
        await converse("127.0.0.2", ADDRESS, port, mail(helo="x.example"), timeout=10)
    assert [answer.stage for answer in answered] == ["MAIL"]
    assert [message.port for message in received] == [other]
    await peers.set_orders(orders[1:])
    with pytest.raises(ConnectionRefusedError), socket.create_connection((ADDRESS, one), 5):
        pass
    with socket.create_connection((ADDRESS, other), 5):
        await peers.set_orders([])
