"""The house stands as drawn: source root, links, layers, what is packed and what is pinned."""

import subprocess
import sys
from pathlib import Path

LAYERS = {
    "kernels": "platform/kernels",
    "vector": "platform/vector",
    "live": "platform/live",
    "data": "data",
    "strategies": "strategies",
    "analytics": "analytics",
}


def test_the_source_root_is_no_package(root: Path) -> None:
    assert (root / "platform/lockstep/__init__.py").is_file()
    assert not (root / "platform/__init__.py").exists()


def test_links_are_relative_and_lead_to_the_layers(root: Path) -> None:
    for name, folder in LAYERS.items():
        link = root / "platform/lockstep" / name
        assert not link.readlink().is_absolute()
        assert link.resolve() == (root / folder).resolve()


def test_the_standard_library_keeps_its_platform_module(root: Path) -> None:
    code = "import platform; print(platform.system(), platform.__file__)"
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    system, file = done.stdout.split()
    assert system
    assert root not in Path(file).parents
