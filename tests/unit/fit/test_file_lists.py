from __future__ import annotations

import pytest

from postfix_lab.errors import InputError
from tests.unit.fit.conftest import Fit


@pytest.mark.parametrize("value", ["/etc/postfix/none", "lab.test, !/etc/postfix/none"])
def test_a_list_of_a_file_that_is_missing(fitted: Fit, value: str) -> None:
    """No daemon would start, so it is refused with its line and the remedy."""
    with pytest.raises(InputError) as refused:
        fitted(f"relay_domains = {value}\n")
    assert str(refused.value).endswith(
        "relay_domains names the file /etc/postfix/none, which the folder does not hold, and without it no daemon of Postfix "
        "starts. Copy it into the folder, or write its lines into the list"
    )
    assert refused.value.line == 5


@pytest.mark.parametrize("main", ["relay_domains = /etc/postfix/list\n", "relay_domains = !/etc/hosts\n", "x = /etc/postfix/none\n"])
def test_a_list_of_a_file_that_is_there(fitted: Fit, main: str) -> None:
    """In the folder or in the image; what is no list of this kind is not looked at."""
    assert fitted(main, files={"list": "a.example\n"}).files["/etc/postfix/list"].text == "a.example\n"
