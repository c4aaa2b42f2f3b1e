"""Integrations with agent frameworks. Each needs an extra of its own, and the core imports none of them."""
