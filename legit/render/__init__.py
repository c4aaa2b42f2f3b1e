"""Output formats: text for terminals, HTML pages, graphs, tables and plots. Decides nothing."""
