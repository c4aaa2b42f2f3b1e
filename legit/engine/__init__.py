"""The solver side: the ground program, scenarios, decisions and their supports. Knows no language."""
