"""A long text is searched around its encoded characters alone, and nothing is missed by that."""

from __future__ import annotations

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from conformance.redaction import Vault
from conformance.redaction import vault as vault_module
from conformance.redaction.value_index import Index
from tests.unit.test_redaction import ENCODINGS, SECRETS, names

WHOLE = 1 << 30


@settings(max_examples=100, deadline=None, phases=[Phase.generate])
@given(st.data())
def test_in_a_long_text_what_is_around_encoded_characters_is_enough(data: st.DataObject) -> None:
    """Every secret is found that is found where each view holds the whole text."""
    secrets = data.draw(st.lists(SECRETS, min_size=1, max_size=4, unique=True))
    noise = st.sampled_from(["lorem ipsum dolor ", "100%25 &amp; ", "=3D\\n", "a\\u0041b "])
    vault, text = Vault(), ""
    for secret in secrets:
        vault.register(secret)
        encoded = ENCODINGS[data.draw(names)](ENCODINGS[data.draw(names)](secret))
        text += data.draw(noise) + "lorem ipsum dolor " * 150 + encoded + data.draw(noise)
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        for reach in (1024, WHOLE):
            patch.setattr(vault_module, "_REACH", reach)
            found[reach] = set(vault.labels_in(text))
    assert found[1024] >= found[WHOLE]


def test_a_word_is_cut_off_in_no_view_of_a_long_text() -> None:
    """A view holds what is around an encoded character. Where that begins in a word, the rest does not stand alone."""
    vault = Vault()
    vault.register("4711")
    for shift in range(8):
        assert vault.labels_in(f"{'word4711' * 3000}{'x' * shift}%20") == []
    assert vault.labels_in(f"{'word4711' * 3000} %34711 ") == ["token#1"]


def test_a_long_secret_is_masked_as_one_also_where_some_of_it_is_encoded() -> None:
    vault = Vault()
    secret = "".join(f"{number:05}/" for number in range(5000))
    vault.register(secret)
    assert vault.redact(f"before {secret} after") == "before token#1 after"
    encoded = secret[:9000].replace("/", "%2F") + secret[9000:]
    assert vault.redact(f"before {encoded} after") == "before token#1 after"


def test_long_secrets_of_one_character_are_found_a_few_times_however_many_there_are() -> None:
    """Each short piece of such a secret would be found at every place of such a text, and fill the memory."""
    index, vault = Index(), Vault()
    for number in range(100):
        index.add(b"a" * (9_000 + number), f"token#{number}")
        vault.register("a" * (9_000 + number))
    text = "a" * 9_050
    assert len(list(index.find(text.encode()))) < len(text)
    assert vault.redact(f"before {text}, then") == "before token#51, then"
