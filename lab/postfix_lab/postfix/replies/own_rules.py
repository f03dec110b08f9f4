"""What smtpd(8) and cleanup(8) demand outside of smtpd's restriction lists, and the parameter behind each demand.

Which demand it was is read from the log where a line says it; the text of the reply is asked only for demands that
are logged nowhere, and only after the trace has shown that no restriction gave that reply. Sources: smtpd.c,
smtpd_check.c, smtpd_sasl_proto.c, cleanup_map1n.c, cleanup_message.c, cleanup_strerror.c of 3.5 to 3.10.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

CHECKS = (
    "header_checks",
    "mime_header_checks",
    "nested_header_checks",
    "body_checks",
    "milter_header_checks",
)
"""The tables that cleanup(8) looks a message's lines up in."""
MILTERS = "smtpd_milters"
PROXY = "smtpd_proxy_filter"
SPACE = "queue_minfree"
NOT_ANSWERED = "milter_default_action"
STRICT = "strict_rfc821_envelopes"


@dataclass(frozen=True)
class OwnRule:
    """A demand, how it is recognized, and the parameters that decide about it, the first that is set first."""

    pattern: str
    parameters: tuple[str, ...]
    meaning: str


LOGGED = (
    OwnRule(
        r"Connection rate limit exceeded: ",
        ("smtpd_client_connection_rate_limit",),
        "the client connected too often in one anvil_rate_time_unit",
    ),
    OwnRule(
        r"Connection concurrency limit exceeded: ",
        ("smtpd_client_connection_count_limit",),
        "the client has too many connections at a time",
    ),
    OwnRule(
        r"Message delivery request rate limit exceeded: ",
        ("smtpd_client_message_rate_limit",),
        "the client sent too many messages in one anvil_rate_time_unit",
    ),
    OwnRule(
        r"Recipient address rate limit exceeded: ",
        ("smtpd_client_recipient_rate_limit",),
        "the client named too many recipients in one anvil_rate_time_unit",
    ),
    OwnRule(
        r"New TLS session rate limit exceeded: ",
        ("smtpd_client_new_tls_session_rate_limit",),
        "the client began too many TLS sessions in one anvil_rate_time_unit",
    ),
    OwnRule(
        r"AUTH command rate limit exceeded: ",
        ("smtpd_client_auth_rate_limit",),
        "the client tried to log in too often in one anvil_rate_time_unit",
    ),
    OwnRule(
        r"not enough free space in mail queue: ",
        (SPACE, "message_size_limit"),
        "the disk of the queue has not the free space that the mail host wants",
    ),
    OwnRule(
        r"(?:\w+: )?queue file size limit exceeded", ("message_size_limit",), "the message is larger than the limit"
    ),
    OwnRule(
        r"(?:\w+: )?message rejected: hopcount exceeded",
        ("hopcount_limit",),
        "the message has more Received headers than the limit: it may be in a loop",
    ),
    OwnRule(
        r"(?:\w+: )?unreasonable (?P<maps>\w+) map nesting for (?P<key>\S+)",
        ("virtual_alias_recursion_limit",),
        "an alias leads back to itself",
    ),
    OwnRule(
        r"(?:\w+: )?unreasonable (?P<maps>\w+) map expansion size for (?P<key>\S+)",
        ("virtual_alias_expansion_limit",),
        "an alias has more recipients than the limit",
    ),
    OwnRule(r"(?:\w+: )?(?P<maps>\w+) map lookup problem for (?P<key>\S+)", (), "a table could not be asked"),
    OwnRule(
        r"\w+: reject: mime-error improper use of 8-bit data in message header",
        ("strict_7bit_headers", "strict_8bitmime"),
        "a header has octets above 127",
    ),
    OwnRule(
        r"\w+: reject: mime-error improper use of 8-bit data in message body",
        ("strict_8bitmime_body", "strict_8bitmime"),
        "a body that is declared to have 7 bits has octets above 127",
    ),
    OwnRule(
        r"\w+: reject: mime-error improper message/\* or multipart/\* encoding domain",
        ("strict_mime_encoding_domain",),
        "a message/* or multipart/* part has an encoding that it must not have",
    ),
    OwnRule(
        r"\w+: reject: mime-error nesting level exceeds limit",
        ("mime_nesting_limit",),
        "the MIME parts are nested too deeply",
    ),
    OwnRule(
        r"\w+: reject: mime-error message header length exceeds safety limit",
        ("header_size_limit",),
        "a header is longer than the limit",
    ),
    OwnRule(
        r"\w+: reject: content ", ("message_reject_characters",), "the message has a character that is not allowed"
    ),
    OwnRule(
        r"(?:connect to proxy filter|timeout talking to proxy|lost connection with proxy|error talking to proxy) ",
        (PROXY,),
        "the proxy filter could not be asked, or did not answer",
    ),
    OwnRule(r"(?:\w+: )?write queue file: No space left", ("queue_directory",), "the disk of the queue is full"),
    OwnRule(r"non-SMTP command from ", ("smtpd_forbidden_commands",), "the client said what is no SMTP command"),
    OwnRule(
        r"SASL authentication failure: |.*: SASL \S+ authentication failed",
        ("smtpd_sasl_path", "smtpd_sasl_type"),
        "the login service did not accept user and password",
    ),
)
"""Demands that a warning tells, by its text; `maps` and `key` are the table's parameter and what was looked up."""
SAID = (
    OwnRule(
        r"530 5\.7\.0 Must issue a STARTTLS command first",
        ("smtpd_tls_security_level", "smtpd_enforce_tls"),
        "the service wants TLS first",
    ),
    OwnRule(r"538 ", ("smtpd_tls_auth_only",), "the service takes a login only over TLS"),
    OwnRule(
        r"503 5\.5\.1 Error: authentication not enabled", ("smtpd_sasl_auth_enable",), "the service takes no login"
    ),
    OwnRule(
        r"535 5\.7\.8 ", ("smtpd_sasl_path", "smtpd_sasl_type"), "the login service did not accept user and password"
    ),
    OwnRule(
        r"454 4\.7\.0 Temporary authentication failure",
        ("smtpd_sasl_path", "smtpd_sasl_type"),
        "the login service could not be asked",
    ),
    OwnRule(
        r"454 4\.7\.0 TLS not available",
        ("smtpd_tls_chain_files", "smtpd_tls_cert_file"),
        "the service cannot do TLS with its certificate and key",
    ),
    OwnRule(
        r"50[23] 5\.5\.1 Error: (?:send HELO/EHLO first)",
        ("smtpd_helo_required",),
        "the service wants HELO or EHLO first",
    ),
    OwnRule(
        r"452 4\.5\.3 Error: too many recipients",
        ("smtpd_recipient_limit",),
        "the message has more recipients than the limit",
    ),
    OwnRule(r"502 5\.5\.1 VRFY command is disabled", ("disable_vrfy_command",), "the service answers no VRFY"),
    OwnRule(
        r"421 4\.7\.0 \S+ Error: too many errors",
        ("smtpd_hard_error_limit",),
        "the client made as many errors as the limit, junk commands included",
    ),
    OwnRule(r"421 4\.4\.2 \S+ Error: timeout exceeded", ("smtpd_timeout",), "the client was silent for too long"),
    OwnRule(
        r"5\d\d 5\.5\.\d (?:\S+ )?Error: SMTP protocol synchronization",
        ("smtpd_forbid_unauth_pipelining",),
        "the client spoke before it was its turn",
    ),
    OwnRule(
        r"5\d\d 5\.5\.2 \S+ Error: bare <LF> received",
        ("smtpd_forbid_bare_newline",),
        "a line of the message ends with a line feed alone",
    ),
    OwnRule(r"552 5\.3\.4 ", ("message_size_limit",), "the message is larger than the limit"),
    OwnRule(
        r"555 5\.5\.4 Unsupported option: SMTPUTF8", ("smtputf8_enable",), "the service takes no mail with SMTPUTF8"
    ),
    OwnRule(
        r"554 5\.4\.0 Error: too many hops",
        ("hopcount_limit",),
        "the message has more Received headers than the limit: it may be in a loop",
    ),
    OwnRule(
        r"221 2\.7\.0 Error: I can break rules, too",
        ("smtpd_forbidden_commands",),
        "the client said what is no SMTP command",
    ),
)
"""Demands that no line of the log tells, by the beginning of the reply."""
LIMITS = ("smtpd_junk_command_limit", "smtpd_soft_error_limit")
PARAMETERS = tuple(
    dict.fromkeys(
        (
            *CHECKS,
            MILTERS,
            PROXY,
            NOT_ANSWERED,
            STRICT,
            *(name for rule in (*LOGGED, *SAID) for name in rule.parameters),
        )
    )
)
"""Every parameter that can be behind a refusal outside of the restriction lists."""
SYNTAX = re.compile(
    r"50[0-4] |5\d\d 5\.5\.[0-9]+ |501 5\.1\.\d |554 5\.5\.1 Error: no valid recipients|553 5\.6\.7 |421 4\.3\.0 "
)
"""Replies of smtpd to a command that is malformed, out of order or unknown: RFC 5321 decides, no parameter."""


def logged_rule(texts: Iterable[str]) -> tuple[OwnRule, re.Match[str], str] | None:
    """The demand that one of these log texts, levels removed, speaks of, the match, and the text; None if none does."""
    for text in texts:
        for rule in LOGGED:
            if found := re.match(rule.pattern, text):
                return rule, found, text
    return None


def said_rule(reply: str) -> OwnRule | None:
    """The demand of which no log line speaks, by a reply that no restriction gave; None if it is none of these."""
    return next((rule for rule in SAID if re.match(rule.pattern, reply)), None)
