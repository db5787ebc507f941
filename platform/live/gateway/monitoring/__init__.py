"""How the gateway is, for people and for machines: logs, figures, health."""
