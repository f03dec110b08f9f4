"""Remote hosts of a scene: what is declared about them, and what they say."""

from __future__ import annotations

from unittest.mock import Mock

import pytest

from postfix_lab import ACCEPT, Auth, Host, InputError, MailHost, MakeRemote, Ptr, Scene, Session, bare_lf, mail


@pytest.fixture
def remote(scene: Scene, host: MailHost) -> MakeRemote:
    """As the plugin's fixture."""
    return MakeRemote(scene, host)


def test_a_host_is_added_to_the_world(scene: Scene, remote: MakeRemote) -> None:
    """What is said about it is in its declaration; what is not said has the defaults of `Host`."""
    remote("203.0.113.9", "2001:db8::9", name="a.example", helo="b.example", ptr=Ptr.missing(), mta=ACCEPT)
    remote("203.0.113.10")
    declared = Host(("203.0.113.9", "2001:db8::9"), "a.example", "b.example", Ptr.missing(), ACCEPT)
    assert scene.world.hosts == (declared, Host("203.0.113.10"))


def test_client_on_the_mail_host_itself(scene: Scene, remote: MakeRemote) -> None:
    """It is no host of the world; it greets as localhost or as it is told, and has nothing else."""
    assert [remote("local", helo=helo).host.greeting for helo in (None, "a.example")] == ["localhost", "a.example"]
    assert scene.world.hosts == ()
    assert [remote("local").session(source=source).address for source in (None, "::1")] == ["127.0.0.1", "::1"]
    with pytest.raises(InputError, match="no name, ptr or mta"):
        remote("local", ptr=Ptr.missing())


def test_client_that_cannot_be_had(remote: MakeRemote) -> None:
    """Told as soon as it is to speak: a host of the world may stand at such an address, as listings of DNS lists do."""
    with pytest.raises(InputError, match=r"127\.0\.0\.2 cannot be a client: it is a loopback address"):
        remote("127.0.0.2", name="x.example").session()


def test_a_session_says_what_mail_says(remote: MakeRemote) -> None:
    """Every keyword reaches `mail`; the name in EHLO is the host's own, if none is given."""
    host, auth = remote("203.0.113.9", name="a.example"), Auth("ann@lab.test", "secret")
    said = {"sender": "", "to": ("a@b.test", "c@d.test"), "data": "x\n", "ehlo": False, "tls": True, "mail_parameters": "SIZE=1"}
    spoken = mail(helo="a.example", auth=auth, **said)  # type: ignore[arg-type]  # of many types
    assert host.dialogue(auth=auth, **said) == spoken  # type: ignore[arg-type]  # the same
    assert host.session(auth=auth, **said).dialogue == spoken  # type: ignore[arg-type]  # the same
    assert host.dialogue("RCPT", drop=True, helo="b.example") == mail(helo="b.example").until("RCPT", drop=True)


def test_send_holds_one_session(remote: MakeRemote, executor: Mock) -> None:
    """Port, source, the MTA in between, the misbehaviour and the limit are those of the call."""
    host, relay = remote("203.0.113.9", "203.0.113.10"), remote("203.0.113.20")
    host.send(587, limit=7.0, source="203.0.113.10", via=relay, misbehaves=bare_lf(), sender="ann@a.example")
    _, scenario, limit = executor.run.call_args.args
    spoken = bare_lf()(host.dialogue(sender="ann@a.example"))
    assert scenario.sessions == (Session(host.host, spoken, 587, "203.0.113.10", "203.0.113.20"),)
    assert limit == 7.0


def test_a_dialogue_of_its_own_is_said_as_it_is(remote: MakeRemote) -> None:
    """What else is given about the envelope does not apply to it."""
    own = mail(helo="c.example").until("MAIL")
    assert remote("203.0.113.9").session(dialogue=own, until="RCPT", sender="x@y.example").dialogue == own


def test_a_misbehaviour_has_to_be_called(remote: MakeRemote) -> None:
    """Its maker is told from what it makes."""
    with pytest.raises(InputError, match="is no misbehaviour; call one"):
        remote("203.0.113.9").send(misbehaves=bare_lf)  # type: ignore[arg-type]  # that is the mistake
