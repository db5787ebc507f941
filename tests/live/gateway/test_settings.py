"""Settings that would open more than was meant are refused, with the variable that says so."""

import re
from pathlib import Path

import pytest

import lockstep.live.gateway
from lockstep.errors import GatewayError
from lockstep.live.gateway.settings import GatewaySettings, read_settings


@pytest.mark.parametrize(
    "origins", ["*", "null", "https://*.example", "desk.example", "https://desk.example/path", "ftp://x"]
)
def test_a_page_is_an_address_and_no_pattern(monkeypatch, origins):
    monkeypatch.setenv("LOCKSTEP_ORIGINS", origins)
    with pytest.raises(GatewayError, match=r"LOCKSTEP_ORIGINS: a page's address is such as https://desk\.example"):
        read_settings()


@pytest.mark.parametrize("hosts", ["*", "https://desk.example", "desk.example:443", "*.example"])
def test_a_name_is_a_name_and_no_pattern(monkeypatch, hosts):
    monkeypatch.setenv("LOCKSTEP_HOSTS", hosts)
    with pytest.raises(GatewayError, match=r"LOCKSTEP_HOSTS: a name is such as desk\.example"):
        read_settings()


def test_names_and_pages_are_taken_as_browsers_write_them(monkeypatch):
    monkeypatch.setenv("LOCKSTEP_HOSTS", "Desk.Example, [2001:DB8::1]")
    monkeypatch.setenv("LOCKSTEP_ORIGINS", "https://Desk.Example/, http://localhost:5173")
    found = read_settings(port=4000, host=None)
    assert found.hosts == ("desk.example", "2001:db8::1")
    assert found.origins == ("https://desk.example", "http://localhost:5173")
    assert found.port == 4000


def test_what_can_not_be_names_its_variable(monkeypatch):
    monkeypatch.setenv("PORT", "http")
    monkeypatch.setenv("LOCKSTEP_AUTH", "never")
    with pytest.raises(GatewayError, match=r"PORT: .*LOCKSTEP_AUTH: "):
        read_settings()


def test_variables_that_others_have_are_not_ours(monkeypatch, tmp_path):
    """HOME, HOST and the like are set in most shells, and mean something else there."""
    monkeypatch.chdir(tmp_path)
    for name in ("LOCKSTEP_HOME", "LOCKSTEP_HOST", "LOCKSTEP_STORE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        "HOST": "0.0.0.0",
        "STORE": "/",
        "AUTH": "always",
        "RATE": "7",
        "ORIGINS": "https://x.example",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HOME", str(tmp_path))
    found = read_settings()
    assert found.home == tmp_path / ".lockstep"
    assert (found.host, found.store, found.auth, found.rate, found.origins) == ("", None, "auto", 2000, ())


def test_each_setting_is_used():
    package = Path(lockstep.live.gateway.__path__[0])
    told = "\n".join(path.read_text() for path in package.rglob("*.py") if path.name != "settings.py")
    assert [name for name in GatewaySettings.model_fields if not re.search(rf"settings\.{name}\b", told)] == []
