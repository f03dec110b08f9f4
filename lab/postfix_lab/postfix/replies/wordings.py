"""Which restrictions can have given a reply: the texts of smtpd_check.c, each with the function that makes it.

There are two uses. A deferral by `defer_if_permit` is given after all lists have ended, and only its text shows which
restriction it is from. And a test compares every explanation with its reply, independently of the verbose log.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_TABLES = r"check_\w+_access|check_policy_service|\w+:.*"
_FQDN_HELO = r"reject_non_fqdn_(?:helo_)?hostname"
_HELO = rf"reject_invalid_(?:helo_)?hostname|reject_unknown_(?:helo_)?hostname|{_FQDN_HELO}|permit_naked_ip_address"
_DOMAIN = r"reject_unknown_(?:sender_domain|recipient_domain|address)"
_VERIFIED = r"reject_unverified_(?:sender|recipient)"
_SENDER, _RECIPIENT = "Sender address rejected: ", "Recipient address rejected: "
_NO_DOMAIN = r"Domain (?:not found|\S* ?does not accept mail \(nullMX\))$"
_VERIFY = r"(?:address verification problem|unverified address|undeliverable address)"
_BLOCKED = r"reject_(?:rbl|rbl_client|maps_rbl|rhsbl_\w+)"
_UNLISTED = r"reject_unlisted_(?:sender|recipient)|check_recipient_maps"
_LOGIN = r"reject_(?:authenticated_|known_|unauthenticated_)?sender_login_mismatch"


_PUTS_OFF = rf"defer_if_permit|reject_unknown_(?:helo_)?hostname|{_DOMAIN}|{_VERIFIED}"

_SOFTENS = r"defer_if_reject|permit_mx_backup|permit_dnswl_client|permit_rhswl_client|reject_unauth_destination"


@dataclass(frozen=True)
class Wording:
    """A text of a reply and the restrictions that can give it."""

    text: str
    """A regular expression, searched for in the text after the codes."""
    restrictions: str
    """A regular expression for the whole name of a restriction."""
    source: str
    """The function of smtpd_check.c."""


WORDINGS = (
    Wording(
        r"^Client host rejected: cannot find your reverse hostname, \[",
        r"reject_unknown_reverse_client_hostname",
        "reject_unknown_reverse_name",
    ),
    Wording(
        r"^Client host rejected: cannot find your hostname, \[",
        r"reject_unknown_client(?:_hostname)?",
        "reject_unknown_client",
    ),
    Wording(r"^Session encryption is required$", r"reject_plaintext_session", "reject_plaintext_session"),
    Wording(r" rejected: invalid ip address$", _HELO, "reject_invalid_hostaddr"),
    Wording(r" rejected: Invalid name$", r"reject_invalid_(?:helo_)?hostname", "reject_invalid_hostname"),
    Wording(r" rejected: need fully-qualified hostname$", _FQDN_HELO, "reject_non_fqdn_hostname"),
    Wording(r" rejected: Host not found$", r"reject_unknown_(?:helo_)?hostname", "reject_unknown_hostname"),
    Wording(rf"{_SENDER}{_NO_DOMAIN}", r"reject_unknown_(?:sender_domain|address)", "reject_unknown_mailhost"),
    Wording(rf"{_RECIPIENT}{_NO_DOMAIN}", r"reject_unknown_recipient_domain", "reject_unknown_mailhost"),
    Wording(
        r" rejected: Malformed DNS server reply$",
        rf"{_DOMAIN}|reject_unknown_(?:helo_)?hostname",
        "reject_unknown_mailhost, reject_unknown_hostname",
    ),
    Wording(
        r": Relay access denied$",
        r"(?:reject|defer)_unauth_destination|check_relay_domains",
        "reject_unauth_destination, check_relay_domains",
    ),
    Wording(
        r" rejected: Improper use of SMTP command pipelining$", r"reject_unauth_pipelining", "reject_unauth_pipelining"
    ),
    Wording(r" rejected: Unable to (?:look up|verify) ", r"permit_mx_backup", "all_auth_mx_addr, permit_mx_backup"),
    Wording(rf"{_SENDER}need fully-qualified address$", r"reject_non_fqdn_sender", "reject_non_fqdn_address"),
    Wording(rf"{_RECIPIENT}need fully-qualified address$", r"reject_non_fqdn_recipient", "reject_non_fqdn_address"),
    Wording(rf"{_SENDER}{_VERIFY}", r"reject_unverified_sender", "reject_unverified_address"),
    Wording(rf"{_RECIPIENT}{_VERIFY}", r"reject_unverified_recipient", "reject_unverified_address"),
    Wording(r"^Service unavailable; .* blocked using ", _BLOCKED, "rbl_reject_reply"),
    Wording(r"^Service unavailable$", rf"{_BLOCKED}|permit_dnswl_client|permit_rhswl_client", "rbl_reject_reply"),
    Wording(
        r" rejected: Service unavailable$",
        rf"{_TABLES}|permit_dnswl_client|permit_rhswl_client",
        "check_table_result, permit_dnswl_addr, permit_dnswl_domain",
    ),
    Wording(r" rejected: not (?:owned by user .*|logged in)$", _LOGIN, "reject_auth_sender_login_mismatch"),
    Wording(r" rejected: Try again later$", rf"defer|{_TABLES}", "generic_checks"),
    Wording(r" rejected: Access denied$", rf"reject|{_TABLES}", "generic_checks, check_table_result"),
    Wording(r" rejected: defer_if_(?:permit|reject) requested$", r"defer_if_(?:permit|reject)", "generic_checks"),
    Wording(r" rejected: Multi-recipient bounce$", r"reject_multi_recipient_bounce", "generic_checks"),
    Wording(rf"{_SENDER}User unknown", r"reject_unlisted_sender", "check_rcpt_maps"),
    Wording(rf"{_RECIPIENT}User unknown", r"reject_unlisted_recipient|check_recipient_maps", "check_rcpt_maps"),
    Wording(r"Temporary lookup failure$", rf"{_TABLES}|{_UNLISTED}|reject_.*|permit_.*|defer_.*", "reject_dict_retry"),
    Wording(r"^Server configuration error$", r".*", "reject_server_error"),
    Wording(r" rejected: ", rf"{_TABLES}|{_UNLISTED}|{_VERIFIED}", "check_table_result, check_rcpt_maps"),
    Wording(r"", rf"{_TABLES}|{_BLOCKED}", "check_table_result, rbl_reject_reply: texts that the admin writes"),
)
"""The first that matches counts; the last ones are for texts written by an admin, a table or a policy service."""


def wording(text: str) -> Wording:
    """The entry for the text of a reply without its codes."""
    return next(known for known in WORDINGS if re.search(known.text, text))


def can_say(restriction: str, text: str) -> bool:
    """Whether a restriction of that name can have given a reply with that text.

    >>> can_say("reject_unauth_destination", "<x@far.example>: Relay access denied")
    True
    >>> can_say("permit_mynetworks", "<x@far.example>: Relay access denied")
    False
    """
    return re.fullmatch(wording(text).restrictions, restriction, re.IGNORECASE) is not None


def is_table(restriction: str) -> bool:
    """Whether a restriction of that name asks an access(5) table or a policy service."""
    return re.fullmatch(_TABLES, restriction, re.IGNORECASE) is not None


def can_put_off(restriction: str, answers: Iterable[str]) -> bool:
    """Whether a restriction can have set `defer_if_permit` (DEFER_IF_PERMIT2 to 4), which is not logged.

    A table or a policy service does so by its answer, which is logged.
    """
    if is_table(restriction):
        return any(answer.lower().startswith("defer_if_permit") for answer in answers)
    return re.fullmatch(_PUTS_OFF, restriction, re.IGNORECASE) is not None


def can_soften(restriction: str, answers: Iterable[str]) -> bool:
    """Whether a restriction can have set `defer_if_reject` (DEFER_IF_REJECT2 to 4): a later refusal has its text."""
    if is_table(restriction):
        return any(answer.lower().startswith("defer_if_reject") for answer in answers)
    return re.fullmatch(_SOFTENS, restriction, re.IGNORECASE) is not None
