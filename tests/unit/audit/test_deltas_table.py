"""What was replaced, one line a kind."""

from __future__ import annotations

from postfix_lab.audit.deltas_table import delta_summary
from postfix_lab.fit.delta import MISSING, Delta


def test_one_line_a_kind() -> None:
    """Tables of one type and stubs of one role are counted; what is always replaced is one line."""
    deltas = (
        Delta("local_transport", "lmtp:x", "why"),
        Delta("rsyslog", "forwards", "why"),
        *(Delta(f"mysql:/etc/postfix/{n}.cf (relay_domains)", "empty", "why") for n in range(23)),
        Delta("proxy:ldap:/etc/postfix/l.cf (relay_domains)", "empty", "why"),
        Delta("hash:/etc/postfix/a, hash:/etc/postfix/b", "compiled", "why"),
        Delta("inet:127.0.0.1:7777 (smtpd_recipient_restrictions)", "a policy that says accept", "why"),
        Delta("inet:127.0.0.1:7778 (smtpd_recipient_restrictions)", "a policy that says accept, at inet:127.0.0.1:9", "why"),
        Delta("unix:passwd.byname (local_recipient_maps)", "every recipient exists", "why"),
        Delta("canary", "off", "why"),
    )
    assert list(delta_summary(deltas)) == [
        "replaced local_transport, rsyslog",
        "         mysql x 23 = a stand-in",
        "         ldap = a stand-in",
        "         hash = compiled",
        "         a policy x 2 = a stand-in that accepts",
        "         unix:passwd.byname (local_recipient_maps) = every recipient exists",
        "         canary = off",
    ]


def test_what_findings_say() -> None:
    """What is missing, what nothing reads and what postconf(1) warns of are findings."""
    deltas = (Delta("hash:/etc/postfix/x", MISSING, "why"), Delta("odd", "without effect", "why"), Delta("warning of postconf", "as it is", "why"))
    assert list(delta_summary(deltas)) == ["replaced nothing"]
    assert list(delta_summary((*deltas, Delta("canary", "off", "why")))) == ["replaced", "         canary = off"]
