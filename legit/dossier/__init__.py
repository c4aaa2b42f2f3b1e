"""Dossiers: the evidence of an evaluation in one archive that a third party verifies offline.

A protocol is written and sealed before the run. The run appends records to a log of which the protocol is the first
entry. The report is computed from protocol and records alone, so that whoever has the archive can compute it again.
`docs/dossier-format.md` is the specification of the archive.
"""
