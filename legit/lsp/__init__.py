"""The language server (extra `lsp`): cases and criteria in an editor. `legit lsp` runs it over standard streams."""
