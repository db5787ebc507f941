"""What saving and opening say where the extra is missing, or the file is of another kind."""

import importlib.util

import pytest

from lockstep.errors import SweepError
from lockstep.vector.sweep.result import Sweep, writable


@pytest.mark.parametrize(("name", "package"), [("found.nc", "h5netcdf"), ("found.zarr", "zarr")])
def test_missing_packages_are_named_with_the_extra(name, package, monkeypatch, tmp_path):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    for asked in (writable, Sweep.open):
        with pytest.raises(SweepError, match=rf"{package}, which is not installed.*\[research\]"):
            asked(tmp_path / name)


def test_other_kinds_of_file_are_refused():
    with pytest.raises(SweepError, match=r"\.nc .* or \.zarr, found 'found\.csv'"):
        writable("found.csv")
