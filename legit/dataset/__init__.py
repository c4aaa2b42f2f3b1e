"""Makes labelled prompts with proofs from banks of situations, and checks files of them."""
