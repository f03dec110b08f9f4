"""Dovecot's auth service for Postfix's SASL: a password file, and each socket that the configuration names.

If it has to fail, it is not started; a stub replaces it if its socket has to hang or to refuse connections.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

from postfix_lab.fit.collaborators.collaborator import Collaborator, Daemon
from postfix_lab.fit.collaborators.stubs import Manner
from postfix_lab.fit.draft import Content, Draft, Setting, Stub
from postfix_lab.fit.endpoints import endpoint
from postfix_lab.fit.own_domains import own_domain
from postfix_lab.postfix.parameters import QUEUE

PASSWORD = "correct horse"  # noqa: S105 - of a user that exists only in the lab


class Sasl(StrEnum):
    """How Dovecot's auth behaves."""

    WORKS = "works"
    ABSENT = "absent"
    """Its socket is gone."""
    HANG = "hang"
    """It accepts the connection and never answers: smtpd exits after 10 s, which no parameter changes."""
    WRONG_OWNER = "wrong-owner"
    """Only root may connect to its socket."""


_STUBS = {Sasl.HANG: Manner.HANG, Sasl.WRONG_OWNER: Manner.WRONG_OWNER}
_USUAL = f"unix:{QUEUE}/private/auth"
"""The socket if the folder has users but the configuration uses no SASL."""
_USERS = "/etc/dovecot/users"
_LOGIN = re.compile(r"^([^\s:#]+):\{PLAIN\}([^:\r\n]+)", re.MULTILINE)
_CONF = "/etc/dovecot/dovecot.conf"
_ANVIL = """
# Dovecot slows down an address that gave a wrong password before: by 4 s at the second time.
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
"""
_UNIX = """
  unix_listener %s {
    mode = 0660
    user = postfix
    group = postfix
  }
"""
_INET_BEFORE_24 = """
  inet_listener {
    address = %s
    port = %s
  }
"""
_INET_SINCE_24 = """
  inet_listener lab-%s {
    listen = %s
    port = %s
  }
"""
_BEFORE_24 = f"""
protocols =
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
passdb {{
  driver = passwd-file
  args = {_USERS}
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home=/nonexistent
}}
"""
_SINCE_24 = f"""
dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
protocols {{
}}
auth_allow_cleartext = yes
auth_mechanisms = plain login
auth_failure_delay = 0
passdb passwd-file {{
  passwd_file_path = {_USERS}
}}
userdb static {{
  fields {{
    uid = nobody
    gid = nogroup
    home = /nonexistent
  }}
}}
"""
_TRIXIE = 13


class Dovecot(Collaborator):
    """The SASL server with users and passwords."""

    name = "dovecot"
    packages = ("dovecot-core",)
    in_default_image = True
    log_names = frozenset({"dovecot"})
    keyword, modes = "sasl", Sasl

    def objection(self, draft: Draft) -> str:
        """Without it, smtpd exits when it would offer AUTH."""
        how = draft.choices.sasl
        return f"the scenario wants a Dovecot that says {how}" if how != Sasl.WORKS else ""

    def finish(self, draft: Draft, debian: int) -> Daemon | None:
        """Listen at each socket in the configuration, if there are users; its start is not waited for."""
        asked = _sockets(draft)
        wanted = Sasl(draft.choices.sasl)
        if wanted is not Sasl.WORKS:
            _fail(draft, asked, wanted)
            return None
        users = _users(draft, wanted=bool(asked))
        if users is None:
            return None
        listen = asked or (_USUAL,)
        files = {_CONF: Content(_configuration(debian, listen)), _USERS: Content(users, 0o640, "root:dovecot")}
        return Daemon(self.name, ("dovecot", "-F"), files, listen, lazy=True)


def _fail(draft: Draft, asked: tuple[str, ...], wanted: Sasl) -> None:
    for place in asked:
        draft.add_delta(place, f"Dovecot's auth that says {wanted}", "the scenario wants it")
        if wanted in _STUBS:
            draft.add_stub(Stub("policy", place, str(_STUBS[wanted])))


def _configuration(debian: int, listen: Sequence[str]) -> str:
    """The text of dovecot.conf; Debian 13 has Dovecot 2.4, which has another syntax."""
    sockets = "".join(_listener(debian, place) for place in listen)
    conf = (_SINCE_24 if debian >= _TRIXIE else _BEFORE_24) + _ANVIL + f"service auth {{{sockets}}}\n"
    return conf.lstrip()


def _listener(debian: int, place: str) -> str:
    kind, _, where = place.partition(":")
    if kind == "unix":
        return _UNIX % where
    address, _, port = where.rpartition(":")
    return _INET_SINCE_24 % (port, address, port) if debian >= _TRIXIE else _INET_BEFORE_24 % (address, port)


def _sockets(draft: Draft) -> tuple[str, ...]:
    """The sockets at which Dovecot has to listen, as `unix:/path` or `inet:address:port`."""
    found = []
    for setting in tuple(s for s in draft.settings() if s.name == "smtpd_sasl_auth_enable"):
        if draft.expand(setting.value).strip() != "yes":
            continue
        kind, path = (_setting_value(draft, setting, name) for name in ("smtpd_sasl_type", "smtpd_sasl_path"))
        if kind != "dovecot":
            _use_dovecot(draft, setting, kind)
            path = "private/auth"
        found.append(_auth_socket(draft, setting, path))
    return tuple(dict.fromkeys(found))


def _users(draft: Draft, *, wanted: bool) -> str | None:
    """Dovecot's password file: the folder's sasl.passwd, or one user that a delta names."""
    own = draft.source.files.get("sasl.passwd")
    if own is not None or not wanted:
        return own
    user = f"ann@{own_domain(draft) or 'lab.test'}"
    reason = "the folder has no sasl.passwd (user:{PLAIN}password)"
    draft.add_delta("SASL users", f"{user}, password {PASSWORD!r}", reason)
    return f"{user}:{{PLAIN}}{PASSWORD}\n"


def first_login(draft: Draft) -> tuple[str, str] | None:
    """Return user and password of the first user whose password is known; None if there is none."""
    own = draft.source.files.get("sasl.passwd")
    if own is None:
        return f"ann@{own_domain(draft) or 'lab.test'}", PASSWORD
    found = _LOGIN.search(own)
    return (found[1], found[2]) if found else None


def _setting_value(draft: Draft, setting: Setting, name: str) -> str:
    own = setting.service.option(name) if setting.service else None
    return draft.expand(own if own is not None else draft.lookup(name) or "").strip()


def _use_dovecot(draft: Draft, setting: Setting, kind: str) -> None:
    for name, value in (("smtpd_sasl_type", "dovecot"), ("smtpd_sasl_path", "private/auth")):
        own = setting.service is not None and setting.service.option(name) is not None
        at = Setting(name, "", setting.file, setting.line, setting.service if own else None)
        draft.set(at, value)
    reason = f"{kind} is not in the lab; Dovecot knows the same mechanisms, PLAIN and LOGIN"
    if not any(delta.what == "smtpd_sasl_type" for delta in draft.deltas):
        draft.add_delta("smtpd_sasl_type", "dovecot", reason, setting)


def _auth_socket(draft: Draft, setting: Setting, path: str) -> str:
    if path.startswith("inet:"):
        listen, instead = endpoint(path, chrooted=False)
        if not listen:
            raise draft.refusal(f"smtpd_sasl_path: {path!r} is no socket that smtpd can reach", setting)
        if instead:
            draft.set(Setting("smtpd_sasl_path", path), instead)
            draft.add_delta("smtpd_sasl_path", instead, "no other host is in the lab; its own Dovecot is", setting)
        return listen
    bare = path.removeprefix("unix:")
    return f"unix:{bare}" if bare.startswith("/") else f"unix:{QUEUE}/{bare}"
