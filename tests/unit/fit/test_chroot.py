from __future__ import annotations

import pytest

from postfix_lab.fit.chroot import Chroot, copies_accounts, preparation

WIPE = (
    "rm -rf /var/spool/postfix/etc /var/spool/postfix/lib /var/spool/postfix/lib64 /var/spool/postfix/usr; "
    "mkdir -p /var/spool/postfix/etc /var/spool/postfix/lib"
)
SCRIPT = "/usr/lib/postfix/configure-instance.sh"
FILL = f"{WIPE}; grep -q {SCRIPT} /usr/lib/postfix/sbin/post-install || {SCRIPT} -"


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


@pytest.mark.parametrize("state, copied", [("packaged", True), ("stale", True), ("off", True), ("empty", False), ("copied", False)])
def test_a_start_copies_the_accounts(state: str, copied: bool) -> None:
    """Up to bookworm, for the table itself and not for its proxy, where Debian's script fills the chroot."""
    asked = "unix:passwd.byname hash:/etc/aliases"
    assert [copies_accounts(asked, Chroot(state), debian) for debian in (11, 12, 13)] == [copied, copied, False]
    for other in ("proxy:unix:passwd.byname", f"proxy:unix:passwd.byname {asked}", "hash:/etc/aliases", ""):
        assert not copies_accounts(other, Chroot(state), 12)
