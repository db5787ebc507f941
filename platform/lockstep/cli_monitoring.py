"""The command that writes what Prometheus and Grafana are told: `lockstep monitoring`."""

from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

FILES = ("dashboard.json", "alerts.yml", "prometheus.yml")


def monitoring_command(
    folder: Annotated[Path, typer.Argument(help="Where to write them; files of these names are replaced.")],
) -> None:
    """Write a dashboard for Grafana, and alert rules and a scrape configuration for Prometheus."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = resources.files("lockstep.live.gateway.monitoring") / "files"
    for name in FILES:
        (folder / name).write_bytes((kept / name).read_bytes())
        print(folder / name)
