"""What the commands share: options, and a stdout that holds nothing but the answer."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer

HELP: Final = "markdown"
"""How help is read: in rich's own markup a [default] in brackets would vanish."""

StoreOption = Annotated[
    Path | None, typer.Option("--store", help="Folder of the store. [$LOCKSTEP_STORE or ~/.lockstep/store]")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


@contextmanager
def stdout_kept_clean() -> Iterator[None]:
    """Send to stderr what a user's code prints meanwhile, libraries below Python included."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
