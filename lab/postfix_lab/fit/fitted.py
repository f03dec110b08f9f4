"""Fit a configuration: from the admin's folder to the files, commands and stubs of a mail host, and the deltas.

`fit` is pure: it reads only its arguments, and the same files always give the same result.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from postfix_lab.fit import (
    canary_choice,
    content_filters,
    debian_paths,
    dns_lists,
    file_lists,
    filters,
    network,
    packages,
    places,
    policy_connections,
    programs,
    sockets,
    tables,
    tls_files,
)
from postfix_lab.fit.canary_choice import Canary
from postfix_lab.fit.choices import Choices, DeliveryMode
from postfix_lab.fit.collaborators import COLLABORATORS, check_choices
from postfix_lab.fit.collaborators.collaborator import Daemon
from postfix_lab.fit.delta import Delta
from postfix_lab.fit.dns_lists import DnsList
from postfix_lab.fit.draft import Content, Draft, Stub, begin_draft
from postfix_lab.fit.own_domains import mail_domain, own_domains, relayed_domains
from postfix_lab.fit.source import Source
from postfix_lab.postfix.files import main_cf
from postfix_lab.postfix.parameters import BUILTIN, ETC


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """What a mail host needs to run a configuration; `runtime/mail_host.py` installs it."""

    files: Mapping[str, Content]
    """By their path in the mail host; all other files in /etc/postfix are the package's."""
    deltas: tuple[Delta, ...]
    commands: tuple[tuple[str, str], ...]
    """Shell commands to run before Postfix starts, each with the admin's file that it is about."""
    stubs: tuple[Stub, ...]
    """The stubs at the sockets of milters, policy services and LMTP servers."""
    daemons: tuple[Daemon, ...]
    """The programs that the mail host runs beside Postfix."""
    canary: Canary
    hostname: str
    domain: str
    """The own domain: `mydomain`, or the first domain that mail is accepted for."""
    domains: tuple[str, ...]
    """Every domain that mail is accepted for, as far as the files name it."""
    mynetworks: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    """The expanded values for smtpd on port 25 of each parameter that is set, or whose default is in `BUILTIN`."""
    relayed: tuple[str, ...] = ()
    """Those of `domains` that only `relay_domains` has: domains of others."""
    dns_lists: tuple[DnsList, ...] = ()
    """The DNS lists that clients of port 25 are looked up in."""
    deep_tests: bool = False
    """Whether postscreen's after-220 tests are on (a new client is deferred once)."""
    content_filters: tuple[str, ...] = ()
    """The destinations that `content_filter` names in main.cf or for a service of master.cf."""
    policy_connections_matter: bool = False
    """Whether a connection that smtpd keeps to a policy service may matter to later mail."""

    def value(self, name: str) -> str:
        """The value of such a parameter; empty if it is not in `parameters`."""
        return self.parameters.get(name, "")

    @property
    def binds(self) -> tuple[str, str]:
        """`inet_interfaces` and `inet_protocols`, by default `all`; master(8) reads them only at its start."""
        main = self.files[f"{ETC}/main.cf"].text
        return main_cf.value(main, "inet_interfaces") or "all", main_cf.value(main, "inet_protocols") or "all"

    @property
    def recipient(self) -> str:
        """A valid recipient, as far as the files name one; not postmaster, which Postfix may accept without checks.

        It is one from the admin's table, else root, which every host has (aliases(5)).
        """
        chosen = self.canary.recipient
        return chosen if chosen and not chosen.startswith("postmaster@") else f"root@{self.domain}"

    def in_mynetworks(self, address: str) -> bool | None:
        """Whether a client is in `mynetworks`; None if a table decides."""
        return network.in_mynetworks(self.mynetworks, address)


def fit(
    source: Source, choices: Choices, own: tuple[Delta, ...], debian: int = 12, master_text: str = ""
) -> Fitted:
    """Fit a configuration into the lab; `master_text` is the release's own master.cf, used if the folder has none.

    Raises `InputError` with file, line and remedy if the configuration cannot run.
    """
    check_choices(choices)
    deltas = [delta for delta in own if delta.what not in choices.main and _is_wanted(delta, choices)]
    draft = begin_draft(source, choices, {delta.what: delta.value for delta in deltas}, _master(source, master_text))
    draft.deltas += deltas
    if not source.master:
        draft.add_delta("master.cf", "Debian's own", "the folder has none")
    debian_paths.fit(draft, debian)
    network.fit(draft)
    places.fit(draft)
    file_lists.fit(draft)
    packages.fit(draft)
    tables.fit(draft)
    tls_files.fit(draft)
    for collaborator in COLLABORATORS:
        collaborator.fit(draft)
    filters.fit(draft)
    content_filters.fit(draft)
    sockets.fit(draft)
    programs.fit(draft)
    chosen = canary_choice.choose(draft)
    daemons = [collaborator.finish(draft, debian) for collaborator in COLLABORATORS]
    draft.deltas += source.left
    return _finish(draft, tuple(daemon for daemon in daemons if daemon), chosen, deltas)


def _is_wanted(delta: Delta, choices: Choices) -> bool:
    return choices.delivery == DeliveryMode.SINK or not delta.what.endswith("_transport")


def _master(source: Source, master_text: str) -> str:
    return source.files[source.master] if source.master else master_text


def _finish(draft: Draft, daemons: tuple[Daemon, ...], chosen: Canary, own: list[Delta]) -> Fitted:
    main = draft.source.files[draft.source.main]
    for name, value in {**{delta.what: delta.value for delta in own}, **draft.choices.main, **draft.changed}.items():
        main = main_cf.without_parameter(main, name) if value is None else main_cf.with_parameter(main, name, value)
    files = {f"{ETC}/main.cf": Content(main), **draft.files}
    if draft.source.master or draft.master_text:
        files[f"{ETC}/master.cf"] = Content(draft.master_text)
    found = own_domains(draft)
    return Fitted(
        files=files,
        deltas=tuple(draft.deltas),
        commands=tuple(draft.commands),
        stubs=tuple(draft.stubs.values()),
        daemons=daemons,
        canary=chosen,
        hostname=draft.value("myhostname").strip(),
        domain=found[0] if found else mail_domain(draft),
        domains=found,
        relayed=relayed_domains(draft),
        mynetworks=draft.value("mynetworks"),
        parameters=_parameters(draft),
        dns_lists=dns_lists.find_dns_lists(draft),
        deep_tests=canary_choice.has_deep_tests(draft),
        content_filters=content_filters.destinations(draft),
        policy_connections_matter=policy_connections.may_matter(draft),
    )


def _parameters(draft: Draft) -> dict[str, str]:
    main = {name: draft.value(name) for name in (*BUILTIN, *draft.parameters)}
    smtpd = [s for s in draft.services if s.command == "smtpd" and (s.port == "25" or s.kind == "pass")]
    return main | {option.name: draft.expand(option.value) for service in smtpd for option in service.options}
