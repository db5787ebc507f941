"""Recorded sessions: the layout of their tape and journal, and how they are read, verified and exported."""
