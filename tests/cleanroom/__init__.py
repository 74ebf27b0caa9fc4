"""Servers that were written from the facts and the standards alone, before anybody looked at a suite."""
