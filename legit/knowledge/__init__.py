"""The knowledge base as Python sees it: vocabulary, criteria, sources, profiles. Knows no criterion by name."""
