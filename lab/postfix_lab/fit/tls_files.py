"""Stand-ins for missing certificates and keys: a throw-away CA, and a certificate for the host's own name.

They are written to the paths in the configuration, so that main.cf need not change. If a certificate or its key is
missing, both are replaced.
"""

from __future__ import annotations

import re

from postfix_lab.fit.chroot import Chroot
from postfix_lab.fit.draft import Draft, Pem, PemBlock, Setting
from postfix_lab.fit.network import HOST
from postfix_lab.fit.own_domains import DEFAULT_HOST, own_domain
from postfix_lab.postfix.parameters import AUTHORITIES, CERTIFICATES, CHAINS, PARAMETERS_OF_DH, QUEUE

_WORDS = re.compile(r"[\s,]+")
_REASON = "the folder does not hold it"
_PRIVATE = 0o600
AUTHORITY_BY_HASH = "postfix-lab.hash"
"""A file that `runtime/throw_away_keys.py` names after the subject of the CA, as c_rehash(1) does."""


def fit(draft: Draft) -> None:
    """Place a certificate wherever the configuration names a missing one."""
    pairs = [(s, key) for s in draft.of_kind(CERTIFICATES) if (key := _key_of(draft, s)) is not None]
    made = [path for setting, key in pairs for path in _pair(draft, setting, key)]
    made += [path for setting in draft.of_kind(CHAINS) for path in _chain(draft, setting)]
    if made:
        at = next(s for s in draft.settings() if any(path in draft.expand(s.value) for path in made))
        draft.add_delta(_short_list(made), f"throw-away, for {_names(draft)[0]}", f"certificate and key: {_REASON}", at)
    _authorities(draft)
    for setting in tuple(draft.of_kind(PARAMETERS_OF_DH)):
        path = draft.expand(setting.value)
        if path and path not in ("auto", "none") and not draft.has(path):
            draft.set(setting, "")
            draft.add_delta(setting.what, "(built in)", f"{path}: {_REASON}; Postfix's own parameters count", setting)


def _key_of(draft: Draft, setting: Setting) -> str | None:
    """The path of a certificate's key, which may be the certificate's file; None if no certificate is set."""
    if draft.expand(setting.value).strip() in ("", "none"):
        return None
    name = CERTIFICATES[setting.name]
    own = setting.service.option(name) if setting.service else None
    value = draft.expand(own if own is not None else draft.lookup(name) or f"${setting.name}").strip()
    return draft.expand(setting.value).strip() if value.startswith("$") or not value else value


def _pair(draft: Draft, setting: Setting, key: str) -> list[str]:
    certificate = draft.expand(setting.value).strip()
    if draft.has(certificate) and draft.has(key):
        return []
    if key == certificate:
        draft.place_pem(certificate, _pem(draft, PemBlock.KEY, PemBlock.CERTIFICATE), _PRIVATE)
        return [certificate]
    draft.place_pem(certificate, _pem(draft, PemBlock.CERTIFICATE))
    draft.place_pem(key, _pem(draft, PemBlock.KEY), _PRIVATE)
    return [certificate, key]


def _chain(draft: Draft, setting: Setting) -> list[str]:
    """`*_tls_chain_files`: keys, each followed by its certificates, over one or several files."""
    paths = [path for path in _WORDS.split(draft.expand(setting.value)) if path]
    if all(draft.has(path) for path in paths):
        return []
    blocks = (PemBlock.KEY,) if len(paths) > 1 else (PemBlock.KEY, PemBlock.CERTIFICATE)
    draft.place_pem(paths[0], _pem(draft, *blocks), _PRIVATE)
    for path in paths[1:2]:
        draft.place_pem(path, _pem(draft, PemBlock.CERTIFICATE))
    for path in paths[2:]:
        draft.place(path, "")
    return paths


def _authorities(draft: Draft) -> None:
    for setting in tuple(draft.of_kind(AUTHORITIES)):
        path = draft.expand(setting.value).strip().rstrip("/")
        if setting.name.endswith("CApath"):
            _authority_folder(draft, setting, path)
        elif path and not draft.has(path):
            draft.place_pem(path, _pem(draft, PemBlock.AUTHORITY))
            draft.add_delta(setting.what, path, f"the throw-away CA's own certificate: {_REASON}", setting)


def _authority_folder(draft: Draft, setting: Setting, path: str) -> None:
    """Add the lab's CA to the folder of a CApath, and to its copy in the chroot, as Debian's script makes one.

    The folder of a server names the CAs of its clients, and is left as it is where it is there.
    """
    there = draft.has(path)
    if not path or (there and setting.name.startswith("smtpd")):
        return
    filled = draft.choices.chroot in {Chroot.PACKAGED, Chroot.STALE}
    for folder in (path, f"{QUEUE}{path}") if filled else (path,):
        for name in ("postfix-lab.pem", AUTHORITY_BY_HASH):
            draft.place_pem(f"{folder}/{name}", _pem(draft, PemBlock.AUTHORITY))
    reason = "the remote MTAs have certificates of the lab's CA" if there else f"its own certificate: {_REASON}"
    draft.add_delta(setting.what, f"{path} with the throw-away CA", reason, setting)


def _pem(draft: Draft, *blocks: PemBlock) -> Pem:
    return Pem(_names(draft), blocks)


def _names(draft: Draft) -> tuple[str, ...]:
    """The names for a certificate: the host's name and domain, as far as they are valid host names."""
    names = [name for name in (draft.value("myhostname").strip(), own_domain(draft)) if HOST.fullmatch(name)]
    return tuple(dict.fromkeys(names)) or (DEFAULT_HOST,)


def _short_list(paths: list[str]) -> str:
    once = list(dict.fromkeys(paths))
    return ", ".join(once[:4]) + (f" and {len(once) - 4} more" if once[4:] else "")
