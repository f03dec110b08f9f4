"""Submits mail in the mail host by sendmail(1), and waits for all that becomes of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from postfix_lab.errors import InputError
from postfix_lab.inside.mailhost import init
from postfix_lab.postfix.log.events import PickedUp
from postfix_lab.runtime.queue_commands import wait_until_picked_up
from postfix_lab.smtp.sendmail import Submission, Submitted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from postfix_lab.inside.internet.protocol import Sighting
    from postfix_lab.runtime.internet import Internet
    from postfix_lab.runtime.mail_host import MailHost

_CALL = """
uid=$(id -u "$0") && gid=$(id -g "$0") || exit 67
exec setpriv --reuid="$uid" --regid="$gid" --init-groups /usr/sbin/sendmail "$@"
"""
"""Calls sendmail as the user $0; unlike runuser(1), setpriv(1) logs nothing."""
_NO_USER = "no such user"


def submit_all(
    hosts: Sequence[MailHost], internet: Internet, submissions: Sequence[Submission], seen: Sighting, limit: float
) -> Sighting:
    """Submit this mail in each mail host; return what was seen of the run with it, and without it so far (`seen`).

    `limit`: seconds to wait for the end of each message. Raises `InputError` if there is no such user.
    """
    done: list[Submitted] = []
    for submission in submissions:
        for host in hosts:
            one, seen = _submit(host, internet, submission, limit)
            done.append(one)
    return replace(seen, submitted=tuple(done))


def _submit(host: MailHost, internet: Internet, submission: Submission, limit: float) -> tuple[Submitted, Sighting]:
    before = {line.queue_id for line in internet.run_so_far().other_log}
    words = ["sh", "-c", _CALL, submission.user, *submission.command[1:]]
    done = host.init_process.ask(init.run)(words, submission.message)
    output = done.output.strip()
    if done.status and output.startswith("id:") and _NO_USER in output:
        raise InputError(f"the {host.container.name} has no user {submission.user!r}, who was to call sendmail")
    host.shell(wait_until_picked_up())
    token, times = host.mark()
    internet.barrier(token, times)
    fresh = internet.await_rest(list(host.addresses), limit)
    seen = replace(fresh, other_log=tuple(line for line in fresh.other_log if token not in line.text))
    picked = (line for line in seen.other_log if isinstance(line.event, PickedUp) and line.queue_id not in before)
    queue_id = next((line.queue_id or "" for line in picked), "")
    return Submitted(submission.command, submission.user, done.status, output, queue_id), seen
