"""The full order model: what orders say, when they fill, and what filling costs."""
