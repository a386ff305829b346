"""The static answerer, as a process, spoken to in bare bytes."""

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Self

import pytest

from benchmarks.machine import cores
from benchmarks.server import Server, answering

PATIENCE_SECONDS = 20.0


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    """An answerer on a core of its own."""
    with answering(cores()[0]) as server:
        yield server


@pytest.fixture
def server(running: Server) -> Server:
    """The answerer at the beginning of a run without a limit."""
    running.reset()
    return running


class Client:
    """One connection to the answerer."""

    def __init__(self, server: Server) -> None:
        port = int(server.address.rpartition(":")[2])
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
        self._file = self._socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._socket.close()

    def write(self, *requests: bytes) -> None:
        """Write requests one behind the other."""
        self._socket.sendall(b"".join(requests))

    def read(self) -> tuple[int, dict[str, object]]:
        """Read one answer: its status and its document."""
        status = int(self._file.readline().split()[1])
        length = 0
        while (line := self._file.readline()) != b"\r\n":
            if line.lower().startswith(b"content-length:"):
                length = int(line.split()[1])
        return status, json.loads(self._file.read(length))


def request(method: str, **fields: object) -> bytes:
    """Write one request of the Bot API."""
    body = json.dumps(fields).encode()
    return f"POST /bot1:a/{method} HTTP/1.1\r\nHost: here\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def messages(number: int, first_chat: int = 1) -> list[bytes]:
    """Write so many messages, each to a chat of its own."""
    return [request("sendMessage", chat_id=first_chat + chat, text="All is well") for chat in range(number)]


def test_requests_behind_each_other_are_answered_in_their_order(server: Server) -> None:
    """Pipelined messages, and a request between them, are answered in the order in which they were written."""
    with Client(server) as client:
        client.write(*messages(2), request("getMe"), *messages(1, 3))
        answers = [client.read()[1] for _ in range(4)]
    results = [answer["result"] for answer in answers]
    assert [result["message_id"] for result in (results[0], results[1], results[3])] == [1, 2, 3]
    assert [result["chat"]["id"] for result in (results[0], results[1], results[3])] == [1, 2, 3]
    assert results[2]["is_bot"]


def test_a_request_in_pieces_is_one_request(server: Server) -> None:
    """A message whose bytes come in two pieces, cut inside its head, is counted once."""
    whole = messages(1)[0]
    with Client(server) as client:
        client.write(whole[:20])
        client.write(whole[20:])
        assert client.read()[0] == 200
    assert server.count() == 1


def test_latency_keeps_the_order_and_holds_every_answer_back(server: Server) -> None:
    """With a latency, answers still come in the order of the messages, which are counted when they arrive."""
    server.reset(latency_seconds=0.05)
    with Client(server) as client:
        client.write(*messages(20))
        assert [client.read()[1]["result"]["message_id"] for _ in range(20)] == list(range(1, 21))
    figures = server.figures()
    assert figures["last"] - figures["first"] < 0.05


def test_what_is_above_the_limit_is_refused_and_counted(server: Server) -> None:
    """Told a limit of 5, it accepts six of eight messages at once and refuses the rest with 429 and `retry_after`."""
    server.reset(limit=5)
    with Client(server) as client:
        client.write(*messages(8))
        answers = [client.read() for _ in range(8)]
    assert [status for status, _ in answers] == [200] * 6 + [429] * 2
    assert answers[-1][1]["parameters"] == {"retry_after": 1}
    figures = server.figures()
    assert (figures["received"], figures["refused"], figures["most_in_a_second"]) == (6, 2, 6)


def test_figures_tell_of_a_range_of_chats_and_of_the_connections(server: Server) -> None:
    """Messages outside the range are left out; a connection counts once however much it sends."""
    with Client(server) as one, Client(server) as other:
        one.write(*messages(3, 10))
        other.write(*messages(2, 100))
        for client, number in ((one, 3), (other, 2)):
            for _ in range(number):
                client.read()
    assert server.figures(range(100, 200))["received"] == 2
    assert server.figures()["connections"] == 2


def test_a_form_names_its_chat_as_json_does(server: Server) -> None:
    """The chat of an urlencoded message is found too, since other libraries send such."""
    body = b"text=All+is+well&chat_id=-100123"
    with Client(server) as client:
        client.write(b"POST /bot1:a/sendMessage HTTP/1.1\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
        assert client.read()[1]["result"]["chat"]["id"] == -100123


def test_a_question_reaches_the_poll_and_its_time_is_taken(server: Server) -> None:
    """A waiting poll gets the update that a person wrote; the message to their chat ends the measurement."""
    with ThreadPoolExecutor(1) as pool, Client(server) as polling, Client(server) as sending:
        polling.write(request("getUpdates", timeout=25))
        asking = pool.submit(server.ask, 4242)
        update = polling.read()[1]["result"][0]
        assert (update["message"]["chat"]["id"], update["message"]["text"]) == (4242, "/threat")
        sending.write(*messages(1, 4242))
        sending.read()
        asked, seconds = asking.result(PATIENCE_SECONDS)
        polling.write(request("getUpdates", offset=update["update_id"] + 1, timeout=25))
    assert 0 < seconds < PATIENCE_SECONDS
    assert server.figures(range(4242, 4243))["first"] == pytest.approx(asked + seconds, abs=1e-3)
