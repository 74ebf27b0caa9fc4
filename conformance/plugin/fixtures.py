"""What a suite's test is given: the target, a record, a client, and one object for each role."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from conformance.config.profile import Requirement
from conformance.config.target import Target
from conformance.judging.applicability import Probe, settle, what_prevents
from conformance.judging.journal import Journal
from conformance.judging.matchers import CaseRecord
from conformance.judging.run import Run
from conformance.plugin.keys import CASE_RECORD, RUN, SENT
from conformance.plugin.sent import Sent
from conformance.rules.outcome import Inconclusive, NotTested, Stopped
from conformance.suites.binary_files import absences as binary_files
from conformance.suites.binary_files.store import FileStore
from conformance.suites.change_triggers import absences as change_triggers
from conformance.suites.change_triggers.scenarios import Scenarios
from conformance.suites.client_credentials import absences as client_credentials
from conformance.suites.client_credentials.endpoint import AuthorizationServer
from conformance.suites.rotation_lifecycle import absences as rotation_lifecycle
from conformance.suites.rotation_lifecycle.calls import Memory
from conformance.suites.rotation_lifecycle.endpoint import StagedCredentialsOfAnApp
from conformance.suites.token_handling import absences as token_handling
from conformance.suites.token_handling.endpoint import SingleAccessEndpoint

if TYPE_CHECKING:
    from conformance.http.client import Client
    from conformance.http.exchange import Headers


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """Let a fixture end a case. pytest keeps its own kinds of exceptions only, and never ends a fixture without one."""
    try:
        return (yield)
    except Stopped as stopped:
        fixturedef.cached_result = (None, fixturedef.cache_key(request), (stopped, stopped.__traceback__))  # type: ignore[arg-type] # says so too
        raise


class Closes(Protocol):
    """What undoes what it created."""

    def close(self) -> None:
        """Undo it. Raises Stopped where the target does not let it."""


def close(driver: Closes) -> None:
    """End a case. What the target refuses now stays in the journal, and the outcome of the case is what it was.

    pytest never gets rid of a fixture whose end raises what is not an `Exception`.
    """
    with suppress(Stopped):
        driver.close()


@pytest.fixture(scope="session")
def run(pytestconfig: pytest.Config) -> Run:
    """The run that this test is a part of."""
    return pytestconfig.stash[RUN]


@pytest.fixture(scope="session")
def target(request: pytest.FixtureRequest, run: Run) -> Target:
    """The target by its name."""
    return run.target(request.param)


@pytest.fixture
def requirement(request: pytest.FixtureRequest, run: Run, target: Target) -> Requirement:
    """The requirement that the test judges, if the target allows what it does."""
    if run.lost(target.name):
        raise Inconclusive("the target gave no answer to several cases in a row, so it was left alone")
    found = run.profile.requirement(request.node.get_closest_marker("requirement").args[0])
    may_destroy = run.may_destroy(target.name)
    if prevented := what_prevents(target, found, needs_of(request.node, found), may_destroy=may_destroy):
        raise prevented
    if request.node.get_closest_marker("moves_the_clock") and target.capabilities.clock and run.is_shared(target.name):
        raise NotTested("the clock is shared by several processes", "run without -n")
    return found


def needs_of(node: pytest.Item, requirement: Requirement) -> list[str]:
    """The features without which a case does not apply: its requirement's, and those of the case itself."""
    return [*requirement.needs, *(name for marker in node.iter_markers("needs") for name in marker.args)]


type Applies = Callable[[Any, Mapping[str, Probe[Any]]], None]
"""Ends a case that is about something which the target file denies, after a look for it."""


@pytest.fixture
def applies(request: pytest.FixtureRequest, run: Run, target: Target, requirement: Requirement) -> Applies:
    """What ends a case that does not apply, given the object of the role and what looks for its features."""
    role, needs = target.role(requirement.role), needs_of(request.node, requirement)
    return lambda driver, probes: settle(target, role, needs, driver, probes, run.seen)


@pytest.fixture
def parameters(requirement: Requirement) -> dict[str, int | float | str | bool]:
    """The parameters of the requirement, with the profile's overrides."""
    return requirement.parameters


@pytest.fixture
def case(request: pytest.FixtureRequest) -> CaseRecord:
    """The record of this case."""
    case: CaseRecord = request.node.stash.setdefault(CASE_RECORD, CaseRecord())
    return case


@pytest.fixture(scope="session")
def journal(run: Run) -> Journal:
    """Where creations are noted before they happen."""
    return run.journal


@pytest.fixture
def client(request: pytest.FixtureRequest, run: Run, target: Target, requirement: Requirement) -> Iterator[Client]:
    """The recording client, in the name of the requirement."""
    from conformance.http.client import Client  # the HTTP library is loaded where something is sent

    sent = request.node.stash[SENT] = Sent(target.name, keeps=bool(request.config.option.har))
    with Client(target, requirement=requirement.id, run=run.identifier, on_exchange=sent.note) as client:
        yield client


@pytest.fixture
def single_access(
    target: Target, client: Client, case: CaseRecord, journal: Journal, applies: Applies
) -> Iterator[SingleAccessEndpoint]:
    """The target's single access endpoint."""
    if target.single_access is None:
        raise NotTested("the target does not declare the role single_access")
    endpoint = SingleAccessEndpoint(target.single_access, client, case, journal, target.capabilities.clock)
    try:
        applies(endpoint, token_handling.PROBES)
        yield endpoint
    finally:
        close(endpoint)


@pytest.fixture(scope="session")
def guarded() -> set[str]:
    """The names of the targets that are known to give no token to strangers."""
    return set()


@pytest.fixture
def token_endpoint(
    target: Target,
    client: Client,
    case: CaseRecord,
    guarded: set[str],
    parameters: dict[str, int | float | str | bool],
    applies: Applies,
) -> Iterator[AuthorizationServer]:
    """The target's token endpoint."""
    if target.token_endpoint is None:
        raise NotTested("the target does not declare the role token_endpoint")
    dialect = target.capabilities.dialect if parameters.get("salesforce_dialect") else None
    endpoint = AuthorizationServer(target.token_endpoint, client, case, guarded, dialect)
    try:
        applies(endpoint, client_credentials.PROBES)
        yield endpoint
    finally:
        if not target.capabilities.disposable:
            close(endpoint)


@pytest.fixture(scope="session")
def memories() -> dict[str, Memory]:
    """What was found out about the credentials of each target, by its name."""
    return {}


@pytest.fixture
def staged_credentials(
    request: pytest.FixtureRequest,
    run: Run,
    target: Target,
    requirement: Requirement,
    client: Client,
    case: CaseRecord,
    journal: Journal,
    memories: dict[str, Memory],
    applies: Applies,
) -> Iterator[StagedCredentialsOfAnApp]:
    """The credentials of the target's app."""
    if target.staged_credentials is None:
        raise NotTested("the target does not declare the role staged_credentials")
    if set(requirement.effects) != {"reads"} and run.is_shared(target.name):
        raise NotTested("several processes would stage pairs for the same consumer", "run without -n")
    memory = memories.setdefault(target.name, Memory())
    if request.node.get_closest_marker("moves_the_clock"):
        memory.tokens.clear()  # another role's test may have moved it past their end
    endpoint = StagedCredentialsOfAnApp(target.staged_credentials, client, case, memory, journal)
    try:
        applies(endpoint, rotation_lifecycle.PROBES)
        yield endpoint
    finally:
        close(endpoint)


@pytest.fixture
def file_service(
    target: Target, client: Client, case: CaseRecord, journal: Journal, applies: Applies
) -> Iterator[FileStore]:
    """The target's file service."""
    if target.file_service is None:
        raise NotTested("the target does not declare the role file_service")
    store = FileStore(target.file_service, client, case, journal)
    try:
        applies(store, binary_files.PROBES)
        yield store
    finally:
        close(store)


@pytest.fixture(scope="session")
def connections() -> dict[str, tuple[float, Headers]]:
    """The credentials of connections by target, with the time at which they were fetched."""
    return {}


@pytest.fixture
def business_system(
    run: Run,
    target: Target,
    client: Client,
    case: CaseRecord,
    journal: Journal,
    connections: dict[str, tuple[float, Headers]],
    applies: Applies,
) -> Iterator[Scenarios]:
    """The target's business system."""
    if target.business_system is None:
        raise NotTested("the target does not declare the role business_system")
    has_clock = not run.is_shared(target.name)
    system = Scenarios(target.business_system, client, case, journal, connections, has_clock=has_clock)
    try:
        applies(system, change_triggers.PROBES)
        yield system
    finally:
        close(system)
