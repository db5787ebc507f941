"""A local exchange: the matching kernels behind a socket, with scripted faults and a log that bears witness."""
