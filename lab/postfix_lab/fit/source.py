"""The admin's files as values: names, texts and modes, and what was left out. `runtime/admin_folder.py` reads them."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field

from postfix_lab.fit.delta import Delta


@dataclass(frozen=True)
class Source:
    """The admin's files; names are paths relative to the folder."""

    folder: str
    files: Mapping[str, str]
    """Contents as text; octets that are not UTF-8 are surrogates, so that binary files are kept."""
    modes: Mapping[str, int] = field(default_factory=dict)
    main: str = "main.cf"
    """The name of the file that holds main.cf's parameters."""
    master: str = ""
    """The name of the file that holds master.cf's services; empty if there is none."""
    neighbours: Mapping[str, str] = field(default_factory=dict)
    """Files of /etc beside /etc/postfix, by their path in the mail host."""
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    """Files that the configuration names in other folders of the tree around etc/postfix, by their absolute path."""
    left: tuple[Delta, ...] = ()
    """The files that are left out, with reasons."""

    @property
    def is_copy(self) -> bool:
        """Whether the folder is a copy of /etc/postfix, so that a missing file is missing on the host as well.

        The output of `postconf -n` comes without any table.
        """
        return self.main == "main.cf"

    def path(self, name: str) -> str:
        """The path of a file in the admin's folder."""
        return posixpath.join(self.folder, name)
