"""Hundreds of sessions, 32 at once: nothing is lost, and each comes out as it does alone. `make soak` holds 20,000."""

from __future__ import annotations

import pytest

from postfix_lab import MailHost, Scene
from postfix_lab.scenario.scenario import Scenario
from tests.endure.crowd import KINDS, SIZE, Client, world
from tests.endure.portrait import of
from tests.endure.soak import Soak

pytestmark = pytest.mark.mail_host(debian=12)


def test_each_session_is_as_if_it_were_alone(lab: Scene, mail_host: MailHost) -> None:
    """Verdict, replies, log lines, DNS questions and messages are the same, and nothing is left over."""
    soaked = Soak(lab.executor, mail_host, at_once=32).run(SIZE)
    assert soaked.wrong == []
    assert (soaked.sessions, soaked.messages) == (SIZE, SIZE // 2)


def test_a_difference_is_seen(lab: Scene, mail_host: MailHost) -> None:
    """A client that another client's portrait does not fit is found out: the comparison is not blind."""
    clients = [Client(number) for number in range(len(KINDS))]
    seen = [
        of(client, lab.executor.run(mail_host, Scenario(client.kind.name, (client.session,), world(clients))))
        for client in clients
    ]
    assert {portrait.verdict for portrait in seen} == {"pass"}
    assert len(set(seen)) == len(KINDS)
    assert seen[0].differs(seen[1])
    assert seen[0].differs(seen[0]) == []
