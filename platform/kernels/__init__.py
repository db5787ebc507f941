"""Compiled steps on plain numbers and arrays: numpy and numba, nothing else."""
