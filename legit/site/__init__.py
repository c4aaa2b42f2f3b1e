"""A knowledge base as a static site: one page an entry, cross-linked, searchable without a server."""
