"""Jobs: work that is done in worker processes, beside the order path. docs/jobs.md."""
