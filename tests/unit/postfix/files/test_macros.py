"""Names of parameters are put in as postconf(5) expands them; what Postfix cannot expand is refused."""

from __future__ import annotations

import pytest

from postfix_lab.errors import InputError
from postfix_lab.postfix.files import macros, main_cf

KNOWN = {"a": "1", "b": "<$a>", "loop": "$loop", "empty": ""}


@pytest.mark.parametrize(
    "text, expanded",
    [
        ("$a ${a} $(a)", "1 1 1"), ("$b", "<1>"), ("x$empty", "x"), ("$other ${a?{x}}", "$other ${a?{x}}"),
        ("$$a $a", "$$a 1"), ("$a\x85\u2028\f", "1\x85\u2028\f"), ("", ""),
    ],
)  # fmt: skip
def test_names_are_put_in(text: str, expanded: str) -> None:
    """In three ways to write them and through each other; what is not known, conditional or escaped stays."""
    assert macros.expand(text, KNOWN.get) == expanded


def test_a_loop_ends() -> None:
    """Postfix would not start with it; this comes back."""
    assert macros.expand("$loop", KNOWN.get) == "$loop"


@pytest.mark.parametrize(
    "text, words",
    [
        ("a = x\nb = $c\nc = ${b}\n", "b -> c -> b"), ("a = x\nb = $b\n", "b -> b"),
        ("a = x\nb = ${a?{1}:{2}\n", "never closed"), ("a = x\nb = $(a\n", "never closed"),
        ("a = x\nb = regexp:{{/end$/ HOLD}}\n", "write $$ for a dollar sign"), ("a = x\nb = 5$\n", "a $ without a parameter's name"),
    ],
)  # fmt: skip
def test_what_cannot_be_expanded_is_refused(text: str, words: str) -> None:
    """With the line of the parameter."""
    with pytest.raises(InputError, match=r"^main.cf:2: ") as refused:
        macros.check_macros(main_cf.in_effect(text), "main.cf")
    assert words in str(refused.value)


def test_what_can_be_expanded_passes() -> None:
    """Names that lead nowhere, and signs that are escaped."""
    macros.check_macros(main_cf.in_effect('mailbox_command = /bin/x "$EXTENSION" $? $\n'), "main.cf")
    macros.check_macros(main_cf.in_effect("a = $b ${c} $_x $1\nc = $$a x{ regexp:{{/end$$/ HOLD}}\nmydestination = $myhostname\n"), "main.cf")
