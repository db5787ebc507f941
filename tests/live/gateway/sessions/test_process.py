"""What the process of a session is begun with."""

import os

from lockstep.live.gateway.gateway import Gateway
from lockstep.live.gateway.settings import read_settings


def test_sessions_listen_to_the_feed_that_the_gateways_settings_name_wherever_these_come_from(tmp_path, monkeypatch):
    seen = []

    def spawn(_, command, environment, **__):
        seen.append((command[-1], environment["DATA_INGESTION_URL"], environment["MINE"]))
        return 1

    monkeypatch.setattr(os, "posix_spawn", spawn)
    monkeypatch.setenv("MINE", "here")
    monkeypatch.delenv("DATA_INGESTION_URL", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("DATA_INGESTION_URL=http://feeds.example:3001\n")
    Gateway(read_settings(home=tmp_path)).keeper._begun(tmp_path / "one")
    assert seen == [(str(tmp_path / "one"), "http://feeds.example:3001", "here")]
