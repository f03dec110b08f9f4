"""Stand-ins for LMTP servers and content filters, with all that they change."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.fit.changes import changes
from tests.unit.fit.conftest import Fit

CASES: list[tuple[str, str, dict[str, str], dict[str, Any], list[str]]] = [
    ("virtual_transport = lmtp:unix:private/dovecot-lmtp\n", "", {}, {"delivery": "as-configured"}, [
        "main.cf:5: unix:private/dovecot-lmtp (virtual_transport) = leads to the sink (Dovecot is not in the lab)",
        "stub relay unix:/var/spool/postfix/private/dovecot-lmtp accept 192.0.2.24:24",
    ]),
    ("virtual_transport = lmtp:unix:private/dovecot-lmtp\nlocal_transport = lmtp:unix:private/dovecot-lmtp\n", "", {}, {"delivery": "as-configured"}, [
        "main.cf:5: unix:private/dovecot-lmtp (virtual_transport) = leads to the sink (Dovecot is not in the lab)",
        "stub relay unix:/var/spool/postfix/private/dovecot-lmtp accept 192.0.2.24:24",
    ]),
    ("virtual_transport = lmtp:inet:127.0.0.1:24\nlocal_transport = lmtp:localhost:2003\n", "", {}, {"delivery": "as-configured"}, [
        "main.cf:5: inet:127.0.0.1:24 (virtual_transport) = leads to the sink (what listens there is not in the lab)",
        "main.cf:6: inet:localhost:2003 (local_transport) = leads to the sink (what listens there is not in the lab)",
        "stub relay inet:127.0.0.1:24 accept 192.0.2.24:24",
        "stub relay inet:127.0.0.1:2003 accept 192.0.2.24:24",
    ]),
    ("virtual_transport = lmtp:[::1]:24\n", "", {}, {"delivery": "as-configured"}, [
        "main.cf:5: inet:[::1]:24 (virtual_transport) = leads to the sink (what listens there is not in the lab)",
        "stub relay inet:::1:24 accept 192.0.2.24:24",
    ]),
    ("virtual_transport = lmtp:unix:/run/x/lmtp\n", "", {}, {"delivery": "as-configured"}, [
        "main.cf:5: unix:/run/x/lmtp (virtual_transport) = leads to the sink (what listens there is not in the lab)",
        "stub relay unix:/run/x/lmtp accept 192.0.2.24:24",
    ]),
    ("virtual_transport = lmtp:unix:/other/lmtp\n", "", {}, {"delivery": "as-configured"}, [
        "main.cf:5: unix:/other/lmtp (virtual_transport) = leads to the sink (what listens there is not in the lab)",
        "stub relay unix:/var/spool/postfix/other/lmtp accept 192.0.2.24:24",
    ]),
    ("virtual_transport = x:unix:private/own\n", "own unix - - y - - smtp\n", {}, {"delivery": "as-configured"}, [
    ]),
    ("relay_transport = smtp:[127.0.0.1]:10025\n", "10025 inet n - y - - smtpd\n  -o content_filter=\n", {}, {"delivery": "as-configured"}, [
    ]),
    ("relay_transport = smtp:[127.0.0.1]:10026\n", "10025 inet n - y - - smtpd\n  -o content_filter=\n", {}, {"delivery": "as-configured"}, [
        "main.cf:5: inet:127.0.0.1:10026 (relay_transport) = leads to the sink (amavisd-new is not in the lab)",
        "stub relay inet:127.0.0.1:10026 accept 192.0.2.24:24",
    ]),
    ("transport_maps = hash:/etc/postfix/t, hash:/etc/postfix/none\n", "", {"t": "# a.example lmtp:unix:private/no\nb.example lmtp:unix:private/yes\nc.example lmtp:inet:127.0.0.1:2424\n"}, {"delivery": "as-configured"}, [
        "main.cf:5: hash:/etc/postfix/none = missing, as in life (the folder does not hold /etc/postfix/none; Postfix answers each lookup with 451; stand_ins = all lends one)",
        "t:0: unix:private/yes (transport_maps) = leads to the sink (what listens there is not in the lab)",
        "t:0: inet:127.0.0.1:2424 (transport_maps) = leads to the sink (what listens there is not in the lab)",
        "canary = the stranger's relay attempt alone (a good client may be refused, since the configuration lacks hash:/etc/postfix/none)",
        "/etc/postfix/t 644 root '# a.example lmtp:unix:private/no\\nb.example lmtp:unix:private/yes\\nc.example lmtp:inet:127.0.0.1:2424\\n'",
        "$ postmap 'hash:/etc/postfix/t'  # t",
        "stub relay unix:/var/spool/postfix/private/yes accept 192.0.2.24:24",
        "stub relay inet:127.0.0.1:2424 accept 192.0.2.24:24",
    ]),
    ("content_filter = smtp-amavis:[127.0.0.1]:10024\n", "10025 inet n - y - - smtpd\n  -o content_filter=\n", {}, {}, [
        "main.cf:5: smtp-amavis:[127.0.0.1]:10024 (content_filter) = a wire to port 10025 (amavisd-new is not in the lab; everything passes unchanged)",
        "stub filter inet:127.0.0.1:10024 accept 127.0.0.1:10025",
    ]),
    ("content_filter = smtp-amavis:[127.0.0.1]:10024\n", "10025 inet n - y - - smtpd\n", {}, {}, [
        "main.cf:5: content_filter = (none) (amavisd-new is not in the lab, and no smtpd takes mail back from it)",
        "main.cf: content_filter =",
        "main.cf has no more: content_filter = smtp-amavis:[127.0.0.1]:10024",
    ]),
    ("content_filter = smtp-amavis:127.0.0.1:10024\n", "10024 inet n - y - - smtpd\n  -o content_filter=\n25 inet n - y - - smtpd\n  -o content_filter=\nsmtps inet n - y - - smtpd\n  -o content_filter=\n", {}, {}, [
        "main.cf:5: content_filter = (none) (amavisd-new is not in the lab, and no smtpd takes mail back from it)",
        "main.cf: content_filter =",
        "main.cf has no more: content_filter = smtp-amavis:127.0.0.1:10024",
    ]),
    ("content_filter = scan:filter.example:10024\n", "10025 inet n - y - - smtpd\n  -o content_filter=\n", {}, {}, [
        "main.cf:5: content_filter = (none) (amavisd-new is not in the lab, and it is on another host)",
        "main.cf: content_filter =",
        "main.cf has no more: content_filter = scan:filter.example:10024",
    ]),
    ("content_filter = scan:localhost:9999\n", "10025 inet n - y - - smtpd\n  -o content_filter=\n", {}, {}, [
        "main.cf:5: scan:localhost:9999 (content_filter) = a wire to port 10025 (the filter is not in the lab; everything passes unchanged)",
        "stub filter inet:127.0.0.1:9999 accept 127.0.0.1:10025",
    ]),
    ("content_filter = scan:\n", "10025 inet n - y - - smtpd\n  -o content_filter=\n", {}, {}, [
    ]),
    ("content_filter =\n", "10025 inet n - y - - smtpd\n  -o content_filter=\n", {}, {}, [
    ]),
    ("", "587 inet n - y - - smtpd\n  -o content_filter=scan:[127.0.0.1]:10024\n10025 inet n - y - - smtpd\n", {}, {}, [
        "master.cf:4: scan:[127.0.0.1]:10024 (content_filter of 587) = a wire to port 10025 (amavisd-new is not in the lab; everything passes unchanged)",
        "stub filter inet:127.0.0.1:10024 accept 127.0.0.1:10025",
    ]),
    ("", "587 inet n - y - - smtpd\n  -o content_filter=scan:[127.0.0.1]:10024\n10025 inet n - y - - smtpd\n  -o content_filter=x:[127.0.0.1]:1\n10026 inet n - y - - smtpd\n  -o content_filter=\n", {}, {}, [
        "master.cf:4: scan:[127.0.0.1]:10024 (content_filter of 587) = a wire to port 10025 (amavisd-new is not in the lab; everything passes unchanged)",
        "master.cf:6: x:[127.0.0.1]:1 (content_filter of 10025) = a wire to port 10026 (the filter is not in the lab; everything passes unchanged)",
        "stub filter inet:127.0.0.1:10024 accept 127.0.0.1:10025",
        "stub filter inet:127.0.0.1:1 accept 127.0.0.1:10026",
    ]),
    ("", "587 inet n - y - - smtpd\n  -o content_filter=scan:[10.0.0.1]:10024\n10025 inet n - y - - smtpd\n", {}, {}, [
        "master.cf:4: content_filter of 587 = (none) (amavisd-new is not in the lab, and it is on another host)",
        "master.cf:   -o content_filter=",
        "master.cf has no more:   -o content_filter=scan:[10.0.0.1]:10024",
    ]),
]  # fmt: skip


@pytest.mark.parametrize("main, master, files, choices, expected", CASES)
def test_all_that_changes(fitted: Fit, main: str, master: str, files: dict[str, str], choices: dict[str, Any], expected: list[str]) -> None:
    """The report, the files of Postfix and others, commands, stubs and daemons."""
    assert changes(fitted(main, master, files, **choices), main, master) == expected
