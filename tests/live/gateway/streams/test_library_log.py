"""What is logged of Socket.IO: one line a second of what clients send, and all of what is our fault."""

import logging

import pytest
from engineio.packet import Packet

from lockstep.live.gateway.streams.library_log import Brief, logger


def record(message, *arguments, error=None):
    found = None if error is None else raised(error)
    return logging.LogRecord("lockstep.gateway.socket_io", logging.ERROR, "", 0, message, arguments, found)


def raised(error):
    """What a logger is given of an exception."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whichever it is
        error()
    return caught.type, caught.value, caught.tb


def nonsense():
    Packet(encoded_packet="nothing")


def test_nonsense_is_a_line_without_a_traceback_and_once_a_second():
    clock = [100.0]
    brief = Brief(lambda: clock[0])
    first = record("message handler error", error=nonsense)
    assert brief.filter(first)
    assert first.getMessage().startswith("Socket.IO: message handler error: ValueError: ")
    assert (first.exc_info, first.levelname) == (None, "WARNING")
    assert not any(brief.filter(record("Invalid session %s", "x")) for _ in range(5))
    clock[0] += 1.0
    later = record("Invalid session %s", "x")
    assert brief.filter(later)
    assert later.getMessage() == "Socket.IO: Invalid session x (and 5 more before)"


def test_what_a_client_sent_is_shown_short_and_plain():
    told = record("Invalid session %s", "\x1b[31m\n" + "é" * 500)
    assert Brief().filter(told)
    assert told.getMessage().isascii()
    assert told.getMessage().isprintable()
    assert len(told.getMessage()) < 330


def test_a_fault_of_ours_keeps_its_traceback_however_many_there_are():
    brief = Brief(lambda: 0.0)
    ours = compile("def fails(): return {}['x']", "ours.py", "exec")
    names = {"__name__": "lockstep.live.gateway.streams.socket_io"}
    exec(ours, names)
    for _ in range(3):
        found = record("message handler error", error=names["fails"])
        assert brief.filter(found)
        assert found.exc_info
        assert found.levelno == logging.ERROR


def test_the_libraries_log_to_where_the_gateway_does(caplog):
    assert logger() is logger()
    assert sum(isinstance(each, Brief) for each in logger().filters) == 1
    with caplog.at_level(logging.DEBUG):
        logger().info("each packet")
        logger().filters[0]._next = float("-inf")  # type: ignore[union-attr]
        logger().error("Invalid transport")
    assert [each.getMessage() for each in caplog.records] == ["Socket.IO: Invalid transport"]


@pytest.fixture(autouse=True)
def _fresh():
    yield
    logger().filters[0]._next = float("-inf")  # type: ignore[union-attr]
