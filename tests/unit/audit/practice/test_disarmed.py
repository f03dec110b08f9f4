"""Permissions in front of what they disarm."""

from __future__ import annotations

import pytest

from postfix_lab.audit.practice import disarmed
from tests.unit.audit.conftest import Write, configured
from tests.unit.audit.practice.judged import told

SENDER, RELAY, RECIPIENT = "smtpd_sender_restrictions", "smtpd_relay_restrictions", "smtpd_recipient_restrictions"


@pytest.mark.parametrize(
    "main, words",
    [
        (f"{SENDER} = permit_sasl_authenticated,\n reject_sender_login_mismatch\n", "may use any sender"),
        (
            f"{SENDER} = permit_mynetworks, PERMIT_sasl_authenticated,\n reject_known_sender_login_mismatch\n",
            "may use any sender",
        ),
        (f"{RECIPIENT} = permit_auth_destination,\n reject_rbl_client bl.example, reject\n", "never gets there"),
        (f"{RECIPIENT} = permit_auth_destination,\n check_policy_service inet:127.0.0.1:1\n", "never gets there"),
        (f"{RELAY} = permit_mx_backup,\n reject_unauth_destination\n", "lets an MX record of a domain point here"),
        (f"{RELAY} = permit_tls_all_clientcerts,\n defer_unauth_destination\n", "a certificate of any CA"),
    ],
)
def test_what_is_disarmed(write: Write, main: str, words: str) -> None:
    """A warning at what is disarmed, which names the permission with its line."""
    written = write(main)
    ((severity, where, what),) = told(disarmed.judge(written, configured(written)))
    assert (severity, where) == ("warning", "main.cf:6")
    assert "(main.cf:5) in front of" in what
    assert words in what


@pytest.mark.parametrize(
    "main",
    [
        f"{SENDER} = reject_sender_login_mismatch, permit_sasl_authenticated\n",
        f"{SENDER} = permit_sasl_authenticated\n{RECIPIENT} = reject_sender_login_mismatch\n",
        f"{RECIPIENT} = permit_auth_destination, reject\n",
        f"{RELAY} = permit_mx_backup, reject_unauth_destination\npermit_mx_backup_networks = 192.0.2.0/24\n",
        f"{RELAY} = permit_mynetworks, reject_unauth_destination\n",
    ],
)
def test_what_is_in_order(write: Write, main: str) -> None:
    """The other way round, in another list, or limited."""
    written = write(main)
    assert told(disarmed.judge(written, configured(written))) == []


@pytest.mark.parametrize(
    "permit, remedy",
    [
        ("permit_mx_backup", "take permit_mx_backup out, or set permit_mx_backup_networks"),
        ("permit_tls_all_clientcerts", "take permit_tls_all_clientcerts out"),
    ],
)
def test_the_remedy(write: Write, permit: str, remedy: str) -> None:
    """A parameter that makes it harmless is named where there is one."""
    written = write(f"{RELAY} = {permit}, reject_unauth_destination\n")
    (finding,) = disarmed.judge(written, configured(written))
    assert finding.remedy == remedy
