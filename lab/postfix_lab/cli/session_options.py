"""The options of one session, declared once for every command that holds one, and the session that they ask for.

Their names are those of swaks where swaks has one.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import click

from postfix_lab.cli import options
from postfix_lab.cli.message_options import message
from postfix_lab.errors import InputError
from postfix_lab.paths import CONFIGURATIONS, EVIDENCE
from postfix_lab.scenario.declared import FIRST_HELO, STOPS, Declared
from postfix_lab.smtp.dialogue import Auth

if TYPE_CHECKING:
    from postfix_lab.engine.client import EngineName
    from postfix_lab.evidence.evidence import Evidence
    from postfix_lab.standing.requests import RunOrder

Command = TypeVar("Command", bound=Callable[..., Any])
_SEED, _DEBIAN = "seed", 12
_SECRET = ("--auth-password",)
_QUIT = [FIRST_HELO, *(word for word in STOPS if word not in ("DATA", "DOT"))]
_mechanism = click.Choice(["PLAIN", "LOGIN"], case_sensitive=False)
_limit = click.FloatRange(0.1, 3600)
_stop = click.Choice(_QUIT, case_sensitive=False)
_drop = click.Choice([*_QUIT, "DATA", "DOT"], case_sensitive=False)
_OPTIONS = (
    click.option("--client", default="203.0.113.10", show_default=True, metavar="ADDRESS", help="Where it comes from."),
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
    click.option("--debian", type=int, metavar="RELEASE", help="Debian of the mail host.  [12, or what stands]"),
    options.engine,
    options.as_json,
)  # fmt: skip


def session_options(command: Command) -> Command:
    """Give a command the options of one session."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def hold(said: dict[str, Any], command: str, **setup: Any) -> Evidence:
    """Hold the session that those options ask for, in the lab that stands or in one of its own.

    `setup` are fields of `Setup` that the command itself wants (`trace=True`).
    """
    from postfix_lab.standing.access import any_lab, standing  # noqa: PLC0415

    engine: EngineName | None = said["engine"]
    found = standing(EVIDENCE, engine, options.progress)
    order = _order(said, command, found.configuration if found else None, found.domain if found else "lab.test", setup)
    own = order.setup or options.setup(None)
    with any_lab(EVIDENCE, order.debian or _DEBIAN, own, engine, options.progress) as lab:
        with options.patience("the lab is at it"):
            evidence = lab.run(order)
        for note in lab.notes:
            options.progress(f"=== {note}")
    return evidence


def _order(said: dict[str, Any], command: str, base: str | None, domain: str, setup: dict[str, Any]) -> RunOrder:
    from postfix_lab.runtime.own_zones import own_domain  # noqa: PLC0415
    from postfix_lab.scenario.world import zone_file  # noqa: PLC0415
    from postfix_lab.standing.requests import RunOrder  # noqa: PLC0415

    if said["chroot"]:
        from postfix_lab.fit.chroot import Chroot  # noqa: PLC0415

        setup = {**setup, "chroot": Chroot(said["chroot"])}
    wanted = None
    if said["config"] or setup:
        seed = CONFIGURATIONS / _SEED
        folder = said["config"] or (Path(base) if base else seed)
        wanted = options.setup(None if folder == seed else folder, **setup)
        domain = own_domain(wanted)
    declared = _declared(said, domain)
    scenario = replace(declared, zones=tuple(map(zone_file, said["zones"]))).scenario(command, _replay(command))
    scenario.world.dns_zones()  # A mistake in a zone is told before anything starts.
    debian = None if said["debian"] is None else options.release(said["debian"])
    return RunOrder(scenario, debian, wanted, said["timeout"])


def _declared(said: dict[str, Any], domain: str) -> Declared:
    if said["quit_after"] and said["drop_after"]:
        raise InputError("--quit-after and --drop-after exclude each other")
    stop = said["quit_after"] or said["drop_after"]
    sender = said["sender"]
    return Declared(
        client=said["client"],
        ptr=said["ptr"],
        helo=said["helo"],
        sender="" if sender == "<>" else sender,
        to=said["to"] or (f"postmaster@{domain}",),
        message=message(said["data"], said["headers"], said["body"]),
        auth=_auth(said),
        tls=said["tls"],
        tls_on_connect=said["tlsc"],
        port=said["port"],
        stop=stop.upper() if stop else None,
        drop=bool(said["drop_after"]),
    )


def _auth(said: dict[str, Any]) -> Auth | None:
    if said["auth_user"] is None:
        if said["mechanism"] or said["auth_password"] is not None:
            raise InputError("--auth and --auth-password need --auth-user")
        return None
    mechanism: Literal["PLAIN", "LOGIN"] = "LOGIN" if (said["mechanism"] or "").upper() == "LOGIN" else "PLAIN"
    return Auth(said["auth_user"], said["auth_password"] or "", mechanism)


def _replay(command: str) -> str:
    """The command as it was typed, but for secrets."""
    import shlex  # noqa: PLC0415

    words = sys.argv[1:]
    shown = ["********" if number and words[number - 1] in _SECRET else word for number, word in enumerate(words)]
    shown = [f"{word.partition('=')[0]}=********" if word.startswith("--auth-password=") else word for word in shown]
    return f"postfix-lab {shlex.join(shown)}" if shown[:1] == [command] else ""
