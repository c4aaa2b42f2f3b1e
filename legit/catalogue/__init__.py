"""The entries of a knowledge base for people: look-up, search, citations and the rules in plain words."""
