"""The list of collaborators: their words, their packages, and another one that a scenario chooses by its name."""

from __future__ import annotations

import re

import pytest

from postfix_lab.errors import InputError
from postfix_lab.fit import collaborators
from postfix_lab.fit.choices import Choices
from postfix_lab.fit.collaborators import COLLABORATORS, check_choices, further_packages, stand_ins
from postfix_lab.fit.collaborators.collaborator import Collaborator, Daemon
from postfix_lab.fit.draft import Draft
from postfix_lab.paths import CONTAINERS
from tests.unit.fit.conftest import Fit, told


class Signer(Collaborator):
    """A milter that the lab does not have."""

    name = "signer"
    packages = ("signer-tools", "signer")
    roles = frozenset({"milter"})
    stands_for = ("the real signer", "the scenario wants one")

    def finish(self, draft: Draft, debian: int) -> Daemon | None:
        """It listens where it was put."""
        del debian
        places = tuple(stub.listen for stub in draft.stubs.values() if stub.mode == self.name)
        return Daemon(self.name, ("signer",), sockets=places) if places else None


@pytest.fixture
def signer(monkeypatch: pytest.MonkeyPatch) -> Signer:
    """One more collaborator: nothing but a class and its place in the list."""
    one = Signer()
    monkeypatch.setattr(collaborators, "COLLABORATORS", (one, *COLLABORATORS))
    monkeypatch.setattr("postfix_lab.fit.fitted.COLLABORATORS", (one, *COLLABORATORS))
    return one


def test_default_image_has_their_packages() -> None:
    """The Dockerfile installs what each collaborator of the default image says that it needs."""
    text = (CONTAINERS / "postfix" / "Dockerfile").read_text()
    installed = text.partition("apt-get install")[2].partition("apt-get clean")[0]
    wanted = {package for one in COLLABORATORS if one.in_default_image for package in one.packages}
    assert wanted == {"postfix-policyd-spf-python", "postgrey", "libnet-dns-perl", "dovecot-core"}
    assert [package for package in wanted if not re.search(rf'[\s"]{package}[\s/]', installed)] == []


def test_names_are_different() -> None:
    """A name is a word of a scenario, and the key of a daemon; no line of the log has two owners."""
    names = [one.name for one in COLLABORATORS]
    logged = [name for one in COLLABORATORS for name in one.log_names]
    assert len({*names}) == len(names)
    assert sorted(logged) == ["dovecot", "policyd-spf", "postgrey"]


@pytest.mark.parametrize("choices", [Choices(), Choices(policy="postgrey"), Choices(milter="signer")])
def test_default_image_will_do(choices: Choices) -> None:
    """With the collaborators of today no setup needs another image."""
    assert further_packages(choices) == ()


def test_one_more(signer: Signer, fitted: Fit) -> None:
    """It is chosen by its name, stands in the stub's place, is reported, and calls for an image with its packages."""
    made = fitted("smtpd_milters = unix:s/s\n", milter="signer")
    assert [(daemon.name, daemon.sockets) for daemon in made.daemons] == [("signer", ("unix:/var/spool/postfix/s/s",))]
    assert (told(made, "unix:s/s").value, told(made, "unix:s/s").reason) == signer.stands_for
    assert made.canary.recipient == fitted("smtpd_milters = unix:s/s\n").canary.recipient != ""
    assert further_packages(Choices(milter="signer")) == ("signer", "signer-tools")
    assert further_packages(Choices()) == ()
    assert "signer" in stand_ins("milter")
    assert "signer" not in stand_ins("policy")


def test_nobody_asks_it(signer: Signer, fitted: Fit) -> None:
    """A collaborator that no setting leads to is a mistake, and so is a second place."""
    with pytest.raises(InputError, match="nobody would ask signer: no setting names a milter"):
        fitted(milter="signer")
    with pytest.raises(InputError, match=r"signer listens at unix:/var/spool/postfix/a/a already; leave but one milter"):
        fitted("smtpd_milters = unix:a/a, unix:b/b\n", milter="signer")


@pytest.mark.parametrize(
    "choice, said",
    [({"spf": "crahs"}, "did you mean crash"), ({"sasl": "gone"}, "there are absent"), ({"policy": "postgray"}, "mean postgrey")],
)
def test_words_that_mean_nothing(choice: dict[str, str], said: str) -> None:
    """Each is refused with the nearest word."""
    with pytest.raises(InputError, match=said):
        check_choices(Choices(**choice))  # type: ignore[arg-type] # only fields that are words
