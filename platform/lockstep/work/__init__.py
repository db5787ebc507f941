"""Work that takes long or much memory, done in a process of its own: `python -m lockstep.work`. docs/jobs.md."""
