"""What Postfix logged, in the errors that come of it: its commands report to the log, not to their caller."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from postfix_lab.errors import InputError, LabError, PostfixError
from postfix_lab.runtime.internet import Internet
from postfix_lab.runtime.mail_host import MailHost

_ERROR = 3  # severity of `error:`, and above it of `fatal:` and `panic:` (syslog(3))


@contextmanager
def add_logged_errors(internet: Internet, host: MailHost) -> Iterator[None]:
    """Add the errors that the mail host has logged to a `LabError`; `InputError` if they name the admin's line."""
    try:
        yield
    except InputError:
        raise
    except LabError as error:
        said = ""
        with suppress(LabError):
            internet.barrier(*host.mark())
            loud = [line for line in internet.sighting().other_log if line.severity <= _ERROR]
            said = "".join(f"\n  {line.program}: {line.text}" for line in loud if line.peer in host.addresses)
        kind = PostfixError if isinstance(error, PostfixError) else LabError
        raise host.blame(kind(f"{error}{said}"), f"{error}{said}") from error
