"""Token clients with a defect each in how they go to the token endpoint: whom they trust, and when they come back."""

from __future__ import annotations

from conformance.reference.clients.token import TokenClient
from conformance.reference.clients.variants import fault
from conformance.reference.clients.variants.connections import (
    Careless,
    CountingSeconds,
    Hasty,
    HeedingTheFirst,
    Led,
    LedWithTheForm,
    LedWithTheHeader,
    Trusting,
)


@fault("CCC-14")
class GoesWhereTheTokenEndpointLeads(TokenClient):
    """It follows a redirect of the token endpoint to any host with all that it sends."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens.connection = Led()


@fault("CCC-14")
class DropsTheHeaderAndSendsTheForm(TokenClient):
    """It follows a redirect without its header, and repeats the form, whatever is in it."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens.connection = LedWithTheForm()


@fault("CCC-14")
class KeepsItsHeaderOnTheWay(TokenClient):
    """It follows a redirect by GET, and leaves its header on."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens.connection = LedWithTheHeader()


@fault("CCC-15")
class ShowsAnybodyItsSecret(TokenClient):
    """It does not verify certificates."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens.connection = Trusting()


@fault("CCC-16")
class AsksForATokenAgainAtOnce(TokenClient):
    """It does not look at Retry-After."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens.connection = Hasty()


@fault("CCC-16")
class HeedsTheFirstWaitForATokenAlone(TokenClient):
    """Asked twice to wait, it comes back at once the second time."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens.connection = HeedingTheFirst()


@fault("CCC-16")
class AsksForATokenAgainBeforeADate(TokenClient):
    """It knows Retry-After with seconds alone."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens.connection = CountingSeconds()


@fault("CCC-15")
class ShowsAnotherHostItsSecret(TokenClient):
    """It takes any certificate of its authority, for whichever host it is."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens.connection = Careless()
