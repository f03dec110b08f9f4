"""`logs`, `dns`: print what the standing lab sees, whichever program sends the mail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any

import click

from postfix_lab.cli import lab_access, options
from postfix_lab.dns.query import query_line
from postfix_lab.paths import EVIDENCE
from postfix_lab.postfix.log import parse
from postfix_lab.postfix.log.grammar import log_line
from postfix_lab.serialization import to_json
from postfix_lab.standing.keeper_protocol import KeeperConnection
from postfix_lab.standing.requests import KeeperVerbs
from postfix_lab.text import stamp

if TYPE_CHECKING:
    from postfix_lab.inside.internet.protocol import News

_follow = click.option("-f", "--follow", is_flag=True, help="Go on with what comes, until Ctrl-C.")
Told = tuple[str, Any]
"""One of the news for a person, and as a value for JSON."""


@click.command()
@_follow
@options.as_json
def logs(follow: bool, as_json: bool) -> None:
    """Print the log of the mail hosts: what was logged lately, or with -f each line as it comes."""
    several = len(lab_access.require_standing(None).mail_hosts) > 1

    def tell(news: News) -> Told | None:
        if news.line is None:
            return None
        line = parse(news.line)
        text = f"{line.peer}  {log_line(line)}" if several else log_line(line)
        return click.style(text, fg="yellow") if line.level else text, line

    _print_news("logs", tell, follow=follow, as_json=as_json)


@click.command()
@_follow
@options.as_json
def dns(follow: bool, as_json: bool) -> None:
    """Print the DNS questions with their answers: what was asked lately, or with -f each one as it comes."""

    def tell(news: News) -> Told | None:
        query = news.query
        return None if query is None else (f"{stamp(query.at)} {query.client} {query_line(query)}", query)

    _print_news("dns", tell, follow=follow, as_json=as_json)


def _print_news(output: str, tell: Callable[[News], Told | None], *, follow: bool, as_json: bool) -> None:
    """Print each event as a line, or as an object with --json; the keeper's remarks go to standard error."""
    for news in _news(follow=follow):
        if news.note:
            options.progress(f"=== {news.note}")
        elif told := tell(news):
            text, value = told
            if as_json:
                options.print_json(output, to_json(value))
            else:
                click.echo(text)


def _news(*, follow: bool) -> Iterator[News]:
    lab_access.require_standing(None)
    with closing(KeeperConnection(EVIDENCE)) as line:
        if not follow:
            yield from line.ask(KeeperVerbs.recent_news)()
            return
        parts = line.follow(KeeperVerbs.news)
        next(parts)
        options.progress("=== following; Ctrl-C ends it")
        for part in parts:
            yield from part
        options.progress("=== the standing lab is gone")
