"""Throw-away keys: what a fitted configuration asks for is what OpenSSL takes."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from postfix_lab.certificates import key_and_chain
from postfix_lab.runtime.setup import Setup
from postfix_lab.smtp.certificate import Certificate

MAIN = "myhostname = mx.lab.test\nmydestination = lab.test\n"


def files(folder: Path, main: str) -> dict[str, str]:
    (folder / "main.cf").write_text(MAIN + main)
    return Setup(folder).files()


def test_certificate_and_key_go_together(tmp_path: Path) -> None:
    """In two files, in one, and in a chain: OpenSSL loads each pair."""
    made = files(
        tmp_path,
        "smtpd_tls_cert_file = /c.pem\nsmtpd_tls_key_file = /k.pem\nsmtp_tls_cert_file = /both.pem\n"
        "lmtp_tls_chain_files = /first.pem, /second.pem\n",
    )
    for name, *parts in (("c", "/c.pem"), ("k", "/k.pem"), ("both", "/both.pem"), ("chain", "/first.pem", "/second.pem")):
        (tmp_path / name).write_text("".join(made[part] for part in parts))
    for certificate, key in (("c", "k"), ("both", "both"), ("chain", "chain")):
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(tmp_path / certificate, tmp_path / key)


def test_authority_signed_the_mail_hosts_and_the_remote_mtas(tmp_path: Path) -> None:
    """A client that trusts the CA's file verifies both, by name."""
    made = files(tmp_path, "smtp_tls_CAfile = /ca.pem\nsmtpd_tls_cert_file = /both.pem\n")
    for name, pem in (("mx.lab.test", made["/both.pem"]), ("mx.far.example", key_and_chain(Certificate.GOOD, "mx.far.example"))):
        (tmp_path / "server.pem").write_text(pem)
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(tmp_path / "server.pem")
        shake_hands(ssl.create_default_context(cadata=made["/ca.pem"]), server, name)
        with pytest.raises(ssl.SSLCertVerificationError):
            shake_hands(ssl.create_default_context(cadata=made["/ca.pem"]), server, "mx.other.example")


def test_each_configuration_of_a_host_has_the_same_keys(tmp_path: Path) -> None:
    """So a change of another parameter changes no file of keys."""
    first = files(tmp_path, "smtpd_tls_cert_file = /both.pem\n")
    assert files(tmp_path, "smtpd_tls_cert_file = /both.pem\nsmtpd_timeout = 9s\n")["/both.pem"] == first["/both.pem"]


def shake_hands(client: ssl.SSLContext, server: ssl.SSLContext, name: str) -> None:
    """Make a TLS connection in memory."""
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(to_client, to_server, server_hostname=name),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    while ends:
        for end in list(ends):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            ends.remove(end)


def test_a_ca_in_a_folder(tmp_path: Path) -> None:
    """OpenSSL finds it by its name: whoever trusts the folder verifies a remote MTA."""
    certificates = tmp_path / "certs"
    certificates.mkdir()
    made = files(tmp_path, f"smtp_tls_CApath = {certificates}\n")
    for path, text in made.items():
        if path.startswith(str(certificates)) and path.endswith(".0"):
            Path(path).write_text(text)
    (tmp_path / "server.pem").write_text(key_and_chain(Certificate.GOOD, "mx.far.example"))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "server.pem")
    shake_hands(ssl.create_default_context(capath=str(certificates)), server, "mx.far.example")
