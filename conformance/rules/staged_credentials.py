"""What the answers of the resources for staged credentials say.

Reading is tolerant: a collection, a bare list and a bare object are the same, and members have the names that clients
were seen to read. A rule returns None where the answer is as claimed, else a sentence that says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from conformance.redaction import Secret
from conformance.rules.flaw import Flaw, FlawOfKind
from conformance.rules.single_access import contains, everything_in

if TYPE_CHECKING:
    from conformance.http.exchange import Response

ACTIVE, EXPIRED, ROTATED = STATES = ("Active", "Expired", "Rotated")
FIELDS = ("id", "key", "secret", "state", "createdBy", "createdDate", "expirationDate", "stagedCredentialsUrl", "url")
"""The members of a staged credential, by the documentation."""

_TOLERANCE = timedelta(days=1)  # dates without time or time zone may be off by so much
_MANY = 2_000  # more apps, consumers or staged credentials than that are not read from one answer


@dataclass(frozen=True, slots=True)
class Pair:
    """A key and its secret."""

    key: Secret
    secret: Secret

    @classmethod
    def of(cls, key: str, secret: str) -> Pair:
        """The pair of these values, which become known as secrets."""
        return cls(Secret(key, "key"), Secret(secret, "secret"))


@dataclass(frozen=True, slots=True)
class Staged:
    """A staged credential as an answer shows it; what it does not show is None or empty."""

    id: str
    key: Secret | None = None
    secret: Secret | None = None
    state: str = ""
    url: str = ""
    created: str = ""
    expires: str = ""

    def shows(self, pair: Pair) -> bool:
        """Whether it is this pair, as far as it shows."""
        return self.key == pair.key and self.secret in (None, pair.secret)

    @property
    def has_pair(self) -> bool:
        """Whether its key and its secret are shown."""
        return self.key is not None and self.secret is not None

    @property
    def pair(self) -> Pair:
        """Its key and secret.

        Raises:
            LookupError: they are not both shown.
        """
        if self.key is None or self.secret is None:
            raise LookupError("the staged credential does not show its key and its secret")
        return Pair(self.key, self.secret)


# ------------------------------------------------------------------------ reading


def objects_in(response: Response, wrapper: str) -> list[dict[str, object]]:
    """The objects of a collection: in the member of this name, in a bare list, or one bare object."""
    try:
        found = response.json()
    except ValueError:
        return []
    if isinstance(found, dict):
        found = found.get(wrapper, [found] if _text(found, "id", "stagedCredentialId") else [])
    return [one for one in found[:_MANY] if isinstance(one, dict)] if isinstance(found, list) else []


def next_page_in(response: Response) -> str:
    """The address of the next page that an answer shows; empty where it shows none."""
    try:
        found = response.json()
    except ValueError:
        return ""
    return _text(found, "nextPageUrl") if isinstance(found, dict) else ""


def is_an_empty_list(response: Response, wrapper: str) -> bool:
    """Whether the answer is a collection with nothing in it."""
    try:
        found = response.json()
    except ValueError:
        return False
    return (found.get(wrapper) if isinstance(found, dict) else found) == []


def staged_in(response: Response) -> list[Staged]:
    """The staged credentials that an answer shows, none where it is no good one."""
    found = objects_in(response, "stagedCredentials") if 200 <= response.status < 300 else []
    return [
        Staged(
            id=_text(one, "id", "stagedCredentialId"),
            key=_secret(one, "key", "key", "consumerKey"),
            secret=_secret(one, "secret", "secret", "consumerSecret"),
            state=_text(one, "state"),
            url=_text(one, "url"),
            created=_text(one, "createdDate"),
            expires=_text(one, "expirationDate"),
        )
        for one in found
    ]


def pair_in(response: Response) -> Pair | None:
    """The key and the secret of a consumer, where the answer shows both."""
    [*_, one] = [{}, *objects_in(response, "consumers")]
    key, secret = _text(one, "key", "consumerKey"), _text(one, "secret", "consumerSecret")
    return Pair.of(key, secret) if key and secret and response.status == 200 else None


def names(response: Response, pair: Pair) -> bool:
    """Whether the answer shows a consumer with the key of this pair."""
    shown = [_text(one, "key", "consumerKey") for one in objects_in(response, "consumers")]
    return response.status == 200 and pair.key.reveal() in shown


def learn_pairs(response: Response) -> None:
    """Make each key and each secret that an answer shows known as secrets, whether or not anybody looks at them."""
    for wrapper in ("stagedCredentials", "consumers"):
        for one in objects_in(response, wrapper):
            _secret(one, "key", "key", "consumerKey")
            _secret(one, "secret", "secret", "consumerSecret")


def _text(members: dict[str, object], *names: str) -> str:
    found = next((members[name] for name in names if members.get(name)), "")
    return found if isinstance(found, str) else ""


def _secret(members: dict[str, object], kind: str, *names: str) -> Secret | None:
    value = _text(members, *names)
    return Secret(value, kind) if value else None


# ------------------------------------------------------------------------ judging


def is_not_successful(response: Response) -> Flaw | None:
    """None if the answer has status 2xx."""
    return None if 200 <= response.status < 300 else f"the answer has status {response.status}"


def is_not_refused(response: Response, statuses: Sequence[int] = ()) -> Flaw | None:
    """None if the answer is a refusal: a 4xx, or one of these statuses where a source names them."""
    if statuses:
        return None if response.status in statuses else FlawOfKind("status", f"the answer has status {response.status}")
    if response.status >= 500:
        told = f"the answer has status {response.status}: the server failed on the request and did not refuse it"
        return FlawOfKind("server-error", told)
    if 400 <= response.status < 500:
        return None
    return FlawOfKind("no-refusal", f"the answer has status {response.status}, which is not a refusal")


def shows(response: Response, secrets: Iterable[Secret]) -> Flaw | None:
    """None if no part of the answer holds one of the secrets, in any encoding."""
    text = everything_in(response)
    return next((f"the answer shows {secret}" for secret in secrets if contains(text, secret.reveal())), None)


def lacks_members(objects: Iterable[dict[str, object]], names: Iterable[str], what: str) -> FlawOfKind | None:
    """None if each of the objects has all these members, each of them text that is not empty."""
    found = list(objects)
    missing = [name for name in names if any(not _text(one, name) for one in found)]
    return FlawOfKind("missing", f"{what} has no {', '.join(missing)}") if missing else None


def is_not_a_staged_credential(response: Response) -> Flaw | None:
    """None if the answer has status 2xx and shows staged credentials with all documented members and a known state."""
    found = objects_in(response, "stagedCredentials")
    if flaw := is_not_successful(response):
        return flaw
    if not found:
        return FlawOfKind("missing", "the answer shows no staged credential")
    missing = lacks_members(found, FIELDS, "the staged credential")
    states = [state for one in found if (state := _text(one, "state"))]
    unknown = (
        None if set(states) <= set(STATES) else FlawOfKind("state", "the state is none of Active, Expired and Rotated")
    )
    flaws = list(filter(None, (missing, unknown)))
    return FlawOfKind(flaws[0].kind, "; ".join(flaws)) if flaws else None


def moment_of(text: str) -> datetime | None:
    """The moment of a date in one of the usual forms, in UTC where it names no time zone; None where it has none."""
    if text.isdigit() and len(text) in (10, 13):
        return datetime.fromtimestamp(int(text[:10]), UTC)
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = read(text)
        except (ValueError, TypeError, OverflowError):
            continue
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return None


def does_not_live(created: datetime, expires: datetime, days: int) -> Flaw | None:
    """None if there are so many days between the two moments; dates without a time may be off by one."""
    lives = expires - created
    if abs(lives - timedelta(days=days)) <= _TOLERANCE:
        return None
    return f"expirationDate is {lives / timedelta(days=1):.1f} days after createdDate"


def has_another_pair(found: Pair | None, wanted: Pair) -> Flaw | None:
    """None if the main pair is the wanted one."""
    if found is None:
        return "the answer shows no pair"
    parts = [name for name in ("key", "secret") if getattr(found, name) != getattr(wanted, name)]
    return f"the {' and the '.join(parts)} of the main pair {_are(parts)} another" if parts else None


def repeats(values: Collection[Secret], what: str) -> Flaw | None:
    """None if no value comes twice."""
    missing = len(values) - len({value.reveal() for value in values})
    return f"{missing} of {len(values)} {what} came before" if missing else None


def _are(parts: Sequence[str]) -> str:
    return "are" if len(parts) > 1 else "is"
