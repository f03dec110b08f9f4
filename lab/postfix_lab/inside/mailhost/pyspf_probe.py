"""Asks pyspf alone: runs in the mail host, under its own Python and with its own pyspf.

It uses the standard library, pyspf and the suite's own driver `testspf.py`, which is passed as text; the driver
needs YAML only to load its cases, which come as JSON. Each ask is answered `over` one of two:

- `driver`: the driver's DNSLookup, which is the suite's definition of the DNS;
- `dns`: pyspf's own lookup, with the DNS library that Debian installs, from the lab's DNS.
"""

import json
import sys
import types
from typing import Any, Callable, Dict, List, Optional


def main(path: str) -> None:
    """Print the answers to the file's questions as one JSON line."""
    with open(path, encoding="utf-8") as file:
        order = json.load(file)
    import spf  # noqa: PLC0415 - docs/startup.md

    own = spf.DNSLookup
    sys.modules["yaml"] = types.ModuleType("yaml")
    driver: Dict[str, Any] = {"__name__": "testspf"}
    exec(compile(order["driver"], "testspf.py", "exec"), driver)  # noqa: S102 - it is the suite's definition
    theirs = spf.DNSLookup
    answers = []
    for chapter in order["chapters"]:
        driver["zonedata"] = driver["loadZone"]({"zonedata": chapter["zonedata"]})
        said = []
        for ask in chapter["asks"]:
            spf.DNSLookup = theirs if ask["over"] == "driver" else own
            said.append(judge(spf, ask))
        answers.append({"asks": said, "questions": [look_up(theirs, *q) for q in chapter["questions"]]})
    print(json.dumps({"python": sys.version.split()[0], "chapters": answers}))


def judge(spf: Any, ask: Dict[str, Any]) -> List[str]:
    """Return the result and the explanation of pyspf; an exception counts as a result."""
    try:
        query = spf.query(i=ask["ip"], s=ask["sender"], h=ask["helo"], querytime=ask["seconds"])
        query.set_default_explanation("DEFAULT")
        result, _, explanation = query.check()
    except Exception as error:  # noqa: BLE001 - any exception is pyspf's answer
        return ["exception", "%s: %s" % (type(error).__name__, error)]
    return [result, explanation]


def look_up(lookup: Callable[[str, str], Any], name: str, rtype: str) -> Optional[List[Any]]:
    """Return the driver's answer to that question: records, or None where it simulates a timeout."""
    try:
        found = list(lookup(name, rtype))
    except Exception as error:
        if type(error).__name__ != "TempError":
            raise
        return None
    return [[key[0], key[1], plain(value)] for key, value in found]


def plain(value: Any) -> Any:
    """Return the value for JSON: octets become text, one character per octet."""
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return [plain(part) for part in value] if isinstance(value, (tuple, list)) else value


if __name__ == "__main__":
    main(sys.argv[1])
