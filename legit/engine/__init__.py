"""The solver side: the ground program, solving under three truth values, supports. Knows no language."""
