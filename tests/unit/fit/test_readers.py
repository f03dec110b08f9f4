"""Which daemons look a table up."""

from __future__ import annotations

from pathlib import Path

import pytest

from postfix_lab.fit.choices import Choices
from postfix_lab.fit.draft import Setting, begin_draft
from postfix_lab.fit.readers import readers
from postfix_lab.runtime.admin_folder import read_source

MASTER = """smtp inet n - y - - smtpd
587 inet n - n - - smtpd
  -o local_recipient_maps=
cleanup unix n - y - 0 cleanup
rewrite unix - - y - - trivial-rewrite
proxymap unix - - n - - proxymap
smtp unix - - y - - smtp
"""


@pytest.mark.parametrize(
    "name, written, services",
    [
        ("smtpd_sender_login_maps", "unix:passwd.byname", ["smtp", "587"]),
        ("local_recipient_maps", "unix:passwd.byname", ["smtp"]),
        ("local_recipient_maps", "proxy:unix:passwd.byname", ["proxymap"]),
        ("virtual_alias_maps", "hash:/a", ["smtp", "587", "cleanup", "rewrite"]),
        ("transport_maps", "hash:/a", ["rewrite"]),
        ("header_checks", "regexp:/a", ["cleanup"]),
        ("smtp_sasl_password_maps", "hash:/a", ["smtp"]),
        ("local_login_sender_maps", "unix:passwd.byname", []),
    ],
)
def test_readers(tmp_path: Path, name: str, written: str, services: list[str]) -> None:
    """By the parameter; a service with a value of its own does not read that of main.cf."""
    (tmp_path / "main.cf").write_text("myhostname = mx.lab.test\n")
    (tmp_path / "master.cf").write_text(MASTER)
    draft = begin_draft(read_source(tmp_path), Choices(), {}, "")
    assert [service.name for service in readers(draft, Setting(name, written), written)] == services
    of_a_service = readers(draft, Setting(name, written, service=draft.services[1]), written)
    assert [service.name for service in of_a_service] == (["proxymap"] if written.startswith("proxy:") else ["587"])
