"""The kinds of scalar values: what each takes and refuses."""

from __future__ import annotations

import pytest

from postfix_lab.dns.fault import FaultKind
from postfix_lab.errors import InputError
from postfix_lab.yaml.read.node import TableNode
from postfix_lab.yaml.read.reader import read_text
from postfix_lab.yaml.read.value_kind import ValueKind
from postfix_lab.yaml.vocabulary import scalars


def check(kind: ValueKind, text: str) -> None:
    """Check a value as it is written in YAML; raises InputError if it is none of the kind."""
    sheet = read_text(f"a: {text}\n", "f")
    assert isinstance(sheet, TableNode)
    node = sheet.get("a")
    assert node is not None
    kind.check(node)


@pytest.mark.parametrize(
    "kind, good, bad",
    [
        (scalars.ADDRESS, ["192.0.2.1", '"2001:db8::1"'], ["a.example", "192.0.2.1/24"]),
        (scalars.REASON, ["so it is"], ['" "', '""']),
        (scalars.TEST_NAME, ["no-ptr", "a.b_c+1", "9"], ["-a", "a b", "a/b"]),
        (scalars.LABEL, ["bob"], [".a", "a:b"]),
        (scalars.PARAMETER, ["smtpd_helo_required", "2bounce"], ["a b", "a=b"]),
        (scalars.OVERRIDES, ["{myhostname: mx.a.example}"], ["{my hostname: x}", "x"]),
        (scalars.OPTION, ["trust-ad", '"ndots:1"'], ["Trust", '"ndots:x"']),
        (scalars.TABLE, ["mysql:/etc/postfix/users.cf", "proxy:mysql:/etc/x"], ["mysql", "/etc/postfix/users.cf"]),
        (scalars.ENTRIES, ["{bob@a.example: OK}"], ['{"#bob": OK}', "{a b: OK}"]),
        (scalars.MILTER, ["reject", "tempfail"], ["postgrey", "deny"]),
        (scalars.POLICY, ["postgrey", "reject"], ["deny"]),
        (scalars.STAGE, ["RCPT", "MESSAGE"], ["rcpt", "BODY"]),
        (scalars.CODE, ["450", "4xx", "2XX"], ["150", "45", "4500", "600"]),
        (scalars.ENHANCED, ["4.7.1", "5.1.10"], ["3.7.1", "4.7", "4.7.1000"]),
        (scalars.DEBIAN, ["11", "12", "13"], ["10", "bookworm"]),
        (scalars.CHROOT, ["packaged", "off"], ["on"]),
        (scalars.SPF, ["pass", "permerror"], ["passed"]),
        (scalars.SECONDS, ["0.001", "3600"], ["0", "3601", "1s"]),
        (scalars.EACH, ["gateway", "no-list"], ["list"]),
    ],
)
def test_what_a_kind_takes(kind: ValueKind, good: list[str], bad: list[str]) -> None:
    """Each of its examples, and none of the others."""
    for text in good:
        check(kind, text)
    for text in bad:
        with pytest.raises(InputError):
            check(kind, text)


def test_failures_of_a_question() -> None:
    """A delay is none: the answer comes."""
    assert set(FaultKind) - set(scalars.FAILURES) == {FaultKind.DELAY}
