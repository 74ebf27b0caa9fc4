"""Runs a variant by its name."""

import sys

from conformance.reference.clients.variants import client_variant, client_variants

if __name__ == "__main__":
    if len(sys.argv) != 2 or (variant := client_variant(sys.argv[1])) is None:
        sys.exit(f"usage: python -m conformance.reference.clients.variants {{{','.join(client_variants())}}}")
    sys.exit(variant.program().run())
