"""The ring: a session's market events, written by its process and read by others, without a word between them."""
