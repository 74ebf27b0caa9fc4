"""A vault remembers what it has found in a text, and looks again once it knows a secret more."""

from __future__ import annotations

import pytest

from conformance.redaction import Vault

TOKEN = "00D000000000001!AQ4AQ.made-up-token-of-a-text-that-comes-again"


@pytest.fixture
def vault() -> Vault:
    vault = Vault()
    vault.register("another-made-up-value")
    return vault


def test_a_text_that_was_shown_is_masked_once_its_secret_is_known(vault: Vault) -> None:
    assert [vault.redact(f"x {TOKEN}") for _ in range(2)] == [f"x {TOKEN}"] * 2
    vault.register(TOKEN)
    assert [vault.redact(f"x {TOKEN}") for _ in range(2)] == ["x token#2"] * 2
    assert vault.redact("x another-made-up-value") == "x token#1"


def test_a_word_of_our_own_is_kept_where_the_same_text_was_masked_before(vault: Vault) -> None:
    vault.publish("another-made-up-value")
    text = "x another-made-up-value"
    assert [vault.redact(text), vault.redact(text, firm=True), vault.redact(text)] == ["x token#1", text, "x token#1"]


def test_an_output_is_searched_again_once_its_secret_is_known(vault: Vault) -> None:
    outputs = [f"{number} {TOKEN}".encode() for number in range(20)]
    assert [vault.leaks_in(output) for output in outputs * 2] == [[]] * 40
    vault.register(TOKEN)
    assert [vault.leaks_in(output) for output in outputs * 2] == [["token#2"]] * 40
    vault.publish(TOKEN)
    assert [vault.leaks_in(output) for output in outputs * 2] == [[]] * 40
