"""Helpers that know nothing of rules or cases. They import `legit.errors` and the version, nothing else of `legit`."""
