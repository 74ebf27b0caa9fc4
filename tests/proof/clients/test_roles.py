"""No role of clients is left without its proof."""

from importlib import import_module
from pkgutil import iter_modules

from conformance.config.profile import load_profile
from conformance.reference.clients.variants import client_variants
from tests.proof import clients


def test_each_role_has_its_proof() -> None:
    for module in iter_modules(clients.__path__):
        import_module(f"{clients.__name__}.{module.name}")
    proved = sorted(proof.role for proof in clients.ProofOfClients.__subclasses__())

    assert proved == sorted({one.role for one in load_profile("winter26-clients").requirements})
    assert proved == sorted({variant.program.role for variant in client_variants().values()})
