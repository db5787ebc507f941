"""Where the gateway listens: this machine, by both of its addresses, and nowhere else unless told."""

import socket

import pytest

from lockstep.errors import GatewayError
from lockstep.live.gateway.settings import GatewaySettings
from lockstep.live.gateway.sockets import open_sockets


def opened(tmp_path, **given):
    doors = open_sockets(GatewaySettings(home=tmp_path, **given))
    names = [door.getsockname()[:2] for door in doors]
    return doors, names


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as found:
            found.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.parametrize("host", ["", "localhost"])
def test_this_machine_has_two_addresses_and_one_port(tmp_path, host):
    doors, names = opened(tmp_path, port=0, host=host)
    port = names[0][1]
    assert names == [("127.0.0.1", port), *([("::1", port)] if has_ipv6() else [])]
    for door in doors:
        door.close()


def test_one_address_is_listened_on_where_one_is_named(tmp_path):
    doors, names = opened(tmp_path, port=0, host="127.0.0.1")
    assert [name[0] for name in names] == ["127.0.0.1"]
    doors[0].close()


def test_a_port_that_is_taken_says_what_to_do_and_leaves_no_socket_open(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(GatewayError, match="is taken: end what listens there, or set PORT"):
            opened(tmp_path, port=taken.getsockname()[1])


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no ::1")
def test_a_port_that_is_taken_on_the_other_address_is_taken(tmp_path):
    with socket.socket(socket.AF_INET6) as taken:
        taken.bind(("::1", 0))
        taken.listen()
        with pytest.raises(GatewayError, match="of ::1 is taken"):
            opened(tmp_path, port=taken.getsockname()[1])


@pytest.mark.parametrize("host", ["203.0.113.9", "nowhere.invalid"])
def test_an_address_that_is_not_this_machines_is_refused(tmp_path, host):
    with pytest.raises(GatewayError, match="address of this machine"):
        opened(tmp_path, port=0, host=host)
