"""How a remote MTA answers on its own ports, and what it keeps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from postfix_lab.errors import InputError
from postfix_lab.smtp.answer import Answer, reply_problem
from postfix_lab.smtp.certificate import Certificate
from postfix_lab.text import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_USUAL = ("banner", "helo", "mail", "rcpt", "data")
_USUAL_PORTS = (25,)
_LAST_PORT = 65535
_KEYWORDS = ("SIZE", "8BITMIME", "SMTPUTF8", "HELP", "AUTH")


@dataclass(frozen=True)
class Behaviour:
    """How a remote MTA answers on its ports, by default 25; by default it accepts everything.

    `banner`, `helo`, `mail`, `rcpt` and `data` (the reply to the dot after the message) are each a whole reply,
    `550 5.1.1 No such user`, or an `Oddity`; None accepts. `forward_to` is an IP address: accepted mail is forwarded
    to its port 25, from the MTA's own address. Raises `InputError` for a text that is no reply, an EHLO keyword that
    cannot be left out, or an unknown certificate.
    """

    banner: str | None = None
    helo: str | None = None
    mail: str | None = None
    rcpt: str | None = None
    data: str | None = None
    forward_to: str | None = None
    answers: tuple[Answer, ...] = ()
    """Answers in place of these replies; the first that matches wins. A single one needs no parentheses."""
    lacks: tuple[str, ...] = ()
    """Keywords that its EHLO does not offer: `("SMTPUTF8",)`."""
    tls: Certificate = Certificate.NONE
    """The kind of certificate that it shows after STARTTLS: `"expired"`."""
    users: tuple[str, ...] = ()
    """Who may log in, each `user:password`; with none whoever logs in may. AUTH is offered under TLS, and without TLS
    where there are users."""
    auth_required: bool = False
    """Whether MAIL before a login is refused with 530 5.7.0 (RFC 4954 section 6)."""
    mechanisms: tuple[str, ...] = ("PLAIN", "LOGIN")
    """The SASL mechanisms that it offers. It knows PLAIN, LOGIN and CRAM-MD5, and answers 504 5.5.4 to others."""
    ports: tuple[int, ...] = ()
    """Where it listens in the clear, with STARTTLS if `tls` is a certificate: by default 25, or nowhere if `tls_ports`
    has some. A single one needs no parentheses."""
    tls_ports: tuple[int, ...] = ()
    """Where TLS begins with the connection (RFC 8314): `465`."""

    if TYPE_CHECKING:
        # The constructor also takes a single answer or keyword, and a certificate by its word.
        def __init__(  # noqa: PLR0913, PLR0917 - one for each field
            self,
            banner: str | None = None,
            helo: str | None = None,
            mail: str | None = None,
            rcpt: str | None = None,
            data: str | None = None,
            forward_to: str | None = None,
            answers: Answer | Sequence[Answer] = (),
            lacks: str | Sequence[str] = (),
            tls: str = "none",
            users: Mapping[str, str] | Sequence[str] = (),
            auth_required: bool = False,
            mechanisms: str | Sequence[str] = ("PLAIN", "LOGIN"),
            ports: int | Sequence[int] = (),
            tls_ports: int | Sequence[int] = (),
        ) -> None: ...

    def __post_init__(self) -> None:
        """Convert the fields to their types; raise InputError for what is no reply, keyword or certificate."""
        answers, lacks = self.answers, self.lacks
        object.__setattr__(self, "answers", (answers,) if isinstance(answers, Answer) else tuple(answers))
        object.__setattr__(self, "lacks", (lacks,) if isinstance(lacks, str) else tuple(lacks))
        users = [f"{user}:{word}" for user, word in self.users.items()] if isinstance(self.users, dict) else self.users
        object.__setattr__(self, "users", tuple(users))
        if odd := [user for user in self.users if ":" not in user]:
            raise InputError(f"the MTA's user {odd[0]!r} has no password; write user:password")
        self._set_ports()
        mechanisms = (self.mechanisms,) if isinstance(self.mechanisms, str) else self.mechanisms
        object.__setattr__(self, "mechanisms", tuple(word.upper() for word in mechanisms))
        for field in _USUAL:
            said = getattr(self, field)
            if said is not None and (problem := reply_problem(said)):
                raise InputError(f"the MTA's {field} {said!r} {problem}")
        for word in self.lacks:
            if word not in _KEYWORDS:
                raise InputError(f"no MTA can lack {word!r}; {did_you_mean(word, _KEYWORDS)}")
        if self.tls not in set(Certificate):
            raise InputError(f"an MTA's tls cannot be {self.tls!r}; {did_you_mean(self.tls, Certificate)}")
        object.__setattr__(self, "tls", Certificate(self.tls))
        if self.tls_ports and self.tls is Certificate.NONE:
            raise InputError(f"TLS from the start at port {self.tls_ports[0]} needs a certificate, as in tls='good'")

    def _set_ports(self) -> None:
        """Convert the ports to tuples; raise InputError for what is no port, or is named twice."""
        for name in ("ports", "tls_ports"):
            given = getattr(self, name)
            object.__setattr__(self, name, (given,) if isinstance(given, int) else tuple(given))
        if not self.ports and not self.tls_ports:
            object.__setattr__(self, "ports", _USUAL_PORTS)
        found = (*self.ports, *self.tls_ports)
        for port in found:
            if not 1 <= port <= _LAST_PORT:
                raise InputError(f"an MTA cannot listen at port {port}; ports are 1 to {_LAST_PORT}")
            if found.count(port) > 1:
                raise InputError(f"the MTA has port {port} twice; it is either in ports or in tls_ports, once")

    def knows(self, user: str, password: str) -> bool:
        """Whether somebody may log in with that password."""
        return not self.users or f"{user}:{password}" in self.users

    def password_of(self, user: str) -> str | None:
        """The password of a user; None if there is no such user."""
        pairs = (known.split(":", 1) for known in self.users)
        return next((password for name, password in pairs if name == user), None)

    def usual_reply(self, stage: str) -> str | None:
        """The usual reply at that stage; None if the MTA accepts."""
        fields = {"CONNECT": "banner", "HELO": "helo", "MAIL": "mail", "RCPT": "rcpt", "MESSAGE": "data"}
        said: str | None = getattr(self, fields[stage]) if stage in fields else None
        return said


ACCEPT = Behaviour()
"""An MTA that accepts every message."""
REFUSE = Behaviour(rcpt="550 5.1.1 No such user")
"""An MTA that refuses every recipient for good."""
TEMPFAIL = Behaviour(rcpt="451 4.3.2 Try again later")
"""An MTA that refuses every recipient for the moment."""


@dataclass(frozen=True)
class Received:
    """A message that the sink (LMTP) or a remote MTA (SMTP) accepted."""

    at: float
    server: str
    """The address that received it."""
    protocol: str
    """`LMTP`, `SMTP` or `ESMTP`."""
    client: str
    """The address that it came from."""
    helo: str
    sender: str
    recipients: tuple[str, ...]
    content: str
    """Latin-1 text: one character an octet, lines end in CRLF as received."""
    port: int = 0
    """The port that it was received at."""
    tls: str = ""
    """The version of TLS, `TLSv1.3`; empty in the clear."""
    login: str = ""
    """Who had logged in; empty: nobody."""
    mail_parameters: tuple[str, ...] = ()
    """The parameters of MAIL: `SIZE=1000`, `BODY=8BITMIME`."""
