"""Lines of JSON: what is a request, and what is refused as a whole."""

import pytest

from lockstep.errors import CommandError
from lockstep.live.control.lines import MOST, Peer, Request, line_of, read_request, shown


def test_a_request_is_read_as_it_was_written():
    request = Request("command", "kill", {"why": "enough"})
    assert read_request(line_of(request)) == request
    assert read_request(b'{"do": "status"}\n') == Request("status")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"", "has no end"),
        (b'{"do": "status"}', "has no end"),
        (b"\n", "no request"),
        (b"kill\n", "no request"),
        (b"[]\n", "no request"),
        (b"{}\n", "do"),
        (b'{"do": "dance"}\n', "no request"),
        (b'{"do": "command", "kind": 3}\n', "no request"),
        (b'{"do": "command", "kind": "kill", "contents": {}}\n', "contents"),
        (b'{"do": "command"}\n', "has a kind"),
        (b'{"do": "status", "kind": "kill"}\n', "has a kind"),
        (b'{"do": "command", "kind": "kill", "content": []}\n', "no request"),
        (b'{"do": "command", "kind": "kill", "content": {"why": "\xff"}}\n', "no request"),
        (b'{"do": "status"}{"do": "stop"}\n', "no request"),
        (b'{"do": "command", "kind": "kill", "content": {"a": ' + b"[" * 9000 + b"]" * 9000 + b"}}\n", "no request"),
        (b" " * MOST + b"\n", "at most"),
    ],
)
def test_what_is_no_request_is_refused(line, says):
    with pytest.raises(CommandError, match=says):
        read_request(line)


def test_a_refused_line_is_written_down_as_plain_text_of_bounded_length():
    assert shown(b"\xff\x00kill\n") == "\\xff\x00kill"
    assert len(shown(b"\xff" * 1000)) == 300
    assert Peer(3, 4).told() == {"uid": 3, "pid": 4}
