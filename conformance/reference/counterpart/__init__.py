"""What a client under test talks to: the reference, with one fault of the world, and a record of every exchange."""
