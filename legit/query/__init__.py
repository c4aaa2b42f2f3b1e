"""Questions over decided cases: in sentences with gaps, or as a program of rules in a worker with limits."""
