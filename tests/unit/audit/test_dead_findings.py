"""Whole findings about restrictions without effect."""

from __future__ import annotations

import pytest

from postfix_lab.audit import dead
from tests.unit.audit.conftest import Write, configured
from tests.unit.audit.shown import finding_lines


@pytest.mark.parametrize(
    "main, master, files, services, lines",
    [
        ("smtpd_recipient_restrictions = permit, reject_rbl_client bl.example\n", "", {}, {}, [
            "dead-restriction warning main.cf:5: smtpd_recipient_restrictions: reject_rbl_client bl.example can never fire: permit in front of it (main.cf:5) always decides [move it in front of permit, or take it out]",
        ]),
        ("smtpd_recipient_restrictions = permit_mynetworks, defer, permit, reject\n", "", {}, {}, [
            "dead-restriction warning main.cf:5: smtpd_recipient_restrictions: permit and 1 more behind it can never fire: defer in front of it (main.cf:5) always decides [move it in front of defer, or take it out] <main.cf:5 reject>",
        ]),
        ("smtpd_recipient_restrictions = check_client_access static:OK, permit_mynetworks\n", "", {}, {}, [
            "dead-restriction warning main.cf:5: smtpd_recipient_restrictions: permit_mynetworks can never fire: check_client_access static:OK in front of it (main.cf:5) always decides [move it in front of check_client_access static:OK, or take it out]",
        ]),
        ("smtpd_recipient_restrictions = check_client_access static:{450 no}, permit_mynetworks\n", "", {}, {}, [
            "dead-restriction warning main.cf:5: smtpd_recipient_restrictions: permit_mynetworks can never fire: check_client_access static:{450 no} in front of it (main.cf:5) always decides [move it in front of check_client_access static:{450 no}, or take it out]",
        ]),
        ("smtpd_recipient_restrictions = check_client_access static:DUNNO, permit_mynetworks\n", "", {}, {}, [
        ]),
        ("smtpd_recipient_restrictions = check_recipient_access static:relay permit_mynetworks\n", "", {}, {}, [
            "dead-restriction warning main.cf:5: smtpd_recipient_restrictions: permit_mynetworks can never fire: check_recipient_access static:relay in front of it (main.cf:5) always decides [move it in front of check_recipient_access static:relay, or take it out]",
        ]),
        ("smtpd_recipient_restrictions = permit_auth_destination, reject_unauth_destination, reject_unknown_sender_domain\n", "", {}, {}, [
            "dead-restriction warning main.cf:5: smtpd_recipient_restrictions: reject_unknown_sender_domain can never fire: reject_unauth_destination in front of it (main.cf:5) always decides [move it in front of reject_unauth_destination, or take it out]",
        ]),
        ("smtpd_recipient_restrictions = defer_unauth_destination, permit_auth_destination, permit\n", "", {}, {}, [
            "dead-restriction warning main.cf:5: smtpd_recipient_restrictions: permit can never fire: permit_auth_destination in front of it (main.cf:5) always decides [move it in front of permit_auth_destination, or take it out]",
        ]),
        ("smtpd_recipient_restrictions = warn_if_reject reject, permit_mynetworks\n", "", {}, {}, [
        ]),
        ("smtpd_client_restrictions = reject\nsmtpd_recipient_restrictions = permit_mynetworks\n", "", {}, {}, [
            "dead-restriction warning main.cf:6: smtpd_recipient_restrictions: permit_mynetworks can never fire: smtpd_client_restrictions refuses everybody before, by reject (main.cf:5) [put something that permits in front of that reject, or take it out]",
        ]),
        ("smtpd_client_restrictions = permit_mynetworks, reject\nsmtpd_recipient_restrictions = permit_mynetworks\n", "", {}, {}, [
        ]),
        ("smtpd_client_restrictions = warn_if_reject reject\nsmtpd_recipient_restrictions = permit_mynetworks\n", "", {}, {}, [
        ]),
        ("smtpd_client_restrictions = warn_if_reject defer, reject\nsmtpd_recipient_restrictions = permit_mynetworks\n", "", {}, {}, [
            "dead-restriction warning main.cf:6: smtpd_recipient_restrictions: permit_mynetworks can never fire: smtpd_client_restrictions refuses everybody before, by reject (main.cf:5) [put something that permits in front of that reject, or take it out]",
        ]),
        ("smtpd_client_restrictions = reject_rbl_client a.example, reject\nsmtpd_recipient_restrictions = permit_mynetworks\n", "", {}, {}, [
            "dead-restriction warning main.cf:6: smtpd_recipient_restrictions: permit_mynetworks can never fire: smtpd_client_restrictions refuses everybody before, by reject (main.cf:5) [put something that permits in front of that reject, or take it out]",
        ]),
        ("smtpd_client_restrictions = hash:/etc/postfix/x, reject\nsmtpd_recipient_restrictions = permit_mynetworks\n", "", {"x": ""}, {}, [
        ]),
        ("smtpd_client_restrictions = check_client_access hash:/etc/postfix/x, reject\nsmtpd_recipient_restrictions = permit_mynetworks\n", "", {"x": ""}, {}, [
        ]),
        ("smtpd_restriction_classes = mine\nmine = permit\nsmtpd_client_restrictions = mine, reject\nsmtpd_recipient_restrictions = permit_mynetworks\n", "", {}, {}, [
        ]),
        ("smtpd_recipient_restrictions = reject\nsmtpd_data_restrictions = permit\nsmtpd_etrn_restrictions = permit_mynetworks, reject, permit\n", "", {}, {}, [
            "dead-restriction warning main.cf:6: smtpd_data_restrictions: permit can never fire: smtpd_recipient_restrictions refuses everybody before, by reject (main.cf:5) [put something that permits in front of that reject, or take it out]",
            "dead-restriction warning main.cf:7: smtpd_etrn_restrictions: permit can never fire: reject in front of it (main.cf:7) always decides [move it in front of reject, or take it out]",
        ]),
        ("smtpd_client_restrictions = defer\nsmtpd_recipient_restrictions = reject_unauth_destination\n", "587 inet n - y - - smtpd\n", {}, {"587/inet": {"smtpd_client_restrictions": ""}}, [
        ]),
        ("smtpd_delay_reject = no\nsmtpd_client_restrictions = reject_unauth_destination, reject_unknown_sender_domain, reject_invalid_helo_hostname, permit_mynetworks\n", "", {}, {}, [
            "dead-restriction warning main.cf:6: smtpd_client_restrictions: reject_unauth_destination and 2 more behind it can never fire: with smtpd_delay_reject = no its list runs before that is known [move it to smtpd_recipient_restrictions, or leave smtpd_delay_reject at yes] <main.cf:6 reject_unknown_sender_domain> <main.cf:6 reject_invalid_helo_hostname>",
        ]),
        ("smtpd_delay_reject = no\nsmtpd_helo_restrictions = reject_unlisted_recipient, reject_invalid_helo_hostname\nsmtpd_sender_restrictions = reject_unauth_destination, reject_unknown_sender_domain\n", "", {}, {}, [
            "dead-restriction warning main.cf:6: smtpd_helo_restrictions: reject_unlisted_recipient can never fire: with smtpd_delay_reject = no its list runs before that is known [move it to smtpd_recipient_restrictions, or leave smtpd_delay_reject at yes]",
            "dead-restriction warning main.cf:7: smtpd_sender_restrictions: reject_unauth_destination can never fire: with smtpd_delay_reject = no its list runs before that is known [move it to smtpd_recipient_restrictions, or leave smtpd_delay_reject at yes]",
        ]),
        ("smtpd_delay_reject = yes\nsmtpd_client_restrictions = reject_unauth_destination\n", "", {}, {}, [
        ]),
        ("smtpd_recipient_restrictions = permit_sasl_authenticated, permit_mynetworks\n", "", {}, {}, [
            "dead-restriction note main.cf:5: smtpd_recipient_restrictions: permit_sasl_authenticated can never fire: smtpd_sasl_auth_enable is not yes here [take it out, or set smtpd_sasl_auth_enable = yes]",
        ]),
        ("smtpd_recipient_restrictions = permit_sasl_authenticated, permit_mynetworks\nsmtpd_sasl_auth_enable = yes\n", "", {}, {}, [
        ]),
        ("smtpd_recipient_restrictions = permit_tls_clientcerts, permit_tls_all_clientcerts, reject_authenticated_sender_login_mismatch\n", "", {}, {}, [
            "dead-restriction note main.cf:5: smtpd_recipient_restrictions: permit_tls_clientcerts and 1 more behind it can never fire: smtpd_tls_ask_ccert is not yes here [take it out, or set smtpd_tls_ask_ccert = yes] <main.cf:5 permit_tls_all_clientcerts>",
            "dead-restriction note main.cf:5: smtpd_recipient_restrictions: reject_authenticated_sender_login_mismatch can never fire: smtpd_sasl_auth_enable is not yes here [take it out, or set smtpd_sasl_auth_enable = yes]",
        ]),
        ("smtpd_recipient_restrictions = permit_tls_clientcerts\nsmtpd_tls_ask_ccert = yes\n", "", {}, {}, [
        ]),
        ("smtpd_recipient_restrictions = permit_mynetworks, permit_mynetworks\n", "", {}, {}, [
            "dead-restriction note main.cf:5: smtpd_recipient_restrictions: permit_mynetworks can never fire: the same stands in front of it already [take one of the two out]",
        ]),
        ("smtpd_recipient_restrictions = reject_rbl_client a.example, reject_rbl_client b.example, reject_rbl_client a.example\n", "", {}, {}, [
            "dead-restriction note main.cf:5: smtpd_recipient_restrictions: reject_rbl_client a.example can never fire: the same stands in front of it already [take one of the two out]",
        ]),
        ("smtpd_recipient_restrictions = permit_mynetworks\n", "", {}, {"smtp/inet": {"smtpd_recipient_restrictions": "permit"}}, [
            "dead-restriction warning main.cf:5: smtpd_recipient_restrictions of main.cf can never fire: every smtpd of master.cf has its own [take it out, or take the -o smtpd_recipient_restrictions out of the services that shall have it]",
        ]),
        ("smtpd_recipient_restrictions = permit_mynetworks\n", "587 inet n - y - - smtpd\n", {}, {"smtp/inet": {"smtpd_recipient_restrictions": "permit"}, "587/inet": {"smtpd_recipient_restrictions": "reject"}}, [
            "dead-restriction warning main.cf:5: smtpd_recipient_restrictions of main.cf can never fire: every smtpd of master.cf has its own [take it out, or take the -o smtpd_recipient_restrictions out of the services that shall have it]",
        ]),
        ("smtpd_recipient_restrictions = permit_mynetworks\n", "587 inet n - y - - smtpd\n", {}, {"smtp/inet": {"smtpd_recipient_restrictions": "permit"}}, [
        ]),
        ("", "587 inet n - y - - smtpd\n  -o smtpd_recipient_restrictions=permit,reject\n", {}, {"587/inet": {"smtpd_recipient_restrictions": "permit,reject"}}, [
            "dead-restriction warning master.cf:5: smtpd_recipient_restrictions: reject can never fire: permit in front of it (master.cf:5) always decides [move it in front of permit, or take it out]",
        ]),
        ("smtpd_restriction_classes = lost, kept\nlost = reject\nkept = permit, reject\nsmtpd_recipient_restrictions = kept\n", "", {}, {}, [
            "dead-restriction warning main.cf:6: the restriction class lost can never fire: no list and no table names it [name it in a list or in a table, or take it out]",
        ]),
        ("smtpd_restriction_classes = lost\nlost = reject\nsmtpd_recipient_restrictions = check_client_access hash:/etc/postfix/who\n", "", {"who": "192.0.2.9 LOST\n"}, {}, [
        ]),
        ("smtpd_restriction_classes = lost\nlost = reject\nsmtpd_recipient_restrictions = check_client_access hash:/etc/postfix/who\n", "", {"who": "192.0.2.9 lost-one\n"}, {}, [
            "dead-restriction warning main.cf:6: the restriction class lost can never fire: no list and no table names it [name it in a list or in a table, or take it out]",
        ]),
        ("smtpd_restriction_classes = lost\nlost = reject\nsmtpd_recipient_restrictions = check_client_access hash:/etc/postfix/none\n", "", {}, {}, [
        ]),
        ("smtpd_restriction_classes = lost\nlost = reject\nsmtpd_recipient_restrictions = check_client_access proxy:mysql:/etc/postfix/who\n", "", {"who": ""}, {}, [
        ]),
        ("smtpd_restriction_classes = lost\nlost = reject\nsmtpd_recipient_restrictions = check_client_access inline:{a=b}\n", "", {}, {}, [
            "dead-restriction warning main.cf:6: the restriction class lost can never fire: no list and no table names it [name it in a list or in a table, or take it out]",
        ]),
    ],
)  # fmt: skip
def test_whole_findings(
    write: Write, main: str, master: str, files: dict[str, str], services: dict[str, dict[str, str]], lines: list[str]
) -> None:
    """Which restriction, why, where, and what to do."""
    written = write(main, master, files)
    found = dead.judge(written, configured(written, **{name.replace("/", "__"): own for name, own in services.items()}))
    assert finding_lines(found) == lines
