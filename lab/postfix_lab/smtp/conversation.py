"""The rules of a dialogue: what to send next, given the replies so far. No I/O.

`Conversation.actions` is a generator: it yields actions for the connection to do, and is sent the reply that an action
brings; when the connection breaks, `ConnectionEnded` is thrown into it. So the rules of `dialogue.py` can be
tried with no socket, and a reply that has come is answered at once, with no task to be woken.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator

from postfix_lab.smtp import wire
from postfix_lab.smtp.action import (
    Action,
    Actions,
    AwaitHangUp,
    ConnectionEnded,
    Handshake,
    Hear,
    Heard,
    Listen,
    Reading,
    Say,
)
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
)
from postfix_lab.smtp.transcript import Ending, Exchange, Reply
from postfix_lab.smtp.utterance import base64_of, octets_of, replies_to, text_of, wants_go_ahead

MASK = "********"
_GO_AHEAD, _PROMPT, _READY, _GREETED, _BYE = 354, 334, 220, 250, 221
_STRAYS = 1000
"""Number of replies to no command after which the session ends with an error."""
_HEAR, _HANDSHAKE, _AWAIT_HANG_UP = Hear(), Handshake(), AwaitHangUp()

Replied = Generator[Action, Heard, Reply]
Open = tuple[Stage, str, float]
"""Something sent that may still get a reply: stage, text, and time."""


class Conversation:
    """One SMTP session in progress; `clock` returns seconds since the epoch."""

    def __init__(self, dialogue: Dialogue, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.exchanges: list[Exchange] = []
        self.ended: Ending = "quit"
        self.why: str | None = None
        self._dialogue = dialogue
        self._last: Reply | None = None
        self._recipients: list[bool] = []
        """For each recipient of the current mail, whether it was accepted."""
        self._unsure = False
        """Whether replies may arrive before the one to QUIT (`Burst.sure`, `StartTls.behind`)."""
        self._open: list[Open] = []
        """What these replies would answer, in order."""
        self._strays = 0

    def actions(self) -> Actions:
        """Yield the actions from the banner to the end of the session; `ended` and `why` say how it ended."""
        try:
            if self._dialogue.tls_on_connect:
                yield _HANDSHAKE
            yield from self._greet(self._dialogue.early)
            for step in self._steps():
                yield from self._take(step)
                if step.stage == "QUIT":
                    return
            yield from self._quit("QUIT")
        except ConnectionEnded as broke:
            self.ended, self.why = broke.ended, broke.why

    def _steps(self) -> Iterator[Step]:
        """The steps to send; each is decided when the replies to the earlier ones are known."""
        before: Stage | None = None
        for step in self._dialogue.steps:
            before, after = step.stage, before
            # Closing the connection cannot be refused, so it is never left out.
            if not self._may_continue() and not isinstance(step, Drop | HalfClose):
                continue
            if step.stage == "DATA" and not self._dialogue.persist and self._recipients and not any(self._recipients):
                self._last = None
                continue
            if wants_go_ahead(step, after) and (not self._last or self._last.code != _GO_AHEAD):
                continue
            yield step

    def _may_continue(self) -> bool:
        """Whether a well-behaved client would continue after the last reply."""
        last = self.exchanges[-1]
        return self._dialogue.persist or last.stage == "RCPT" or last.reply is None or last.reply.positive

    def _take(self, step: Step) -> Actions:
        if step.stage in ("MAIL", "RSET"):
            self._recipients.clear()
        match step:
            case Command(line, stage):
                yield from self._quit(line) if stage == "QUIT" else self._say(stage, line)
            case Message() | Raw():
                yield from self._send(step)
            case Burst(parts, sure):
                yield from self._burst(parts, len(parts) if sure is None else sure)
            case StartTls():
                yield from self._start_tls(step)
            case Auth():
                yield from self._authenticate(step)
            case HalfClose():
                yield from self._half_close(step)
            case Meet() | Drop():
                yield step
                self.ended = "dropped" if isinstance(step, Drop) else self.ended

    def _greet(self, early: tuple[Part, ...]) -> Actions:
        """Read the banner, then the replies to what was sent before it."""
        at = self._clock()
        if early:
            yield Say(b"".join(map(octets_of, early)))
        banner = yield from self._hear("CONNECT", "".join(octets_of(part).decode("latin-1") for part in early), at)
        pending: list[Open] = [(part.stage, "", at) for part in early for _ in range(replies_to(part))]
        if not banner.positive:
            self._unsure, self._open, pending = bool(pending), pending, []
        for stage, said, _ in pending:
            yield from self._hear(stage, said, at)

    def _send(self, step: Message | Raw) -> Actions:
        """Send the octets and record an exchange for each reply; only the first one holds the text sent."""
        at = self._clock()
        octets, said = octets_of(step), text_of(step)
        if step.pace:
            for number in range(1, len(octets)):
                yield Say(octets[number - 1 : number])
                if (yield from self._listen(step, octets[:number], at)):
                    return
            octets = octets[-1:]
        yield Say(octets)
        if not step.replies:
            self.exchanges.append(Exchange(step.stage, said, None, at))
        for number in range(step.replies):
            yield from self._hear(step.stage, "" if number else said, at)
        if isinstance(step, Message):
            self._recipients.clear()

    def _listen(self, step: Message | Raw, octets: bytes, at: float) -> Generator[Action, Heard, bool]:
        """Wait between two octets; true if a reply came: the exchange then holds the octets sent so far."""
        try:
            heard = yield Listen(step.pace)
        except ConnectionEnded:
            self.exchanges.append(Exchange(step.stage, octets.decode("latin-1"), None, at))
            raise
        if heard is not None:
            yield from self._record(step.stage, octets.decode("latin-1"), at, heard)
        return heard is not None

    def _burst(self, parts: tuple[Part, ...], sure: int) -> Actions:
        """Send all parts at once and read the certain replies; the others are read with QUIT."""
        at = self._clock()
        yield Say(b"".join(map(octets_of, parts)), sum(map(replies_to, parts)))
        pending = [
            (part.stage, "" if number else text_of(part), at) for part in parts for number in range(replies_to(part))
        ]
        self._unsure = sure < len(parts)
        certain = sum(map(replies_to, parts[:sure]))
        self._open = pending[certain:]
        for number, (stage, said, _) in enumerate(pending[:certain], 1):
            try:
                yield from self._hear(stage, said, at)
            except ConnectionEnded:
                self.exchanges += [Exchange(stage, said, None, at) for stage, said, at in pending[number:]]
                raise

    def _start_tls(self, step: StartTls) -> Actions:
        at = self._clock()
        octets = b"STARTTLS\r\n" + b"".join(map(octets_of, step.behind))
        yield Say(octets)
        reply = yield from self._hear(step.stage, octets.decode("latin-1") if step.behind else "STARTTLS", at)
        self._unsure = bool(step.behind)
        self._open = [(part.stage, text_of(part), at) for part in step.behind]
        if reply.code == _READY:
            yield _HANDSHAKE

    def _half_close(self, step: HalfClose) -> Actions:
        """Record every reply until the server closes; the session counts as dropped by the client."""
        yield step
        try:
            while (heard := (yield _HEAR)) is not None:
                yield from self._record(*self._next_open(), heard)
        except ConnectionEnded as broke:
            self._record_unanswered()
            if broke.ended != "closed":
                raise
            self.ended = "dropped"

    def _quit(self, line: str) -> Actions:
        """Send QUIT; any reply before 221 answers something that is still open."""
        at = self._clock()
        yield Say(line.encode() + b"\r\n")
        try:
            while self._unsure and (heard := (yield _HEAR)) is not None:
                if heard[0].code == _BYE:
                    self._record_unanswered()
                    yield from self._record("QUIT", line, at, heard)
                    return
                yield from self._record(*self._next_open(), heard)
        except ConnectionEnded:
            self._record_unanswered()
            self.exchanges.append(Exchange("QUIT", line, None, at))
            raise
        yield from self._hear("QUIT", line, at)

    def _next_open(self) -> Open:
        """What the next reply answers; nothing known if the server saw more commands than were sent."""
        if self._open:
            return self._open.pop(0)
        self._strays += 1
        if self._strays > _STRAYS:
            raise ConnectionEnded("error", f"more than {_STRAYS} replies to nothing")
        return "OTHER", "", self._clock()

    def _record_unanswered(self) -> None:
        """Record what got no reply as stage OTHER: the server did not take it as a command."""
        self.exchanges += [Exchange("OTHER", said, None, at) for _, said, at in self._open if said]

    def _authenticate(self, step: Auth) -> Actions:
        """Log in with PLAIN (RFC 4616) or LOGIN (RFC 4954); passwords are masked in the transcript."""
        if step.mechanism == "PLAIN":
            secret = base64_of(f"\0{step.user}\0{step.password}")
            yield from self._say(step.stage, f"AUTH PLAIN {secret}", f"AUTH PLAIN {step.user} {MASK}")
            return
        user, password = base64_of(step.user), base64_of(step.password)
        for line, shown in (("AUTH LOGIN", "AUTH LOGIN"), (user, step.user), (password, MASK)):
            if (yield from self._say(step.stage, line, shown)).code != _PROMPT:
                return

    def _say(self, stage: Stage, line: str, shown: str | None = None) -> Replied:
        """Send one line and read its reply; `shown` replaces the line in the transcript."""
        at = self._clock()
        yield Say(line.encode("utf-8", "surrogateescape") + b"\r\n")
        return (yield from self._hear(stage, line if shown is None else shown, at))

    def _hear(self, stage: Stage, said: str, at: float) -> Replied:
        """Read a reply and record the exchange, also if the connection ends without one."""
        try:
            heard = yield _HEAR
        except ConnectionEnded as broke:
            if broke.ended != "refused":  # With no connection there was nothing to answer.
                self.exchanges.append(Exchange(stage, said, None, at))
            raise
        if heard is None:
            raise TypeError("who hears must be sent a reply")
        return (yield from self._record(stage, said, at, heard))

    def _record(self, stage: Stage, said: str, at: float, heard: Reading) -> Replied:
        """Record a reply; wait for the server to close after 421 or 521."""
        raw, seconds = heard
        # What follows 250 to EHLO are keywords, never an enhanced code (RFC 2034 section 4).
        greeted = stage == "HELO" and raw.code == _GREETED
        enhanced, lines = (None, raw.lines) if greeted else wire.split_enhanced(raw)
        reply = self._last = Reply(raw.code, lines, enhanced, seconds)
        self.exchanges.append(Exchange(stage, said, reply, at))
        if stage == "RCPT":
            self._recipients.append(reply.positive)
        if reply.hangs_up:
            yield _AWAIT_HANG_UP
        return reply
