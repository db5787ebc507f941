"""What a sweep's runs were told besides bars and parameters, as texts that a saved result holds."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from lockstep.analytics.metrics.conventions import PRESETS
from lockstep.vector.sweep.request import Request

ARRAYS = ("columns",)
"""Settings that are data, however they are given."""


def written_settings(request: Request) -> dict[str, str]:
    """Return convention, order model, benchmark and columns as JSON; null stands for what JSON can't hold."""
    rules: Any = request.rules.name if PRESETS.get(request.rules.name) == request.rules else asdict(request.rules)
    beyond = {**request.model, "benchmark": request.benchmark, "columns": request.columns}
    given = {name: value for name, value in beyond.items() if value is not None and value is not False}
    written = {name: None if name in ARRAYS else _plain(value) for name, value in given.items()}
    return {"rules": json.dumps(rules), "given": json.dumps(written)}


def settings_kept(attrs: Mapping[str, Any], run: Mapping[str, str]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the keywords of ``backtest`` for one run, and the names of those whose values are not known any more."""
    policies = json.loads(attrs["policies"])
    execution = policies[run["policy"]] if "policy" in run else next(iter(policies.values()))
    kept: dict[str, Any] = {"cash": float(attrs["cash"]), "risk_free": float(attrs["risk_free"])}
    given = json.loads(attrs["given"])
    lost = tuple(name for name, value in given.items() if value is None)
    kept["convention"] = json.loads(attrs["rules"])
    return {**kept, **execution, **{name: value for name, value in given.items() if name not in lost}}, lost


def _plain(value: Any) -> Any:
    """Return a setting as JSON holds it, without what is at its default by being None."""
    value = value.to_mapping() if hasattr(value, "to_mapping") else value
    value = value.to_dict() if hasattr(value, "to_dict") and not hasattr(value, "columns") else value
    if isinstance(value, Mapping):
        value = {name: part for name, part in value.items() if part is not None}
    try:
        return json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError):
        return None
