"""The daemons that look a table up: smtpd(8), cleanup(8), trivial-rewrite(8), ..., or proxymap(8) for them."""

from __future__ import annotations

import re

from postfix_lab.fit.draft import Draft, Setting
from postfix_lab.postfix.files.master_cf import Service

_READERS = (
    (r"(recipient_|sender_)?canonical_maps|virtual_alias_maps|virtual_alias_domains",
     ("smtpd", "cleanup", "trivial-rewrite")),
    (r"transport_maps|relocated_maps|sender_dependent_\w+_maps|virtual_mailbox_domains|relay_domains|mydestination",
     ("trivial-rewrite",)),
    (r"\w*(header|body)_checks|\w+_bcc_maps", ("cleanup",)),
    (r"smtp_\w+", ("smtp",)),
    (r"lmtp_\w+", ("lmtp",)),
    (r"virtual_(uid|gid)_maps", ("virtual",)),
    (r"postscreen_\w+", ("postscreen",)),
    (r"alias_database|mailbox_(command|transport)_maps|fallback_transport_maps", ("local",)),
    (r"local_login_sender_maps", ()),
)  # fmt: skip
"""Parameters, and the daemons that look their tables up; smtpd(8) reads all others."""


def readers(draft: Draft, setting: Setting, written: str) -> tuple[Service, ...]:
    """The services of master.cf that look up a table of this setting, as written there (`proxy:hash:/path`)."""
    if written.startswith("proxy:"):
        return tuple(service for service in draft.services if service.command == "proxymap")
    if setting.service is not None:
        return (setting.service,)
    daemons = next((daemons for names, daemons in _READERS if re.fullmatch(names, setting.name)), ("smtpd",))
    mine = (service for daemon in daemons for service in draft.services if service.command == daemon)
    return tuple(service for service in mine if service.option(setting.name) is None)
