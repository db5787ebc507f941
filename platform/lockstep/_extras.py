"""How a missing package is installed, said in the same words wherever one is missing."""


def how_to_install(extra: str = "") -> str:
    """Return what to run for an extra of pyproject.toml, or without one for what Lockstep always needs."""
    wanted = f"-e '.[{extra}]'" if extra else "-e ."
    without_uv = f"`.venv/bin/python -m pip install {wanted}`"
    return f"in Lockstep's folder run `uv pip install {wanted}` or, without uv, {without_uv}"
