"""Dialogues as keys: an ordinary delivery by its envelope, everything else step by step."""

from __future__ import annotations

from typing import Any

import pytest

from postfix_lab.scenario.misbehaviour import half_closed
from postfix_lab.smtp.dialogue import Auth, Command, Dialogue, Drop, Message, Raw, StartTls, mail
from postfix_lab.yaml.write.dialogue_writer import dialogue_keys

HELO = "mail.good.example"
TO: Any = {"helo": HELO, "to": "bob@lab.test"}


@pytest.mark.parametrize(
    "dialogue, keys",
    [
        (mail(**TO), {"to": "bob@lab.test"}),
        (mail(helo="x", to=("a@b", "c@d"), sender=""), {"helo": "x", "to": ["a@b", "c@d"], "mailfrom": ""}),
        (mail(**TO, ehlo=False, tls=True), {"tls": True, "to": "bob@lab.test", "ehlo": False}),
        (mail(**TO, data="Subject: x\n\nGr\xc3\xbc\xc3\x9fe\n"), {"to": "bob@lab.test", "data": "Subject: x\n\nGr\xfc\xdfe\n"}),
        (mail(**TO, data="From: <a@b>\n\nHi\n"), {"to": "bob@lab.test", "data": "From: <a@b>\n\nHi\n"}),
        (mail(**TO, data=""), {"to": "bob@lab.test", "data": ""}),
        (mail(**TO, mail_parameters="SIZE=1"), {"to": "bob@lab.test", "mail-parameters": "SIZE=1"}),
        (mail(**TO, auth=Auth("a", "b", "LOGIN")),
         {"auth": {"user": "a", "password": "b", "mechanism": "LOGIN"}, "to": "bob@lab.test"}),
        (mail(**TO).until("MAIL"), {"say": [f"EHLO {HELO}", "MAIL FROM:<ann@good.example>"]}),
        (Dialogue(), {"quit-after": "CONNECT"}),
        (Dialogue((Drop(),), tls_on_connect=True), {"tls": "on-connect", "say": [{"drop": "close"}]}),
        (Dialogue((Command("NOOP"), Command("NOOP", "RSET"), Raw("\0", 0)), persist=True, early=(Raw("x", 0),)),
         {"say": ["NOOP", {"command": "NOOP", "stage": "RSET"}, {"raw": "\0", "replies": 0}], "early": "x", "persist": True}),
        (Dialogue((Message("\xe9", replies=2), StartTls(behind=(Command("NOOP"),)))),
         {"say": [{"message": "\xe9", "octets": True, "replies": 2}, {"starttls": True, "behind": ["NOOP"]}]}),
    ],
)  # fmt: skip
def test_keys(dialogue: Dialogue, keys: dict[str, Any]) -> None:
    """What goes without saying is not said."""
    assert dialogue_keys(dialogue, HELO) == keys


def test_misbehaviour_is_written_as_its_steps() -> None:
    """Its name is gone, what it does is there."""
    steps = dialogue_keys(half_closed("MAIL")(mail(**TO)), HELO)["say"]
    assert steps[1:] == [{"burst": ["MAIL FROM:<ann@good.example>"], "sure": 0, "stage": "MAIL"}, {"half-close": True}]
