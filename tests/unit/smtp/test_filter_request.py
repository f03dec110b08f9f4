"""What a milter or a policy service was given, as text."""

from __future__ import annotations

from postfix_lab.smtp.filter_request import FilterRequest, request_line, request_summary

GIVEN = {"sender": "<ann@x>", "parameters": "", "{auth_authen}": "a\nnn", "value": "v" * 300}
ASKED = FilterRequest(0.0, "milter", "inet:1", 3, "MAIL", GIVEN, "continue")


def test_line() -> None:
    """All that was given and is not empty, on one line, shortened."""
    start = "1970-01-01T00:00:00.000000+00:00 milter inet:1 connection 3 MAIL sender=<ann@x> {auth_authen}=a\\nnn value="
    assert request_line(ASKED) == f"{start}{'v' * 197}... -> continue"


def test_summary() -> None:
    """Arguments without macros; an answer that was not given is told."""
    assert request_summary(ASKED) == f"inet:1 MAIL {'v' * 57}... <ann@x> -> continue"
    silent = FilterRequest(0.0, "policy", "unix:/p", 1, "RCPT", {"client_address": "192.0.2.1", "recipient": "b@x"}, "")
    assert request_summary(silent) == "unix:/p RCPT 192.0.2.1 b@x -> (nothing)"
