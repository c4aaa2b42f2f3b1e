"""Doors for agent frameworks: each thin, each in an extra of its own, and none imported by the core."""
