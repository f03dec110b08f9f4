"""Programs that master.cf starts, with all that changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from postfix_lab.errors import InputError
from tests.unit.fit.changes import changes
from tests.unit.fit.conftest import Fit

CASES: list[tuple[str, str, dict[str, str], dict[str, Any], list[str]]] = [
    ("", "x unix - - y - - odd\n", {}, {}, [
        "master.cf:3: master.cf x = off (this Postfix has no daemon 'odd')",
        "master.cf: #x unix - - y - - odd",
        "master.cf has no more: x unix - - y - - odd",
    ]),
    ("", "x unix - - y - - /opt/odd\n", {}, {}, [
        "master.cf:3: master.cf x = off (/opt/odd is not in the lab)",
        "master.cf: #x unix - - y - - /opt/odd",
        "master.cf has no more: x unix - - y - - /opt/odd",
    ]),
    ("", "x unix - - y - - /bin/true\n", {}, {}, [
    ]),
    ("", "maildrop unix - n n - - pipe flags=R user=vmail argv=/usr/bin/maildrop -d ${recipient}\nuucp unix - n n - - pipe user=uucp argv=uux\n", {}, {}, [
        "master.cf:3: master.cf maildrop, uucp = as they are (their programs are not in the lab, and no setting names them)",
    ]),
    ("mailbox_transport = maildrop\n", "maildrop unix - n n - - pipe user=vmail argv=/usr/bin/maildrop\n", {}, {}, [
        "master.cf:3: master.cf maildrop = hands the mail to the sink (maildrop is not in the lab)",
        "master.cf: maildrop unix - n n - - pipe flags=Rq null_sender= user=nobody argv=/usr/bin/python3 -IS /opt/postfix-lab/stub.py deliver 192.0.2.24:24 ${sender} ${recipient}",
        "master.cf has no more: maildrop unix - n n - - pipe user=vmail argv=/usr/bin/maildrop",
    ]),
    ("mailbox_transport = mail\n", "maildrop unix - n y - - pipe user=vmail argv=/usr/bin/maildrop\n", {}, {}, [
        "master.cf:3: master.cf maildrop = as they are (their programs are not in the lab, and no setting names them)",
    ]),
    ("mailbox_transport = odd:\n", "odd unix - n y - - pipe user=vmail argv=/usr/bin/own\n", {}, {}, [
        "master.cf:3: master.cf odd = hands the mail to the sink (/usr/bin/own is not in the lab)",
        "master.cf: odd unix - n y - - pipe flags=Rq null_sender= user=nobody argv=/usr/bin/python3 -IS /opt/postfix-lab/stub.py deliver 192.0.2.24:24 ${sender} ${recipient}",
        "master.cf has no more: odd unix - n y - - pipe user=vmail argv=/usr/bin/own",
    ]),
    ("mailbox_transport = odd:\n", "odd unix - n y - - pipe user=vmail\n", {}, {}, [
        "master.cf:3: master.cf odd = hands the mail to the sink (its program is not in the lab)",
        "master.cf: odd unix - n y - - pipe flags=Rq null_sender= user=nobody argv=/usr/bin/python3 -IS /opt/postfix-lab/stub.py deliver 192.0.2.24:24 ${sender} ${recipient}",
        "master.cf has no more: odd unix - n y - - pipe user=vmail",
    ]),
    ("content_filter = scan:dummy\n", "scan unix - n n - - pipe user=filter argv=/usr/bin/scan -f ${sender}\n", {}, {}, [
        "master.cf:3: master.cf scan = hands the mail back unchanged (/usr/bin/scan is not in the lab)",
        "master.cf: scan unix - n n - - pipe flags=Rq null_sender= user=nobody argv=/usr/sbin/sendmail -G -i -f ${sender} -- ${recipient}",
        "master.cf has no more: scan unix - n n - - pipe user=filter argv=/usr/bin/scan -f ${sender}",
    ]),
    ("content_filter = scan\n", "scan unix - n y - - pipe user=filter:mail argv=/bin/cat\n", {}, {}, [
        "master.cf:3: user filter = made (master.cf scan runs as this user of the host)",
        "$ getent passwd filter >/dev/null || useradd -r -M -U -s /usr/sbin/nologin filter; getent group mail >/dev/null || groupadd -r mail  # master.cf",
    ]),
    ("transport_maps = hash:/etc/postfix/t\n", "x unix - n n - - pipe user=nobody argv=/usr/bin/x\n", {"t": "# a x:\nb x:\n"}, {}, [
        "master.cf:3: master.cf x = hands the mail to the sink (/usr/bin/x is not in the lab)",
        "master.cf: x unix - n n - - pipe flags=Rq null_sender= user=nobody argv=/usr/bin/python3 -IS /opt/postfix-lab/stub.py deliver 192.0.2.24:24 ${sender} ${recipient}",
        "master.cf has no more: x unix - n n - - pipe user=nobody argv=/usr/bin/x",
        "/etc/postfix/t 644 root '# a x:\\nb x:\\n'",
        "$ postmap 'hash:/etc/postfix/t'  # t",
    ]),
    ("transport_maps = hash:/etc/postfix/t\n", "x unix - n n - - pipe user=nobody argv=/usr/bin/x\n", {"t": "# a x:\nb yx:\n"}, {}, [
        "master.cf:3: master.cf x = as they are (their programs are not in the lab, and no setting names them)",
        "/etc/postfix/t 644 root '# a x:\\nb yx:\\n'",
        "$ postmap 'hash:/etc/postfix/t'  # t",
    ]),
    ("smtpd_recipient_restrictions = check_recipient_access inline:{a=FILTER x:}\n", "x unix - n n - - pipe user=nobody argv=/usr/bin/x\n", {}, {}, [
        "master.cf:3: master.cf x = hands the mail back unchanged (/usr/bin/x is not in the lab)",
        "master.cf: x unix - n n - - pipe flags=Rq null_sender= user=nobody argv=/usr/sbin/sendmail -G -i -f ${sender} -- ${recipient}",
        "master.cf has no more: x unix - n n - - pipe user=nobody argv=/usr/bin/x",
    ]),
    ("transport_maps = inline:{a=x:}\n", "x unix - n n - - pipe user=nobody argv=/usr/bin/x\n", {}, {}, [
        "master.cf:3: master.cf x = hands the mail to the sink (/usr/bin/x is not in the lab)",
        "master.cf: x unix - n n - - pipe flags=Rq null_sender= user=nobody argv=/usr/bin/python3 -IS /opt/postfix-lab/stub.py deliver 192.0.2.24:24 ${sender} ${recipient}",
        "master.cf has no more: x unix - n n - - pipe user=nobody argv=/usr/bin/x",
    ]),
    ("header_size_limit = x:\n", "x unix - n n - - pipe user=nobody argv=/usr/bin/x\n", {}, {}, [
        "master.cf:3: master.cf x = as they are (their programs are not in the lab, and no setting names them)",
    ]),
    ("", "p unix - n n - 0 spawn user=me argv=/bin/cat\n", {}, {}, [
        "master.cf:3: user me = made (master.cf p runs as this user of the host)",
        "$ getent passwd me >/dev/null || useradd -r -M -U -s /usr/sbin/nologin me  # master.cf",
    ]),
    ("", "p unix - n n - 0 spawn user=me:us argv=/bin/cat\n", {}, {}, [
        "master.cf:3: user me = made (master.cf p runs as this user of the host)",
        "$ getent passwd me >/dev/null || useradd -r -M -U -s /usr/sbin/nologin me; getent group us >/dev/null || groupadd -r us  # master.cf",
    ]),
    ("", "p unix - n n - 0 spawn user=nobody:us argv=/bin/cat\n", {}, {}, [
        "$ getent passwd nobody >/dev/null || useradd -r -M -U -s /usr/sbin/nologin nobody; getent group us >/dev/null || groupadd -r us  # master.cf",
    ]),
    ("", "p unix - n n - 0 spawn user=nobody argv=/bin/cat\n", {}, {}, [
    ]),
    ("", "p unix - n n - 0 spawn argv=/bin/cat\n", {}, {}, [
    ]),
]  # fmt: skip


@pytest.mark.parametrize("main, master, files, choices, expected", CASES)
def test_all_that_changes(fitted: Fit, main: str, master: str, files: dict[str, str], choices: dict[str, Any], expected: list[str]) -> None:
    """The report, the files of Postfix and others, commands, stubs and daemons."""
    assert changes(fitted(main, master, files, **choices), main, master) == expected


@pytest.mark.parametrize(
    "main, master, files, choices, error",
    [
        ("", "p unix - n n - 0 spawn user=M! argv=/bin/cat\n", {}, {}, "/master.cf:3: master.cf p: 'M!' is no name that a user can have"),
        ("", "p unix - n n - 0 spawn user=nobody:9 argv=/bin/cat\n", {}, {}, "/master.cf:3: master.cf p: '9' is no name that a user can have"),
    ],
)  # fmt: skip
def test_what_is_refused(fitted: Fit, main: str, master: str, files: dict[str, str], choices: dict[str, Any], tmp_path: Path, error: str) -> None:
    """With the file, the line, and what to do."""
    with pytest.raises(InputError) as refused:
        fitted(main, master, files, **choices)
    assert str(refused.value).replace(str(tmp_path), "") == error
