"""What was seen when one scenario ran on one mail host: frozen data that can be saved, loaded and judged again.

Evidence contains no judgement. `trouble` says what the lab could not see, so that a check never
mistakes missing evidence for an absent event. A saved folder is for people (`transcript.txt`, `mail.log`, ...) and for
the lab (`evidence.json`, which alone is read back).
"""

from __future__ import annotations

import glob
import json
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from postfix_lab.dns.query import Query, query_lines
from postfix_lab.errors import LostError
from postfix_lab.evidence.mail_host_facts import MailHostFacts
from postfix_lab.evidence.timeline_text import timeline_lines
from postfix_lab.fit.delta import delta_lines
from postfix_lab.json_schema import Schema, document, schema_name
from postfix_lab.postfix.configuration import Configured
from postfix_lab.postfix.log.grammar import LogLine, log_line
from postfix_lab.scenario.world import World
from postfix_lab.serialization import read_json, to_json
from postfix_lab.smtp.answer import Answered
from postfix_lab.smtp.behaviour import Received
from postfix_lab.smtp.dialogue import Stage
from postfix_lab.smtp.filter_request import FilterRequest, request_line
from postfix_lab.smtp.headers import ReceivedSpf, received_spf_headers
from postfix_lab.smtp.sendmail import Submitted
from postfix_lab.smtp.transcript import Reply, Transcript
from postfix_lab.smtp.transcript_lines import answer_line, transcript_lines
from postfix_lab.text import printable

FORMAT = 4
SCHEMA = schema_name("evidence", FORMAT)
JSON_FILE = "evidence.json"


@dataclass(frozen=True)
class Evidence:
    """Everything that was seen; all times are seconds since the epoch on the Internet's clock."""

    scenario: str
    mail_host: MailHostFacts
    world: World
    sessions: tuple[Transcript, ...]
    log: tuple[LogLine, ...]
    """The lines of these sessions and their queue ids, in order."""
    logs: tuple[tuple[int, ...], ...] = ()
    """For each session the indexes in `log` of its lines, also those of its queue ids; empty: all lines."""
    other_log: tuple[LogLine, ...] = ()
    """Lines since the mark that belong to no session of this evidence: master, qmgr, policyd-spf at start."""
    queries: tuple[Query, ...] = ()
    messages: tuple[Received, ...] = ()
    """The messages that the sink (LMTP) and the remote MTAs (SMTP) accepted."""
    answered: tuple[Answered, ...] = ()
    """The declared answers that remote MTAs gave."""
    requests: tuple[FilterRequest, ...] = ()
    """What the stand-ins of milters, policy services and tables were given, and what they answered."""
    lab_records: tuple[str, ...] = ()
    """The DNS records that the lab added for names that nobody gave: `lab.test. MX 10 mx.lab.test.`."""
    unlisted: tuple[str, ...] = ()
    """Recipients at the sink that no table of mailboxes has, each with the parameter of its tables in brackets."""
    submitted: tuple[Submitted, ...] = ()
    """What became of the calls of sendmail(1) in the mail host."""
    postconf: str = ""
    """The output of `postconf -n`."""
    configured: Configured | None = None
    """The configuration as an explanation needs it; only with the setup's `trace`."""
    trouble: tuple[str, ...] = ()
    """Why the lab could not see something; any trouble makes the verdict *unknown*."""
    replay: str = ""
    """The command that repeats the scenario."""
    started: float = 0.0
    finished: float = 0.0

    @property
    def session(self) -> Transcript | None:
        """The first session; most scenarios have just one."""
        return self.sessions[0] if self.sessions else None

    @property
    def lines(self) -> tuple[LogLine, ...]:
        """Every log line that was seen, of these sessions or not, in the order of their stamps."""
        return tuple(sorted((*self.log, *self.other_log), key=lambda line: line.at))

    @property
    def queue_ids(self) -> tuple[str, ...]:
        """The queue ids of these sessions' lines, each once, in order."""
        return tuple(dict.fromkeys(line.queue_id for line in self.log if line.queue_id))

    @property
    def delivered(self) -> tuple[Received, ...]:
        """The messages that reached the sink, the only receiver that speaks LMTP."""
        return tuple(message for message in self.messages if message.protocol == "LMTP")

    @property
    def received_spf(self) -> ReceivedSpf | None:
        """The topmost Received-SPF header of the first delivered message (RFC 7208 section 9.1)."""
        fields = received_spf_headers(self.delivered[0].content) if self.delivered else ()
        return fields[0] if fields else None

    def log_of(self, session: int) -> tuple[LogLine, ...]:
        """Return the log lines of one session, with those of its queue ids."""
        if not self.logs:
            return self.log
        return tuple(self.log[index] for index in self.logs[session] if index < len(self.log))

    def reply(self, stage: Stage, session: int = 0) -> Reply | None:
        """Return the last reply to that stage; None if the stage was not reached."""
        replies = self.sessions[session].replies(stage) if session < len(self.sessions) else ()
        return replies[-1] if replies else None


def save(evidence: Evidence, folder: str | Path) -> Path:
    """Write the folder, replacing an earlier one of that name, and return it.

    The files are first written to a temporary folder beside it: an interrupted save leaves the earlier folder intact.
    """
    place = Path(folder)
    fresh, old = (place.with_name(f".{place.name}.{word}-{os.getpid()}") for word in ("new", "old"))
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        _remove_stale_files(place)
        fresh.mkdir()
        for name, content in _files(evidence):
            write_private(fresh / name, content)
        _replace_folder(fresh, place, old)
    except OSError as error:
        raise save_error(f"the evidence of {evidence.scenario}", place, error) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
    return place


def load(folder: str | Path) -> Evidence:
    """Read what `save` wrote; the result is equal to the saved evidence."""
    place = Path(folder) / JSON_FILE
    loaded: Evidence = read_json(place, "evidence", FORMAT, Evidence, "run the scenario again")
    return loaded


def save_error(what: str, place: Path, error: OSError) -> LostError:
    """Return the error for something that could not be saved there, with what to do."""
    problem = f"{what} could not be saved in {place}: {error.strerror or error}"
    return LostError(f"{problem}; make room there or name another folder with --lab-evidence")


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read (mode 0600): to a temporary file first, which is renamed.

    A link at that place is replaced; its target is left alone.
    """
    aside = path.with_name(f".{path.name}.new-{os.getpid()}")
    aside.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as file:
            file.write(content)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of `evidence.json`."""
    keys = {"format": Schema({"const": FORMAT}), "evidence": Evidence}
    return document("Evidence of the postfix lab", SCHEMA, keys)


def _files(evidence: Evidence) -> list[tuple[str, bytes]]:
    """Each file's name and content; only messages are kept as the octets that they were."""
    overrides = [printable(override) for override in evidence.mail_host.overrides]
    several = len({query.server for query in evidence.queries}) > 1
    texts: dict[str, Iterable[str]] = {
        "transcript.txt": [line for session in evidence.sessions for line in (*transcript_lines(session), "")],
        "timeline.txt": timeline_lines(evidence),
        "mail.log": [log_line(line) for line in evidence.lines],
        "dns.txt": [line for query in evidence.queries for line in query_lines(query, server=several)],
        "deltas.txt": [*overrides, *(line for delta in evidence.mail_host.deltas for line in delta_lines(delta))],
        "postconf-n.txt": [printable(line) for line in evidence.postconf.splitlines()],
        JSON_FILE: [json.dumps({"schema": SCHEMA, "format": FORMAT, "evidence": to_json(evidence)})],
    }
    if evidence.lab_records:
        texts["lab-records.txt"] = map(printable, evidence.lab_records)
    if evidence.answered:
        texts["answers.txt"] = [answer_line(answered) for answered in evidence.answered]
    if evidence.requests:
        texts["requests.txt"] = [request_line(request) for request in evidence.requests]
    mails = [(f"message-{number}.eml", message.content) for number, message in enumerate(evidence.messages, 1)]
    return [
        *((name, "".join(f"{line}\n" for line in lines).encode()) for name, lines in texts.items()),
        *((name, content.encode("latin-1", "backslashreplace")) for name, content in mails),
    ]


def _replace_folder(fresh: Path, place: Path, old: Path) -> None:
    if place.is_symlink():
        place.unlink()  # A link may be anybody's: its target is left alone.
    if place.exists():
        place.rename(old)
    try:
        fresh.rename(place)
    except OSError:
        if old.exists():
            old.rename(place)
        raise


def _remove_stale_files(place: Path) -> None:
    """Remove temporary folders of saves whose process was killed."""
    for left in place.parent.glob(f".{glob.escape(place.name)}.*-*"):
        owner = left.name.rpartition("-")[2]
        if owner.isdigit() and not _is_alive(int(owner)):
            shutil.rmtree(left, ignore_errors=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
