"""The data of a record, parsed from the words of a master file.

The parser is not dnslib's, because its errors have to be sentences; `message.py` turns the parts into dnslib's
records. All errors are ValueErrors; `zonefile.py` adds source and line.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Any

from postfix_lab.dns.name import Labels, parse_name, present

_SECONDS = {"S": 1, "M": 60, "H": 3600, "D": 86400, "W": 604800}
_TTL_MAX = 2**31 - 1
_STRING_MAX = 255
_DATA_MAX = 65535
_DIGITS = 10
"""Number of digits of the largest number in DNS, 2**32 - 1."""
_ESCAPE = re.compile(rb"\\(\d{3}|.)", re.DOTALL)


@dataclass(frozen=True)
class Token:
    """One word of a master file, with its escapes."""

    text: str
    quoted: bool = False


@dataclass(frozen=True)
class Opaque:
    """A record's data as octets, for any type (RFC 3597)."""

    octets: bytes


@dataclass(frozen=True)
class Data:
    """A record's data: as text, and its fields in the order of the master file."""

    text: str
    parts: tuple[Any, ...]
    """Names as labels, numbers, octet strings, packed addresses."""


_UNKNOWN = Token(r"\#")


class _Fields:
    """The words of one record's data; each method removes and parses the next one."""

    def __init__(self, rtype: str, tokens: list[Token], origin: Labels | None) -> None:
        self._type, self._tokens, self._origin = rtype, tokens, origin

    def word(self, what: str) -> str:
        if not self._tokens:
            raise ValueError(f"{self._type} lacks its {what}")
        return self._tokens.pop(0).text

    def name(self, what: str) -> Labels:
        return parse_name(self.word(what), self._origin)

    def number(self, what: str, most: int) -> int:
        word = self.word(what)
        if not (word.isascii() and word.isdigit() and len(word) <= _DIGITS and int(word) <= most):
            raise ValueError(f"the {what} of {self._type} is {word[:40]!r}, not a number from 0 to {most}")
        return int(word)

    def string(self, what: str) -> bytes:
        octets = _octets(self.word(what))
        if len(octets) > _STRING_MAX:
            raise ValueError(
                f"a string of {self._type} has {len(octets)} octets; {_STRING_MAX} is the limit, split it in two"
            )
        return octets

    def remaining(self) -> int:
        return len(self._tokens)


def read_ttl(word: str) -> int:
    """A TTL in seconds, from a number or BIND's units: `3600`, `1h`, `1w2d`."""
    if re.fullmatch(r"\d+|(\d+[SMHDW])+", word, re.IGNORECASE | re.ASCII) is None:
        raise ValueError(f"{word!r} is not a TTL; write seconds or 1h, 2d")
    parts = re.findall(r"(\d+)([SMHDW]?)", word.upper())
    if any(len(number) > _DIGITS for number, _ in parts):
        raise ValueError(f"the TTL {word[:40]!r}... is more than {_TTL_MAX} seconds")
    seconds = sum(int(number) * _SECONDS[unit or "S"] for number, unit in parts)
    if seconds > _TTL_MAX:
        raise ValueError(f"the TTL {word!r} is more than {_TTL_MAX} seconds")
    return seconds


def read_data(rtype: str, tokens: list[Token], origin: Labels | None) -> Data:
    r"""The data of one record of a type in `TYPES`; raises ValueError, also for too few or too many words.

    `\# length hex` gives the octets of any type as they are (RFC 3597 section 5).
    """
    fields = _Fields(rtype, list(tokens), origin)
    data = _opaque(rtype, fields) if tokens and tokens[0] == _UNKNOWN else _READERS[rtype](fields)
    if fields.remaining():
        raise ValueError(f"{rtype} has {fields.remaining()} word(s) too many, from {fields.word('rest')!r} on")
    size = sum(len(part) + 1 for part in data.parts if isinstance(part, bytes))
    if size > _DATA_MAX:
        raise ValueError(f"{rtype} has {size} octets of data; {_DATA_MAX} is the limit")
    return data


def soa_data(mname: Labels, rname: Labels, times: tuple[int, int, int, int, int]) -> Data:
    """The data of an SOA record; `times` are serial, refresh, retry, expire, minimum."""
    return Data(f"{_absolute(mname)} {_absolute(rname)} {' '.join(map(str, times))}", (mname, rname, *times))


def _absolute(name: Labels) -> str:
    return f"{present(name)}." if name else "."


def _octets(text: str) -> bytes:
    def unescape(found: re.Match[bytes]) -> bytes:
        if len(found[1]) == 1:
            return found[1]
        if int(found[1]) > 255:  # noqa: PLR2004 - the largest octet
            raise ValueError(f"the escape \\{found[1].decode()} is more than 255")
        return bytes([int(found[1])])

    return _ESCAPE.sub(unescape, text.encode("utf-8"))


def quote(octets: bytes) -> str:
    r"""One character-string in quotes, with `\DDD` for what is not printable ASCII."""
    inner = "".join(
        f"\\{chr(o)}" if o in b'"\\' else chr(o) if 31 < o < 127 else f"\\{o:03d}"  # noqa: PLR2004 - printable ASCII
        for o in octets
    )
    return f'"{inner}"'


def _opaque(rtype: str, fields: _Fields) -> Data:
    if rtype in ("CNAME", "SOA"):
        raise ValueError(f"{rtype} cannot be given as octets: the server itself has to read it")
    mark, length, digits = fields.word("mark"), fields.number("length", 65535), ""
    while fields.remaining():
        digits += fields.word("octets")
    try:
        raw = bytes.fromhex(digits)
    except ValueError:
        raise ValueError(f"the octets after {mark} are not hexadecimal: {digits!r}") from None
    if len(raw) != length:
        raise ValueError(f"{mark} announces {length} octets, and {len(raw)} follow")
    return Data(" ".join(filter(None, (mark, str(length), raw.hex()))), (Opaque(raw),))


def _a(fields: _Fields) -> Data:
    word = fields.word("address")
    try:
        address = IPv4Address(word)
    except AddressValueError:
        raise ValueError(f"A needs an IPv4 address, not {word!r}") from None
    return Data(str(address), (address.packed,))


def _aaaa(fields: _Fields) -> Data:
    word = fields.word("address")
    try:
        address = IPv6Address(word)
    except AddressValueError:
        raise ValueError(f"AAAA needs an IPv6 address, not {word!r}") from None
    if address.scope_id:
        raise ValueError(f"AAAA holds no scope: {word!r}")
    return Data(str(address), (address.packed,))


def _one_name(fields: _Fields) -> Data:
    name = fields.name("name")
    return Data(_absolute(name), (name,))


def _mx(fields: _Fields) -> Data:
    preference, name = fields.number("preference", 65535), fields.name("exchange")
    return Data(f"{preference} {_absolute(name)}", (preference, name))


def _txt(fields: _Fields) -> Data:
    strings = [fields.string("string")]
    while fields.remaining():
        strings.append(fields.string("string"))
    return Data(" ".join(map(quote, strings)), tuple(strings))


def _soa(fields: _Fields) -> Data:
    mname, rname, serial = fields.name("primary"), fields.name("mailbox"), fields.number("serial", 2**32 - 1)
    refresh, retry, expire, minimum = (read_ttl(fields.word(w)) for w in ("refresh", "retry", "expire", "minimum"))
    return soa_data(mname, rname, (serial, refresh, retry, expire, minimum))


def _srv(fields: _Fields) -> Data:
    priority, weight, port = (fields.number(what, 65535) for what in ("priority", "weight", "port"))
    target = fields.name("target")
    return Data(f"{priority} {weight} {port} {_absolute(target)}", (priority, weight, port, target))


def _caa(fields: _Fields) -> Data:
    flags, tag, value = fields.number("flags", 255), fields.word("tag"), _octets(fields.word("value"))
    if re.fullmatch(r"[A-Za-z0-9]{1,255}", tag) is None:
        raise ValueError(f"the tag of CAA is {tag!r}, not letters and digits")
    return Data(f"{flags} {tag} {quote(value)}", (flags, tag.encode(), value))


def _tlsa(fields: _Fields) -> Data:
    usage, selector, matching = (fields.number(what, 255) for what in ("usage", "selector", "matching type"))
    digits = fields.word("certificate data")
    while fields.remaining():
        digits += fields.word("certificate data")
    try:
        raw = bytes.fromhex(digits)
    except ValueError:
        raise ValueError(f"the certificate data of TLSA is not hexadecimal: {digits[:40]!r}") from None
    return Data(f"{usage} {selector} {matching} {raw.hex()}", (usage, selector, matching, raw))


_READERS: dict[str, Callable[[_Fields], Data]] = {
    "A": _a,
    "AAAA": _aaaa,
    "MX": _mx,
    "TXT": _txt,
    "PTR": _one_name,
    "NS": _one_name,
    "CNAME": _one_name,
    "SOA": _soa,
    "SRV": _srv,
    "CAA": _caa,
    "TLSA": _tlsa,
    "SPF": _txt,
}
TYPES = tuple(_READERS)
"""The record types that a zone can hold."""
