"""The tables of parameters against `postconf -d` of each release: no name is misspelled, and none of its kind is forgotten."""

from __future__ import annotations

import re

import pytest

from postfix_lab import MailHost
from postfix_lab.postfix import parameters as known

pytestmark = pytest.mark.mail_host(debian=(11, 12, 13))

TABLES = (
    "BUILTIN", "PLACES", "HARMLESS", "ALIASES", "CACHES", "DOMAINS", "RECIPIENTS", "OWNERS", "SECRETS", "LISTS", "CERTIFICATES",
    "CHAINS", "AUTHORITIES", "PARAMETERS_OF_DH", "MILTERS", "TRANSPORTS", "BIND",
)  # fmt: skip
KINDS = {
    "ALIASES": r"alias_(maps|database)",
    "AUTHORITIES": r".*_(CAfile|CApath|trust_anchor_file)",
    "BIND": r"(smtp|lmtp)_bind_address6?",
    "CACHES": r".*(cache_(map|database|name)|verify_map|database_type|db_type)",
    "CERTIFICATES": r".*cert_file",
    "CHAINS": r".*chain_files",
    "LISTS": r".*(authorized_\w+|_exceptions|_exclusions|_networks|cache_destinations)",
    "MILTERS": r".*_milters",
    "PARAMETERS_OF_DH": r".*_dh\d+_param_file",
    "RECIPIENTS": r".*(recipient|virtual_mailbox)_maps",
    "TRANSPORTS": r".*_transport|content_filter",
}
"""How names of a kind are spelled."""
NOT_OF_THE_KIND = {"virtual_alias_maps"}
OTHER_DEFAULTS = {"alias_maps", "relay_domains", "html_directory", "readme_directory"}
"""Values that are not the release's on purpose; the table says why."""


def defaults(mail_host: MailHost) -> dict[str, str]:
    """The parameters of that release."""
    pairs = (line.partition(" =") for line in mail_host.shell("postconf -d").splitlines())
    return {name: value.strip() for name, _, value in pairs}


def test_each_name_is_a_parameter(mail_host: MailHost) -> None:
    """In every table; a name that no release knows would match nothing, and nobody would see it."""
    real = defaults(mail_host)
    unknown = {table: sorted(set(getattr(known, table)) - real.keys()) for table in TABLES}
    assert {table: names for table, names in unknown.items() if names} == {}
    assert set(known.CERTIFICATES.values()) - real.keys() == set()


def test_no_parameter_of_a_kind_is_forgotten(mail_host: MailHost) -> None:
    """What is spelled like the others of a table is in it."""
    real = defaults(mail_host)
    forgotten = {
        table: sorted(name for name in real if re.fullmatch(pattern, name) and name not in getattr(known, table))
        for table, pattern in KINDS.items()
    }
    assert {table: set(names) - NOT_OF_THE_KIND for table, names in forgotten.items() if set(names) - NOT_OF_THE_KIND} == {}


def test_defaults(mail_host: MailHost) -> None:
    """The values that fitting takes for Postfix's own are those of the release."""
    real = defaults(mail_host)
    told = {**known.PLACES, **known.BUILTIN}
    assert {name for name, value in told.items() if real[name] != value} == OTHER_DEFAULTS


def test_types_of_tables(mail_host: MailHost) -> None:
    """What `postconf -m` lists is known, and what is said to be compiled here is on the list."""
    real = set(mail_host.shell("postconf -m").split())
    assert real - known.TABLE_TYPES == set()
    assert real >= known.BUILT | known.PLAIN
    assert real & known.ELSEWHERE_BUILT == set()


def test_ports(mail_host: MailHost) -> None:
    """Each name is that of the port in /etc/services."""
    said = mail_host.shell(f"for name in {' '.join(known.PORTS)}; do set -- $(getent services $name/tcp); echo $name $2; done")
    found = dict(line.split() for line in said.splitlines())
    assert {name: int(port.partition("/")[0]) for name, port in found.items()} == known.PORTS


def test_daemons(mail_host: MailHost) -> None:
    """Each program of the folder is known, but for the scripts of postfix(1)."""
    said = mail_host.shell("cd /usr/lib/postfix/sbin; file=; for file in *; do head -c 2 $file | grep -q '^#!' || echo $file; done")
    assert set(said.split()) - {"fsstone"} == known.DAEMONS
