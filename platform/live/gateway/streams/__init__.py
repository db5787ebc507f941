"""Streams: what happens in sessions, told at once to all who listen. docs/streams.md."""
