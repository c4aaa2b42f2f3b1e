"""Explanations: proofs, sufficient sets, counterfactuals, open questions and sensitivity."""
