"""The data model: facts and cases, assessments and explanations. Frozen, with JSON schemas."""
