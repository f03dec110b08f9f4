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
_WITHOUT_ACCOUNTS = f"rm -f {QUEUE}/etc/passwd"
"""Up to bookworm that script copies /etc/passwd for `local_recipient_maps = unix:passwd.byname`, and only at a start.

Who adds that line and reloads has no accounts there, and on trixie nobody has: so it is here in each case.
"""
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
    return f"{_WIPE}; {_FILL} && {_WITHOUT_ACCOUNTS}"
