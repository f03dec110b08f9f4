"""`send` and `explain`: one session from a declared client, and what the mail host made of it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from postfix_lab.cli import options
from postfix_lab.cli.session_options import SessionOptions, hold, session_options
from postfix_lab.errors import InputError
from postfix_lab.report.colour import wants_colour
from postfix_lab.report.explanation_data import explanation_data
from postfix_lab.report.session_text import session_lines, submission_lines
from postfix_lab.report.swaks import exit_code
from postfix_lab.serialization import to_json
from postfix_lab.verdict.explanation import explain as explained
from postfix_lab.verdict.reason import reasoned_outcome

if TYPE_CHECKING:
    from postfix_lab.evidence.evidence import Evidence
    from postfix_lab.verdict.explanation import Explanation

_TROUBLE = 3


@click.command()
@session_options
def send(given: SessionOptions, as_json: bool) -> int:
    """Hold one session with the mail host, from any client, and tell what became of the mail, and why.

    Options are called as in swaks. The exit code is what swaks gives for the stage that failed: 0 none, 2 connecting,
    6 hung up on, 21 banner, 22 HELO, 23 MAIL, 24 no RCPT accepted, 25 DATA, 26 message, 27 QUIT, 28 AUTH, 29 TLS,
    32 EHLO after TLS. It is 3 where the lab could not see everything. With --submit it is that of sendmail(1).
    """
    evidence = hold(given, "send")
    if given.submit is not None:
        return _print_submission(evidence, as_json=as_json)
    return _print_result(evidence, None, as_json=as_json)


@click.command()
@session_options
def explain(given: SessionOptions, as_json: bool) -> int:
    """Hold one session as `send` does, and explain which restriction decided, where it is written, and why.

    Every restriction list that was evaluated is shown in order, each restriction with its result, taken from smtpd's
    own verbose log. Options and exit codes are those of `send`.
    """
    if given.submit is not None:
        raise InputError("no restriction of smtpd applies to what sendmail submits, so there is nothing to explain")
    evidence = hold(given, "explain", trace=True)
    return _print_result(evidence, explained(evidence), as_json=as_json)


def _print_submission(evidence: Evidence, *, as_json: bool) -> int:
    """Print what became of a call of sendmail(1); return its exit status."""
    status = next((call.status for call in evidence.submitted if call.status), 0)
    status = status or (_TROUBLE if evidence.trouble else 0)
    outcome = reasoned_outcome(evidence)
    if as_json:
        told = {"decision": to_json(outcome), "exit_code": status, "evidence": to_json(evidence)}
        options.print_json("send", told)
    else:
        click.echo("\n".join(submission_lines(evidence, outcome)))
    return status


def _print_result(evidence: Evidence, explanation: Explanation | None, *, as_json: bool) -> int:
    outcome = reasoned_outcome(evidence)
    status = exit_code(evidence.sessions[0]) or (_TROUBLE if evidence.trouble else 0)
    if as_json:
        why = {"explanation": explanation_data(explanation)} if explanation else {}
        told = {"decision": to_json(outcome), "exit_code": status, **why, "evidence": to_json(evidence)}
        options.print_json("explain" if explanation else "send", told)
        return status
    click.echo("\n".join(session_lines(evidence, outcome, explanation, colour=wants_colour(sys.stdout))))
    return status
