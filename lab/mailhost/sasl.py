"""Dovecot's auth for Postfix's SASL: a password file and a socket in Postfix's queue directory."""

from __future__ import annotations

from typing import Any

AUTH_SOCKET = "/var/spool/postfix/private/auth"
_USERS = "/etc/dovecot/users"
_CONF = "/etc/dovecot/dovecot.conf"
_LISTENER = f"""
# Dovecot slows down an address that gave a wrong password before: by 4 s at the second time.
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service auth {{
  unix_listener {AUTH_SOCKET} {{
    mode = 0660
    user = postfix
    group = postfix
  }}
}}
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


def dovecot_files(debian: int, users: str) -> dict[str, Any]:
    """The files that Dovecot's auth needs on that release; `dovecot` then starts it.

    `users` is a passwd-file: one `user:{SCHEME}password` a line. Since 2.4 Dovecot has another syntax.
    """
    conf = (_SINCE_24 if debian >= _TRIXIE else _BEFORE_24) + _LISTENER
    return {
        _CONF: {"text": conf.lstrip()},
        _USERS: {"text": users, "mode": 0o640, "owner": "root:dovecot"},
    }
