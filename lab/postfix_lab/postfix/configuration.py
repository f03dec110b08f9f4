"""The configuration that a session met, as far as an explanation needs it: the admin's files and postconf(1)'s values.

postconf(1) gives the values in effect: it knows the release's defaults and expands `$name`. The place of a value is
found in the admin's own files, so that line numbers are those of the file that the admin edits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from postfix_lab.postfix.files.lines import split_lines
from postfix_lab.postfix.replies.own_rules import PARAMETERS

LISTS = (
    "smtpd_client_restrictions",
    "smtpd_helo_restrictions",
    "smtpd_sender_restrictions",
    "smtpd_relay_restrictions",
    "smtpd_recipient_restrictions",
    "smtpd_data_restrictions",
    "smtpd_end_of_data_restrictions",
    "smtpd_etrn_restrictions",
)
"""The restriction lists of smtpd(8), in the order of a session's stages."""
CLASSES = "smtpd_restriction_classes"
SCREEN = (
    "postscreen_access_list",
    "postscreen_bare_newline_action",
    "postscreen_bare_newline_enable",
    "postscreen_blacklist_action",
    "postscreen_client_connection_count_limit",
    "postscreen_denylist_action",
    "postscreen_dnsbl_action",
    "postscreen_dnsbl_sites",
    "postscreen_dnsbl_threshold",
    "postscreen_greet_action",
    "postscreen_greet_wait",
    "postscreen_non_smtp_command_action",
    "postscreen_non_smtp_command_enable",
    "postscreen_pipelining_action",
    "postscreen_pipelining_enable",
    "postscreen_post_queue_limit",
)
"""The parameters that decide what postscreen(8) does."""
ROUTES = (
    "canonical_maps",
    "sender_canonical_maps",
    "recipient_canonical_maps",
    "virtual_alias_maps",
    "virtual_alias_domains",
    "virtual_mailbox_domains",
    "virtual_mailbox_maps",
    "local_recipient_maps",
    "relay_recipient_maps",
    "relay_domains",
    "mydestination",
    "alias_maps",
    "recipient_bcc_maps",
    "sender_bcc_maps",
    "always_bcc",
    "relocated_maps",
    "transport_maps",
    "sender_dependent_default_transport_maps",
    "sender_dependent_relayhost_maps",
    "relayhost",
    "local_transport",
    "virtual_transport",
    "relay_transport",
    "default_transport",
)
"""The parameters that decide where a mail goes."""
_ASKED = (
    *LISTS,
    *PARAMETERS,
    *ROUTES,
    *SCREEN,
    CLASSES,
    "cleanup_service_name",
    "compatibility_level",
    "smtpd_peername_lookup",
    "smtpd_delay_reject",
    "smtpd_relay_before_recipient_restrictions",
    "smtpd_reject_unlisted_recipient",
    "smtpd_reject_unlisted_sender",
)
_NO_LEVEL = (
    "main.cf has no compatibility_level, so Postfix takes 0: the defaults of before 3.0 are in effect, "
    "smtpd_relay_restrictions empty among them"
)
_NO_MASTER = "the folder has no master.cf, so the release's own is used"


@dataclass(frozen=True)
class Configured:
    """The admin's main.cf and master.cf, and the values in effect with the scenario's overrides."""

    main_cf: str
    master_cf: str
    overrides: tuple[str, ...] = ()
    """The parameters of main.cf that the scenario overrides."""
    values: Mapping[str, str] = field(default_factory=dict)
    """Parameter -> its value in effect, `$name` expanded (`postconf -x`)."""
    services: Mapping[str, dict[str, str]] = field(default_factory=dict)
    """`submission/inet` -> what its `-o` options set, expanded (`postconf -Px`)."""
    tables: Mapping[str, str] = field(default_factory=dict)
    """The sources of the admin's tables, by their path in the mail host."""
    own_master: bool = True
    """Whether the folder has a master.cf; without one the release's is used, whose text is `master_cf`."""

    def value(self, name: str, service: str = "") -> str:
        """The value of a parameter for a service; empty if the release does not know it."""
        return self.services.get(service, {}).get(name, self.values.get(name, ""))

    @property
    def notes(self) -> tuple[str, ...]:
        """What the files leave to Postfix, and changes what all else means."""
        level = self.values.get("compatibility_level")
        old = level == "0" and not re.search(r"^compatibility_level\s*=", self.main_cf, re.MULTILINE)
        return (
            *([_NO_LEVEL] if old and "compatibility_level" not in self.overrides else []),
            *([] if self.own_master else [_NO_MASTER]),
        )

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the admin's restriction classes."""
        return tuple(self.values.get(CLASSES, "").replace(",", " ").split())


def query_postconf(
    shell: Callable[[str], str],
    main_cf: str,
    master_cf: str,
    overrides: tuple[str, ...],
    tables: Mapping[str, str] | None = None,
) -> Configured:
    """Read the values in effect from a mail host's postconf(1); `shell` runs a shell command there.

    Without a master.cf it is the mail host's own, in which the lab keeps every line in its place.
    """
    values = _values(shell(f"postconf -x {' '.join(_ASKED)} 2>/dev/null"))
    classes = values.get(CLASSES, "").replace(",", " ").split()
    if known := [name for name in classes if name.replace("_", "").replace("-", "").isalnum()]:
        values |= _values(shell(f"postconf -x {' '.join(known)} 2>/dev/null"))
    services: dict[str, dict[str, str]] = {}
    for name, value in _values(shell("postconf -Px 2>/dev/null")).items():
        service, _, parameter = name.rpartition("/")
        services.setdefault(service, {})[parameter] = value
    own = bool(master_cf)
    master_cf = master_cf or shell("cat /etc/postfix/master.cf 2>/dev/null")
    return Configured(main_cf, master_cf, overrides, values, services, tables or {}, own)


def _values(printed: str) -> dict[str, str]:
    pairs = (line.partition("=") for line in split_lines(printed))
    return {name.strip(): value.strip() for name, equals, value in pairs if equals}
