"""What is wrong with an installation is found, and said with its cure."""

import os

import pytest

from lockstep.checkup import installation
from lockstep.checkup.installation import unfit
from lockstep.data.sample import install_synthetic
from lockstep.data.store import Store


def test_this_installation_is_as_needed():
    states = {each.name: each.state for each in installation.look()}
    assert {name: states[name] for name in ("python", "packages", "uvloop", "httptools")} == {
        "python": "well", "packages": "well", "uvloop": "well", "httptools": "well",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("needed", "why"),
    [
        ("numpy>=1", ""),
        ("numpy>=999", "numpy is "),
        ("no-such-package-at-all>=1", "no-such-package-at-all is missing"),
        ("no-such-package-at-all; extra == 'jax'", ""),
        ("no-such-package-at-all; sys_platform == 'win32'", ""),
        ("=!?", "can't be read"),
    ],
)
def test_packages_are_held_against_what_is_needed(needed, why):
    assert unfit(needed).startswith(why) if why[:1] != "c" else why in unfit(needed)
    assert bool(unfit(needed)) == bool(why)


def test_a_package_that_is_not_installed_is_broken():
    found = installation.packages("no-such-package-at-all")
    assert (found.state, "pip install" in found.cure) == ("broken", True)


def test_a_python_that_is_too_new(monkeypatch):
    monkeypatch.setattr("lockstep.checkup.installation.sys.version_info", (3, 14, 0, "final", 0))
    found = installation.python()
    assert (found.state, found.found) == ("broken", "3.14.0, needed is 3.11 to 3.13")


def test_compiled_kernels(tmp_path, monkeypatch):
    monkeypatch.setenv("LOCKSTEP_CACHE_DIR", str(tmp_path / "cache"))
    assert installation.compiled().state == "warning"
    from lockstep.kernels._jit import cache_directory

    cache_directory().mkdir(parents=True, exist_ok=True)
    (cache_directory() / "one.nbi").write_bytes(b"x")
    assert installation.compiled().state == "well"
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everywhere
    assert installation.compiled().state == "broken"


def test_the_store(tmp_path):
    assert installation.store(tmp_path / "empty").state == "warning"
    install_synthetic(Store(tmp_path / "store"))
    assert installation.store(tmp_path / "store").state == "well"
    files = sorted((tmp_path / "store").rglob("*.arrow"))
    os.truncate(files[0], 1000)
    files[1].unlink()
    found = installation.store(tmp_path / "store")
    assert (found.state, "is 1000 bytes long" in found.found, "and 1 more" in found.found) == ("broken", True, True)
    assert "lockstep data check" in found.cure
    (tmp_path / "file").write_text("no folder")
    assert installation.store(tmp_path / "file").state == "broken"


@pytest.mark.parametrize(("state", "found"), [(0, "well"), (5, "warning"), (None, "warning")])
def test_the_clock(monkeypatch, state, found):
    monkeypatch.setattr(installation, "_clock_state", lambda: state)
    assert installation.clock().state == found


@pytest.mark.parametrize(("hard", "found"), [(1024, "warning"), (65_536, "well"), (-1, "well")])
def test_files_that_may_be_open(monkeypatch, hard, found):
    monkeypatch.setattr("lockstep.checkup.installation.resource.getrlimit", lambda _: (hard, hard))
    assert installation.files().state == found


def test_parts_that_are_missing(monkeypatch):
    monkeypatch.setattr("lockstep.checkup.installation.util.find_spec", lambda name: None)
    assert [each.state for each in installation.fast_parts()] == ["broken", "broken"]
