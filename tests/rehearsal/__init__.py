"""A newcomer's rehearsal: README and the guides are followed to the letter, in a new clone with an empty home."""
