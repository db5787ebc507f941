"""Where alerts may be sent. Refused are the addresses of RFC 6890's registries, and ways to write them otherwise."""

import socket

import pytest

from lockstep.errors import WebhookError
from lockstep.live.gateway.webhooks.address import addresses_of, parsed, target_of


def found(*addresses):
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in addresses]


def test_an_address_is_taken_apart():
    target = target_of("https://Alerts.example:8443/a/b?c=d", ())
    assert target == (True, "alerts.example", 8443, "/a/b?c=d")
    assert target.shown == "https://alerts.example:8443/..."
    assert parsed("https://alerts.example").shown == "https://alerts.example"
    assert parsed("http://[::1]:9/x").shown == "http://[::1]:9/..."


@pytest.mark.parametrize("url", [
    "alerts.example", "ftp://alerts.example/", "https://", "https:///path", "https://user:pw@alerts.example/",
    "https://alerts.example/#part", "https://alerts.example/a b", "https://alerts.example/\r\nHost: x",
    "https://alerts.example:99999/", "https://al\u00e9rts.example/", "https://[::1/", "https://" + "a" * 2000,
    "https://alerts..example/", "https://" + "a" * 64 + ".example/", "https://" + "a." * 127 + "example/",
    "https://x-.example/", "https://alerts.example@127.0.0.1/", "https://-x.example/", "javascript:alert(1)", "file:///etc/passwd",
])  # fmt: skip
def test_what_is_no_address_is_refused(url):
    with pytest.raises(WebhookError):
        target_of(url, ("127.0.0.1",))


@pytest.mark.parametrize("host", [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
    "255.255.255.255", "198.18.0.1", "192.0.2.1", "240.0.0.1", "[::1]", "[::]", "[fe80::1]", "[fc00::1]", "[ff02::1]",
    "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[2001:db8::1]",
    "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.0.0.1.",
])  # fmt: skip
def test_machines_around_are_refused_however_they_are_written(host):
    with pytest.raises(WebhookError):
        target_of(f"https://{host}/x", ())


def test_a_name_is_judged_by_each_of_its_addresses():
    target = target_of("https://alerts.example/x", ())
    assert addresses_of(found("93.184.216.34", "93.184.216.34"), target, ()) == ["93.184.216.34"]
    with pytest.raises(WebhookError, match=r"10\.0\.0\.1, which is not out in the world"):
        addresses_of(found("93.184.216.34", "10.0.0.1"), target, ())
    with pytest.raises(WebhookError, match="has no address"):
        addresses_of([], target, ())


def test_one_s_own_network_is_allowed_by_name():
    allowed = ("desk.lan", "10.0.0.9")
    assert target_of("http://10.0.0.9:9000/x", allowed).port == 9000
    target = target_of("http://desk.lan/x", allowed)
    assert addresses_of(found("192.168.1.7"), target, allowed) == ["192.168.1.7"]
    with pytest.raises(WebhookError, match="LOCKSTEP_WEBHOOK_HOSTS"):
        target_of("http://other.lan/x", allowed)  # not by https, and not allowed
    with pytest.raises(WebhookError):
        target_of("https://10.0.0.10/x", allowed)
