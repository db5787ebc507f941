"""Where jobs are kept: a folder each, so that a gateway that was started anew still knows them."""

import os
import shutil
from pathlib import Path
from typing import Any

import msgspec

from lockstep.live.gateway.jobs.job import Job

KEEP = 500
"""Jobs; of more the oldest that have ended go."""
_JOB, _RESULT = "job.json", "result.json"


class Shelf:
    """The jobs of a folder, the oldest first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.jobs: dict[str, Job] = {}
        for job in sorted(self._found(), key=lambda job: (job.created_ns, job.id)):
            self.jobs[job.id] = job
            if not job.ended:
                job.cut_off()
                self.keep(job)

    def _found(self) -> list[Job]:
        found = []
        for path in self.folder.glob(f"*/{_JOB}"):
            try:
                job = msgspec.json.decode(path.read_bytes(), type=Job)
            except (OSError, msgspec.DecodeError, UnicodeDecodeError):
                continue  # not one of ours, or of a version to come: it is left where it is
            if job.id == path.parent.name:  # no copy, and nothing that lies elsewhere
                found.append(job)
        return found

    def folder_of(self, job: Job) -> Path:
        """Return where its files belong."""
        return self.folder / job.id

    def put(self, job: Job) -> None:
        """Take a new job; where there are too many the oldest that has ended goes."""
        self.folder_of(job).mkdir()
        self.jobs[job.id] = job
        self.keep(job)
        for old in [each for each in self.jobs.values() if each.ended][: max(len(self.jobs) - KEEP, 0)]:
            del self.jobs[old.id]
            shutil.rmtree(self.folder_of(old), ignore_errors=True)

    def keep(self, job: Job) -> None:
        """Write down how a job stands."""
        _replace(self.folder_of(job) / _JOB, msgspec.json.encode(job))

    def keep_result(self, job: Job, result: dict[str, Any]) -> None:
        """Write down what came of it."""
        _replace(self.folder_of(job) / _RESULT, msgspec.json.encode(result))

    def result(self, job: Job) -> bytes | None:
        """Return what came of it, as JSON; None where nothing is there."""
        try:
            return (self.folder_of(job) / _RESULT).read_bytes()
        except FileNotFoundError:
            return None


def _replace(path: Path, content: bytes) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_bytes(content)
    os.replace(fresh, path)
