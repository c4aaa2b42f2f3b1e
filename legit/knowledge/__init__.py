"""The knowledge base as Python sees it: vocabulary, criteria, sources, rights, profiles. No criterion by name."""
