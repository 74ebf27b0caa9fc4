"""What may leave the process: secrets are known by value, in every form in which they can stand in a text."""

from conformance.redaction.vault import ALONE, MARGIN, SHORTEST, VAULT, Secret, Vault, without_steering

__all__ = ["ALONE", "MARGIN", "SHORTEST", "VAULT", "Secret", "Vault", "without_steering"]
