"""The container that a mail host is: which image it is made of, and what it is called."""

from __future__ import annotations

from postfix_lab.engine.images import IMAGES
from postfix_lab.runtime.mail_host_plan import image, mail_host


def test_default_image() -> None:
    """Without further packages it is one of those that `make images` builds."""
    assert {image(debian) for debian in (11, 12, 13)} < set(IMAGES)
    assert mail_host(12).image == image(12) == "postfix-bookworm"


def test_further_packages() -> None:
    """A mail host that has them is made of another image, and is another container beside the default one."""
    plan = mail_host(12, packages=("opendkim", "opendkim-tools"))
    assert plan.image == "postfix-bookworm:opendkim,opendkim-tools"
    assert plan.name == "mail host, Debian 12 with opendkim, opendkim-tools"
    assert len({one.container_name("r") for one in (plan, mail_host(12), mail_host(12, 1), mail_host(12, 1, ("opendkim",)))}) == 4
