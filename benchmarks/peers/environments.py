"""Make the environments that peers run in: .benchmarks/peers-NAME in the checkout, versions from NAME.txt.

    python -m benchmarks.peers.environments [vectorbt] [backtesting] [nautilus] [hftbacktest]

uv where it is on the PATH, else venv and pip. Byte code is compiled, as ours is: without it vectorbt takes three
times as long to start. Peers never share an environment with us: their licences and their weight stay outside.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.harness import ROOT

PEERS = ("vectorbt", "backtesting", "nautilus", "hftbacktest")
NEWEST = ("python3.13", "python3.12")
WANTS_NEWEST = ("nautilus",)


def python_of(peer: str) -> Path:
    """Return the Python of a peer's environment, made first where it is missing or its versions have changed."""
    folder = ROOT / ".benchmarks" / f"peers-{peer}"
    wanted = Path(__file__).with_name(f"{peer}.txt")
    stamp, digest = folder / "made-from", hashlib.sha256(wanted.read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != digest:
        print(f"making the environment of {peer} in {folder.relative_to(ROOT)}", file=sys.stderr)
        _make(folder, wanted, _base(peer))
        stamp.write_text(digest)
    return folder / "bin" / "python"


def _base(peer: str) -> str:
    """Return the Python to start from: our own, or the newest that works for a peer that drops older ones first."""
    if peer not in WANTS_NEWEST:
        return sys.executable
    managed = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv").glob("versions/3.1[23].*/bin/python3")
    for candidate in [*filter(None, map(shutil.which, NEWEST)), *sorted(map(str, managed))]:
        # A version manager puts names on the PATH that may lead nowhere.
        if subprocess.run([candidate, "-c", "import venv"], check=False, capture_output=True).returncode == 0:
            return candidate
    return sys.executable


def _make(folder: Path, wanted: Path, base: str) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    python = str(folder / "bin" / "python")
    env = {**os.environ, "UV_COMPILE_BYTECODE": "1"}
    env.pop("VIRTUAL_ENV", None)
    uv = shutil.which("uv")
    if uv:
        _run([uv, "venv", "--quiet", "--no-python-downloads", "--python", base, str(folder)], env)
        _run([uv, "pip", "install", "--quiet", "--python", python, "-r", str(wanted)], env)
        return
    _run([base, "-m", "venv", str(folder)], env)
    _run(
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile", "-r", str(wanted)],
        env,
    )
    # Some packages ship files for other Pythons: what does not compile is left as it is.
    subprocess.run([python, "-m", "compileall", "-qq", "-j", "0", str(folder / "lib")], env=env, check=False)


def _run(command: list[str], env: dict[str, str]) -> None:
    subprocess.run(command, env=env, check=True, stdout=sys.stderr)


if __name__ == "__main__":
    for name in sys.argv[1:] or PEERS:
        print(python_of(name))
