"""Alerts sent to addresses of the operator's choice: signed, repeated until they are taken, and to nowhere else."""
