"""Domain names as labels.

A name is a tuple of octet strings from the left, without the root. Names are compared in this form, a zone finds the
ancestors of a name in it, and it keeps a dot inside a label.
"""

from __future__ import annotations

import re

Labels = tuple[bytes, ...]

_LABEL_MAX = 63
_NAME_MAX = 253
_PIECE = re.compile(r"\\(\d{3})|\\(\D)|(\.)|([^.\\]+)")


def parse_name(text: str, origin: Labels | None = None) -> Labels:
    r"""The labels of a name in master file syntax (RFC 1035 section 5.1), `\.` and `\DDD` included.

    A name without a dot at its end is relative to `origin`, `@` is the origin; without an origin
    `@` and relative names raise ValueError, as does a name that DNS cannot carry.
    """
    if text == "@":
        return _require_origin(origin, text)
    if text == ".":
        return ()
    labels, absolute = _split(text)
    if not absolute:
        labels = (*labels, *_require_origin(origin, text))
    if sum(map(len, labels)) + len(labels) - 1 > _NAME_MAX:
        raise ValueError(f"the name {text!r} is longer than 255 octets")
    return labels


def absolute_name(text: str) -> Labels:
    """The labels of an absolute name, written with or without the final dot."""
    return parse_name(text, ())


def lower(name: Labels) -> Labels:
    """The name in lower case, for comparison (RFC 4343)."""
    return tuple(label.lower() for label in name)


def present(name: Labels) -> str:
    """The name as text without the final dot; the root is one dot."""
    return ".".join(_escape(label) for label in name) or "."


def is_below(name: Labels, ancestor: Labels) -> bool:
    """Whether the name is the ancestor or below it; both in lower case."""
    return len(name) >= len(ancestor) and name[len(name) - len(ancestor) :] == ancestor


def _require_origin(origin: Labels | None, text: str) -> Labels:
    if origin is None:
        raise ValueError(f"{text!r} is relative, and there is no $ORIGIN; end it with a dot or name an origin")
    return origin


def _split(text: str) -> tuple[Labels, bool]:
    """The labels, and whether the text ends with a dot."""
    if not text.isascii():
        raise ValueError(f"the name {text!r} is not ASCII; write its A-label (xn--...)")
    labels: list[bytes] = []
    label, at = b"", 0
    for piece in _PIECE.finditer(text):
        if piece.start() != at:
            break
        at = piece.end()
        number, literal, dot, plain = piece.groups()
        if dot:
            labels.append(_check_label(label, text))
            label = b""
        else:
            label += bytes([_octet(number, text)]) if number else (literal or plain).encode("ascii")
    if at != len(text):
        raise ValueError(f"the name {text!r} ends in a lone backslash or holds a broken escape")
    if not label and text.endswith("."):
        return tuple(labels), True
    return (*labels, _check_label(label, text)), False


def _check_label(label: bytes, text: str) -> bytes:
    if not label:
        raise ValueError(f"the name {text!r} has an empty label")
    if len(label) > _LABEL_MAX:
        raise ValueError(f"the name {text!r} has a label of {len(label)} octets; {_LABEL_MAX} is the limit")
    return label


def _octet(number: str, text: str) -> int:
    if int(number) > 255:  # noqa: PLR2004 - the largest octet
        raise ValueError(f"{text!r} holds the escape \\{number}; 255 is the limit")
    return int(number)


def _escape(label: bytes) -> str:
    if label.isalnum():
        return label.decode("ascii")
    special = b'.\\"();@$'
    return "".join(
        f"\\{octet:03d}" if not 32 < octet < 127 else f"\\{chr(octet)}" if octet in special else chr(octet)  # noqa: PLR2004 - printable ASCII
        for octet in label
    )
