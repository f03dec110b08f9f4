"""The services without which no mail passes a mail host: smtpd(8) waits for them for as long as nobody listens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postfix_lab.errors import InputError
from postfix_lab.postfix.files import master_cf
from postfix_lab.postfix.parameters import ETC

if TYPE_CHECKING:
    from postfix_lab.fit.fitted import Fitted
    from postfix_lab.fit.source import Source

_REQUIRED = {"cleanup_service_name": "cleanup", "queue_service_name": "qmgr", "rewrite_service_name": "rewrite"}
"""The parameter that names the service (postconf(5)), and its default."""
_USUAL = (
    "bounce", "defer", "trace", "error", "retry", "anvil", "proxymap", "tlsmgr", "scache", "local", "virtual", "lmtp",
)  # fmt: skip
"""Further services that each release of Debian has, and that Postfix asks for by itself."""


def missing_services(fitted: Fitted, source: Source) -> InputError | None:
    """Return the error for a master.cf without a service that every mail needs; None if it has all of them."""
    text = fitted.files[f"{ETC}/master.cf"].text
    names = {service.name for service in master_cf.read(text, "master.cf")}
    lacking = [name for name in (fitted.value(key) or usual for key, usual in _REQUIRED.items()) if name not in names]
    if not lacking:
        return None
    besides = [name for name in _USUAL if name not in names]
    more = f" (and no {', '.join(besides)})" if besides else ""
    return InputError(
        f"no mail can pass: master.cf has no service {', '.join(lacking)}{more}, and smtpd waits for it; take the "
        "lines over from Debian's own master.cf, /usr/share/postfix/master.cf.dist",
        source.path(source.master or source.main),
    )
