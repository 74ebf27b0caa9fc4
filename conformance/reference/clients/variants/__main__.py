"""Runs a variant by its name."""

import sys

from conformance.reference.clients.variants import client_variants

if __name__ == "__main__":
    known = client_variants()
    if len(sys.argv) != 2 or sys.argv[1] not in known:
        sys.exit(f"usage: python -m conformance.reference.clients.variants {{{','.join(known)}}}")
    sys.exit(known[sys.argv[1]].program().run())
