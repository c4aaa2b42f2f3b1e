"""Controlled English: parses sentences into facts and writes facts as sentences. Knows no engine."""
