"""The rules of a dialogue, without a line: what to say next, given what was heard.

`Talk.acts` is a generator: it yields acts for `line.py` to do, and is sent the reply that an act
brings; when the line breaks, `LineBroke` is thrown into it. So the rules of `dialogue.py` can be
tried with no socket, and a reply that has come is answered at once, with no task to be woken.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass

from lab.errors import InputError
from lab.internet.smtp import wire
from lab.internet.smtp.dialogue import Auth, Command, Dialogue, Drop, Message, Raw, Stage, StartTls, Step
from lab.internet.smtp.transcript import Ending, Exchange, Reply

MASK = "********"
_HANGUPS = (421, 521)
"""After these the server hangs up (RFC 5321 section 3.8; Postfix does so for 521 too)."""
_GO_AHEAD, _PROMPT, _READY, _GREETED = 354, 334, 220, 250


class LineBroke(Exception):
    """The line is over: how, and why."""

    def __init__(self, ended: Ending, why: str | None = None) -> None:
        super().__init__(why or ended)
        self.ended: Ending = ended
        self.why = why


@dataclass(frozen=True)
class Say:
    """Send these octets; brings nothing."""

    octets: bytes


@dataclass(frozen=True)
class Hear:
    """Wait for a reply; brings it with its seconds."""


@dataclass(frozen=True)
class Handshake:
    """Begin TLS; brings nothing."""


@dataclass(frozen=True)
class AwaitHangUp:
    """Give the server some seconds to close the line; brings nothing if it did not."""

    seconds: float = 5.0


Act = Say | Hear | Handshake | AwaitHangUp | Drop
Heard = tuple[wire.RawReply, float] | None
Acts = Generator[Act, Heard, None]
Replied = Generator[Act, Heard, Reply]

_HEAR, _HANDSHAKE, _AWAIT_HANG_UP = Hear(), Handshake(), AwaitHangUp()


class Talk:
    """One conversation, as far as it has come."""

    def __init__(self, dialogue: Dialogue) -> None:
        self.exchanges: list[Exchange] = []
        self.ended: Ending = "quit"
        self.why: str | None = None
        self._dialogue = dialogue
        self._last: Reply | None = None
        self._recipients: list[bool] = []
        """Which recipients of the present mail were accepted."""

    def acts(self) -> Acts:
        """From the banner to the end; how it ended is in `ended` and `why` then."""
        try:
            if self._dialogue.tls_on_connect:
                yield _HANDSHAKE
            if self._dialogue.early:
                yield Say(_latin1(self._dialogue.early))
            yield from self._hear("CONNECT", self._dialogue.early, time.time())
            for step in self._steps():
                yield from self._take(step)
                if step.stage == "QUIT":
                    return
            yield from self._say("QUIT", "QUIT")
        except LineBroke as broke:
            self.ended, self.why = broke.ended, broke.why

    def _steps(self) -> Iterator[Step]:
        """The steps that are to be said, decided one by one as the replies come."""
        for step in self._dialogue.steps:
            # Dropping the line is no request that could be refused, so it is never left out.
            if not self._welcome() and not isinstance(step, Drop):
                continue
            if step.stage == "DATA" and not self._dialogue.persist and self._recipients and not any(self._recipients):
                self._last = None
                continue
            if _is_message(step) and (not self._last or self._last.code != _GO_AHEAD):
                continue
            yield step

    def _welcome(self) -> bool:
        """Whether a well-behaved client would go on."""
        told = self.exchanges[-1]
        return self._dialogue.persist or told.stage == "RCPT" or told.reply is None or told.reply.positive

    def _take(self, step: Step) -> Acts:
        if step.stage in ("MAIL", "RSET"):
            self._recipients.clear()
        match step:
            case Command(line, stage):
                yield from self._say(stage, line)
            case Message():
                yield from self._send(step)
            case StartTls(stage):
                if (yield from self._say(stage, "STARTTLS")).code == _READY:
                    yield _HANDSHAKE
            case Auth():
                yield from self._authenticate(step)
            case Raw():
                yield from self._say_raw(step)
            case Drop():
                yield step
                self.ended = "dropped"

    def _send(self, step: Message) -> Acts:
        message = wire.crlf(_latin1(step.content))
        yield Say(wire.dotted(message))
        yield from self._hear(step.stage, f". ({len(message)} octets)", time.time())
        self._recipients.clear()

    def _authenticate(self, step: Auth) -> Acts:
        """PLAIN in one go, LOGIN after its prompts; a secret is never kept (RFC 4954, RFC 4616)."""
        if step.mechanism == "PLAIN":
            secret = _base64(f"\0{step.user}\0{step.password}")
            yield from self._say(step.stage, f"AUTH PLAIN {secret}", f"AUTH PLAIN {step.user} {MASK}")
            return
        user, password = _base64(step.user), _base64(step.password)
        for line, shown in (("AUTH LOGIN", "AUTH LOGIN"), (user, step.user), (password, MASK)):
            if (yield from self._say(step.stage, line, shown)).code != _PROMPT:
                return

    def _say_raw(self, step: Raw) -> Acts:
        """The octets, and as many exchanges as replies are wanted; only the first one tells what was said."""
        at = time.time()
        yield Say(_latin1(step.octets))
        if not step.replies:
            self.exchanges.append(Exchange(step.stage, step.octets, None, at))
        for number in range(step.replies):
            yield from self._hear(step.stage, "" if number else step.octets, at)

    def _say(self, stage: Stage, line: str, shown: str | None = None) -> Replied:
        """One line and its reply; `shown` is what the transcript may tell of it."""
        at = time.time()
        yield Say(line.encode("utf-8", "surrogateescape") + b"\r\n")
        return (yield from self._hear(stage, line if shown is None else shown, at))

    def _hear(self, stage: Stage, said: str, at: float) -> Replied:
        """The reply, recorded; if there is none, that is recorded too."""
        try:
            heard = yield _HEAR
        except LineBroke as broke:
            if broke.ended != "refused":  # else there was no line to be silent on
                self.exchanges.append(Exchange(stage, said, None, at))
            raise
        if heard is None:
            raise TypeError("who hears must be sent a reply")
        raw, seconds = heard
        # What follows 250 to EHLO are keywords, never an enhanced code (RFC 2034 section 4).
        greeted = stage == "HELO" and raw.code == _GREETED
        enhanced, lines = (None, raw.lines) if greeted else wire.split_enhanced(raw)
        reply = self._last = Reply(raw.code, lines, enhanced, seconds)
        self.exchanges.append(Exchange(stage, said, reply, at))
        if stage == "RCPT":
            self._recipients.append(reply.positive)
        if reply.code in _HANGUPS:
            yield _AWAIT_HANG_UP
        return reply


def _is_message(step: Step) -> bool:
    """Whether it would be taken for commands where no message is expected, in whatever octets it is sent."""
    return isinstance(step, Message) or (isinstance(step, Raw) and step.stage == "MESSAGE")


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _latin1(octets: str) -> bytes:
    try:
        return octets.encode("latin-1")
    except UnicodeEncodeError as error:
        raise InputError(f"a message is Latin-1 text, one character an octet: {error}") from error
