"""Secrets are taken out by name and by look; what is none stays."""

import pytest

from lockstep.live.gateway.security.redaction import GONE, redact, redacted

TOKEN = "lks_" + "Ab3_-" * 8 + "xyz"


@pytest.mark.parametrize(
    "name",
    ["token", "access_token", "accessToken", "Authorization", "PASSWORD", "db_password", "passwd", "pwd", "secret",
     "client_secret", "api_key", "apiKey", "X-API-Key", "Set-Cookie", "private_key", "DATABASE_URL", "credentials",
     "passphrase", "signature", "tokens"],
)  # fmt: skip
def test_what_is_named_as_a_secret_is_one(name):
    assert redacted({name: "x"}) == {name: GONE}
    assert redact(None, "info", {"event": "e", name: {"deep": "x"}}) == {"event": "e", name: GONE}


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"refused {TOKEN}.", f"refused {GONE}."),
        (f"Bearer {TOKEN}", f"Bearer {GONE}"),
        ("authorization: bearer abcdef0123456789", f"authorization: bearer {GONE}"),
        ("Basic dXNlcjpwYXNz", f"Basic {GONE}"),
        ("GET /ws?token=abc&x=1", f"GET /ws?token={GONE}&x=1"),
        ("GET /ws?x=1&access_token=a.b.c", f"GET /ws?x=1&access_token={GONE}"),
        ('{"password": "hunter2", "a": 1}', f'{{"password": "{GONE}", "a": 1}}'),
        ("{'api_key': 'abc'}", f"{{'api_key': '{GONE}'}}"),
        ("postgresql://user:pass@localhost:5432/trading", f"postgresql://{GONE}@localhost:5432/trading"),
        ("redis://:pass@localhost", f"redis://{GONE}@localhost"),
        ("-----BEGIN EC PRIVATE KEY-----\nMHc\n-----END EC PRIVATE KEY-----", GONE),
    ],
)
def test_what_looks_like_a_secret_is_one(text, left):
    assert redacted(text) == left
    assert redacted([{"a": (text,)}]) == [{"a": [left]}]
    assert redacted(text.encode()) == left
    assert redacted(ValueError(text)) == left


@pytest.mark.parametrize(
    "value",
    ["GET /api/orders?symbol=AAPL&limit=5", "bearer of news", "http://localhost:3002/ws", "the token 'desk' is read",
     "order idem-5f2a placed", 5, 1.5, None, True, {"key": "a", "keys": [1], "symbol": "TOKEN", "author": "x"}],
)  # fmt: skip
def test_what_is_none_stays(value):
    assert redacted(value) == value


def test_names_of_a_mapping_are_looked_through_and_endless_depth_ends():
    assert redacted({TOKEN: 1}) == {GONE: 1}
    endless: dict[str, object] = {}
    endless["again"] = endless
    assert GONE in str(redacted(endless))
