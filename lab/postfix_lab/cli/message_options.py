"""The message of a session, from `--data`, `--header` and `--body`."""

from __future__ import annotations

import sys
from pathlib import Path

from postfix_lab.errors import InputError


def message(data: str | None, headers: tuple[str, ...], body: str | None) -> str | None:
    """Return the message with one character for each octet; None if no option sets it."""
    if data is not None and body is not None:
        raise InputError("--data is the whole message and --body a part of it: give one of them")
    for header in headers:
        if not header.partition(":")[1] or set(header) & set("\r\n\0"):
            raise InputError(f"--header takes one line `Name: value`, not {header!r}")
    if data is None and body is None and not headers:
        return None
    head = "".join(f"{header}\n" for header in headers).encode("utf-8", "surrogateescape").decode("latin-1")
    if data is not None:
        return head + _content(data)
    subject = "" if any(header.lower().startswith("subject:") for header in headers) else "Subject: lab\n"
    text = "A message of the postfix lab." if body is None else _content(body)
    return f"{subject}{head}\n{text}\n"


def _content(text: str) -> str:
    r"""Return the content as swaks reads it: `-` standard input, `@FILE` a file, `@@` a literal @; `\n` ends a line."""
    if text == "-":
        return sys.stdin.buffer.read().decode("latin-1")
    if text.startswith("@") and not text.startswith("@@"):
        try:
            return Path(text[1:]).read_bytes().decode("latin-1")
        except OSError as error:
            raise InputError(f"the message cannot be read: {error.strerror}", text[1:]) from error
    literal = text.removeprefix("@") if text.startswith("@@") else text
    return literal.replace("\\n", "\n").encode("utf-8", "surrogateescape").decode("latin-1")
