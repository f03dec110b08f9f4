"""All kinds of findings together, and what keeps a configuration from starting."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from postfix_lab.audit import chroots, findings, lookup_tables, unix_sockets
from postfix_lab.audit.as_written import AdminConfig
from postfix_lab.audit.examined import Examination
from postfix_lab.audit.finding import FindingKind, Severity
from postfix_lab.errors import InputError
from postfix_lab.evidence.evidence import Evidence
from postfix_lab.paths import CONFIGURATIONS
from postfix_lab.runtime.setup import Setup
from tests.unit import traced
from tests.unit.evidence_builder import evidence, log_of

SEED = Setup(CONFIGURATIONS / "seed")


def test_what_was_refused_has_its_line() -> None:
    """An error within the folder is a finding; one about the folder is not."""
    folder = SEED.configuration
    (found,) = findings.refusal_findings(SEED, InputError("there is no =", f"{folder}/main.cf", 7))
    assert (str(found.place), found.what, found.kind) == ("main.cf:7", "there is no =", FindingKind.REFUSED)
    assert findings.refusal_findings(SEED, InputError("there is no main.cf", str(folder))) == ()


def test_each_list_that_names_a_missing_file(tmp_path: Path) -> None:
    """One finding with its own line for each of them, though the fit stops at the first."""
    (tmp_path / "main.cf").write_text("mydestination = /etc/postfix/a\nmyhostname = mx.shop.example\nrelay_domains = b.example, /etc/postfix/b\n")
    setup = Setup(tmp_path)
    with pytest.raises(InputError) as refused:
        setup.fit(12)
    found = findings.refusal_findings(setup, refused.value)
    assert [(str(one.place), one.what.split(",")[0]) for one in found] == [
        ("main.cf:1", "mydestination names the file /etc/postfix/a"), ("main.cf:3", "relay_domains names the file /etc/postfix/b"),
    ]  # fmt: skip


def test_what_does_not_start() -> None:
    """Where Postfix's words name no line they are shown as they are, harmless on any terminal."""
    (finding,) = findings.judge(SEED, Examination(refused="`postfix start` ended\n  master: fatal: \x1b[2Jbind\n"))
    assert (finding.kind, str(finding.place)) == (FindingKind.FATAL, "main.cf:1")
    assert finding.what == "Postfix does not start: \\x1b[2Jbind"
    (finding,) = findings.judge(SEED, Examination(refused="master: fatal: 0.0.0.0:submission: Servname not supported"))
    assert str(finding.place) == "master.cf:3"



def test_what_follows_is_not_the_reason() -> None:
    """master(8) dies because a daemon did; without another reason its words are told."""
    follows = "postfix/postfix-script: fatal: mail system startup failed"
    (finding,) = findings.judge(SEED, Examination(refused=f"{follows}\npostfix/master: fatal: bind: odd\nnoise\n"))
    assert finding.what == "Postfix does not start: bind: odd"
    assert finding.evidence == (follows, "postfix/master: fatal: bind: odd")
    (finding,) = findings.judge(SEED, Examination(refused=follows))
    assert finding.what == "Postfix does not start: mail system startup failed"
    path = 'post-install: Error: "/usr" should be "no" or an absolute path name.\npostfix-script: fatal: unable to create missing queue directories'
    (finding,) = findings.judge(SEED, Examination(refused=path))
    assert finding.what == 'Postfix does not start: "/usr" should be "no" or an absolute path name.'
    (finding,) = findings.judge(SEED, Examination(refused=path.replace("/usr", "no")))
    assert str(finding.place) == "main.cf:6"
    (finding,) = findings.judge(SEED, Examination(refused="odd\nodd\n"))
    assert (finding.what, finding.evidence) == ("Postfix does not start: it does not say why", ("odd",))


def examination(seen: Evidence) -> Examination:
    """Return what was seen of the seed's configuration, with nothing to be said about its sockets, copies and tables."""
    written = AdminConfig(SEED.source, traced.MASTER)
    silent = [("",) * len(planned) for planned in (unix_sockets.sockets(written), chroots.copies(written, 12), lookup_tables.tables(written))]
    sockets, copies, tables = silent
    return Examination(evidence=seen, configured=traced.configured(), sockets=sockets, copies=copies, tables=tables)


def test_all_kinds_of_findings_in_their_order() -> None:
    """Errors, warnings, notes; nothing of the seed's configuration itself is one."""
    log = log_of("smtpd: warning: DNSSEC validation may be unavailable", "smtpd: warning: odd", "smtpd: fatal: worse")
    seen = evidence(log=log, sessions=(), postconf="")
    found = findings.judge(SEED, examination(seen))
    assert [(one.kind, one.severity) for one in found] == [
        (FindingKind.FATAL, Severity.ERROR), (FindingKind.WARNED, Severity.WARNING), (FindingKind.WARNED, Severity.NOTE), (FindingKind.DEAD, Severity.NOTE),
    ]  # fmt: skip
    assert findings.judge(SEED, Examination(refused="x", evidence=seen))[0].what.startswith("Postfix does not start")


def test_what_postconf_warns_of() -> None:
    """A parameter that nothing reads, a file that was not brought along, and any other warning, each with its remedy."""
    said = (
        "postconf: warning: /etc/postfix/main.cf: unused parameter: smtpd_helo_restriction=permit\n"
        'postconf: warning: open "mysql" configuration "/etc/postfix/users.cf": No such file or directory\n'
        "postconf: warning: /etc/postfix/main.cf, line 2: something odd\n"
        "postconf: warning: /etc/postfix/master.cf, line 3: something odd\n"
        "postconf: warning: hash:/etc/aliases is odd\n"
    )
    found = findings.judge(SEED, examination(evidence(log=(), sessions=(), postconf=said)))
    assert [(one.kind, one.severity, one.what.partition(":")[0], one.remedy) for one in found if one.kind is not FindingKind.DEAD] == [
        (FindingKind.UNUSED, Severity.WARNING, "smtpd_helo_restriction", "take it out, or mend its spelling"),
        *[(FindingKind.WARNED, Severity.WARNING, "postconf says", "mend what it names")] * 3,
        (FindingKind.WARNED, Severity.NOTE, "postconf says", "see to it on the host itself; the file was not brought along"),
    ]  # fmt: skip
    assert [str(one.place) for one in found if one.remedy == "mend what it names"] == ["main.cf:2", "main.cf:23", "master.cf:3"]


def test_no_place_without_a_file(tmp_path: Path) -> None:
    """What is about a service of Debian's own master.cf, which the folder does not have, has the first line of main.cf."""
    (tmp_path / "main.cf").write_text("myhostname = mx.shop.example\n")
    setup = Setup(tmp_path)
    seen = evidence(log=log_of("smtpd: warning: odd"), sessions=(), postconf="")
    known = replace(traced.configured(), master_cf=traced.MASTER)
    copies = ("",) * len(chroots.copies(AdminConfig(setup.source, traced.MASTER), 12))
    found = findings.judge(setup, Examination(evidence=seen, configured=known, copies=copies))
    assert found
    assert all((tmp_path / one.place.file).is_file() and one.place.line for one in found)


def test_a_parameter_that_is_set_nowhere(tmp_path: Path) -> None:
    """A warning at the line that uses it, which says what becomes of the setting."""
    (tmp_path / "main.cf").write_text("myhostname = mx.shop.example\nsmtpd_banner = $greeting ESMTP\nrelayhost = $uplink\n")
    written = AdminConfig(Setup(tmp_path).source, "")
    said = "".join(f"postconf: warning: /etc/postfix/main.cf: undefined parameter: {name}\n" for name in ("greeting", "uplink"))
    found = list(findings._unused_parameters(written, said))
    assert [(str(f.place), str(f.kind), str(f.severity), f.what) for f in found] == [
        ("main.cf:2", "undefined-parameter", "warning", "smtpd_banner: $greeting is set nowhere, so nothing is put in its place"),
        ("main.cf:3", "undefined-parameter", "warning", "relayhost: $uplink is set nowhere, so the setting is empty"),
    ]
    assert found[0].remedy == "set greeting in main.cf, or write its value there"
