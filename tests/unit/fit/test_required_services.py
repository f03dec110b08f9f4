"""A master.cf without a service that every mail needs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from postfix_lab.fit.draft import Content
from postfix_lab.fit.required_services import missing_services
from postfix_lab.paths import CONFIGURATIONS
from postfix_lab.runtime.setup import Setup

SEED = Setup(CONFIGURATIONS / "seed")
MASTER = "/etc/postfix/master.cf"


def missing(*without: str, **parameters: str) -> str:
    """What is said of the seed without these services, with these parameters."""
    fitted = SEED.fit()
    lines = fitted.files[MASTER].text.splitlines(keepends=True)
    text = "".join(line for line in lines if line.split(maxsplit=1)[:1] not in [[name] for name in without])
    files = {**fitted.files, MASTER: Content(text)}
    error = missing_services(replace(fitted, files=files, parameters={**fitted.parameters, **parameters}), SEED.source)
    return str(error or "")


@pytest.mark.parametrize("name", ["cleanup", "qmgr", "rewrite"])
def test_service_that_every_mail_needs(name: str) -> None:
    """The file, the service and where its line can be had."""
    said = missing(name)
    assert said.startswith(f"{CONFIGURATIONS / 'seed' / 'master.cf'}: no mail can pass: master.cf has no service {name},")
    assert "master.cf.dist" in said


def test_all_that_is_missing() -> None:
    """Services that Postfix asks for by itself are named besides, and are no error alone."""
    assert "no service rewrite (and no bounce, anvil)," in missing("rewrite", "bounce", "anvil")
    assert missing("bounce", "anvil") == missing() == ""


def test_services_by_other_names() -> None:
    """postconf(5) has a parameter for the name of each."""
    assert "no service sorting," in missing(queue_service_name="sorting")
    assert missing("qmgr", queue_service_name="rewrite") == ""
