"""Words decided cases: assessments, proofs, open questions, counterfactuals and sensitivity to weights."""
