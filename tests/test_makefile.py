"""`make demo` and `make test` on a bare checkout: what they would install, and what stops them."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

INSTALLERS = ["uv", ""]
"""With uv on the path, and with pip alone."""


@pytest.fixture
def bare(root: Path, tmp_path: Path) -> Path:
    """A folder with the Makefile and what it reads, and no .venv."""
    for name in ["Makefile", "pyproject.toml", "setup.py", "requirements.lock", "requirements-dev.lock"]:
        shutil.copy(root / name, tmp_path)
    return tmp_path


def make(folder: Path, *arguments: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run make in `folder`, free of the flags of a make that runs these tests."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
    if path is not None:
        environment["PATH"] = str(path)
    program = shutil.which("make") or "make"
    return subprocess.run(
        [program, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("uv", INSTALLERS)
def test_the_demo_installs_the_runtime_lock_alone_and_then_runs(bare: Path, uv: str) -> None:
    done = make(bare, "--dry-run", f"UV={uv}", "demo")
    assert done.returncode == 0, done.stderr
    assert "--require-hashes -r requirements.lock" in done.stdout
    assert "requirements-dev.lock" not in done.stdout
    assert done.stdout.splitlines()[-1] == ".venv/bin/lockstep demo"


@pytest.mark.parametrize("uv", INSTALLERS)
def test_the_tests_install_the_development_lock_and_run_all_parts(bare: Path, uv: str) -> None:
    done = make(bare, "--dry-run", f"UV={uv}", "test")
    assert done.returncode == 0, done.stderr
    assert "--require-hashes -r requirements-dev.lock" in done.stdout
    assert "-r requirements.lock" not in done.stdout
    steps = [line for line in done.stdout.splitlines() if line.startswith(".venv/bin/")]
    run = [line for line in steps if "pip" not in line and "compileall" not in line]
    assert run == [
        ".venv/bin/ruff check",
        ".venv/bin/ruff format --check",
        ".venv/bin/lint-imports --no-logo",
        ".venv/bin/python -P platform/lockstep/_layout.py type checking",
        ".venv/bin/mypy",
        ".venv/bin/python -m tests.compiling",
        ".venv/bin/python -m pytest -n auto --dist loadfile --no-loadscope-reorder",
    ]


@pytest.mark.parametrize("uv", INSTALLERS)
def test_the_project_itself_is_installed_without_asking_an_index(bare: Path, uv: str) -> None:
    done = make(bare, "--dry-run", f"UV={uv}", "demo")
    (line,) = (line for line in done.stdout.splitlines() if line.endswith("-e ."))
    assert {"--no-deps", "--no-build-isolation"} <= set(line.split())
    assert {"--offline", "--no-index"} & set(line.split())


@pytest.mark.parametrize("uv", INSTALLERS)
def test_a_development_environment_serves_the_demo(bare: Path, uv: str) -> None:
    (bare / ".venv/bin").mkdir(parents=True)
    for stamp in ["bin/python", ".dev", ".runtime"]:
        (bare / ".venv" / stamp).touch()
    assert "install" not in make(bare, "--dry-run", f"UV={uv}", "demo").stdout


def test_without_a_fitting_python_the_set_up_stops_and_says_which_it_needs(bare: Path) -> None:
    (bare / "bin").mkdir()
    (bare / "bin/sh").symlink_to("/bin/sh")
    done = make(bare, "demo", path=bare / "bin")
    assert done.returncode == 2
    assert "error: Python 3.11, 3.12 or 3.13 expected" in done.stderr


def test_without_venv_the_set_up_stops_and_says_what_to_install(bare: Path) -> None:
    python = bare / "bin/python3"
    python.parent.mkdir()
    (bare / "bin/sh").symlink_to("/bin/sh")
    python.write_text('#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; esac\n')
    python.chmod(0o755)
    done = make(bare, "demo", path=bare / "bin")
    assert done.returncode == 2
    assert "error: python3 has no venv; on Debian and Ubuntu: apt install python3-venv" in done.stderr


def test_make_alone_lists_the_targets(bare: Path) -> None:
    done = make(bare)
    assert {"demo", "test", "lint", "types", "contracts", "unit"} <= set(done.stdout.split())
