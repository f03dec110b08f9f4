"""All rules of practice."""

from __future__ import annotations

from postfix_lab.audit.finding import FindingKind
from postfix_lab.audit.practice import lint
from tests.unit.audit.conftest import Write, configured


def test_every_rule_is_asked(write: Write) -> None:
    """One configuration that breaks all of them."""
    main = (
        "smtpd_sasl_auth_enable = yes\nmessage_size_limit = 60000000\nrelay_domains = gmail.com\n"
        "mynetworks = 81.0.0.0/8 !81.1.1.1\nsmtpd_sender_restrictions = permit_sasl_authenticated,\n"
        " reject_sender_login_mismatch, reject_unverified_sender, check_sender_access hash:/etc/postfix/own,\n"
        " reject_rbl_client list.dsbl.org\n"
    )
    written = write(main, "smtps inet n - y - - smtpd\nlocal unix - n n - - local\n", {"own": "@a.example OK\n"})
    kinds = {finding.kind for finding in lint.judge(written, configured(written), 14)}
    assert kinds == {
        FindingKind.WRAPPERMODE, FindingKind.AUTH_IN_CLEAR, FindingKind.SIZES, FindingKind.CALLOUT, FindingKind.DISARMED,
        FindingKind.LIST_GONE, FindingKind.OTHERS_DOMAIN, FindingKind.PUBLIC_NETWORK, FindingKind.LATE_EXCEPTION,
        FindingKind.TABLE_KEY, FindingKind.LEVEL, FindingKind.TABLE_TYPE,
    }  # fmt: skip
    assert [one.kind for one in lint.judge(write("compatibility_level = 3.6\n"), configured(write()), 12)] == []
