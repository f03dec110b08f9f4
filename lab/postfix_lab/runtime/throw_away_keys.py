"""Make the throw-away certificates and keys that a fitted configuration asks for.

The lab's CA signs them, which also signs those of the remote MTAs.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from hashlib import sha1
from typing import TYPE_CHECKING

from postfix_lab.certificates import authority
from postfix_lab.fit.draft import PemBlock
from postfix_lab.fit.tls_files import AUTHORITY_BY_HASH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postfix_lab.fit.draft import Content
    from postfix_lab.fit.fitted import Fitted


def with_keys(fitted: Fitted) -> Fitted:
    """Return the configuration with the text of each file that asks for PEM blocks."""
    return replace(fitted, files={_named_path(path): _with_text(content) for path, content in fitted.files.items()})


def subject_hash(certificate: bytes) -> str:
    """Return the hash of a PEM certificate's subject, by which OpenSSL finds it in a folder (X509_NAME_hash(3))."""
    from cryptography import x509  # noqa: PLC0415 - comes with trustme, which few runs need

    subject = x509.load_pem_x509_certificate(certificate).subject
    canonical = x509.Name(
        x509.RelativeDistinguishedName(
            x509.NameAttribute(one.oid, " ".join(str(one.value).split()).lower()) for one in names
        )
        for names in subject.rdns
    ).public_bytes()
    content = canonical[2 + (canonical[1] & 0x7F if canonical[1] & 0x80 else 0) :]  # without the outer SEQUENCE
    return f"{int.from_bytes(sha1(content, usedforsecurity=False).digest()[:4], 'little'):08x}"


def _named_path(path: str) -> str:
    folder, _, name = path.rpartition("/")
    return f"{folder}/{subject_hash(authority().cert_pem.bytes())}.0" if name == AUTHORITY_BY_HASH else path


def _with_text(content: Content) -> Content:
    if content.pem is None:
        return content
    made = _pem_blocks(content.pem.names)
    return replace(content, text="".join(made[block] for block in content.pem.blocks))


@cache
def _pem_blocks(names: tuple[str, ...]) -> Mapping[PemBlock, str]:
    """Return the blocks of a host of these names; made once, so that its certificate and its key go together."""
    signer = authority()
    leaf = signer.issue_cert(*names)
    return {
        PemBlock.CERTIFICATE: b"".join(blob.bytes() for blob in leaf.cert_chain_pems).decode(),
        PemBlock.KEY: leaf.private_key_pem.bytes().decode(),
        PemBlock.AUTHORITY: signer.cert_pem.bytes().decode(),
    }
