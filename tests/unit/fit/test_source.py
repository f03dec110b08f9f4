"""The admin's files as values."""

from __future__ import annotations

import pytest

from postfix_lab.fit.source import Source


@pytest.mark.parametrize(
    "folder, path", [("/etc/postfix", "/etc/postfix/sub/table"), ("/", "/sub/table"), ("", "sub/table"), ("etc", "etc/sub/table")]
)
def test_path_of_a_file(folder: str, path: str) -> None:
    """Its name below the folder, wherever that is."""
    assert Source(folder, {}).path("sub/table") == path
