"""Small helpers that know nothing of rules or cases. Imports nothing of the package but `legit.errors`."""
