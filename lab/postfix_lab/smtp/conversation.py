"""The rules of a dialogue without a connection: what to send next, given the replies so far.

`Conversation.actions` is a generator: it yields actions for the connection to do, and is sent the reply that an action
brings; when the connection breaks, `LineBroke` is thrown into it. So the rules of `dialogue.py` can be
tried with no socket, and a reply that has come is answered at once, with no task to be woken.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator

from postfix_lab.smtp import wire
from postfix_lab.smtp.action import (
    Action,
    Actions,
    AwaitHangUp,
    Handshake,
    Hear,
    Heard,
    LineBroke,
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
"""Replies to nothing that we know of, after which the server is a babbler."""
_HEAR, _HANDSHAKE, _AWAIT_HANG_UP = Hear(), Handshake(), AwaitHangUp()

Replied = Generator[Action, Heard, Reply]
Open = tuple[Stage, str, float]
"""What a reply may still come to: stage, what was said, and when."""


class Conversation:
    """One conversation, as far as it has come; `clock` returns seconds since the epoch."""

    def __init__(self, dialogue: Dialogue, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.exchanges: list[Exchange] = []
        self.ended: Ending = "quit"
        self.why: str | None = None
        self._dialogue = dialogue
        self._last: Reply | None = None
        self._recipients: list[bool] = []
        """Which recipients of the present mail were accepted."""
        self._unsure = False
        """There may be replies that nobody can count on."""
        self._open: list[Open] = []
        """What they would be replies to."""
        self._strays = 0

    def actions(self) -> Actions:
        """From the banner to the end; how it ended is in `ended` and `why` then."""
        try:
            if self._dialogue.tls_on_connect:
                yield _HANDSHAKE
            yield from self._greet(self._dialogue.early)
            for step in self._steps():
                yield from self._take(step)
                if step.stage == "QUIT":
                    return
            yield from self._quit("QUIT")
        except LineBroke as broke:
            self.ended, self.why = broke.ended, broke.why

    def _steps(self) -> Iterator[Step]:
        """The steps that are to be said, decided one by one as the replies come."""
        before: Stage | None = None
        for step in self._dialogue.steps:
            before, after = step.stage, before
            # Dropping the line is no request that could be refused, so it is never left out.
            if not self._welcome() and not isinstance(step, Drop | HalfClose):
                continue
            if step.stage == "DATA" and not self._dialogue.persist and self._recipients and not any(self._recipients):
                self._last = None
                continue
            if wants_go_ahead(step, after) and (not self._last or self._last.code != _GO_AHEAD):
                continue
            yield step

    def _welcome(self) -> bool:
        """Whether a well-behaved client would go on."""
        told = self.exchanges[-1]
        return self._dialogue.persist or told.stage == "RCPT" or told.reply is None or told.reply.positive

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
        """The banner, and the replies to what was said before it came."""
        at = self._clock()
        if early:
            yield Say(b"".join(map(octets_of, early)))
        banner = yield from self._hear("CONNECT", "".join(octets_of(part).decode("latin-1") for part in early), at)
        told: list[Open] = [(part.stage, "", at) for part in early for _ in range(replies_to(part))]
        if not banner.positive:
            self._unsure, self._open, told = bool(told), told, []
        for stage, said, _ in told:
            yield from self._hear(stage, said, at)

    def _send(self, step: Message | Raw) -> Actions:
        """The octets, and as many exchanges as replies are wanted; only the first one tells what was said."""
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
        """Whether a reply came before all was said; what was said of it is told then, and no more."""
        try:
            heard = yield Listen(step.pace)
        except LineBroke:
            self.exchanges.append(Exchange(step.stage, octets.decode("latin-1"), None, at))
            raise
        if heard is not None:
            yield from self._record(step.stage, octets.decode("latin-1"), at, heard)
        return heard is not None

    def _burst(self, parts: tuple[Part, ...], sure: int) -> Actions:
        """All at once, then the replies that are certain; the rest is left for QUIT."""
        at = self._clock()
        yield Say(b"".join(map(octets_of, parts)), sum(map(replies_to, parts)))
        told = [
            (part.stage, "" if number else text_of(part), at) for part in parts for number in range(replies_to(part))
        ]
        self._unsure = sure < len(parts)
        certain = sum(map(replies_to, parts[:sure]))
        self._open = told[certain:]
        for number, (stage, said, _) in enumerate(told[:certain], 1):
            try:
                yield from self._hear(stage, said, at)
            except LineBroke:
                self.exchanges += [Exchange(stage, said, None, at) for stage, said, at in told[number:]]
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
        """Every reply that still comes is told; the end that the server makes then was ours."""
        yield step
        try:
            while (heard := (yield _HEAR)) is not None:
                yield from self._record(*self._next_open(), heard)
        except LineBroke as broke:
            self._record_unanswered()
            if broke.ended != "closed":
                raise
            self.ended = "dropped"

    def _quit(self, line: str) -> Actions:
        """QUIT; where replies are open, all that comes before its own is one of them."""
        at = self._clock()
        yield Say(line.encode() + b"\r\n")
        try:
            while self._unsure and (heard := (yield _HEAR)) is not None:
                if heard[0].code == _BYE:
                    self._record_unanswered()
                    yield from self._record("QUIT", line, at, heard)
                    return
                yield from self._record(*self._next_open(), heard)
        except LineBroke:
            self._record_unanswered()
            self.exchanges.append(Exchange("QUIT", line, None, at))
            raise
        yield from self._hear("QUIT", line, at)

    def _next_open(self) -> Open:
        """What the next reply answers; the server may have taken more for commands than we did."""
        if self._open:
            return self._open.pop(0)
        self._strays += 1
        if self._strays > _STRAYS:
            raise LineBroke("error", f"more than {_STRAYS} replies to nothing")
        return "OTHER", "", self._clock()

    def _record_unanswered(self) -> None:
        """What was said and had no reply of its own was no command to the server, so it is of no stage."""
        self.exchanges += [Exchange("OTHER", said, None, at) for _, said, at in self._open if said]

    def _authenticate(self, step: Auth) -> Actions:
        """PLAIN in one go, LOGIN after its prompts; a secret is never kept (RFC 4954, RFC 4616)."""
        if step.mechanism == "PLAIN":
            secret = base64_of(f"\0{step.user}\0{step.password}")
            yield from self._say(step.stage, f"AUTH PLAIN {secret}", f"AUTH PLAIN {step.user} {MASK}")
            return
        user, password = base64_of(step.user), base64_of(step.password)
        for line, shown in (("AUTH LOGIN", "AUTH LOGIN"), (user, step.user), (password, MASK)):
            if (yield from self._say(step.stage, line, shown)).code != _PROMPT:
                return

    def _say(self, stage: Stage, line: str, shown: str | None = None) -> Replied:
        """One line and its reply; `shown` is what the transcript may tell of it."""
        at = self._clock()
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
        return (yield from self._record(stage, said, at, heard))

    def _record(self, stage: Stage, said: str, at: float, heard: Reading) -> Replied:
        """What was heard, recorded as the reply to that."""
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
