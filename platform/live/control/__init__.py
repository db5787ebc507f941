"""How a running session is asked and told things by other processes: a socket in its folder."""
