"""The house stands as drawn: the source root, the links, what an import loads and what is packed."""

import ast
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from mypy.config_parser import parse_config_file
from mypy.find_sources import create_source_list
from mypy.options import Options

import lockstep
from lockstep import _layout

LAYERS = {
    "kernels": "platform/kernels",
    "vector": "platform/vector",
    "live": "platform/live",
    "data": "data",
    "strategies": "strategies",
    "analytics": "analytics",
}
HEAVY = ["numpy", "numba", "polars", "pyarrow", "pandas", "xarray", "jax", "plotly", "rich", "typer"]
CLOCKS_AND_CHANCE = {"time", "datetime", "zoneinfo", "calendar", "random", "secrets", "uuid"}


def python(code: str, *flags: str, folder: Path) -> str:
    """Run `code` in a process of its own, started in `folder`; return what it prints."""
    command = [sys.executable, *flags, "-c", code]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def sources(root: Path) -> dict[str, Path]:
    """Every module of the package, by its dotted name."""
    tops = {"lockstep": root / "platform/lockstep"} | {f"lockstep.{k}": root / v for k, v in LAYERS.items()}
    found = {}
    for top, folder in tops.items():
        for file in (file for file in walk(folder) if file.suffix == ".py"):
            parts = file.relative_to(folder).with_suffix("").parts
            found[".".join((top, *parts)).removesuffix(".__init__")] = file
    return found


def walk(folder: Path) -> Iterator[Path]:
    """Files below `folder`, without following links."""
    for entry in sorted(folder.iterdir()):
        if entry.is_file():
            yield entry
        elif not entry.is_symlink() and entry.name != "__pycache__":
            yield from walk(entry)


def without_links(root: Path, target: Path) -> Path:
    """Copy the package as Git for Windows checks it out: each link is a text file that holds its target."""
    for folder in ["platform", "data", "strategies", "analytics"]:
        ignore = shutil.ignore_patterns("__pycache__", "*.egg-info")
        shutil.copytree(root / folder, target / folder, symlinks=True, ignore=ignore)
    for file in ["pyproject.toml", "setup.py", "README.md", "LICENSE"]:
        shutil.copy(root / file, target)
    for name in LAYERS:
        link = target / "platform/lockstep" / name
        text = str(link.readlink())
        link.unlink()
        link.write_text(text)
    return target


# --- the source root --------------------------------------------------------------------------------------


def test_the_source_root_is_no_package(root: Path) -> None:
    assert (root / "platform/lockstep/__init__.py").is_file()
    assert not (root / "platform/__init__.py").exists()
    assert not (root / "__init__.py").exists()


@pytest.mark.parametrize("name", LAYERS)
def test_each_link_is_relative_and_leads_to_its_layer(root: Path, name: str) -> None:
    link = root / "platform/lockstep" / name
    assert str(link.readlink()) == _layout.LINKS[name]
    assert link.resolve() == (root / LAYERS[name]).resolve()
    assert (link / "__init__.py").is_file()


def test_the_standard_library_keeps_its_platform_module(root: Path) -> None:
    system, file = python("import platform; print(platform.system(), platform.__file__)", folder=root).split()
    assert system
    assert root not in Path(file).parents


def test_pytest_starts_as_a_module_from_the_root(root: Path) -> None:
    command = [sys.executable, "-m", "pytest", "--version"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, f"pytest {pytest.__version__}\n")


def test_every_folder_with_modules_is_a_package(root: Path) -> None:
    modules = sources(root)
    parents = {file.parent for file in modules.values()}
    assert [str(folder) for folder in sorted(parents) if not (folder / "__init__.py").is_file()] == []


# --- what an import loads ---------------------------------------------------------------------------------


def test_importing_the_package_loads_nothing_heavy(root: Path) -> None:
    code = f"import sys, lockstep; print([m for m in {HEAVY} if m in sys.modules])"
    assert python(code, folder=root) == "[]\n"


def test_every_module_imports_and_none_under_its_bare_name(root: Path) -> None:
    names = sorted(name for name in sources(root) if not name.endswith("__main__"))
    code = (
        f"import importlib, json, sys; [importlib.import_module(n) for n in {names}];"
        "print(json.dumps([[n, str(getattr(m, '__file__', ''))] for n, m in sys.modules.items()]))"
    )
    loaded = dict(json.loads(python(code, "-W", "error", folder=root).splitlines()[-1]))
    assert set(names) <= set(loaded)
    assert [name for name in loaded if name.split(".")[0] in LAYERS] == []
    homes = {str((root / folder).resolve()) for folder in LAYERS.values()}
    twins = [n for n, f in loaded.items() if not n.startswith("lockstep.") and any(h in f for h in homes)]
    assert twins == []


def test_no_test_run_imports_a_layer_by_its_bare_name() -> None:
    assert [name for name in LAYERS if name in sys.modules] == []


@pytest.mark.parametrize("name", sorted(lockstep.__all__))
def test_every_public_name_loads(name: str) -> None:
    assert getattr(lockstep, name) is not None
    assert name in dir(lockstep)


def test_the_surface_is_stated_once_for_people_and_once_for_type_checkers(root: Path) -> None:
    tree = ast.parse((root / "platform/lockstep/__init__.py").read_text())
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    lazy = {a.asname or a.name: n.module for n in imports for a in n.names if n.col_offset}
    assert lazy == lockstep._LAZY
    assert set(lockstep.__all__) == {*lazy, "LockstepError", "__version__"}


def test_a_layer_loads_as_an_attribute(root: Path) -> None:
    assert python("import lockstep; print(lockstep.kernels.__name__)", folder=root) == "lockstep.kernels\n"


def test_an_unknown_name_is_an_attribute_error_with_the_known_ones() -> None:
    with pytest.raises(AttributeError, match=r"no name 'backtset'; it has Bars, "):
        _ = lockstep.backtset  # type: ignore[attr-defined]


# --- the layers -------------------------------------------------------------------------------------------


def test_kernels_import_numpy_numba_and_the_standard_library_only(root: Path) -> None:
    # llvmlite is numba's own back end, in which intrinsics are written.
    allowed = {"numpy", "numba", "llvmlite", "lockstep"} | (sys.stdlib_module_names - CLOCKS_AND_CHANCE)
    strangers = []
    for name, file in sources(root).items():
        if not name.startswith("lockstep.kernels"):
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                strangers += [(name, a.name) for a in node.names if a.name.split(".")[0] not in allowed]
            elif isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] not in allowed:
                strangers.append((name, str(node.module)))
    assert strangers == []


def test_the_type_checker_follows_the_links(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    options, complaints = Options(), io.StringIO()
    parse_config_file(options, lambda: None, "pyproject.toml", stderr=complaints)
    checked = {source.module for source in create_source_list(options.files or [], options)}
    assert complaints.getvalue() == ""
    assert {name for name in checked if name.startswith("lockstep")} == set(sources(root))


# --- a checkout without symbolic links --------------------------------------------------------------------


def test_without_links_every_module_is_still_found(root: Path, tmp_path: Path) -> None:
    copy = without_links(root, tmp_path)
    names = sorted(sources(root))
    code = (
        f"import sys; sys.path.insert(0, {str(copy / 'platform')!r});"
        "import importlib.util as u, lockstep.kernels, lockstep.strategies;"
        f"print(lockstep.__file__, *[n for n in {names} if u.find_spec(n) is None])"
    )
    assert python(code, folder=tmp_path).split() == [str(copy / "platform/lockstep/__init__.py")]


def test_without_links_the_type_check_stops_and_says_why(root: Path, tmp_path: Path) -> None:
    copy = without_links(root, tmp_path)
    command = [sys.executable, "-P", "platform/lockstep/_layout.py", "type", "checking"]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "type checking needs kernels, vector, live, data, strategies, analytics as folders" in done.stderr
    assert "git config core.symlinks true" in done.stderr


def test_with_links_the_check_is_silent(root: Path) -> None:
    _layout.require_links("a test")
    assert _layout.search_path() == []
    assert _layout.missing_links(str(root / "platform/lockstep")) == []


def build(kind: str, folder: Path, target: Path) -> subprocess.CompletedProcess[str]:
    """Build a wheel, sdist or editable wheel of `folder` as pip does, without isolation or network."""
    target.mkdir(exist_ok=True)
    code = f"from setuptools import build_meta; build_meta.build_{kind}({str(target)!r})"
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_without_links_a_build_stops_and_says_why(root: Path, tmp_path: Path, kind: str) -> None:
    done = build(kind, without_links(root, tmp_path), tmp_path / "out")
    assert done.returncode == 1
    assert "needs kernels, vector, live, data, strategies, analytics as folders" in done.stderr
    assert list(tmp_path.glob("out/*")) == []


def test_without_links_an_editable_install_is_let_through(root: Path, tmp_path: Path) -> None:
    done = build("editable", without_links(root, tmp_path), tmp_path / "out")
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("out/*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (pth,) = (name for name in archive.namelist() if name.endswith(".pth"))
        assert archive.read(pth).decode().strip() == str(tmp_path / "platform")


# --- what is packed ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def archives(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an sdist of a clean copy of the checkout, and the wheel built from that sdist."""
    copy, out = tmp_path_factory.mktemp("copy"), tmp_path_factory.mktemp("archives")
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(listing, cwd=root, capture_output=True, text=True, check=True).stdout
    for name in filter(None, names.split("\0")):
        if os.path.lexists(root / name):
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, copy / name, follow_symlinks=False)
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(copy)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return out


def packed(root: Path) -> set[str]:
    """Every file an installation needs: modules, the typing marker, templates and tables."""
    tops = {"lockstep": root / "platform/lockstep"} | {f"lockstep/{k}": root / v for k, v in LAYERS.items()}
    files = {f"{top}/{file.relative_to(folder)}" for top, folder in tops.items() for file in walk(folder)}
    return {name for name in files if not name.endswith(".md")}


def test_the_wheel_holds_every_module_and_template(root: Path, archives: Path) -> None:
    (wheel,) = archives.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert names == packed(root)
    assert "lockstep/py.typed" in names


def test_the_source_archive_holds_every_module_and_template(root: Path, archives: Path) -> None:
    (sdist,) = archives.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/platform/")[2] for name in archive.getnames()}
    assert packed(root) <= names
