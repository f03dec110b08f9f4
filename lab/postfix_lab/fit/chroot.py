"""What the chroot of smtpd holds: the state decides whether a client can have a name at all.

Debian runs smtpd chrooted in /var/spool/postfix. Who fills that folder, and what a release's
resolver needs in it, differs; the table of what comes of it is in docs/chroot.md.
"""

from __future__ import annotations

from enum import StrEnum

from postfix_lab.postfix.parameters import QUEUE


class Chroot(StrEnum):
    """The state of the chroot below /var/spool/postfix while Postfix runs (docs/chroot.md)."""

    PACKAGED = "packaged"
    """Filled as Debian's start script fills it."""
    EMPTY = "empty"
    """Nothing in it, and Postfix started without Debian's script: the failure of the seed article."""
    STALE = "stale"
    """Filled, and then /etc/resolv.conf changed: the copy names a resolver that is gone."""
    COPIED = "copied"
    """The seed article's cure: the whole of /lib/<triplet>, resolv.conf and nsswitch.conf."""
    OFF = "off"
    """smtpd is not chrooted: `n` in the chroot column of master.cf."""


_SCRIPT = "/usr/lib/postfix/configure-instance.sh"
_FILL = f"grep -q {_SCRIPT} /usr/lib/postfix/sbin/post-install || {_SCRIPT} -"
"""What Debian's unit and init script do before `postfix start`; since trixie that does it by itself."""
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
