"""Write a Python scenario as an equivalent YAML scenario.

What changes on the way, and means the same: clients that the world does not list come last among its `hosts`, unless
address, name and reverse lookup say all about each of them; a host is there once, however often it is listed; the text
of a zone stands in the sheet, whatever file it came from; record types are in upper case; the name has no character
that a test's name cannot have. The mail host and its setup are no part of a scenario: add `config`, `main` and the like
by hand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

from postfix_lab.errors import InputError
from postfix_lab.scenario.scenario import Scenario, Session
from postfix_lab.scenario.world import Host, local
from postfix_lab.verdict.checks.check import Check
from postfix_lab.yaml.read.reader import SCHEMA, read_text
from postfix_lab.yaml.vocabulary.keys import FILE
from postfix_lab.yaml.write.dialogue_writer import dialogue_keys
from postfix_lab.yaml.write.expect_writer import expect_keys
from postfix_lab.yaml.write.world_writer import compact, fault_keys, hosts_keys, labels, ptr_text, sink_keys, zones_keys

_DOLLAR = re.compile(r"\$(?=[$a-z{])")
_SMTP = 25


def to_yaml(scenario: Scenario, *checks: Check) -> str:
    """Return the scenario with its checks as a YAML file of schema postfix-lab/v1, with one test.

    Raises InputError, in a sentence that names it, for what the language cannot say, and where there is no check.
    """
    if not checks:
        raise InputError(f"the scenario {scenario.name} asserts nothing; give it a check, such as accepted()")
    if not scenario.sessions:
        raise InputError(f"the scenario {scenario.name} has no session, and in YAML each test has one")
    text = _dump({"schema": SCHEMA, "tests": {_name(scenario.name): _test(scenario, checks)}})
    try:
        FILE.check(read_text(text, scenario.name))
    except InputError as error:
        raise InputError(f"the scenario {scenario.name} cannot be said in YAML: {error}") from None
    return text


def _test(scenario: Scenario, checks: tuple[Check, ...]) -> dict[str, Any]:
    if scenario.submissions:
        raise InputError(f"the scenario {scenario.name} submits mail by sendmail(1), which is not written as YAML")
    scenario.world.dns_zones()  # Raises InputError where a zone cannot be read.
    world, clients = scenario.world, [session.client for session in scenario.sessions]
    others = [client for client in clients if not client.local]
    named = labels((*world.hosts, *(() if all(map(_says_all, others)) else others)))
    seen, expected, results = expect_keys(checks, len(scenario.sessions))
    sessions = [_session(session, named) for session in scenario.sessions]
    with_checks = [{**keys, **compact(expect=wanted)} for keys, wanted in zip(sessions, expected, strict=True)]
    alone = len(sessions) == 1
    return {
        **compact(zones=zones_keys(world.zones), hosts=hosts_keys(named), faults=[fault_keys(f) for f in world.faults]),
        **sink_keys(world.sink),
        **(sessions[0] if alone else {"sessions": with_checks}),
        **compact(in_turn=scenario.in_turn, at_once=scenario.at_once or None, result=results),
        **compact(expect={**(expected[0] if alone else {}), **seen}),
    }


def _says_all(host: Host) -> bool:
    """Whether the keys of a session can describe this client completely."""
    return len(host.addresses) == 1 and host.helo is None and host.mta is None


def _session(session: Session, named: Mapping[Host, str]) -> dict[str, Any]:
    if not session.logged:
        raise InputError(f"YAML has no session of {session.address} that the log does not name by its address")
    if session.source is not None and session.source not in session.client.addresses:
        raise InputError(f"the session comes from {session.source}, which is no address of its client")
    return {
        **_client(session.client, named),
        **compact(
            source=session.source,
            port=None if session.port == _SMTP else session.port,
            via=None if session.server is None else _via(session.server, named),
        ),
        **dialogue_keys(session.dialogue, (local() if session.local else session.client).greeting),
    }


def _client(host: Host, named: Mapping[Host, str]) -> dict[str, Any]:
    if host.local:
        return {"host": "local"}
    if host in named:
        return {"host": named[host]}
    return {"host": host.addresses[0], **compact(name=host.name, ptr=ptr_text(host.ptr, host.own_name))}


def _via(server: str, named: Mapping[Host, str]) -> str:
    """Return the label of the MTA that the client connects to instead of the mail host."""
    for host, label in named.items():
        if host.mta is not None and host.addresses[0] == server:
            return label
    raise InputError(f"no host of the world has {server} for its first address and an MTA, so no session goes there")


def _name(text: str) -> str:
    """Return a valid test name made of the text."""
    return re.sub(r"[^\w.+-]+", "-", text, flags=re.ASCII).lstrip("_.+-") or "scenario"


class _Dumper(yaml.SafeDumper):
    """Writes no aliases, and texts of several lines as block scalars."""

    def ignore_aliases(self, _data: Any) -> bool:
        """Write each value in full."""
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    escaped = _DOLLAR.sub("$$", str(text))
    # YAML reads other ends of a line, such as U+0085, as LF, unless they are escapes in double quotes.
    plain = escaped.replace("\n", "").isprintable()
    style = '"' if not plain else "|" if "\n" in escaped else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", escaped, style=style)


_Dumper.add_representer(str, _text)
_Dumper.add_multi_representer(str, _text)  # words of an enumeration, texts that are meant as they stand


def _dump(sheet: Mapping[str, Any]) -> str:
    return yaml.dump(dict(sheet), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10**6)
