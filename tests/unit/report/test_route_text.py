"""The way of a mail as lines; `tests/unit/verdict/test_route.py` has a whole one."""

from __future__ import annotations

from postfix_lab.postfix.files.place import Place
from postfix_lab.report.route_text import route_lines
from postfix_lab.verdict.route import Change, Chooser, Route, Way

BY = Chooser("virtual_alias_maps", "hash:/v", Place("/v", 3))


def test_two_recipients() -> None:
    """One heading for all; control characters are spelled out."""
    way = Way("c@d.test", "", "smtp", "d.test", (BY,), "bounced", "none", "no \x1b[2J")
    routes = (Route("a@b.test", (Change("a@b.test", ("c@d.test",), BY),), (way,)), Route("e@f.test", (), ()))
    lines = list(route_lines(routes))
    assert [line[:12].strip() for line in lines] == ["where to", "", "", "", ""]
    assert lines[1].strip() == "a@b.test -> c@d.test   virtual_alias_maps /v:3"
    assert "\x1b" not in lines[3]
    assert list(route_lines(())) == []
