"""A fleet as a whole, from the statements of all its runs: which count, and what they say together."""
