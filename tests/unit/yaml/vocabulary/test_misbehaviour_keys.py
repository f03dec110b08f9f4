"""What `misbehaves` may say."""

from __future__ import annotations

import pytest

from postfix_lab.errors import InputError
from postfix_lab.yaml.read.node import ListNode, Position, ScalarNode, TableNode, YamlNode
from postfix_lab.yaml.vocabulary.misbehaviour_keys import MISBEHAVES

HERE = Position("a.yaml", 1, 1, "x")


def text(written: str) -> ScalarNode:
    return ScalarNode(written, HERE)


def table(**pairs: YamlNode | str) -> TableNode:
    return TableNode(tuple((text(k.replace("_", "-")), text(v) if isinstance(v, str) else v) for k, v in pairs.items()), HERE)


@pytest.mark.parametrize(
    "node",
    [
        text("bdat"), text("nothing"), ListNode((), HERE), table(early_talk="x"), table(bdat="no"), table(nul="NOWHERE"), table(long_line="0"),
        table(long_line="10000001"), table(endless_headers="1000001"), table(many_recipients="100001"), table(slow=table(pace="3601")),
    ],
)  # fmt: skip
def test_what_cannot_be_said(node: YamlNode) -> None:
    """One that needs more words, one that takes none, and numbers out of range."""
    with pytest.raises(InputError):
        MISBEHAVES.check(node)


def test_limits() -> None:
    """The largest numbers that may be said."""
    for node in (table(long_line="10000000"), table(endless_headers="1000000"), table(many_recipients="100000"), table(slow=table(pace="3600"))):
        MISBEHAVES.check(node)
    MISBEHAVES.check(table(long_line="1"))
