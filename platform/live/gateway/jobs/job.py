"""One job: what was asked, how far it is, and what came of it."""

import time
from typing import Any, Literal

import msgspec

State = Literal["queued", "running", "done", "failed", "cancelled"]
ENDED: tuple[State, ...] = ("done", "failed", "cancelled")
ATTEMPTS = 2


class JobError(msgspec.Struct, frozen=True):
    """Why a job failed: the kind of error and what it says."""

    type: str
    message: str


class Job(msgspec.Struct, rename="camel", kw_only=True):
    """A job as it is told and kept; its result lies beside it."""

    id: str
    kind: str
    request: dict[str, Any]
    state: State = "queued"
    progress: float = 0.0
    """The share of its present stage that is done; 1 once all is, and where it was when it failed or was cancelled."""
    stage: str = ""
    created_ns: int = msgspec.field(default_factory=time.time_ns)
    started_ns: int = 0
    ended_ns: int = 0
    attempts: int = 0
    """How often it was begun: one that is cut off by the gateway's end is begun again, at most ``ATTEMPTS`` times."""
    error: JobError | None = None
    name: str = ""
    """As whoever asked calls it."""
    asked_by: str = ""
    key: str = ""
    """Of who asked: the same, asked again under it word for word, is this job."""

    @property
    def ended(self) -> bool:
        """Will nothing more come of it?"""
        return self.state in ENDED

    def cut_off(self) -> None:
        """The gateway has died while it waited or was done: it waits again, unless that happened too often."""
        if self.state == "running" and self.attempts >= ATTEMPTS:
            self.state, self.ended_ns = "failed", time.time_ns()
            self.error = JobError(
                "Interrupted", f"the gateway died {self.attempts} times while it was done: see its log, then ask again"
            )  # fmt: skip
        else:
            self.wait_again()

    def wait_again(self) -> None:
        """It is as if it had not been begun, but for the attempts that are counted."""
        self.state, self.stage, self.progress, self.started_ns = "queued", "", 0.0, 0

    def brief(self) -> dict[str, Any]:
        """Return how far it is, without what was asked."""
        return {
            "jobId": self.id,
            **{name: value for name, value in self.told().items() if name not in ("id", "request")},
        }

    def told(self) -> dict[str, Any]:
        """Return it as plain values for JSON, with where its result is to be had."""
        told: dict[str, Any] = msgspec.to_builtins(self)
        at = f"/api/jobs/{self.id}"
        return {**told, "links": {"self": at, "result": f"{at}/result"}}
