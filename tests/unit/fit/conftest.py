"""Configurations in a line or two, fitted without an engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from postfix_lab.fit.choices import Choices
from postfix_lab.fit.delta import Delta
from postfix_lab.fit.fitted import Fitted, fit
from postfix_lab.runtime.admin_folder import read_source

Fit = Callable[..., Fitted]
OWN = (Delta("virtual_transport", "lmtp:inet:[192.0.2.24]:24", "the sink"),)
MAIN = "myhostname = mx.lab.test\nmydestination = lab.test\nlocal_recipient_maps =\nalias_maps = hash:/etc/aliases\n"
MASTER = "smtp inet n - y - - smtpd\nlmtp unix - - y - - lmtp\n"


@pytest.fixture
def fitted(tmp_path: Path) -> Fit:
    """Fit `main` and `master`, added to a host that takes mail for lab.test, with more files beside them."""

    def make(
        main: str = "", master: str = "", files: Mapping[str, str] | None = None, debian: int = 12, **choices: Any
    ) -> Fitted:
        for name, text in {"main.cf": MAIN + main, "master.cf": MASTER + master, **(files or {})}.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        return fit(read_source(tmp_path), Choices(**choices), OWN, debian)

    return make


def told(fitted: Fitted, what: str) -> Delta:
    """The one line of the report about that."""
    [delta] = [delta for delta in fitted.deltas if delta.what.startswith(what)]
    return delta
