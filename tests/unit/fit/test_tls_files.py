"""Stand-ins for certificates and keys: which files get which blocks, for which names."""

from __future__ import annotations

import pytest

from postfix_lab.fit.chroot import Chroot
from postfix_lab.fit.draft import Content, Pem, PemBlock
from postfix_lab.fit.fitted import Fitted
from postfix_lab.fit.tls_files import AUTHORITY_BY_HASH
from tests.unit.fit.conftest import Fit, told

KEY, CERTIFICATE, AUTHORITY = PemBlock
NAMES = ("mx.lab.test", "lab.test")


def asked_for(fitted: Fitted) -> dict[str, tuple[PemBlock, ...]]:
    """The PEM blocks of each file that asks for some."""
    return {path: content.pem.blocks for path, content in fitted.files.items() if content.pem}


def test_missing_certificate_and_key(fitted: Fit) -> None:
    """Both are asked for, for the host's name and domain; only the key is private."""
    made = fitted("smtpd_tls_cert_file = /etc/le/c.pem\nsmtpd_tls_key_file = /etc/le/k.pem\n")
    assert made.files["/etc/le/c.pem"] == Content("", 0o644, pem=Pem(NAMES, (CERTIFICATE,)))
    assert made.files["/etc/le/k.pem"] == Content("", 0o600, pem=Pem(NAMES, (KEY,)))
    delta = told(made, "/etc/le/c.pem")
    assert (delta.what, delta.value, delta.line) == ("/etc/le/c.pem, /etc/le/k.pem", "throw-away, for mx.lab.test", 5)


@pytest.mark.parametrize("key", ["", "smtpd_tls_key_file = $smtpd_tls_cert_file\n"])
def test_one_file_for_both(fitted: Fit, key: str) -> None:
    """The key of a certificate is by default in the certificate's own file (postconf(5), smtpd_tls_key_file)."""
    made = fitted(f"smtpd_tls_cert_file = /etc/le/both.pem\n{key}")
    assert made.files["/etc/le/both.pem"] == Content("", 0o600, pem=Pem(NAMES, (KEY, CERTIFICATE)))


@pytest.mark.parametrize("there", [("c.pem",), ("k.pem",)])
def test_a_pair_is_replaced_as_a_whole(fitted: Fit, there: tuple[str, ...]) -> None:
    """A key that does not belong to its certificate would be of no use."""
    both = "smtpd_tls_cert_file = /etc/postfix/c.pem\nsmtpd_tls_key_file = /etc/postfix/k.pem\n"
    made = fitted(both, files=dict.fromkeys(there, "mine"))
    assert asked_for(made) == {"/etc/postfix/c.pem": (CERTIFICATE,), "/etc/postfix/k.pem": (KEY,)}


def test_a_pair_that_is_there_is_kept(fitted: Fit) -> None:
    """What the folder brings, and what the image has, stay what they are."""
    made = fitted(
        "smtpd_tls_cert_file = /etc/postfix/c.pem\nsmtpd_tls_key_file = $smtpd_tls_cert_file\n"
        "smtp_tls_cert_file = /etc/ssl/certs/ssl-cert-snakeoil.pem\nsmtp_tls_key_file = /etc/ssl/private/ssl-cert-snakeoil.key\n",
        files={"c.pem": "mine"},
    )
    assert asked_for(made) == {}
    assert made.files["/etc/postfix/c.pem"].text == "mine"


@pytest.mark.parametrize("value", ["", "none"])
def test_no_certificate_is_wanted(fitted: Fit, value: str) -> None:
    """Then none is made."""
    assert asked_for(fitted(f"smtpd_tls_cert_file = {value}\n")) == {}


@pytest.mark.parametrize(
    "paths, blocks",
    [
        (("/a.pem",), [(KEY, CERTIFICATE)]),
        (("/a.pem", "/b.pem"), [(KEY,), (CERTIFICATE,)]),
        (("/a.pem", "/b.pem", "/c.pem"), [(KEY,), (CERTIFICATE,)]),
    ],
)
def test_chain_files(fitted: Fit, paths: tuple[str, ...], blocks: list[tuple[PemBlock, ...]]) -> None:
    """The key comes first (postconf(5), smtpd_tls_chain_files), in a file of its own where there are several."""
    made = fitted(f"smtpd_tls_chain_files = {', '.join(paths)}\n")
    assert list(asked_for(made).values()) == blocks
    assert set(paths) <= made.files.keys()


@pytest.mark.parametrize("name", ["smtp_tls_CAfile", "smtpd_tls_CAfile"])
def test_an_authority(fitted: Fit, name: str) -> None:
    """The CA's certificate is put where the configuration looks for one."""
    made = fitted(f"{name} = /etc/pki/bundle\n")
    assert asked_for(made) == {"/etc/pki/bundle": (AUTHORITY,)}
    assert told(made, name).line == 5


@pytest.mark.parametrize(
    "name, path, chroot, folders",
    [
        ("smtp_tls_CApath", "/etc/ssl/certs", Chroot.PACKAGED, ["/etc/ssl/certs", "/var/spool/postfix/etc/ssl/certs"]),
        ("smtp_tls_CApath", "/etc/pki/x", Chroot.PACKAGED, ["/etc/pki/x", "/var/spool/postfix/etc/pki/x"]),
        ("smtp_tls_CApath", "/etc/ssl/certs", Chroot.EMPTY, ["/etc/ssl/certs"]),
        ("smtpd_tls_CApath", "/etc/pki/x", Chroot.EMPTY, ["/etc/pki/x"]),
        ("smtpd_tls_CApath", "/etc/ssl/certs", Chroot.PACKAGED, []),
    ],
)
def test_a_folder_of_authorities(fitted: Fit, name: str, path: str, chroot: Chroot, folders: list[str]) -> None:
    """It gets the lab's CA by its hash, also where it is there, as the remote MTAs' certificates are the lab's."""
    made = fitted(f"{name} = {path}\n", chroot=chroot)
    files = ("postfix-lab.pem", AUTHORITY_BY_HASH)
    assert asked_for(made) == {f"{folder}/{file}": (AUTHORITY,) for folder in folders for file in files}
    assert [delta.line for delta in made.deltas if delta.what == name] == [5] * bool(folders)


def test_dh_parameters_that_are_missing(fitted: Fit) -> None:
    """Postfix's own count then."""
    assert told(fitted("smtpd_tls_dh1024_param_file = /etc/dh.pem\n"), "smtpd_tls_dh1024_param_file").value == "(built in)"


def test_a_name_that_no_certificate_can_have(fitted: Fit) -> None:
    """It is left out."""
    made = fitted("smtpd_tls_cert_file = /c.pem\nmydestination = lab_1.test\nmydomain = lab_1.test\n")
    assert [content.pem.names for content in made.files.values() if content.pem] == [("mx.lab.test",)]
