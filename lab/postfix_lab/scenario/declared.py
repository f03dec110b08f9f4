"""One session of a client as declared on a command line; the options have the names that swaks uses.

The defaults are those of a correctly configured client. The DNS records for the client's names are derived, so that a
written zone wins over them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from postfix_lab.dns.fault import Fault
from postfix_lab.dns.name import absolute_name
from postfix_lab.dns.zone import ZoneText
from postfix_lab.errors import InputError
from postfix_lab.scenario.client_address import require_client
from postfix_lab.scenario.ptr import Ptr
from postfix_lab.scenario.scenario import Scenario, Session
from postfix_lab.scenario.world import Host, World, forward_zone, local
from postfix_lab.smtp.dialogue import DEFAULT_MESSAGE, DEFAULT_SENDER, Auth, Dialogue, Drop, Stage, mail
from postfix_lab.smtp.sendmail import Submission
from postfix_lab.text import did_you_mean, printable

CLIENT = "203.0.113.10"
"""The default client."""
LOCAL = "local"
"""What `client` says for a client on the mail host itself."""
_RIGHT = "right"
SMTP, SMTPS = 25, 465
PTR: dict[str, Callable[[], Ptr]] = {
    "right": Ptr.right,
    "none": Ptr.missing,
    "servfail": Ptr.servfail,
    "timeout": Ptr.timeout,
}
PTR_NAMED: dict[str, Callable[[str], Ptr]] = {
    "mismatch": Ptr.mismatch,
    "nxdomain": Ptr.nxdomain,
    "nodata": Ptr.nodata,
    "forward-servfail": Ptr.forward_servfail,
    "forward-timeout": Ptr.forward_timeout,
}
"""Kinds that may be followed by `:NAME`."""
_BORROWED = "somebody-else.example"
STOPS: dict[str, Stage] = {
    "CONNECT": "CONNECT", "BANNER": "CONNECT",
    "STARTTLS": "STARTTLS", "TLS": "STARTTLS",
    "HELO": "HELO", "EHLO": "HELO",
    "AUTH": "AUTH",
    "MAIL": "MAIL", "FROM": "MAIL",
    "RCPT": "RCPT", "TO": "RCPT",
    "DATA": "DATA",
    "DOT": "MESSAGE",
}  # fmt: skip
"""swaks' words for the stage at which a session stops; FIRST-HELO, which is no stage, is allowed as well."""
FIRST_HELO = "FIRST-HELO"
_NAME = re.compile(r"(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?\.)+[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?\.?")


@dataclass(frozen=True)
class Declared:
    """A client and what it says."""

    client: str
    """An address, or `local` for a client on the mail host itself."""
    ptr: str = _RIGHT
    helo: str | None = None
    sender: str | None = None
    to: tuple[str, ...] = ()
    message: str | None = None
    """Latin-1 text, one character an octet."""
    auth: Auth | None = None
    tls: bool = False
    tls_on_connect: bool = False
    port: int | None = None
    stop: str | None = None
    """One of STOPS, or FIRST_HELO: the steps after it are not sent."""
    drop: bool = False
    """Whether the connection is closed there without QUIT."""
    zones: tuple[ZoneText, ...] = ()
    faults: tuple[Fault, ...] = ()
    submit: str | None = None
    """The user who submits the mail by sendmail(1) on the mail host, instead of a session."""

    def scenario(self, name: str, replay: str = "") -> Scenario:
        """The scenario with world and session; raises InputError for an invalid option."""
        if self.submit is not None:
            submissions = (self._submission(self.submit),)
            world = World(zones=self.zones, faults=self.faults)
            return Scenario(name, (), world, replay=replay, submissions=submissions)
        host = self.host()
        derived: tuple[ZoneText, ...] = ()
        named = {record.rstrip(".").lower() for record, _ in host.records()}
        if not host.local and is_name(host.greeting) and host.greeting.rstrip(".").lower() not in named:
            derived = (forward_zone(host.greeting, host.addresses, "derived from --helo"),)
        port = self.port or (SMTPS if self.tls_on_connect else SMTP)
        session = Session(host, self.dialogue(host.greeting), port)
        world = World(zones=(*self.zones, *derived), faults=self.faults)
        return Scenario(name, (session,), world, replay=replay)

    def _submission(self, user: str) -> Submission:
        """The call of sendmail(1); raises InputError for options of a session."""
        session = {
            "--client": self.client not in (LOCAL, CLIENT), "--ptr": self.ptr != _RIGHT, "--helo": self.helo,
            "--auth-user": self.auth, "--tls": self.tls, "--tlsc": self.tls_on_connect, "--port": self.port,
            "--quit-after or --drop-after": self.stop,
        }  # fmt: skip
        if wrong := [option for option, given in session.items() if given]:
            raise InputError(f"{wrong[0]} is about an SMTP session, and --submit holds none")
        text = DEFAULT_MESSAGE if self.message is None else self.message.encode("latin-1").decode("utf-8", "replace")
        return Submission(self.to, self.sender, text, user)

    def host(self) -> Host:
        """The client's host; its name is the HELO name if that is a host name, else the name in its PTR record."""
        if self.client == LOCAL:
            if self.ptr != _RIGHT:
                raise InputError("--ptr is the reverse lookup of a remote host, and --client local is none")
            return local(_octets("--helo", self.helo) if self.helo else None)
        require_client(self.client)
        ptr = parse_ptr(self.ptr)
        own = self.helo if self.helo and is_name(self.helo) else None
        borrowed = any(ptr == make(name) for make in PTR_NAMED.values() for name in ptr.names[:1])
        host = Host((self.client,), name=own or next(iter(() if borrowed else ptr.names), None), ptr=ptr)
        return replace(host, helo=_octets("--helo", self.helo) if self.helo else host.own_name)

    def dialogue(self, greeting: str) -> Dialogue:
        """What the client sends."""
        sender = DEFAULT_SENDER if self.sender is None else _octets("--from", self.sender)
        to = tuple(_octets("--to", recipient) for recipient in self.to)
        dialogue = mail(helo=greeting, sender=sender, to=to, data=self.message, tls=self.tls, auth=self.auth)
        return replace(_stop_at(dialogue, self.stop, drop=self.drop), tls_on_connect=self.tls_on_connect)


def parse_ptr(text: str) -> Ptr:
    """Parse `--ptr`: a kind, a kind with a name (`mismatch:gmail.com`), or names."""
    kind, colon, name = text.partition(":")
    if kind in PTR and not colon:
        return PTR[kind]()
    if kind in PTR_NAMED:
        return PTR_NAMED[kind](name or _BORROWED)
    names = tuple(text.split(","))
    if not all(map(is_name, names)):
        known = did_you_mean(text, (*PTR, *PTR_NAMED))
        raise InputError(f"--ptr takes a name with a dot or a kind; {printable(text)!r} is neither: {known}")
    return Ptr.to(*names)


def is_name(text: str) -> bool:
    """Whether the text can be the name of a host on the Internet: two labels or more, no address."""
    try:
        absolute_name(text)
    except ValueError:
        return False
    return _NAME.fullmatch(text) is not None and not text.rstrip(".").rpartition(".")[2].isdigit()


def _stop_at(dialogue: Dialogue, stop: str | None, *, drop: bool) -> Dialogue:
    """The dialogue up to a stage; as in swaks, a stage that the dialogue does not have ends it after HELO."""
    if stop is None:
        return dialogue
    if stop == FIRST_HELO:
        return replace(dialogue, steps=(dialogue.steps[0], *((Drop(),) if drop else ())))
    stage = STOPS[stop]
    tried = stage == "CONNECT" or any(step.stage == stage for step in dialogue.steps)
    return dialogue.until(stage if tried else "HELO", drop=drop)


def _octets(option: str, text: str) -> str:
    """The text as UTF-8 octets, one character each; raises InputError if it contains a line break or NUL."""
    if set(text) & set("\r\n\0"):
        raise InputError(f"{option} {printable(text)!r} has a line break or a NUL in it, and SMTP's commands are lines")
    return text.encode("utf-8", "surrogateescape").decode("latin-1")
