"""Remote hosts of a scene, which speak to the mail host from their own addresses.

`Remote.dialogue`, `session` and `send` repeat the keywords of `smtp.dialogue.mail`, so that an editor, `help` and a
type checker show them; a test proves that they are the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from postfix_lab.errors import InputError
from postfix_lab.evidence.evidence import Evidence
from postfix_lab.scenario.misbehaviour import Misbehaviour
from postfix_lab.scenario.ptr import Ptr
from postfix_lab.scenario.scenario import Session
from postfix_lab.scenario.world import Host, local
from postfix_lab.smtp.behaviour import Behaviour
from postfix_lab.smtp.dialogue import DEFAULT_RECIPIENT, DEFAULT_SENDER, Auth, Dialogue, Stage, mail

if TYPE_CHECKING:
    from postfix_lab.runtime.mail_host import MailHost
    from postfix_lab.scene.scene import Scene


@dataclass(frozen=True)
class Remote:
    """A remote host that sends to the mail host from its real address; `remote(...)` makes one."""

    scene: Scene
    mail_host: MailHost
    host: Host

    def dialogue(  # noqa: PLR0913 - the keywords of `mail`
        self,
        until: Stage | None = None,
        *,
        drop: bool = False,
        helo: str | None = None,
        sender: str = DEFAULT_SENDER,
        to: str | tuple[str, ...] = DEFAULT_RECIPIENT,
        data: str | None = None,
        ehlo: bool = True,
        tls: bool = False,
        auth: Auth | None = None,
        mail_parameters: str = "",
    ) -> Dialogue:
        """Return what `send` would say with these arguments.

        `helo` is the name in EHLO, by default the host's own; `until`, `drop` and the other keywords are those of
        `send`. Raises `ValueError` if the dialogue never comes to the stage `until`.
        """
        spoken = mail(
            helo=helo or self.host.greeting, sender=sender, to=to, data=data, ehlo=ehlo, tls=tls, auth=auth,
            mail_parameters=mail_parameters,
        )  # fmt: skip
        return spoken.until(until, drop=drop) if until else spoken

    def session(  # noqa: PLR0913 - the keywords of `mail`
        self,
        port: int = 25,
        source: str | None = None,
        via: Remote | None = None,
        misbehaves: Misbehaviour | None = None,
        *,
        dialogue: Dialogue | None = None,
        until: Stage | None = None,
        drop: bool = False,
        helo: str | None = None,
        sender: str = DEFAULT_SENDER,
        to: str | tuple[str, ...] = DEFAULT_RECIPIENT,
        data: str | None = None,
        ehlo: bool = True,
        tls: bool = False,
        auth: Auth | None = None,
        mail_parameters: str = "",
    ) -> Session:
        """Return one session of this host, for `lab.run` to hold, alone or with others.

        The arguments are those of `send`. Raises `InputError` if `misbehaves` is no misbehaviour.
        """
        spoken = dialogue or self.dialogue(
            until, drop=drop, helo=helo, sender=sender, to=to, data=data, ehlo=ehlo, tls=tls, auth=auth,
            mail_parameters=mail_parameters,
        )  # fmt: skip
        if misbehaves is not None:
            if not isinstance(misbehaves, Misbehaviour):
                raise InputError(f"misbehaves={misbehaves!r} is no misbehaviour; call one, as in misbehaves=bare_lf()")
            spoken = misbehaves(spoken)
        return Session(self.host, spoken, port, source, via.host.addresses[0] if via else None)

    def send(  # noqa: PLR0913 - the keywords of `mail`
        self,
        port: int = 25,
        *,
        limit: float = 30.0,
        source: str | None = None,
        via: Remote | None = None,
        misbehaves: Misbehaviour | None = None,
        dialogue: Dialogue | None = None,
        until: Stage | None = None,
        drop: bool = False,
        helo: str | None = None,
        sender: str = DEFAULT_SENDER,
        to: str | tuple[str, ...] = DEFAULT_RECIPIENT,
        data: str | None = None,
        ehlo: bool = True,
        tls: bool = False,
        auth: Auth | None = None,
        mail_parameters: str = "",
    ) -> Evidence:
        """Hold one session with the mail host and return everything that was seen.

        port: 25, or 465 and 587 for submission. limit: seconds, as in `Scene.run`.
        source: one of the host's addresses; by default the first.
        via: a host whose MTA takes the message instead of the mail host, and may send it on.
        misbehaves: what this client does wrong, such as `bare_lf()`.
        dialogue: everything that is said; the keywords that follow do not apply then.
        until: the last stage, after which QUIT is said; with `drop` the connection is closed instead.
        helo, sender, to, data, ehlo, tls, auth, mail_parameters: as in `mail`; `helo` is by default the host's own.

            seen = remote("203.0.113.9", ptr=Ptr.missing()).send(sender="ann@good.example", until="RCPT")
        """
        session = self.session(
            port, source, via, misbehaves, dialogue=dialogue, until=until, drop=drop, helo=helo, sender=sender, to=to,
            data=data, ehlo=ehlo, tls=tls, auth=auth, mail_parameters=mail_parameters,
        )  # fmt: skip
        return self.scene.run(self.mail_host, session, limit=limit)


@dataclass(frozen=True)
class MakeRemote:
    """Makes remote hosts that speak to one mail host; the fixture `remote` is one."""

    scene: Scene
    mail_host: MailHost

    def __call__(
        self,
        *addresses: str,
        name: str | None = None,
        helo: str | None = None,
        ptr: Ptr | None = None,
        mta: Behaviour | None = None,
    ) -> Remote:
        """Add a remote host to the world and return it; raises `InputError` if an address or a name is none.

        `remote("local")` is a client on the mail host itself, which connects from its loopback (127.0.0.1, or ::1 with
        `source="::1"`): webmail, fetchmail, a content filter. Only `helo` goes with it.

        name: its own name; by default one that is made of the first address, `host-203-0-113-9.example`.
        helo: what it says in EHLO; by default its name, or its address literal if it was given no name.
        ptr: what the reverse lookup of its addresses says; by default its name, which has these addresses.
        mta: how it answers on its ports, by default 25; without it nobody is there.

            remote("203.0.113.9", ptr=Ptr.missing()).send(to="bob@lab.test")
        """
        if addresses == ("local",):
            if name is not None or ptr is not None or mta is not None:
                raise InputError("a client on the mail host itself has no name, ptr or mta of its own")
            return Remote(self.scene, self.mail_host, local(helo))
        host = Host(addresses, name, helo, ptr or Ptr.right(), mta)
        self.scene.world = replace(self.scene.world, hosts=(*self.scene.world.hosts, host))
        return Remote(self.scene, self.mail_host, host)
