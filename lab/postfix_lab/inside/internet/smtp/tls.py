"""TLS of the lab's clients and MTAs.

The lab's clients verify nothing. A remote MTA presents the certificate that it is given; without one it offers
anonymous key exchange, which opportunistic TLS accepts (RFC 7672 section 8.2, `smtp_tls_security_level = may`).
"""

from __future__ import annotations

import contextlib
import ssl
import tempfile

_CHUNK = 65536


def client_context() -> ssl.SSLContext:
    """Return a context for a client that accepts any certificate, or none, from TLS 1.2 on."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # Level 0 allows what a default context hides: anonymous key exchange and small keys.
    context.set_ciphers("ALL:aNULL:@SECLEVEL=0")
    return context


def server_context(key_and_chain: str = "") -> ssl.SSLContext:
    """Return a context for an MTA with that key and chain (PEM); without: TLS 1.2 with anonymous key exchange."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if key_and_chain:
        with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:  # Python loads them only from files.
            file.write(key_and_chain)
            file.flush()
            context.load_cert_chain(file.name)
    else:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("aNULL:@SECLEVEL=0")
    return context


class Tls:
    """The client's side of TLS, without I/O: octets in, octets out.

    After every call `outgoing` may have octets for the other end. Errors are `ssl.SSLError`.
    """

    def __init__(self, context: ssl.SSLContext) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._engine = context.wrap_bio(self._incoming, self._outgoing)
        self.ready = False
        """The handshake is over."""
        self._shake_hands()

    def outgoing(self) -> bytes:
        """Return the octets that are to be sent to the other end now."""
        return self._outgoing.read()

    def encrypt(self, octets: bytes) -> bytes:
        """Return these octets encrypted."""
        self._engine.write(octets)
        return self.outgoing()

    def decrypt(self, octets: bytes) -> bytes:
        """Return the plain text of these octets; continues the handshake first."""
        self._incoming.write(octets)
        if not self.ready:
            self._shake_hands()
        plain = []
        with contextlib.suppress(ssl.SSLWantReadError, ssl.SSLZeroReturnError):
            while self.ready and (piece := self._engine.read(_CHUNK)):
                plain.append(piece)
        return b"".join(plain)

    def goodbye(self) -> bytes:
        """Return the end of the TLS session (close_notify); the other end's is not waited for."""
        with contextlib.suppress(ssl.SSLError):
            self._engine.unwrap()
        return self.outgoing()

    def _shake_hands(self) -> None:
        with contextlib.suppress(ssl.SSLWantReadError):
            self._engine.do_handshake()
            self.ready = True
