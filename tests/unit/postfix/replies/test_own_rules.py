"""Which demand a warning or a reply speaks of."""

from __future__ import annotations

import pytest

from postfix_lab.postfix.replies.own_rules import PARAMETERS, SYNTAX, logged_rule, said_rule


@pytest.mark.parametrize(
    "text, parameter",
    [
        ("Connection rate limit exceeded: 2 from a[192.0.2.1] for service smtp", "smtpd_client_connection_rate_limit"),
        ("Connection concurrency limit exceeded: 9 from a[192.0.2.1]", "smtpd_client_connection_count_limit"),
        ("8650C1A02A1: queue file size limit exceeded", "message_size_limit"),
        ("8650C1A02A1: message rejected: hopcount exceeded", "hopcount_limit"),
        ("8650C1A02A1: unreasonable virtual_alias_maps map nesting for a@b.test -- m", "virtual_alias_recursion_limit"),
    ],
)
def test_logged(text: str, parameter: str) -> None:
    """The first of the texts that is known counts."""
    found = logged_rule(["hostname x does not resolve", text, "8650C1A02A1: queue file size limit exceeded"])
    assert found is not None
    assert (found[0].parameters[0], found[2]) == (parameter, text)


def test_looked_up() -> None:
    """A warning about a table says which parameter and which key."""
    found = logged_rule(["8650C1A02A1: unreasonable virtual_alias_maps map nesting for a@b.test -- message not accepted"])
    assert found is not None
    assert found[1].groupdict() == {"maps": "virtual_alias_maps", "key": "a@b.test"}
    assert logged_rule(["lost connection"]) is None


@pytest.mark.parametrize(
    "reply, parameter",
    [
        ("530 5.7.0 Must issue a STARTTLS command first", "smtpd_tls_security_level"),
        ("538 5.7.0 Encryption required for requested authentication mechanism", "smtpd_tls_auth_only"),
        ("503 5.5.1 Error: send HELO/EHLO first", "smtpd_helo_required"),
        ("421 4.7.0 mx.lab.test Error: too many errors", "smtpd_hard_error_limit"),
        ("550 5.5.2 mx.lab.test Error: bare <LF> received", "smtpd_forbid_bare_newline"),
    ],
)
def test_said(reply: str, parameter: str) -> None:
    """What no line of the log tells."""
    rule = said_rule(reply)
    assert rule is not None
    assert rule.parameters[0] == parameter
    assert parameter in PARAMETERS


def test_syntax() -> None:
    """A command that is malformed, unknown or out of order is refused by no parameter."""
    assert said_rule("502 5.5.2 Error: command not recognized") is None
    assert SYNTAX.match("500 5.5.2 Error: command not recognized")
    assert SYNTAX.match("503 5.5.1 Error: need RCPT command")
    assert not SYNTAX.match("554 5.7.1 <a@b>: Relay access denied")
    assert not SYNTAX.match("451 4.3.0 Error: queue file write error")
