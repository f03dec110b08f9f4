"""Mail that a program on the mail host submits by sendmail(1), as cron and web applications do."""

from __future__ import annotations

from dataclasses import dataclass

from postfix_lab.errors import InputError
from postfix_lab.smtp.dialogue import DEFAULT_MESSAGE


@dataclass(frozen=True)
class Submission:
    """One call of sendmail(1): `sendmail -i -f sender recipient...`, or `sendmail -i -t` without recipients.

    Raises `InputError` for a recipient, sender or user that would be taken for an option.
    """

    to: tuple[str, ...] = ()
    """The recipients; empty: those in the message's To, Cc and Bcc (`-t`)."""
    sender: str | None = None
    """The envelope sender (`-f`); None: sendmail uses the name of the user."""
    message: str = DEFAULT_MESSAGE
    """The text at standard input, as UTF-8."""
    user: str = "root"
    """Who calls it: a user of the mail host, such as `www-data`."""

    def __post_init__(self) -> None:
        """Check the words of the command."""
        for word in (*self.to, self.user):
            if not word or word.startswith("-") or "\0" in word:
                raise InputError(f"sendmail(1) would not take {word!r} for an address or a user")

    @property
    def command(self) -> tuple[str, ...]:
        """The words of the call."""
        sender = () if self.sender is None else ("-f", self.sender)
        return ("sendmail", "-i", *sender, *(self.to or ("-t",)))


@dataclass(frozen=True)
class Submitted:
    """What became of one call: its exit status and output, and the queue id that pickup(8) gave the message."""

    command: tuple[str, ...]
    user: str
    status: int
    """0: taken; else as sysexits.h has it: 75 is a failure that may go away."""
    output: str = ""
    queue_id: str = ""
    """Empty if pickup took no message: sendmail refused it, or no mail system runs."""

    @property
    def to(self) -> tuple[str, ...]:
        """The recipients that the call names; none with `-t`."""
        words = self.command[2:]
        named = words[2:] if words[:1] == ("-f",) else words
        return () if named == ("-t",) else named
