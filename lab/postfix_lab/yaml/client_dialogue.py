"""What a client says, from the keys of a session: an ordinary delivery with its deviations, or steps of one's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal, cast, get_args

from postfix_lab.scenario.scenario import Session
from postfix_lab.scenario.world import Host
from postfix_lab.smtp.dialogue import (
    Auth,
    Burst,
    Command,
    Dialogue,
    Drop,
    HalfClose,
    Meet,
    Message,
    Part,
    Raw,
    Stage,
    StartTls,
    Step,
    mail,
)
from postfix_lab.yaml.layers import Said, at_node
from postfix_lab.yaml.misbehaving import misbehaviour
from postfix_lab.yaml.node import Items, Node, Scalar
from postfix_lab.yaml.value_kind import is_yes

_VERBS = {"EHLO": "HELO", "LHLO": "HELO", "NOOP": "OTHER", "VRFY": "OTHER", "EXPN": "OTHER"}
_BODIES = ("command", "message", "raw", "burst", "starttls", "auth", "meet", "half-close", "drop")
_GO_WITH = {
    "pace": ("message", "raw"),
    "verbatim": ("message",),
    "octets": ("message",),
    "sure": ("burst",),
    "behind": ("starttls",),
}
"""What may be said besides, and of which steps."""


def session(said: Said, host: Host, via: Host | None) -> Session:
    """The session of that host that the keys ask for."""
    port = int(said.text("port") or 25)
    node = said.node("source")
    source = said.text("source")
    if node is not None and source not in host.addresses:
        raise node.place.error(f"the client has no address {source}; it has {', '.join(host.addresses)}")
    return Session(host, _dialogue(said, host), port, source, via.addresses[0] if via else None)


def _dialogue(said: Said, host: Host) -> Dialogue:
    steps = _own_steps(said) if said.node("say") else _delivery(said, host)
    on_connect = said.text("tls") == "on-connect"
    dialogue = Dialogue(steps, persist=said.flag("persist"), tls_on_connect=on_connect, early=_early(said))
    for key in ("quit-after", "drop-after"):
        node = said.node(key)
        if node is not None:
            with at_node(node):
                dialogue = dialogue.until(cast("Stage", said.fill(node)), drop=key == "drop-after")
    node = said.node("misbehaves")
    if node is None:
        return dialogue
    with at_node(node):
        return misbehaviour(node, said)(dialogue)


def _early(said: Said) -> tuple[Part, ...]:
    """What is said before the banner: octets, or a list of parts."""
    node = said.node("early")
    if isinstance(node, Items):
        return _parts(said, "early")
    octets = _raw(node, said.text("early") or "")
    return (Raw(octets, replies=0),) if octets else ()


def _parts(said: Said, key: str) -> tuple[Part, ...]:
    """What is said in one go; the keys let nothing but parts stand there."""
    return tuple(cast("Part", _step(node, said)) for node in said.nodes(key))


def _delivery(said: Said, host: Host) -> tuple[Step, ...]:
    """EHLO, (STARTTLS), (AUTH), and the messages one after the other."""
    messages = [said.but(said.of(node).keys) for node in said.nodes("messages")] or [said]
    first, *others = [_mail(message, host) for message in messages]
    return (*first, *(step for steps in others for step in steps if getattr(step, "stage", "") in _ENVELOPE))


_ENVELOPE = ("MAIL", "RCPT", "DATA", "MESSAGE")


def _mail(said: Said, host: Host) -> tuple[Step, ...]:
    ehlo, tls = said.node("ehlo"), said.node("tls")
    sender, data = said.text("mailfrom"), said.text("data")
    auth = said.node("auth")
    return mail(
        helo=host.greeting if said.text("helo") is None else said.text("helo") or "",
        sender="ann@good.example" if sender is None else sender,
        to=said.texts("to") or (f"bob@{said.words['mydomain']}",),
        data=None if data is None else _octets(data),
        ehlo=not isinstance(ehlo, Scalar) or is_yes(ehlo),
        tls=isinstance(tls, Scalar) and is_yes(tls),
        auth=_auth(auth, said) if auth is not None else None,
        mail_parameters=said.text("mail-parameters") or "",
    ).steps


def _auth(node: Node, said: Said) -> Auth:
    about = said.of(node)
    mechanism = cast("Literal['PLAIN', 'LOGIN']", about.text("mechanism") or "PLAIN")
    return Auth(about.text("user") or "", about.text("password") or "", mechanism)


def _own_steps(said: Said) -> tuple[Step, ...]:
    return tuple(_step(node, said) for node in said.nodes("say"))


def _step(node: Node, said: Said) -> Step:
    if isinstance(node, Scalar):
        return command_step(said.fill(node))
    about = said.of(node)
    bodies = [key for key in about.keys if key in _BODIES]
    if len(bodies) != 1:
        raise node.place.error(f"a step is one of {', '.join(_BODIES)}; this is {' and '.join(bodies) or 'none'}")
    for key, with_bodies in _GO_WITH.items():
        if key in about.keys and bodies[0] not in with_bodies:
            raise node.place.error(f"`{key}` goes with {' or '.join(with_bodies)}, not with {bodies[0]}")
    step = _of_body(bodies[0], about, node)
    stage = about.text("stage")
    return replace(step, stage=cast("Stage", stage)) if stage else step


def _of_body(body: str, about: Said, node: Node) -> Step:
    text, sure = about.text(body) or "", about.text("sure")
    replies, pace = int(about.text("replies") or 1), float(about.text("pace") or 0)
    made: dict[str, Callable[[], Step]] = {
        "command": lambda: command_step(text),
        "message": lambda: Message(_content(node, about, text), "MESSAGE", about.flag("verbatim"), replies, pace),
        "raw": lambda: Raw(_raw(node, text), replies, pace=pace),
        "burst": lambda: Burst(_parts(about, "burst"), None if sure is None else int(sure)),
        "starttls": lambda: StartTls(behind=_parts(about, "behind")),
        "auth": lambda: _auth(about.keys["auth"], about),
        "meet": Meet,
        "half-close": HalfClose,
        "drop": lambda: Drop(reset=text == "reset"),
    }
    return made[body]()


def _content(node: Node, about: Said, text: str) -> str:
    """A message as octets: written in UTF-8, or one character an octet."""
    return _raw(node, text) if about.flag("octets") else _octets(text)


def _raw(node: Node | None, text: str) -> str:
    if node is not None and any(ord(character) > 255 for character in text):  # noqa: PLR2004 - one character an octet
        raise node.place.error(r"raw octets go up to \xff, one character an octet")
    return text


def command_step(line: str) -> Command:
    """A command line; it counts as the stage that its verb belongs to."""
    verb = line.partition(" ")[0].upper()
    stage = _VERBS.get(verb, verb)
    return Command(line, cast("Stage", stage if stage in get_args(Stage) else "OTHER"))


def _octets(text: str) -> str:
    """A message in UTF-8, one character an octet."""
    return text.encode().decode("latin-1")
