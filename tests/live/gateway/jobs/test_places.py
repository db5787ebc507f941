"""Where jobs work, and what is told of it."""

import pytest

from lockstep.live.gateway.jobs.places import Places
from lockstep.live.gateway.problems import Problem


def test_workers_are_told_where_files_and_sessions_lie_and_nobody_else_is(tmp_path):
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "ABC.csv").touch()
    places = Places(tmp_path / "home", tmp_path / "files")
    asked = {"files": ["ABC.csv"], "timeZone": "UTC"}
    assert places.body("import", asked) == {"files": [str(tmp_path / "files" / "ABC.csv")], "time_zone": "UTC"}
    assert places.body("parity", {"sessionId": "paper"})["session"] == str(tmp_path / "home" / "sessions" / "paper")
    assert places.body("sweep", {"grid": {}}) == {"grid": {}}
    said = f"{tmp_path}/files/ABC.csv: line 3; {tmp_path}/home/sessions/paper has no tape"
    assert places.told(said) == "ABC.csv: line 3; sessions/paper has no tape"


def test_files_that_a_link_names_are_told_as_they_were_asked_for(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "ABC.csv").touch()
    (tmp_path / "named").symlink_to(tmp_path / "real")
    places = Places(tmp_path / "home", tmp_path / "named")
    (path,) = places.body("import", {"files": ["ABC.csv"]})["files"]
    assert path == str(tmp_path / "real" / "ABC.csv")
    assert places.told(f"{path} is empty") == "ABC.csv is empty"


@pytest.mark.parametrize("name", ["../secret.csv", "/etc/passwd", "nothing.csv", "."])
def test_a_file_from_elsewhere_is_given_to_no_worker(tmp_path, name):
    (tmp_path / "files").mkdir()
    (tmp_path / "secret.csv").touch()
    with pytest.raises(Problem, match="is no file of the folder of imports"):
        Places(tmp_path, tmp_path / "files").body("import", {"files": [name]})
