"""The control stream, over a real socket pair that frames like the engine does."""

from __future__ import annotations

import contextlib
import gc
import json
import select
import socket
import threading
import weakref
from collections.abc import Iterator

import pytest

from postfix_lab import json_lines
from postfix_lab.engine.control_stream import Stream
from postfix_lab.errors import LabError
from postfix_lab.inside.internet.agent_verbs import AgentVerbs
from postfix_lab.inside.internet.protocol import Batch, RunEnd, RunRequest
from postfix_lab.inside.mailhost import init
from postfix_lab.postfix.log.syslog import SyslogLine
from postfix_lab.serialization import to_row
from postfix_lab.verbs import ROWS, verb_of

Pair = tuple[Stream, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    """A stream, and the container's end of it."""
    near, far = socket.socketpair()
    with near, far:
        yield Stream(near, "box"), far
        far.shutdown(socket.SHUT_RD)  # Whoever still waits for a request need not.
        join_answering()


def frame(text: str, kind: int = 1) -> bytes:
    """One frame of the attach protocol."""
    data = text.encode()
    return bytes([kind, 0, 0, 0]) + len(data).to_bytes(4, "big") + data


def join_answering() -> None:
    """Wait until every `answer` is out: a socket must not be closed below it."""
    for thread in threading.enumerate():
        if thread.name == "answer":
            thread.join()


def answer(far: socket.socket, *pieces: bytes, end: bool = False) -> None:
    """Take a request, then send these octets, and hang up if that is the `end`."""

    def serve() -> None:
        with contextlib.suppress(OSError):  # The test may be over, and its sockets closed.
            far.recv(65536)
            for piece in pieces:
                far.sendall(piece)
            if end:
                far.shutdown(socket.SHUT_WR)

    threading.Thread(target=serve, name="answer").start()


def test_answer_may_come_in_any_pieces(pair: Pair) -> None:
    """Frames and lines are put together whatever the boundaries are."""
    octets = frame('{"id": 1, "va') + frame('lue": [1, 2]}\n')
    answer(pair[1], octets[:3], octets[3:20], octets[20:])
    assert pair[0].call("ask", {}) == [1, 2]


def test_the_request_is_one_json_line(pair: Pair) -> None:
    """Name, serial number and arguments go out as one line."""
    answer(pair[1], frame('{"id": 1}\n'))
    assert pair[0].call("ask", {"what": "x"}) is None
    answer(pair[1], frame('{"id": 2}\n'))
    pair[0].call("ask", {})


def test_a_reported_error_is_a_lab_error(pair: Pair) -> None:
    """What went wrong at the far end is said with the container's name."""
    answer(pair[1], frame(json.dumps({"id": 1, "error": {"message": "no such thing"}}) + "\n"))
    with pytest.raises(LabError, match="box reports: no such thing"):
        pair[0].call("ask", {})


def test_last_words_are_told_when_the_line_ends(pair: Pair) -> None:
    """A container that dies says why on standard error, and the error has it."""
    answer(pair[1], frame("Traceback: boom\n", kind=2), end=True)
    with pytest.raises(LabError, match=r"ended while it was asked something(?s:.*)boom"):
        pair[0].call("ask", {})


def test_silence_has_a_limit(pair: Pair) -> None:
    """No answer within the limit is an error that names the limit."""
    with pytest.raises(LabError, match=r"did not answer within 0\.05 s"):
        pair[0].call("ask", {}, limit=0.05)


def test_who_is_asked_aside_holds_up_nobody(pair: Pair) -> None:
    """Answers find their askers in whatever order they come, and one asker reads for the other."""
    near, far = pair
    told: list[object] = []
    late = threading.Thread(target=lambda: told.append(near.call("news", {}, aside=True)))
    late.start()
    assert json.loads(far.recv(65536))["verb"] == "news"
    answer(far, frame('{"id": 2, "value": "soon"}\n') + frame('{"id": 1, "value": "late"}\n'))
    assert near.call("ask", {}) == "soon"
    late.join(10)
    assert told == ["late"]


def test_an_answer_that_comes_too_late_is_nobody_elses(pair: Pair) -> None:
    """Who gave up is forgotten, and the next one gets its own answer."""
    near, far = pair
    with pytest.raises(LabError, match="did not answer"):
        near.call("slow", {}, limit=0.01)
    far.recv(65536)
    answer(far, frame('{"id": 1, "value": "old"}\n') + frame('{"id": 2, "value": "new"}\n'))
    assert near.call("ask", {}) == "new"


class Response:
    """What closes the socket when it is collected, as docker-py's response does."""


def test_what_owns_the_socket_lives_as_long_as_the_stream() -> None:
    """The collector cannot close the line of a lab that is still in use."""
    near, far = socket.socketpair()
    owner = Response()
    collected = weakref.ref(owner)
    stream = Stream(near, "box", owner)
    del owner
    gc.collect()
    assert collected() is not None
    stream.close()
    far.close()


@pytest.fixture
def shortened(pair: Pair) -> Iterator[tuple[Stream, socket.socket, socket.socket]]:
    """A stream with a shorter way; the far ends of the attach connection and of that way."""
    near, far = socket.socketpair()
    with near, far:
        pair[0].use_direct_socket(near)
        yield pair[0], pair[1], far
        far.shutdown(socket.SHUT_RD)
        join_answering()


def test_a_shorter_way_has_no_frames(shortened: tuple[Stream, socket.socket, socket.socket]) -> None:
    """Requests and answers of a shortened stream are bare lines, and the attach connection is not used."""
    stream, attached, direct = shortened
    answer(direct, b'{"id": 1, "va', b'lue": "near"}\n')
    assert stream.call("ask", {}) == "near"
    assert not select.select([attached], [], [], 0)[0]


def test_last_words_come_the_long_way(shortened: tuple[Stream, socket.socket, socket.socket]) -> None:
    """A container that dies hangs up on the shorter way; what it said comes through the engine."""
    stream, attached, direct = shortened
    attached.sendall(frame("Traceback: boom\n", kind=2))
    attached.shutdown(socket.SHUT_WR)
    answer(direct, end=True)
    with pytest.raises(LabError, match=r"ended while it was asked something(?s:.*)boom"):
        stream.call("ask", {})


@pytest.mark.parametrize("said", ["hello", "[]", '{"id": []}', '{"id": {"x": 1}}', "null", "[" * 50_000])
def test_what_is_no_answer_is_told(pair: Pair, said: str) -> None:
    """Whoever is root in a container can write to its main process's output: that is an error in words, with what it was."""
    answer(pair[1], frame(f"{said}\n"))
    with pytest.raises(LabError, match=r"the container box sent what is no answer: b'.*It said nothing\."):
        pair[0].call("ask", {})


def test_an_error_about_the_connection(pair: Pair) -> None:
    """Whoever waits is told that what came in was no request."""
    answer(pair[1], frame(json.dumps({"id": None, "error": {"message": "a line is longer than that"}}) + "\n"))
    with pytest.raises(LabError, match="box reports: a line is longer than that"):
        pair[0].call("ask", {})


def test_an_answer_without_an_end(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read up to the limit of a line, and refused."""
    monkeypatch.setattr(json_lines, "MAX_LINE", 1000)
    answer(pair[1], *[frame("x" * 600)] * 2)
    with pytest.raises(LabError, match="the container box sent what is no answer: a line is longer than 1000 octets"):
        pair[0].call("ask", {})


def test_a_verb_is_asked_with_its_types(pair: Pair) -> None:
    """Arguments, parts and value cross as the declaration says."""
    near, far = pair
    batch, rest = Batch((), (SyslogLine(1.0, "192.0.2.25", "mx", "postfix/smtpd", 7, 6, "x"),)), RunEnd(Batch(), (), (), ())
    lines = [{"id": 1, "part": to_row(batch)}, {"id": 1, "value": to_row(rest)}]
    answer(far, *[frame(json.dumps(line) + "\n") for line in lines])
    heard: list[Batch] = []
    assert near.ask(verb_of(AgentVerbs.run), (RunRequest((), (), 3.0), heard.append), {}, ROWS) == rest
    assert heard == [batch]


def test_a_value_of_another_type(pair: Pair) -> None:
    """It is refused in words: whoever is root in there can forge it."""
    answer(pair[1], frame('{"id": 1, "value": ["x", 0]}\n'))
    with pytest.raises(LabError, match="'x' is no int"):
        pair[0].ask(verb_of(init.run), (["true"],), {})


def test_an_engine_that_is_gone_is_noticed_on_the_shorter_way(
    shortened: tuple[Stream, socket.socket, socket.socket],
) -> None:
    """The container may live on and be asked; without its engine nothing more can be made of it."""
    stream, attached, _ = shortened
    attached.shutdown(socket.SHUT_WR)
    with pytest.raises(LabError, match="or its engine did"):
        stream.call("ask", {})


def test_what_is_said_aside_does_not_stand_in_the_way(shortened: tuple[Stream, socket.socket, socket.socket]) -> None:
    """What the container prints meanwhile is kept as its last words, and the answer is waited for."""
    stream, attached, direct = shortened
    attached.sendall(frame("a warning\n", kind=2))
    answer(direct, b'{"id": 1, "value": "near"}\n')
    assert stream.call("ask", {}) == "near"
