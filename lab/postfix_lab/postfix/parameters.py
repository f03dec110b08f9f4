"""Tables of Postfix's parameters by what they hold; each kind of stand-in uses the names of its kind.

The names are those of postconf(5), the table types those of DATABASE_README; what the image holds is checked
against the three releases by tests/scenarios/fit and tests/selftest/postfix_files/test_parameters.py.
"""

from __future__ import annotations

ETC = "/etc/postfix"
QUEUE = "/var/spool/postfix"
PORTS = {"smtp": 25, "submission": 587, "submissions": 465, "smtps": 465, "ssmtp": 465, "urd": 465}
"""Names of ports of mail servers (/etc/services)."""

BUILTIN = {
    "config_directory": ETC,
    "queue_directory": QUEUE,
    "data_directory": "/var/lib/postfix",
    "command_directory": "/usr/sbin",
    "daemon_directory": "/usr/lib/postfix/sbin",
    "shlib_directory": "/usr/lib/postfix",
    "meta_directory": ETC,
    "default_database_type": "hash",
    "mydestination": "$myhostname, localhost.$mydomain, localhost",
    "local_recipient_maps": "proxy:unix:passwd.byname $alias_maps",
    "alias_maps": "hash:/etc/aliases",  # Postfix's also has nis:mail.aliases, which no host without NIS can ask.
    "inet_interfaces": "all",
    "smtpd_peername_lookup": "yes",
    "smtpd_sasl_type": "cyrus",
    "smtpd_sasl_path": "smtpd",
    "virtual_transport": "virtual",
    "virtual_alias_domains": "$virtual_alias_maps",
    "virtual_mailbox_domains": "$virtual_mailbox_maps",
    "relay_domains": "",  # With compatibility_level below 2 it is $mydestination, whose domains are known anyway.
}
"""The defaults of Postfix that fitting needs."""

PLACES = {
    "command_directory": "/usr/sbin",
    "daemon_directory": "/usr/lib/postfix/sbin",
    "data_directory": "/var/lib/postfix",
    "html_directory": "no",
    "mail_owner": "postfix",
    "mailq_path": "/usr/bin/mailq",
    "manpage_directory": "/usr/share/man",
    "meta_directory": ETC,
    "newaliases_path": "/usr/bin/newaliases",
    "queue_directory": QUEUE,
    "readme_directory": "no",
    "sample_directory": ETC,
    "sendmail_path": "/usr/sbin/sendmail",
    "setgid_group": "postdrop",
    "shlib_directory": "/usr/lib/postfix",
    "config_directory": ETC,
    "process_id_directory": "pid",
}
"""The values on Debian of parameters that a configuration of another system sets otherwise."""
HARMLESS = frozenset({"html_directory", "manpage_directory", "readme_directory", "sample_directory"})
"""Parameters of `PLACES` that only post-install(1) reads: their value has no effect here."""

INDEXES = {"db": "hash", "lmdb": "lmdb", "cdb": "cdb", "dir": "dbm", "pag": "dbm"}
"""Endings of compiled tables."""
BUILT = frozenset({"hash", "btree", "lmdb"})
"""Tables that postmap(1) compiles on these releases."""
ELSEWHERE_BUILT = frozenset({"cdb", "dbm", "sdbm"})
"""Tables that postmap(1) of these releases does not compile: the same entries are compiled as `hash`."""
PLAIN = frozenset({"texthash", "regexp", "pcre", "cidr"})
"""Tables that are read from their text file."""
FOREIGN = frozenset({"mysql", "pgsql", "ldap", "sqlite", "mongodb", "socketmap", "tcp", "nis", "nisplus", "netinfo",
                     "memcache"})  # fmt: skip
"""Tables that a server outside of Postfix answers."""
INNER = frozenset({"static", "inline", "environ", "internal", "randmap", "unionmap", "pipemap", "fail", "proxy",
                   "unix", "debug"})  # fmt: skip
"""Tables that need neither a file nor a server."""
TABLE_TYPES = BUILT | ELSEWHERE_BUILT | PLAIN | FOREIGN | INNER

ALIASES = frozenset({"alias_maps", "alias_database"})
"""Tables whose source postalias(1) reads."""
CACHES = frozenset({
    "address_verify_map", "postscreen_cache_map", "smtp_tls_session_cache_database", "smtpd_tls_session_cache_database",
    "lmtp_tls_session_cache_database", "smtp_sasl_auth_cache_name", "lmtp_sasl_auth_cache_name",
    "default_database_type",
})  # fmt: skip
"""Parameters of caches, which Postfix fills, and of table types."""
DOMAINS = ("mydestination", "virtual_mailbox_domains", "virtual_alias_domains", "relay_domains")
"""Domains that mail is accepted for; if the host's own domain is in none of them, every recipient is foreign."""
RECIPIENTS = frozenset({"local_recipient_maps", "virtual_mailbox_maps", "relay_recipient_maps"})
"""Tables of valid recipients: an empty one would refuse all."""
OWNERS = frozenset({"smtpd_sender_login_maps"})
"""Tables of the logins that may use a sender address: an empty one would refuse every authenticated sender."""
SECRETS = frozenset({"tls_server_sni_maps"})
"""Tables whose values name files (postmap -F)."""
PASSWORDS = frozenset({"smtp_sasl_password_maps", "lmtp_sasl_password_maps"})
"""Tables of passwords, which a copy of a folder often lacks on purpose."""
LISTS = frozenset({
    *DOMAINS, "mynetworks", "permit_mx_backup_networks", "debug_peer_list", "fast_flush_domains",
    "smtpd_client_event_limit_exceptions", "authorized_submit_users", "authorized_mailq_users",
    "authorized_flush_users", "smtpd_authorized_xclient_hosts", "smtpd_authorized_xforward_hosts",
    "smtpd_authorized_verp_clients", "smtpd_sasl_exceptions_networks", "smtpd_forbid_bare_newline_exclusions",
    "qmqpd_authorized_clients", "masquerade_exceptions", "smtp_connection_cache_destinations",
    "lmtp_connection_cache_destinations",
})  # fmt: skip
"""Lists of patterns (match_list(3)) in which `/file/name` includes the lines of that file."""

_TLS = ("smtpd_tls", "smtp_tls", "lmtp_tls", "tlsproxy_tls", "tlsproxy_client")
_PAIRS = (("cert_file", "key_file"), ("dcert_file", "dkey_file"), ("eccert_file", "eckey_file"))
CERTIFICATES = {f"{side}_{cert}": f"{side}_{key}" for side in _TLS for cert, key in _PAIRS}
"""Each parameter that names a certificate, with the one that names its key."""
CHAINS = frozenset(f"{side}_chain_files" for side in _TLS)
AUTHORITIES = frozenset({
    *(f"{side}_{name}" for side in _TLS for name in ("CAfile", "CApath")),
    "smtp_tls_trust_anchor_file", "lmtp_tls_trust_anchor_file",
})  # fmt: skip
PARAMETERS_OF_DH = frozenset(
    f"{side}_{size}_param_file" for side in ("smtpd_tls", "tlsproxy_tls") for size in ("dh1024", "dh512")
)

MILTERS = frozenset({"smtpd_milters", "non_smtpd_milters"})
TRANSPORTS = frozenset({
    "local_transport", "virtual_transport", "relay_transport", "default_transport", "mailbox_transport",
    "fallback_transport", "best_mx_transport", "content_filter", "address_verify_virtual_transport",
    "address_verify_local_transport", "address_verify_relay_transport", "address_verify_default_transport",
})  # fmt: skip
BIND = frozenset({"smtp_bind_address", "smtp_bind_address6", "lmtp_bind_address", "lmtp_bind_address6"})

DAEMONS = frozenset({
    "anvil", "bounce", "cleanup", "discard", "dnsblog", "error", "flush", "lmtp", "local", "master", "nqmgr", "oqmgr",
    "pickup", "pipe", "postlogd", "postscreen", "proxymap", "qmgr", "qmqpd", "scache", "showq", "smtp", "smtpd",
    "spawn", "tlsmgr", "tlsproxy", "trivial-rewrite", "verify", "virtual",
})  # fmt: skip
PRESENT = frozenset({
    "/etc/aliases", "/etc/mailname", "/etc/ssl/certs/ssl-cert-snakeoil.pem", "/etc/ssl/private/ssl-cert-snakeoil.key",
    "/etc/ssl/certs", "/etc/services", "/etc/hosts", "/etc/passwd", "/usr/bin/policyd-spf", "/usr/sbin/sendmail",
    "/usr/bin/python3", "/bin/sh", "/bin/cat", "/bin/true", "/bin/false",
})  # fmt: skip
"""Files and programs of the image that a configuration may name."""
USERS = frozenset({"root", "postfix", "policyd-spf", "nobody", "mail", "list", "uucp", "www-data", "dovecot", "daemon"})

SERVERS = (
    ("greylist", "a greylisting service"), ("postgrey", "postgrey"), ("10023", "postgrey"), ("60000", "postgrey"),
    ("sqlgrey", "sqlgrey"), ("2501", "sqlgrey"), ("opendmarc", "OpenDMARC"), ("8893", "OpenDMARC"),
    ("opendkim", "OpenDKIM"), ("8891", "OpenDKIM"), ("12301", "OpenDKIM"), ("rspamd", "Rspamd"), ("11332", "Rspamd"),
    ("amavis", "amavisd-new"), ("10024", "amavisd-new"), ("10026", "amavisd-new"), ("clamav", "ClamAV"),
    ("spamass", "SpamAssassin"), ("spamc", "SpamAssassin"), ("spamd", "SpamAssassin"), ("dkimproxy", "DKIMproxy"),
    ("iredapd", "iRedAPD"), ("7777", "iRedAPD"), ("10031", "policyd"), ("policyd-weight", "policyd-weight"),
    ("12525", "policyd-weight"), ("quota", "Dovecot's quota-status"), ("12340", "Dovecot's quota-status"),
    ("postsrsd", "PostSRSd"), ("10001", "PostSRSd"), ("10002", "PostSRSd"), ("mta-sts", "an MTA-STS resolver"),
    ("8461", "an MTA-STS resolver"), ("mailman", "Mailman"), ("8024", "Mailman"), ("dovecot", "Dovecot"),
    ("cyrus", "Cyrus"), ("maildrop", "maildrop"), ("procmail", "procmail"), ("spf", "an SPF policy service"),
)  # fmt: skip
"""A word of a socket, port or path, and the program that usually serves it."""


def server_name(place: str) -> str:
    """The program that usually serves such a socket or path, for the report; empty if none is known."""
    low = place.lower()
    return next((server for word, server in SERVERS if _mentions(word, low)), "")


def _mentions(word: str, place: str) -> bool:
    return place.endswith(f":{word}") if word.isdigit() else word in place
