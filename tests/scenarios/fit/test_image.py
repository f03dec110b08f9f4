"""What the fitting believes to be in the image is there, on every release."""

from __future__ import annotations

from postfix_lab import MailHost
from postfix_lab.postfix.parameters import DAEMONS, PLACES, PRESENT, USERS


def test_files_programs_and_users(mail_host: MailHost) -> None:
    """Each path, daemon and user exists."""
    wanted = [*PRESENT, *(f"/usr/lib/postfix/sbin/{name}" for name in DAEMONS)]
    assert mail_host.shell(f"for path in {' '.join(sorted(wanted))}; do test -e $path || echo $path; done") == ""
    assert mail_host.shell(f"for name in {' '.join(sorted(USERS))}; do getent passwd $name >/dev/null || echo $name; done") == ""


def test_places_are_debians(mail_host: MailHost) -> None:
    """The folders and owners are the package's own defaults, but for those that only documentation is in."""
    told = mail_host.shell(f"postconf -d {' '.join(PLACES)}")
    real = dict(line.split(" = ", 1) for line in told.splitlines())
    assert {name: real[name] for name in PLACES if PLACES[name] != "no"} == {
        name: place for name, place in PLACES.items() if place != "no"
    }
