"""The import contracts bite: each rule of the house is broken once, in a copy, and must be reported."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PLANTED = {
    "kernels": ["polars", "time", "random", "socket", "lockstep.data", "lockstep"],
    "data": ["jax", "lockstep.strategies", "lockstep.analytics"],
    "strategies": ["datetime", "random", "socket", "polars", "jax", "lockstep.analytics", "lockstep.vector"],
    "analytics": ["jax", "lockstep.strategies", "lockstep.live"],
    "vector": ["lockstep.live"],
    "live": ["jax", "lockstep.vector"],
}
"""Layer -> what it must not import."""


def lint(package: Path, root: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    """Run the project's contracts over `package`, a folder named lockstep."""
    code = "import sys; from importlinter.cli import lint_imports_command as run; run()"
    command = [
        sys.executable,
        "-P",
        "-c",
        code,
        "--config",
        str(root / "pyproject.toml"),
        "--no-cache",
        "--no-logo",
        *flags,
    ]
    environment = os.environ | {"PYTHONPATH": str(package.parent)}
    return subprocess.run(command, cwd=package.parent, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def package(root: Path, tmp_path: Path) -> Path:
    """A copy of the package without links."""
    ignore = shutil.ignore_patterns("__pycache__")
    return shutil.copytree(root / "platform/lockstep", tmp_path / "lockstep", ignore=ignore)


@pytest.fixture(scope="module")
def report(root: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the contracts say of a copy in which every layer imports all it must not."""
    copy = tmp_path_factory.mktemp("planted") / "lockstep"
    shutil.copytree(root / "platform/lockstep", copy, ignore=shutil.ignore_patterns("__pycache__"))
    for layer, imports in PLANTED.items():
        for number, name in enumerate(imports):
            (copy / layer / f"planted_{number}.py").write_text(f"import {name}\n")
    done = lint(copy, root)
    assert done.returncode == 1, done.stdout + done.stderr
    return " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("layer", "number", "name"), [(k, i, n) for k, names in PLANTED.items() for i, n in enumerate(names)]
)
def test_each_breach_is_reported(report: str, layer: str, number: int, name: str) -> None:
    assert f"lockstep.{layer}.planted_{number} -> {name} (l.1)" in report


def test_a_module_outside_every_layer_is_reported(root: Path, package: Path) -> None:
    (package / "attic.py").write_text("")
    done = lint(package, root, "--contract", "layers")
    assert done.returncode == 1
    assert "lockstep.attic" in done.stdout
