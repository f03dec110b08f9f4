"""Dovecot's auth for Postfix's SASL: a password file and a socket in Postfix's queue directory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

AUTH_SOCKET = "/var/spool/postfix/private/auth"
_USERS = "/etc/dovecot/users"
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


def dovecot_files(debian: int, users: str, listen: Sequence[str] = ()) -> dict[str, Any]:
    """The files that Dovecot's auth needs on that release; `dovecot` then starts it.

    `users` is a passwd-file: one `user:{SCHEME}password` a line; `listen` its sockets, `unix:/path` or
    `inet:address:port`. Since 2.4 Dovecot has another syntax.
    """
    sockets = "".join(_listener(debian, place) for place in listen or (f"unix:{AUTH_SOCKET}",))
    conf = (_SINCE_24 if debian >= _TRIXIE else _BEFORE_24) + _ANVIL + f"service auth {{{sockets}}}\n"
    return {
        _CONF: {"text": conf.lstrip()},
        _USERS: {"text": users, "mode": 0o640, "owner": "root:dovecot"},
    }


def _listener(debian: int, place: str) -> str:
    kind, _, where = place.partition(":")
    if kind == "unix":
        return _UNIX % where
    address, _, port = where.rpartition(":")
    return _INET_SINCE_24 % (port, address, port) if debian >= _TRIXIE else _INET_BEFORE_24 % (address, port)
