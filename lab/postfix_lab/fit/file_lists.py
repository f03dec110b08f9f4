"""Lists that name a file (`mydestination = /etc/postfix/domains`); if it is missing, no daemon of Postfix starts."""

from __future__ import annotations

import re

from postfix_lab.fit.draft import Draft
from postfix_lab.postfix.parameters import LISTS

_WORDS = re.compile(r"[\s,]+")


def fit(draft: Draft) -> None:
    """Raise `InputError` if a list names a missing file."""
    for setting in draft.of_kind(LISTS):
        for word in _WORDS.split(draft.expand(setting.value)):
            path = word.removeprefix("!")
            if path.startswith("/") and not draft.has(path):
                raise draft.refusal(
                    f"{setting.what} names the file {path}, which the folder does not hold, and without it no daemon "
                    f"of Postfix starts. Copy it into the folder, or write its lines into the list",
                    setting,
                )
