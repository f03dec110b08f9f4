"""The contents of smtpd's chroot; they decide whether smtpd can look up a client's name.

Debian runs smtpd chrooted in /var/spool/postfix. What fills that folder, and what the resolver needs in it, depends on
the release; docs/chroot.md has a table of the results.
"""

from __future__ import annotations

from enum import StrEnum

from postfix_lab.postfix.parameters import QUEUE


class Chroot(StrEnum):
    """The state of the chroot below /var/spool/postfix while Postfix runs (docs/chroot.md)."""

    PACKAGED = "packaged"
    """Filled by Debian's start script."""
    EMPTY = "empty"
    """Empty, and Postfix is started without Debian's script: the failure of the seed article."""
    STALE = "stale"
    """Filled before /etc/resolv.conf changed: its copy names a resolver that does not exist any more."""
    COPIED = "copied"
    """The seed article's remedy: all of /lib/<triplet>, resolv.conf and nsswitch.conf."""
    OFF = "off"
    """smtpd is not chrooted: `n` in the chroot column of master.cf."""


_SCRIPT = "/usr/lib/postfix/configure-instance.sh"
_FILL = f"grep -q {_SCRIPT} /usr/lib/postfix/sbin/post-install || {_SCRIPT} -"
"""The action of Debian's unit and init script before `postfix start`; since trixie `postfix start` does it."""
ACCOUNTS = "unix:passwd.byname"
_LAST_WITH_ACCOUNTS = 12
"""The last release whose script copies /etc/passwd into the chroot for `local_recipient_maps = unix:passwd.byname`."""
_WIPE = f"rm -rf {QUEUE}/etc {QUEUE}/lib {QUEUE}/lib64 {QUEUE}/usr; mkdir -p {QUEUE}/etc {QUEUE}/lib"
_COPY = (
    f"{_WIPE}; cp -a $(readlink -f /lib)/*-linux-gnu* {QUEUE}/lib/"
    f" && cp -L /etc/resolv.conf /etc/nsswitch.conf {QUEUE}/etc/"
)


def preparation(state: Chroot) -> str:
    """The shell command that brings the chroot into that state before `postfix start`."""
    if state is Chroot.EMPTY:
        return _WIPE
    if state is Chroot.COPIED:
        return _COPY
    return f"{_WIPE}; {_FILL}"


def copies_accounts(local_recipient_maps: str, state: Chroot, debian: int) -> bool:
    """Whether a start of Postfix puts a copy of /etc/passwd into the chroot, with that value of main.cf, expanded.

    The script looks for the table's name and, without regard to which name it is a part of, for that of its proxy.
    """
    named = ACCOUNTS in local_recipient_maps and f"proxy:{ACCOUNTS}" not in local_recipient_maps
    return named and debian <= _LAST_WITH_ACCOUNTS and state not in (Chroot.EMPTY, Chroot.COPIED)
