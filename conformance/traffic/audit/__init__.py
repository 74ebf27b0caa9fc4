"""Judges what is on disk already: captures, logs, collections and API descriptions, by the rules of live traffic."""
