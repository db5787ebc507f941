"""Exchanges' binary feeds become events: messages are found, read and told apart in compiled loops."""
