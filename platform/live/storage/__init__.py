"""What a session keeps: tape, journal, head and reserve, in a folder that one process owns."""
