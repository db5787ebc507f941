"""Proof that a recorded session is what the batch makes of the same inputs."""
