"""The tables of names against what Debian 13's own Postfix has.

`samples/postconf-trixie.txt` is what that mail host prints for `postconf -d`, `postconf -m`, its folder of daemons, its users, and the
files of `PRESENT` that are there: a name that is misspelled would match nothing, and nobody would see it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from postfix_lab.postfix import parameters
from postfix_lab.postfix.parameters import server_name

SAMPLE = (Path(__file__).parent / "samples" / "postconf-trixie.txt").read_text()
SECTIONS = {head: body.splitlines() for head, _, body in (part.partition("\n") for part in SAMPLE.split("== ")[1:])}
DEFAULTS = {name: value.strip() for name, _, value in (line.partition(" =") for line in SECTIONS["parameters"])}
OTHER_DEFAULTS = {
    "alias_maps": "hash:/etc/aliases",
    "relay_domains": "",
    "html_directory": "no",
    "readme_directory": "no",
}
"""Values that differ from the release's on purpose: no NIS, the newest compatibility level, Debian's main.cf."""


@pytest.mark.parametrize(
    "table",
    [
        "BUILTIN", "PLACES", "HARMLESS", "ALIASES", "CACHES", "DOMAINS", "RECIPIENTS", "OWNERS", "SECRETS", "LISTS", "CERTIFICATES",
        "CHAINS", "AUTHORITIES", "PARAMETERS_OF_DH", "MILTERS", "TRANSPORTS", "BIND",
    ],
)  # fmt: skip
def test_each_name_is_a_parameter(table: str) -> None:
    """Postfix knows it."""
    names = set(getattr(parameters, table))
    assert names
    assert names - DEFAULTS.keys() == set()


def test_each_key_is_a_parameter() -> None:
    """A certificate's key is named by the same side."""
    assert set(parameters.CERTIFICATES.values()) <= DEFAULTS.keys()
    assert [key for cert, key in parameters.CERTIFICATES.items() if key != cert.removesuffix("cert_file") + "key_file"] == []


def test_defaults_are_those_of_the_release() -> None:
    """But for four, which are Debian's or the newest compatibility level's."""
    told = {**parameters.BUILTIN, **parameters.PLACES}
    assert {name: value for name, value in told.items() if DEFAULTS.get(name) != value} == OTHER_DEFAULTS


def test_daemons_and_users() -> None:
    """All of them are in the image, and no program of the folder that is a daemon is forgotten."""
    scripts = {"fsstone", "post-install", "postfix-script", "postfix-tls-script", "postfix-wrapper", "postmulti-script"}
    assert set(SECTIONS["daemons"]) - scripts | {"nqmgr", "oqmgr"} & parameters.DAEMONS == parameters.DAEMONS
    assert parameters.USERS - set(SECTIONS["users"]) == set()


def test_files_that_the_image_has() -> None:
    """Each of them was listed there."""
    assert set(SECTIONS["files"]) == parameters.PRESENT


def test_kinds_of_tables() -> None:
    """What postconf -m lists, and what only other systems have."""
    others = {"cdb", "dbm", "sdbm", "mysql", "pgsql", "ldap", "sqlite", "mongodb", "nisplus", "netinfo", "debug"}
    assert set(SECTIONS["types"]) | others == parameters.TABLE_TYPES
    assert {"hash", "btree", "lmdb"} == parameters.BUILT
    assert {"texthash", "regexp", "pcre", "cidr"} == parameters.PLAIN
    assert {"cdb", "dbm", "sdbm"} == parameters.ELSEWHERE_BUILT
    assert parameters.INDEXES == {"db": "hash", "lmdb": "lmdb", "cdb": "cdb", "dir": "dbm", "pag": "dbm"}
    assert set() == parameters.FOREIGN & parameters.INNER
    assert {"mysql", "tcp", "socketmap", "nis", "memcache"} < parameters.FOREIGN


@pytest.mark.parametrize(
    "program, places",
    [
        ("a greylisting service", ["unix:greylist"]),
        ("postgrey", ["unix:/var/spool/postfix/postgrey/socket", "inet:127.0.0.1:10023", "inet:[::1]:60000"]),
        ("sqlgrey", ["unix:sqlgrey", "inet:127.0.0.1:2501"]),
        ("OpenDMARC", ["local:/run/OpenDMARC.sock", "inet:localhost:8893"]),
        ("OpenDKIM", ["opendkim/x", "inet:localhost:8891", "inet:localhost:12301"]),
        ("Rspamd", ["/run/rspamd.sock", "inet:localhost:11332"]),
        ("amavisd-new", ["amavis", "smtp:[127.0.0.1]:10024", "inet:127.0.0.1:10026"]),
        ("ClamAV", ["/run/clamav/milter.ctl"]),
        ("SpamAssassin", ["spamass/spamass.sock", "/usr/bin/spamc", "spamd"]),
        ("DKIMproxy", ["dkimproxy"]),
        ("iRedAPD", ["iredapd", "inet:127.0.0.1:7777"]),
        ("policyd", ["inet:127.0.0.1:10031"]),
        ("policyd-weight", ["policyd-weight", "inet:127.0.0.1:12525"]),
        ("Dovecot's quota-status", ["quota-status", "inet:127.0.0.1:12340"]),
        ("PostSRSd", ["postsrsd", "tcp:localhost:10001", "tcp:localhost:10002"]),
        ("an MTA-STS resolver", ["mta-sts", "socketmap:inet:127.0.0.1:8461"]),
        ("Mailman", ["mailman", "lmtp:127.0.0.1:8024"]),
        ("Dovecot", ["/usr/lib/dovecot/deliver"]),
        ("Cyrus", ["/usr/lib/cyrus/bin/deliver"]),
        ("maildrop", ["/usr/bin/maildrop"]),
        ("procmail", ["/usr/bin/procmail"]),
        ("an SPF policy service", ["unix:private/spf"]),
        ("", ["inet:127.0.0.1:9", "/run/11332/x", "inet:localhost:110023"]),
    ],
)
def test_who_is_behind_a_place(program: str, places: list[str]) -> None:
    """By a word of it, or by its port; nobody where neither is known."""
    assert [server_name(place) for place in places] == [program] * len(places)
