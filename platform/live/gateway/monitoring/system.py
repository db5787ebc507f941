"""What processes and disks give: processor, memory and files of the gateway, its sessions and its workers."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import psutil
from prometheus_client.core import Metric

from lockstep.live.gateway.monitoring.exposition import Labels, counter, gauge

_KINDS = ("process", "session")


class Process(NamedTuple):
    """What one process has used, and uses."""

    cpu_seconds: float
    resident_bytes: float
    open_files: float


class Disk(NamedTuple):
    """The disk of a folder."""

    total_bytes: float
    free_bytes: float


class System(NamedTuple):
    """All that was looked at."""

    processes: Mapping[Labels, Process]
    disks: Mapping[Labels, Disk]
    available_bytes: float

    def families(self) -> Iterator[Metric]:
        """Give the figures."""
        found = self.processes
        yield counter(
            "process_cpu_seconds_total", "Processor time of the gateway, its sessions and its workers.", _KINDS,
            {labels: each.cpu_seconds for labels, each in found.items()},
        )  # fmt: skip
        yield gauge("process_resident_bytes", "Memory that a process has.", _KINDS,
                    {labels: each.resident_bytes for labels, each in found.items()})  # fmt: skip
        yield gauge("process_open_files", "Files and sockets that a process has open.", _KINDS,
                    {labels: each.open_files for labels, each in found.items()})  # fmt: skip
        yield gauge("disk_free_bytes", "Room on the disk of a folder.", ("folder",),
                    {labels: each.free_bytes for labels, each in self.disks.items()})  # fmt: skip
        yield gauge("disk_total_bytes", "Size of the disk of a folder.", ("folder",),
                    {labels: each.total_bytes for labels, each in self.disks.items()})  # fmt: skip
        yield gauge("memory_available_bytes", "Memory that the machine could still give.", (),
                    {(): self.available_bytes})  # fmt: skip


def look(sessions: Mapping[str, int], folders: Mapping[str, Path]) -> System:
    """Look at this process, at those of sessions (by name) and at its other children, and at disks of folders.

    It reads files of the system, and so is to be called from a thread.
    """
    own = psutil.Process()
    found: dict[Labels, Process | None] = {("gateway", ""): _process(own)}
    for name, pid in sessions.items():
        found["session", name] = _process(_of(pid))
    workers = [each for each in own.children(recursive=True) if each.pid not in sessions.values()]
    found["workers", ""] = _together([_process(each) for each in workers])
    disks: dict[Labels, Disk] = {(name,): disk for name, path in folders.items() if (disk := _disk(path)) is not None}
    there = {labels: each for labels, each in found.items() if each is not None}
    return System(there, disks, float(psutil.virtual_memory().available))


def _of(pid: int) -> psutil.Process | None:
    try:
        return psutil.Process(pid)
    except psutil.Error:
        return None


def _process(process: psutil.Process | None) -> Process | None:
    """Return what a process uses, None where it is not there any more."""
    if process is None:
        return None
    try:
        with process.oneshot():
            took = process.cpu_times()
            return Process(took.user + took.system, float(process.memory_info().rss), float(process.num_fds()))
    except psutil.Error:
        return None


def _together(found: list[Process | None]) -> Process:
    there = [each for each in found if each is not None]
    return Process(*(sum(values) for values in zip(*there, strict=True))) if there else Process(0.0, 0.0, 0.0)


def _disk(path: Path) -> Disk | None:
    """Return the disk of a folder that is there, or is to be made below one that is."""
    while not path.exists() and path != path.parent:
        path = path.parent
    try:
        found = os.statvfs(path)
    except OSError:
        return None
    return Disk(float(found.f_blocks * found.f_frsize), float(found.f_bavail * found.f_frsize))
