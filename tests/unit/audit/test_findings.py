"""All kinds of findings together, and what keeps a configuration from starting."""

from __future__ import annotations

from postfix_lab.audit import findings
from postfix_lab.audit.examined import Examination
from postfix_lab.audit.finding import FindingKind
from postfix_lab.errors import InputError
from postfix_lab.paths import CONFIGURATIONS
from postfix_lab.runtime.setup import Setup

SEED = Setup(CONFIGURATIONS / "seed")


def test_what_was_refused_has_its_line() -> None:
    """An error within the folder is a finding; one about the folder is not."""
    folder = SEED.configuration
    found = findings.refusal_finding(SEED, InputError("there is no =", f"{folder}/main.cf", 7))
    assert found is not None
    assert (str(found.place), found.what, found.kind) == ("main.cf:7", "there is no =", FindingKind.REFUSED)
    assert findings.refusal_finding(SEED, InputError("there is no main.cf", str(folder))) is None


def test_what_does_not_start() -> None:
    """Where Postfix's words name no line they are shown as they are, harmless on any terminal."""
    (finding,) = findings.judge(SEED, Examination(refused="`postfix start` ended\n  master: fatal: \x1b[2Jbind\n"))
    assert (finding.kind, str(finding.place)) == (FindingKind.FATAL, "main.cf")
    assert finding.what == "Postfix does not start: \\x1b[2Jbind"
    (finding,) = findings.judge(SEED, Examination(refused="master: fatal: 0.0.0.0:submission: Servname not supported"))
    assert str(finding.place) == "master.cf:3"

