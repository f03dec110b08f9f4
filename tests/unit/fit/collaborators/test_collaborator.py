"""What a collaborator is if its module says no more than its name."""

from __future__ import annotations

from postfix_lab.fit.choices import Choices
from postfix_lab.fit.collaborators.collaborator import Collaborator, Daemon
from postfix_lab.fit.draft import Draft, begin_draft
from postfix_lab.fit.source import Source


class Plain(Collaborator):
    """No more than a name."""

    name = "plain"


class Chosen(Collaborator):
    """Replaces milters and policy services."""

    name = "reject"
    roles = frozenset({"milter", "policy"})


def draft() -> Draft:
    return begin_draft(Source("/x", {"main.cf": ""}, main="main.cf", master=""), Choices(), {}, "")


def test_defaults() -> None:
    """It changes nothing, objects to nothing, and runs nothing."""
    one, work = Plain(), draft()
    one.fit(work)
    assert (work, one.objection(work), one.finish(work, 12)) == (draft(), "", None)
    assert (one.packages, one.in_default_image, one.log_names, one.keyword, one.modes, one.roles, one.stands_for) == (
        (), False, frozenset(), "", None, frozenset(), ("", ""),
    )  # fmt: skip


def test_who_is_chosen() -> None:
    """By its name, in one of its roles."""
    assert [Chosen().is_chosen(choices) for choices in (Choices(), Choices(milter="reject"), Choices(policy="reject"))] == [False, True, True]
    assert not Plain().is_chosen(Choices(milter="plain"))


def test_a_daemon() -> None:
    """By default root's, without files and sockets, waited for, with the world's clock."""
    made = Daemon("x", ("x",))
    assert (made.files, made.sockets, made.owner, made.memory, made.line, made.lazy, made.clocked) == ({}, (), "root:root", "", "", False, False)
