"""Each misbehaviour by its name in a sheet."""

from __future__ import annotations

import pytest

from postfix_lab.errors import InputError
from postfix_lab.yaml.bind.misbehaving import misbehaviour
from postfix_lab.yaml.bind.section import Section
from postfix_lab.yaml.read.node import ListNode, Position, ScalarNode, TableNode, YamlNode
from postfix_lab.yaml.vocabulary.misbehaviour_keys import MISBEHAVES

HERE = Position("a.yaml", 1, 1, "x")
NAMES = (
    "early-talk", "pipelined", "smuggled", "bare-lf", "bare-cr", "lf-commands", "nul", "eight-bit", "long-line", "long-command", "endless-headers",
    "endless-header", "starttls-injection", "ehlo-again", "slow", "half-closed", "reset-in-data", "many-recipients",
)  # fmt: skip


def text(written: str) -> ScalarNode:
    return ScalarNode(written, HERE)


def table(**pairs: YamlNode | str) -> TableNode:
    return TableNode(tuple((text(k.replace("_", "-")), text(v) if isinstance(v, str) else v) for k, v in pairs.items()), HERE)


def made(node: YamlNode) -> str:
    MISBEHAVES.check(node)
    return str(misbehaviour(node, Section({}, {"one": "1"})))


@pytest.mark.parametrize("name", NAMES)
def test_a_name_alone(name: str) -> None:
    """It is that of the function, with hyphens."""
    assert made(text(name)) == f"{name.replace('-', '_')}()"


@pytest.mark.parametrize(
    "node, call",
    [
        (table(smuggled="<CR>.<CR>"), "smuggled(<CR>.<CR>)"), (table(nul="RCPT"), "nul(RCPT)"), (table(eight_bit="MAIL"), "eight_bit(MAIL)"),
        (table(long_line="7"), "long_line(7)"), (table(long_command="HELO"), "long_command(HELO)"), (table(endless_headers="7"), "endless_headers(7)"),
        (table(endless_header="7"), "endless_header(7)"), (table(bdat="huge"), "bdat(huge)"), (table(starttls_injection="RSET"), "starttls_injection(RSET)"),
        (table(ehlo_again="DATA"), "ehlo_again(DATA)"), (table(slow="HELO"), "slow(HELO)"), (table(half_closed="DATA"), "half_closed(DATA)"),
        (table(many_recipients="7"), "many_recipients(7)"), (table(slow=table(stage="HELO", pace="2")), "slow(HELO, 2.0)"),
        (table(slow=table(pace="0.5")), "slow(RCPT, 0.5)"), (table(slow=table(stage="HELO")), "slow(HELO, 0.3)"), (table(slow=table()), "slow(RCPT, 0.3)"),
    ],
)  # fmt: skip
def test_a_name_with_more(node: YamlNode, call: str) -> None:
    """A stage, a number, a sequence, or a pace with its stage."""
    assert made(node) == call


@pytest.mark.parametrize("node", [table(), table(nul="RCPT", slow="RCPT")])
def test_in_one_way(node: YamlNode) -> None:
    """None and two are told with the remedy."""
    with pytest.raises(InputError, match="a client misbehaves in one way; write one key, or nothing but a name"):
        made(node)
    with pytest.raises(InputError, match="in one way"):
        misbehaviour(ListNode((), HERE), Section({}, {}))


def test_a_call_that_is_a_mistake() -> None:
    """It is told at the value's place."""
    with pytest.raises(InputError, match="write it with <CR>, <LF> and <NUL>") as raised:
        made(table(smuggled="<LF"))
    assert raised.value.line == 1
