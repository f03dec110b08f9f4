"""Connections to policy services that may matter to later mail: then smtpd is replaced before the next test."""

from __future__ import annotations

import pytest

from tests.unit.fit.conftest import Fit

SPF = "policyd-spf unix - n n - 0 spawn user=policyd-spf argv=/usr/bin/policyd-spf\n"
OWN = "grey unix - n n - 0 spawn user=nobody argv=/usr/bin/python3 /etc/postfix/grey.py\n"
ASKS_SPF = "smtpd_recipient_restrictions = check_policy_service unix:private/policyd-spf\n"
ASKS_OWN = "smtpd_recipient_restrictions = check_policy_service { unix:private/grey, timeout = 5s }\n"
ASKS_STUB = "smtpd_recipient_restrictions = check_policy_service inet:127.0.0.1:10023\n"


@pytest.mark.parametrize(
    "main, master, policy, matter",
    [
        ("", SPF + OWN, "accept", False),
        (ASKS_SPF, SPF, "accept", False),
        (f"{ASKS_SPF}policyd-spf_time_limit = 3600\n", SPF, "accept", False),
        (f"{ASKS_SPF}policyd-spf_time_limit = 5s\n", SPF, "accept", True),
        (f"{ASKS_SPF}command_time_limit = 5\n", SPF, "accept", True),
        (f"{ASKS_SPF}smtpd_policy_service_try_limit = 1\n", SPF, "accept", True),
        (ASKS_OWN, OWN, "accept", True),
        (ASKS_STUB, "", "accept", False),
        (ASKS_STUB, "", "postgrey", True),
        ("", f"587 inet n - y - - smtpd -o {{ {ASKS_OWN.strip()} }}\n{OWN}", "accept", True),
    ],
)
def test_connections(fitted: Fit, main: str, master: str, policy: str, matter: bool) -> None:
    """Those to programs that may remember or end; not to policyd-spf as packaged, nor to a stub."""
    files = {"grey.py": "pass\n"}
    assert fitted(main, master, files=files, policy=policy).policy_connections_matter is matter
