"""Make the throw-away certificates and keys that a fitted configuration asks for.

The lab's CA signs them, which also signs those of the remote MTAs.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from postfix_lab.certificates import authority
from postfix_lab.fit.draft import PemBlock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postfix_lab.fit.draft import Content
    from postfix_lab.fit.fitted import Fitted


def with_keys(fitted: Fitted) -> Fitted:
    """Return the configuration with the text of each file that asks for PEM blocks."""
    return replace(fitted, files={path: _with_text(content) for path, content in fitted.files.items()})


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
