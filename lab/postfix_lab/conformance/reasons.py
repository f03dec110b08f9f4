"""The explanation of each case that does not agree fully, in a sentence or two.

The run establishes the cause; the explanation was found by investigation. A differing case without an
explanation fails, so that no difference goes unexplained.
"""

from __future__ import annotations

_ONLY_TXT = "records of type SPF (99) are no longer looked up (RFC 7208 section 3.1)"
_MAPPED = "an IPv4 client, IPv4-mapped or not, matches no `ip6` (RFC 7208 section 5)"
_UNDEFINED = (
    "still two results: RFC 7208 section 4.8 leaves open what a name that DNS cannot carry leads to; "
    "only the preference is turned round"
)
_NUL = (
    "The record ends in an octet NUL, and policyd-spf writes the offending term into its log. On Debian 11 and 12 its "
    "line and smtpd's reply just end there. Python 3.13's `syslog()` refuses a NUL: on Debian 13 policyd-spf dies of "
    "ValueError, smtpd starts it once more in vain, and answers 451 4.3.5 after a second. Whoever publishes "
    "such a record can make it die with each message."
)

DIFFERS = {
    "toolonglabel": (
        "A label of the sender's domain has 64 octets. smtpd does not take such an address in MAIL FROM, so "
        "policyd-spf is never asked. pyspf alone says *none*, as it should."
    ),
    "emptylabel": (
        "The sender's domain has empty labels. smtpd does not take such an address in MAIL FROM, and quotes are of no "
        "help in a domain. pyspf alone says *none*, as it should."
    ),
    "dorky-sentinel": (
        "The explanation holds `%{l}`, the local part. policyd-spf puts all that smtpd tells it into lower case before "
        "pyspf sees it, though the case of a local part counts (RFC 5321 section 2.4)."
    ),
    "a-dash-in-toplabel": (
        "The record names a host whose last label is `xn--zckzah`. py3dns turns `xn--` labels of an answer into "
        "Unicode, so pyspf looks for the answer to its question under another name and finds none. Every SPF record "
        "that names an internationalised host in `a` fails so where pyspf uses py3dns."
    ),
    "a-null": _NUL,
    "mx-null": _NUL,
}
"""Cases that differ, on one release at least."""

NARROWED = {
    "txtonly": _ONLY_TXT,
    "spfonly": _ONLY_TXT,
    "spftimeout": _ONLY_TXT,
    "txttimeout": _ONLY_TXT,
    "nospftxttimeout": _ONLY_TXT,
    "spfoverride": _ONLY_TXT,
    "multitxt1": _ONLY_TXT,
    "multispf2": _ONLY_TXT,
    "invalid-domain-empty-label": _UNDEFINED,
    "invalid-domain-long": _UNDEFINED,
    "invalid-domain-long-via-macro": _UNDEFINED,
    "exists-dnserr": "a lookup that fails is a temperror, in `exists` too (RFC 7208 section 5)",
    "cidr6-0-ip4": _MAPPED,
    "cidr6-ip4": _MAPPED,
    "mx-limit": "more than ten MX records are a permerror (RFC 7208 section 4.6.4)",
}
"""Cases of RFC 4408's suite that RFC 7208's wants otherwise, and why."""
