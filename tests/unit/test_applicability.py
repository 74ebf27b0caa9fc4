"""Whether a requirement applies: what a target file declares, what it denies, and what is seen of that."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.config.profile_files import public_https
from conformance.config.roles import RoleModel
from conformance.config.roles.feature import Feature
from conformance.config.target import Target, load_target, role_model, role_names
from conformance.documents import UsageProblem
from conformance.judging.applicability import Seen, lacking, missing, settle
from conformance.rules.outcome import FalseClaim, NotApplicable, NotTested, Outcome
from conformance.suites.binary_files import absences as binary_files
from conformance.suites.change_triggers import absences as change_triggers
from conformance.suites.client_credentials import absences as client_credentials
from conformance.suites.rotation_lifecycle import absences as rotation_lifecycle
from conformance.suites.token_handling import absences as token_handling
from tests.profiles import builtin

ROLES = [role_model(name) for name in role_names()]
FEATURES = [(role, feature) for role in ROLES for feature in role.features]
OPTIONAL = {f"{role.name}.{one.name}": (role, one, one.optional) for role, one in FEATURES if one.optional}
PROBES = {
    "single_access": token_handling.PROBES,
    "token_endpoint": client_credentials.PROBES,
    "staged_credentials": rotation_lifecycle.PROBES,
    "file_service": binary_files.PROBES,
    "business_system": change_triggers.PROBES,
}
REQUIREMENTS = builtin("winter26", of_clients=True).requirements

TOKEN_ENDPOINT = """
name: acme
token_endpoint:
  url: https://{host}/token
  client_id: accounts
  client_secret: s3cret-of-accounts
  {lines}
"""


def loaded(tmp_path: Path, lines: str = "", host: str = "login.example.com", text: str = TOKEN_ENDPOINT) -> Target:
    path = tmp_path / "acme.yaml"
    path.write_text(text.format(host=host, lines=lines), "utf-8")
    return load_target(str(path))


def problem(tmp_path: Path, lines: str, host: str = "login.example.com", text: str = TOKEN_ENDPOINT) -> str:
    with pytest.raises(UsageProblem) as caught:
        loaded(tmp_path, lines, host, text)
    return str(caught.value).removeprefix(f"{tmp_path}/")


# ------------------------------------------------------------ the closed lists


def test_what_may_be_absent_has_a_sentence_and_a_public_source() -> None:
    said = {name: absence for name, (_, _, absence) in OPTIONAL.items()}
    assert len(said) > 50
    assert [name for name, one in said.items() if not one.because[0].isupper() or one.because.endswith(".")] == []
    assert [name for name, one in said.items() if public_https(one.url) != one.url or not one.source] == []


def test_what_may_be_absent_is_needed_by_a_requirement() -> None:
    """So a claim that can be disproved is looked into; what is needed by single cases alone is part of one that is."""
    assert [name for name, (role, feature, _) in OPTIONAL.items() if not needed(role, feature)] == []


def needed(role: type[RoleModel], feature: Feature) -> bool:
    """Whether a requirement on a role needs a feature, what it is part of, or a part of it."""
    ours = [requirement for requirement in REQUIREMENTS if requirement.role in (role.name, *role.played)]
    parts = {one.name for one in role.features if one.part_of == feature.name}
    return any({feature.name, feature.part_of, *parts} & set(requirement.needs) for requirement in ours)


def test_names_are_unique_and_lead_somewhere() -> None:
    for role in ROLES:
        names = [feature.name for feature in role.features]
        assert len(set(names)) == len(names)
        assert {feature.part_of for feature in role.features} <= {*names, ""}
        assert all(feature.line or feature.given is None for feature in role.features)


def test_every_requirement_needs_what_its_role_knows() -> None:
    for requirement in REQUIREMENTS:
        assert set(requirement.needs) <= {feature.name for feature in role_model(requirement.role).features}


def test_only_what_can_be_denied_is_looked_for() -> None:
    for role, probes in PROBES.items():
        assert set(probes) <= {feature.name for feature in role_model(role).features if feature.optional is not None}


# ------------------------------------------------------------- the target file


def test_an_unknown_name_is_refused_with_the_nearest_one(tmp_path: Path) -> None:
    assert problem(tmp_path, "absent: [audience]") == (
        "acme.yaml:7: token_endpoint.absent: 'audience' is not among what may be absent; did you mean audiences?"
    )


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("absent: [scopes]\n  scopes: [read]", "scopes cannot be absent, since token_endpoint.scopes declares"),
        ("absent: [audiences]\n  audience: https://api.example.com", "since token_endpoint.audience declares it"),
        ("absent: [audiences]\n  audience_parameter: audience", "since token_endpoint.audience_parameter declares it"),
    ],
)
def test_what_is_declared_cannot_be_absent(tmp_path: Path, lines: str, said: str) -> None:
    """Nor can that of which a part is declared."""
    found = problem(tmp_path, lines)
    assert found.startswith("acme.yaml:7: token_endpoint.absent[0]: ")
    assert said in found


def test_of_the_fields_the_one_is_named_that_declares_it(tmp_path: Path) -> None:
    """And nothing is said of it that the file does not say."""
    text = (
        "business_system:\n  base_url: https://{host}\n  create: {{path: /orders}}\n"
        "  fields: {{name: {{type: string}}, amount: {{type: integer}}}}\n  absent: [ranges]\n{lines}"
    )

    assert problem(tmp_path, "", text=text).endswith(
        "business_system.absent[0]: ranges cannot be absent, since business_system.fields.amount declares it; keep one"
    )


def test_what_may_be_found_may_be_absent(tmp_path: Path) -> None:
    """An issuer may have metadata that name no introspection."""
    target = loaded(tmp_path, "issuer: https://login.example.com\n  absent: [introspection]")

    assert target.role("token_endpoint").absent == ("introspection",)


def test_an_org_of_salesforce_has_what_every_org_has(tmp_path: Path) -> None:
    said = problem(tmp_path, "absent: [run_as_user]", host="acme.my.salesforce.com")

    assert "every org of Salesforce has it, so run_as_user is not absent; write token_endpoint.client_without_u" in said


def test_without_deletion_the_target_has_to_be_disposable(tmp_path: Path) -> None:
    """What the suite creates stays there."""
    text = "file_service:\n  url: https://{host}/{{name}}\n  absent: [deletion]\n{lines}"

    assert "what the suite creates would stay" in problem(tmp_path, "", text=text)
    assert loaded(tmp_path, "capabilities: {disposable: true}", text=text).role("file_service").absent == ("deletion",)


# -------------------------------------------------------------------- outcomes


def test_what_the_file_neither_declares_nor_denies_is_missing(tmp_path: Path) -> None:
    target = loaded(tmp_path, "absent: [audiences]")
    role = target.role("token_endpoint")
    needs = ["client_secret", "audience_parameter", "protected_resource"]

    assert [feature.name for feature in missing(target, role, needs)] == ["protected_resource"]


def test_what_is_missing_is_not_tested_and_both_ways_out_are_named(tmp_path: Path) -> None:
    stopped = lacking(loaded(tmp_path).role("token_endpoint"), "audiences")

    assert isinstance(stopped, NotTested)
    assert stopped.advice == (
        "token_endpoint.audience: https://api.example.com\nor token_endpoint.absent: [audiences], where there is none"
    )


def test_what_is_denied_is_not_applicable_with_its_parts(tmp_path: Path) -> None:
    stopped = lacking(loaded(tmp_path, "absent: [audiences]").role("token_endpoint"), "required_audience")

    assert isinstance(stopped, NotApplicable)
    assert stopped.claim == "token_endpoint.absent: audiences"
    assert str(stopped).startswith("there is no audience of tokens, as token_endpoint.absent: audiences says\n")
    assert "RFC 8707" in str(stopped)


def test_a_line_of_the_role_denies_as_well() -> None:
    """Names that are UUIDs leave no occasion for names of any text."""
    role = role_model("file_service").model_validate({"url": "https://files.example.com/{name}", "names": "uuid"})

    assert role.denial_of("names_of_any_text") == (role.feature("names_of_any_text"), "file_service.names: uuid")


def test_a_claim_is_looked_into_once_and_stands_where_nothing_is_seen(tmp_path: Path) -> None:
    target = loaded(tmp_path, "absent: [audiences]")
    seen: Seen = {}
    looks: list[str] = []

    def look(at: list[str]) -> None:
        at.append("looked")

    for _ in range(2):
        with pytest.raises(NotApplicable):
            settle(target, target.role("token_endpoint"), ["audiences"], looks, {"audiences": look}, seen)

    assert looks == ["looked"]


def test_a_false_claim_fails_and_says_what_was_seen(tmp_path: Path) -> None:
    """Whatever the level of the requirement is."""
    target = loaded(tmp_path, "absent: [audiences]")
    probes = {"audiences": lambda driver: "the access token has an aud"}

    with pytest.raises(FalseClaim) as caught:
        settle(target, target.role("token_endpoint"), ["required_audience"], None, probes, {})

    assert caught.value.outcome is Outcome.FAILED
    assert str(caught.value) == (
        "token_endpoint.absent: audiences says that there is no audience of tokens, but the access token has an aud"
    )
    assert caught.value.advice.startswith("delete it; it is declared by token_endpoint.audience: ")


def test_what_is_declared_is_left_to_its_test(tmp_path: Path) -> None:
    target = loaded(tmp_path, "audience: https://api.example.com")

    settle(target, target.role("token_endpoint"), ["audiences"], None, {}, {})
