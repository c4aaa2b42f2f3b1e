"""A knowledge base as a static site: every entry a page, cross-linked, searchable without a network."""
