"""What may leave the process: secrets are known by value, in every form in which they can stand in a text."""

from conformance.redaction.vault import SHORTEST, VAULT, Secret, Vault

__all__ = ["SHORTEST", "VAULT", "Secret", "Vault"]
