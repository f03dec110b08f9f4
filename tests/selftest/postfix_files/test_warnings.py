"""What each release's postconf(1) warns of is told once, with the admin's own line."""

from __future__ import annotations

from pathlib import Path

import pytest

from postfix_lab import MailHost, Scene
from postfix_lab.runtime.setup import Setup

MAIN = """\
compatibility_level = 3.6
myhostname = mx.lab.test
local_transport = error:gone
mydestination = $nowhere,
  lab.test
smtpd_timeout = 10s
smtpd_timeout = 20s
mydestination = lab.test,
  $nothing
smtpd_timeout = 30s
smtpd_bananer = x
own_banner = $myhostname
smtpd_banner = $own_banner ESMTP
"""
MASTER = """\
smtp inet n - y - - smtpd
  -o smtpd_helo_restrictons=reject
  -o { smtpd_client_restrictons = permit_mynetworks,
    reject } -o smtpd_helo_required=$no_word
submission inet n - y - - smtpd
  -o smtpd_helo_restrictons=reject
  -o mine=no -o smtpd_reject_unlisted_sender=$mine
cleanup unix n - y - 0 cleanup
lmtp unix - - y - - lmtp
rewrite unix - - y - - trivial-rewrite
qmgr unix n - n 300 1 qmgr
pickup unix n - y 60 1 pickup
proxymap unix - - n - - proxymap
anvil unix - - y - 1 anvil
bounce unix - - y - 0 bounce
"""
TOLD = [
    ("main.cf", 7, "/etc/postfix/main.cf, line 7: overriding earlier entry: smtpd_timeout=10s"),
    ("main.cf", 8, "/etc/postfix/main.cf, line 8: overriding earlier entry: mydestination=$nowhere,  lab.test"),
    ("main.cf", 9, "/etc/postfix/main.cf: undefined parameter: nothing"),
    ("main.cf", 10, "/etc/postfix/main.cf, line 10: overriding earlier entry: smtpd_timeout=20s"),
    ("main.cf", 11, "smtpd_bananer"),
    ("master.cf", 2, "smtpd_helo_restrictons"),
    ("master.cf", 3, "smtpd_client_restrictons"),
    ("master.cf", 4, "/etc/postfix/master.cf: undefined parameter: no_word"),
    ("master.cf", 6, "smtpd_helo_restrictons"),
]


@pytest.mark.mail_host(debian=(11, 12, 13))
def test_each_warning(lab: Scene, mail_host: MailHost, tmp_path: Path) -> None:
    """Although postconf(1) repeats some, does not say where others are, and reads a main.cf in which lines are missing."""
    for name, text in (("main.cf", MAIN), ("master.cf", MASTER)):
        (tmp_path / name).write_text(text)
    host = lab.start(mail_host.debian, Setup(tmp_path, canary=None))
    found = [
        (delta.file, delta.line, delta.what if delta.value == "without effect" else delta.reason)
        for delta in host.facts().deltas
        if delta.value in ("without effect", "as it is") and not delta.what.startswith("master.cf ")
    ]
    assert sorted(found) == TOLD
