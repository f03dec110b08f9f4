"""The options of one session, declared once for all commands that hold one, and the session made from them.

Their names are those of swaks where swaks has one.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from postfix_lab.cli import lab_access, options
from postfix_lab.cli.message_options import message
from postfix_lab.cli.setup_options import SETUP_OPTIONS, parse_fault, setup_changes
from postfix_lab.errors import InputError
from postfix_lab.fit.chroot import Chroot
from postfix_lab.paths import CONFIGURATIONS, EVIDENCE
from postfix_lab.runtime.job import Job
from postfix_lab.runtime.own_zones import own_domain
from postfix_lab.runtime.target import Target
from postfix_lab.scenario.declared import CLIENT, FIRST_HELO, STOPS, Declared
from postfix_lab.scenario.world import zone_file
from postfix_lab.smtp.dialogue import Auth
from postfix_lab.standing.access import any_lab, find_standing, preferred_release

if TYPE_CHECKING:
    from postfix_lab.engine.client import EngineName
    from postfix_lab.evidence.evidence import Evidence
    from postfix_lab.runtime.setup import Setup

_SEED, _DEBIAN = "seed", 12
_SECRET = ("--auth-password",)
_QUIT = [FIRST_HELO, *(word for word in STOPS if word not in ("DATA", "DOT"))]
_mechanism = click.Choice(["PLAIN", "LOGIN"], case_sensitive=False)
_limit = click.FloatRange(0.1, 3600)
_stop = click.Choice(_QUIT, case_sensitive=False)
_drop = click.Choice([*_QUIT, "DATA", "DOT"], case_sensitive=False)
_OPTIONS = (
    click.option(
        "--client", default=CLIENT, show_default=True, metavar="ADDRESS|local",
        help="Where it comes from; local: the mail host itself, from its loopback.",
    ),
    click.option("--submit", metavar="USER", help="Submit by sendmail(1) on the mail host as this user, not by SMTP."),
    click.option(
        "-t", "--extract-recipients", is_flag=True,
        help="With --submit: the recipients are those of To, Cc and Bcc, as `sendmail -t` has it.",
    ),
    click.option(
        "--ptr", default="right", show_default=True, metavar="NAME|KIND",
        help="What the reverse lookup says: a name, right, none, servfail, timeout; or mismatch, nxdomain, nodata, "
        "forward-servfail, forward-timeout, each perhaps with :NAME.",
    ),
    click.option("--helo", metavar="NAME", help="What it calls itself; else by its name."),
    click.option("--from", "sender", metavar="ADDRESS", help="Sender; <> is a bounce.  [ann@good.example]"),
    click.option("--to", multiple=True, metavar="ADDRESS", help="Recipient, perhaps several.  [postmaster]"),
    click.option("--data", metavar="TEXT|@FILE|-", help="The message."),
    click.option("--header", "headers", multiple=True, metavar="LINE", help="A header in front of it."),
    click.option("--body", metavar="TEXT|@FILE|-", help="Its body alone."),
    click.option("--auth", "mechanism", type=_mechanism, help="How to log in.  [PLAIN]"),
    click.option("--auth-user", metavar="USER", help="Log in as this user."),
    click.option("--auth-password", metavar="PASSWORD", help="With this password."),
    click.option("--tls", is_flag=True, help="STARTTLS first."),
    click.option("--tlsc", "--tls-on-connect", "tlsc", is_flag=True, help="TLS from the start; the port is 465 then."),
    click.option("--port", type=click.IntRange(1, 65535), help="Port of the mail host.  [25]"),
    click.option("--quit-after", type=_stop, metavar="STAGE", help=f"Say QUIT after it: {', '.join(_QUIT)}."),
    click.option("--drop-after", type=_drop, metavar="STAGE", help="Hang up after it: these, DATA or DOT."),
    click.option("--timeout", type=_limit, default=30.0, show_default=True, help="Seconds for each reply."),
    options.zones,
    options.config,
    options.chroot,
    options.stand_ins,
    options.tables,
    options.at,
    options.define,
    *SETUP_OPTIONS,
    click.option("--no-lab-records", is_flag=True, help="Add no DNS records for names that nobody gave."),
    click.option("--debian", type=int, metavar="RELEASE", help="Debian of the mail host.  [12, or what stands]"),
    options.engine,
    options.as_json,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class SessionOptions:
    """The values of the options, by the parameter names in `_OPTIONS`."""

    client: str
    submit: str | None
    extract_recipients: bool
    ptr: str
    helo: str | None
    sender: str | None
    to: tuple[str, ...]
    data: str | None
    headers: tuple[str, ...]
    body: str | None
    mechanism: str | None
    auth_user: str | None
    auth_password: str | None
    tls: bool
    tlsc: bool
    port: int | None
    quit_after: str | None
    drop_after: str | None
    timeout: float
    zones: tuple[Path, ...]
    config: Path | None
    chroot: str | None
    stand_ins: str | None
    tables: Path | None
    at: str | None
    define: tuple[str, ...]
    main: tuple[str, ...]
    entries: tuple[tuple[str, str, str], ...]
    faults: tuple[tuple[str, str], ...]
    milter: str | None
    policy: str | None
    filter: str | None
    delivery: str | None
    no_lab_records: bool
    debian: int | None
    engine: EngineName | None


def session_options(command: Callable[[SessionOptions, bool], int]) -> Callable[..., int]:
    """Decorate a command with the options of one session; it is called with their values and `as_json`."""

    @wraps(command)
    def run_command(*, as_json: bool, **given: Any) -> int:
        return command(SessionOptions(**given), as_json)

    for option in reversed(_OPTIONS):
        run_command = option(run_command)
    return run_command


def hold(given: SessionOptions, command: str, *, trace: bool = False) -> Evidence:
    """Hold the session that the options describe, in the standing lab or in a new one.

    `trace`: smtpd logs each restriction that it evaluates, so that the evidence can be explained.
    """
    found = find_standing(EVIDENCE, given.engine, options.progress)
    base, domain = (found.configuration, found.domain) if found else (None, "lab.test")
    own = lab_access.standing_changes(found)
    wanted = _setup(given, base, {} if given.config else own, trace=trace)
    release = preferred_release(found) if given.debian is None else options.release(given.debian)
    target = Target(release, wanted or lab_access.setup(_folder(base), **own))
    job = _job(given, command, target, domain if wanted is None else None)
    with any_lab(EVIDENCE, target, given.engine, options.progress) as lab:
        with options.announce_wait("the lab is at it"):
            (evidence,) = lab.execute(job)
        for note in lab.notes:
            options.progress(f"=== {note}")
    return evidence


def _job(given: SessionOptions, command: str, target: Target, domain: str | None) -> Job:
    """Return the session as a job; `domain`: that of the default recipient, None: as the target's setup has it."""
    declared = _declare(given, domain or own_domain(target.setup))
    faults = tuple(parse_fault(*words) for words in given.faults)
    zones = tuple(map(zone_file, given.zones))
    scenario = replace(declared, zones=zones, faults=faults).scenario(command, _replay(command))
    scenario.world.dns_zones()  # A mistake in a zone is reported before anything starts.
    return Job(scenario, (target,), given.timeout)


def _setup(given: SessionOptions, base: str | None, own: Mapping[str, Any], *, trace: bool) -> Setup | None:
    """Return the setup that the options ask for; None for that of the standing lab, which has `own` fields."""
    words = {"milter": given.milter, "policy": given.policy, "filter": given.filter, "delivery": given.delivery}
    changes = {
        **lab_access.changes(given.tables, given.at, given.define),
        **setup_changes(given.main, given.entries, words),
    }
    if given.no_lab_records:
        changes["lab_records"] = False
    if not (given.config or given.chroot or given.stand_ins or changes or trace):
        return None
    wanted = replace(lab_access.setup(given.config or _folder(base), **{**own, **changes}), trace=trace)
    if given.chroot:
        wanted = replace(wanted, chroot=Chroot(given.chroot))
    if given.stand_ins:
        wanted = replace(wanted, stand_ins=given.stand_ins)
    return wanted


def _folder(base: str | None) -> Path | None:
    """Return the folder of that configuration; None for the seed, which `options.setup` knows by itself."""
    return Path(base) if base and Path(base) != CONFIGURATIONS / _SEED else None


def _declare(given: SessionOptions, domain: str) -> Declared:
    if given.quit_after and given.drop_after:
        raise InputError("--quit-after and --drop-after exclude each other")
    if given.extract_recipients and (given.to or given.submit is None):
        raise InputError("--extract-recipients is for --submit without --to: sendmail reads the message's header")
    stop = given.quit_after or given.drop_after
    return Declared(
        client=given.client,
        submit=given.submit,
        ptr=given.ptr,
        helo=given.helo,
        sender="" if given.sender == "<>" else given.sender,
        to=given.to or (() if given.extract_recipients else (f"postmaster@{domain}",)),
        message=message(given.data, given.headers, given.body),
        auth=_auth(given),
        tls=given.tls,
        tls_on_connect=given.tlsc,
        port=given.port,
        stop=stop.upper() if stop else None,
        drop=bool(given.drop_after),
    )


def _auth(given: SessionOptions) -> Auth | None:
    if given.auth_user is None:
        if given.mechanism or given.auth_password is not None:
            raise InputError("--auth and --auth-password need --auth-user")
        return None
    mechanism: Literal["PLAIN", "LOGIN"] = "LOGIN" if (given.mechanism or "").upper() == "LOGIN" else "PLAIN"
    return Auth(given.auth_user, given.auth_password or "", mechanism)


def _replay(command: str) -> str:
    """Return the command as it was typed, with secrets masked."""
    words = sys.argv[1:]
    shown = ["********" if number and words[number - 1] in _SECRET else word for number, word in enumerate(words)]
    shown = [f"{word.partition('=')[0]}=********" if word.startswith("--auth-password=") else word for word in shown]
    return f"postfix-lab {shlex.join(shown)}" if shown[:1] == [command] else ""
