"""The shell command that makes a compiled table of the folder as old as its content says.

Postfix compares times, and those of a copied folder say nothing. So the table is compiled again from its source, aside:
where both differ, the source is the newer file, and Postfix says so itself when it opens the table.
"""

from __future__ import annotations

_COMPARE = """
t=$(mktemp -d) && cp {source} $t/s && {{ {tool} {kind}:$t/s 2>&1 | sed "s#$t/s#"{source}'#g'; }}
dump() {{ {reader} -s "$1" 2>/dev/null | grep -v '^YP_' | LC_ALL=C sort; }}
if ! {reader} -s {table} >/dev/null 2>&1; then {tool} {table}
  echo "warning: {index} cannot be read here, so it is compiled anew"
elif [ "$(dump {kind}:$t/s)" != "$(dump {table})" ]; then
  touch -d '2 hours ago' {index}; touch -d '1 hour ago' {source}
fi
rm -rf "$t"
"""


def index_command(tool: str, kind: str, source: str, index: str) -> str:
    """The command for one table; `tool` compiles it, as in `postmap -F`. It prints what the tool says of the source."""
    words = {"source": shell_word(source), "index": shell_word(index), "table": shell_word(f"{kind}:{source}")}
    return _COMPARE.format(tool=tool, reader=tool.partition(" ")[0], kind=kind, **words).strip()


def shell_word(text: str) -> str:
    """The text quoted as one word for a shell."""
    return "'" + text.replace("'", "'\\''") + "'"
