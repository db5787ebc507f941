"""Who is on the port: nobody, a gateway, somebody else."""

import fcntl
import socket
import threading
from contextlib import contextmanager

import pytest

from lockstep.checkup import port
from lockstep.live.gateway.settings import GatewaySettings


@contextmanager
def listening(answer):
    """Answer each connection the same way; it ends with the block."""
    with socket.create_server(("127.0.0.1", 0)) as door:

        def serve():
            while True:
                try:
                    connection, _ = door.accept()
                except OSError:
                    return
                with connection:
                    if connection.recv(4096) and answer:
                        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(answer), answer))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield door.getsockname()[1]
        door.shutdown(socket.SHUT_RDWR)
    thread.join()


@contextmanager
def served(home):
    """Hold a home as its gateway does."""
    (home / "gateway").mkdir(mode=0o700)
    with (home / "gateway" / "serve.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


@pytest.mark.parametrize(
    ("answer", "state", "told"),
    [
        (
            b'{"status": "ok", "version": "0.1.0", "mode": "paper", "uptimeSeconds": 5}',
            "well",
            "a gateway 0.1.0 answers",
        ),
        (b"<html>", "broken", "does not answer as a gateway"),
        (b"[]", "broken", "does not answer as a gateway"),
        (b"", "broken", "does not answer as a gateway"),
        (b'{"status": "ill"}', "warning", "not well"),
    ],
)
def test_who_answers(tmp_path, answer, state, told):
    with listening(answer) as number, served(tmp_path):
        found = port.look(GatewaySettings(port=number, home=tmp_path))
    assert (found.state, told in found.found) == (state, True)


def test_a_free_port(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as door:
        number = door.getsockname()[1]
    assert port.look(GatewaySettings(port=number, home=tmp_path)).found == f"{number} is free"
    assert port.look(GatewaySettings(port=0, home=tmp_path)).state == "well"


def test_a_port_that_can_not_be_listened_on_says_why(tmp_path):
    found = port.look(GatewaySettings(port=3002, host="192.0.2.1", home=tmp_path))  # of nobody (RFC 5737)
    assert (found.state, "192.0.2.1 can't be listened on" in found.found) == ("broken", True)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen: nobody answers there
        number = taken.getsockname()[1]
        found = port.look(GatewaySettings(port=number, home=tmp_path))
    assert (found.state, f"port {number} of 127.0.0.1 is taken" in found.found) == ("broken", True)
    assert "choose another port" in found.cure


def test_a_gateway_of_another_home_and_one_of_this_home_on_another_port(tmp_path):
    answer = b'{"status": "ok", "version": "0.1.0", "mode": "paper", "uptimeSeconds": 5}'
    with listening(answer) as number:
        found = port.look(GatewaySettings(port=number, home=tmp_path))
    assert (found.state, "it is not that of" in found.found) == ("warning", True)
    with served(tmp_path):
        found = port.look(GatewaySettings(port=0, home=tmp_path))
    assert (found.state, "on another one" in found.found) == ("warning", True)
