"""Programs that master.cf starts: daemons of Postfix, and programs that pipe(8) and spawn(8) run.

A missing program that no setting uses is only reported. One that would get mail is replaced: a delivery program by one
that delivers to the sink, a content filter by one that returns the mail unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from postfix_lab.addresses import SINK
from postfix_lab.fit.draft import Draft
from postfix_lab.postfix.files.lines import split_lines
from postfix_lab.postfix.files.master_cf import Service
from postfix_lab.postfix.parameters import DAEMONS, ETC, TRANSPORTS, USERS, server_name

STUB = "/opt/postfix-lab/stub.py"
_EX_UNAVAILABLE, _EX_TEMPFAIL = 69, 75  # sysexits.h
_FILTERS = {
    "accept": "/usr/sbin/sendmail -G -i -f ${sender} -- ${recipient}",
    "reject": f"/usr/bin/python3 -IS {STUB} fail {_EX_UNAVAILABLE}",
    "tempfail": f"/usr/bin/python3 -IS {STUB} fail {_EX_TEMPFAIL}",
    "hang": f"/usr/bin/python3 -IS {STUB} stall",
    "absent": "/nonexistent",
    "wrong-owner": "/etc/hosts",
}
"""What pipe(8) runs in place of a content filter, by its `Manner`."""
_ACTION = re.compile(r"\bFILTER\s+([\w.-]+:[^\s,}]*)")
_NAME = re.compile(r"[a-z_][a-z0-9_-]{0,31}")


def filter_actions(draft: Draft) -> Iterator[tuple[str, str]]:
    """Yield the destination of each FILTER action, in a parameter or a table, and where it is named."""
    texts = [(setting.what, draft.expand(setting.value)) for setting in draft.settings() if "FILTER" in setting.value]
    texts += [(path, content.text) for path, content in draft.files.items() if path.startswith(f"{ETC}/")]
    for what, text in texts:
        yield from ((destination, what) for destination in dict.fromkeys(_ACTION.findall(text)))


def fit(draft: Draft) -> None:
    """Make sure that each service of master.cf can start."""
    unused: list[Service] = []
    for service in draft.services:
        if service.command not in DAEMONS and not draft.has(service.command):
            _switch_off_unknown(draft, service)
        elif service.command == "pipe":
            if _is_transport(draft, service):
                _pipe(draft, service)
            elif not draft.has(service.program):
                unused.append(service)
        elif service.command == "spawn":
            _user(draft, service)
    if unused:
        names = ", ".join(service.name for service in unused)
        reason = "their programs are not in the lab, and no setting names them"
        draft.add_delta(f"master.cf {names}", "as they are", reason, unused[0])


def is_used_pipe(draft: Draft, service: Service) -> bool:
    """Whether pipe(8) gets mail for it: a parameter or a table names it as a transport."""
    return service.command == "pipe" and _is_transport(draft, service)


def _switch_off_unknown(draft: Draft, service: Service) -> None:
    if service.command.startswith("/"):
        draft.add_delta(f"master.cf {service.name}", "off", f"{service.command} is not in the lab", service)
    else:
        draft.add_delta(f"master.cf {service.name}", "off", f"this Postfix has no daemon {service.command!r}", service)
    draft.switch_off(service)


def _is_transport(draft: Draft, service: Service) -> bool:
    """Whether a parameter or a table names the service as a transport."""
    word = re.compile(rf"(?<![\w.-]){re.escape(service.name)}(?=:|\s|$)")
    if any(word.search(draft.expand(setting.value)) for setting in draft.of_kind(TRANSPORTS)):
        return True
    routed = re.compile(rf"(?<![\w.-]){re.escape(service.name)}:")
    texts = [content.text for path, content in draft.files.items() if path.startswith(f"{ETC}/")]
    lines = [line for text in texts for line in split_lines(text) if not line.startswith("#")]
    lines += [setting.value for setting in draft.settings() if setting.name.endswith(("_maps", "_restrictions"))]
    return any(routed.search(line) for line in lines)


def _pipe(draft: Draft, service: Service) -> None:
    program = service.program
    if draft.has(program):
        _user(draft, service)
        return
    who = server_name(f"{service.name} {program}") or program or "its program"
    named_by = [s.value.split(":")[0].strip() for s in draft.settings() if s.name == "content_filter"]
    named_by += [destination.partition(":")[0] for destination, _ in filter_actions(draft)]
    if service.name in named_by:
        manner = draft.choices.filter
        arguments = f"user=nobody argv={_FILTERS[manner]}"
        value = "hands the mail back unchanged" if manner == "accept" else f"a filter that says {manner}"
    else:
        arguments = f"user=nobody argv=/usr/bin/python3 -IS {STUB} deliver {SINK}:24 ${{sender}} ${{recipient}}"
        value = "hands the mail to the sink"
    chroot = "y" if service.chrooted else "n"
    draft.rewrite(service, f"{service.name} {service.kind} - n {chroot} - - pipe flags=Rq null_sender= {arguments}")
    draft.add_delta(f"master.cf {service.name}", value, f"{who} is not in the lab", service)


def _user(draft: Draft, service: Service) -> None:
    """Add a command that creates the user (and group) of a program, if the image does not have it."""
    user, _, group = service.attribute("user").partition(":")
    if not user or (user in USERS and not group):
        return
    for name in filter(None, (user, group)):
        if not _NAME.fullmatch(name):
            raise draft.refusal(f"master.cf {service.name}: {name!r} is no name that a user can have", service)
    make = f"getent passwd {user} >/dev/null || useradd -r -M -U -s /usr/sbin/nologin {user}"
    also = f"; getent group {group} >/dev/null || groupadd -r {group}" if group else ""
    draft.commands.append((make + also, draft.source.master))
    if user not in USERS:
        draft.add_delta(f"user {user}", "made", f"master.cf {service.name} runs as this user of the host", service)
