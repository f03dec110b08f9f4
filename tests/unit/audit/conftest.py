"""A small configuration to break: four lines of main.cf, three of master.cf, and whatever a test adds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import pytest

from postfix_lab.audit.as_written import AdminConfig
from postfix_lab.fit.source import Source
from postfix_lab.postfix.configuration import LISTS, Configured
from postfix_lab.postfix.files.main_cf import parameters

MAIN = """myhostname = mx.shop.example
mydestination = shop.example
alias_maps = hash:/etc/aliases
local_recipient_maps =
"""
MASTER = """smtp inet n - y - - smtpd
cleanup unix n - y - 0 cleanup
lmtp unix - - y - - lmtp
"""


class Write(Protocol):
    """Makes the configuration with these lines behind its own."""

    def __call__(self, main: str = "", master: str = "", files: Mapping[str, str] | None = None) -> AdminConfig: ...


@pytest.fixture
def write() -> Write:
    """A configuration as an admin wrote it; what a test adds to main.cf begins at line 5, to master.cf at 4."""

    def make(main: str = "", master: str = "", files: Mapping[str, str] | None = None) -> AdminConfig:
        texts = {"main.cf": MAIN + main, "master.cf": MASTER + master, **(files or {})}
        return AdminConfig(Source("/shop", texts, main="main.cf", master="master.cf"), texts["master.cf"])

    return make


def configured(written: AdminConfig, **services: Mapping[str, str]) -> Configured:
    """What postconf(1) would make of it, where no parameter names another; `smtps__inet` is a service's name."""
    main = written.source.files["main.cf"]
    values = dict.fromkeys(LISTS, "") | {p.name: p.value for p in parameters(main)}
    own = {name.replace("__", "/"): dict(options) for name, options in services.items()}
    return Configured(main, written.master_text, (), values, own)
