"""The controlled English: reading sentences into facts and writing facts as sentences. Knows no engine."""
