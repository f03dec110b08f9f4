from __future__ import annotations

import pytest

from postfix_lab.fit.chroot import Chroot, preparation

WIPE = (
    "rm -rf /var/spool/postfix/etc /var/spool/postfix/lib /var/spool/postfix/lib64 /var/spool/postfix/usr; "
    "mkdir -p /var/spool/postfix/etc /var/spool/postfix/lib"
)
SCRIPT = "/usr/lib/postfix/configure-instance.sh"
FILL = f"{WIPE}; grep -q {SCRIPT} /usr/lib/postfix/sbin/post-install || {SCRIPT} - && rm -f /var/spool/postfix/etc/passwd"


@pytest.mark.parametrize(
    "state, command",
    [
        ("packaged", FILL), ("stale", FILL), ("off", FILL), ("empty", WIPE),
        (
            "copied",
            f"{WIPE}; cp -a $(readlink -f /lib)/*-linux-gnu* /var/spool/postfix/lib/ "
            "&& cp -L /etc/resolv.conf /etc/nsswitch.conf /var/spool/postfix/etc/",
        ),
    ],
)  # fmt: skip
def test_what_prepares_a_state(state: str, command: str) -> None:
    """Every state begins with an empty chroot; Debian's script fills it but for two."""
    assert preparation(Chroot(state)) == command
