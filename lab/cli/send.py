"""`send`: one session from a declared client, and what the mail host made of it."""

from __future__ import annotations

import sys
from typing import Any

import click

from lab.cli import options
from lab.cli.session import hold, session_options

_TROUBLE = 3


@click.command()
@session_options
def send(as_json: bool, **said: Any) -> int:
    """Hold one session with the mail host, from any client, and tell what became of the mail, and why.

    Options are called as in swaks. The exit code is what swaks gives for the stage that failed: 0 none, 2 connecting,
    6 hung up on, 21 banner, 22 HELO, 23 MAIL, 24 no RCPT accepted, 25 DATA, 26 message, 27 QUIT, 28 AUTH, 29 TLS,
    32 EHLO after TLS. It is 3 where the lab could not see everything.
    """
    from lab.decision import decide  # noqa: PLC0415
    from lab.report.swaks import exit_code  # noqa: PLC0415

    evidence = hold(said, "send")
    decision = decide(evidence)
    status = exit_code(evidence.sessions[0]) or (_TROUBLE if evidence.trouble else 0)
    if as_json:
        from lab.wire import to_json  # noqa: PLC0415

        options.print_json({"decision": to_json(decision), "exit_code": status, "evidence": to_json(evidence)})
        return status
    from lab.report.colour import wants_colour  # noqa: PLC0415
    from lab.report.session import session_lines  # noqa: PLC0415

    click.echo("\n".join(session_lines(evidence, decision, colour=wants_colour(sys.stdout))))
    return status
