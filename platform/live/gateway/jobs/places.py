"""Where what jobs work on lies on this machine: their workers are told, whoever asks for jobs is not."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from lockstep.live.gateway.problems import Problem
from lockstep.live.gateway.sessions.keeper import FOLDER

_SNAKE = {"timeZone": "time_zone", "timeFormat": "time_format"}
"""Settings of imports as the store has them."""


class Places(NamedTuple):
    """The folders of a gateway that jobs reach into."""

    home: Path
    imports: Path | None = None
    """The one that files may be imported from."""

    def body(self, kind: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a worker is asked: the request of a job, with files and sessions by their paths.

        Raises ``Problem`` for a file that is not in the folder of imports.
        """
        if kind == "parity":
            return {**request, "session": str(self.home / FOLDER / request["sessionId"])}
        if kind == "import":
            asked = {_SNAKE.get(name, name): value for name, value in request.items()}
            return {**asked, "files": [str(self.file(name)) for name in request["files"]]}
        return dict(request)

    def file(self, name: str) -> Path:
        """Return a file of the folder of imports; raises ``Problem`` for one that isn't, however it is spelled."""
        if self.imports is None:
            raise Problem(403, "NO_IMPORTS", "nothing may be imported from here: LOCKSTEP_IMPORTS names the folder of"
                          " files for it, or use `lockstep data import`")  # fmt: skip
        root = self._root(self.imports)
        try:
            path = (root / name).resolve()
            inside = path.is_relative_to(root) and path.is_file()
        except (OSError, ValueError):
            inside = False
        if not inside:
            there = sorted(each.name for each in root.iterdir() if each.is_file())[:20] if root.is_dir() else []
            raise Problem(404, "NOT_FOUND", f"{name!r} is no file of the folder of imports, which holds"
                          f" {', '.join(there) or 'none'}")  # fmt: skip
        return path

    def told(self, text: str) -> str:
        """Return what a worker says, with paths as whoever asks for jobs knows them: from these folders on."""
        for folder in (self.imports, self.home):
            if folder is not None:
                for spelled in dict.fromkeys((self._root(folder), folder)):
                    text = text.replace(f"{spelled}{os.sep}", "")
        return text

    @staticmethod
    def _root(folder: Path) -> Path:
        return folder.expanduser().resolve()
