from __future__ import annotations

import msgspec
import pytest

from medinst import corpora
from medinst.errors import IntegrityFailure
from medinst.sources import terms


@pytest.mark.parametrize(
    ("expression", "wanted", "publish"),
    [
        ("MIT", "permissive", True),
        ("CC-BY-4.0", "permissive", True),
        ("cc-by-4.0", "permissive", True),
        ("CC-BY-SA-3.0", "noncommercial", True),
        ("CC-BY-NC-SA-2.0-UK", "noncommercial", True),
        ("CC-BY-NC-ND-4.0", "noncommercial", False),
        ("GPL-3.0-only", "noncommercial", True),
        ("LicenseRef-GENIA", "permissive", True),
        ("LicenseRef-NLM-terms", "any", False),
        ("LicenseRef-unknown", "any", False),
        ("LicenseRef-of-somebody", "any", False),
        ("CC-BY-4.0 AND LicenseRef-unknown", "any", False),
        ("CC-BY-4.0 OR LicenseRef-unknown", "permissive", True),
        ("MIT AND CC-BY-NC-4.0", "noncommercial", True),
        ("MIT OR CC-BY-NC-4.0 AND LicenseRef-unknown", "permissive", True),
        ("(MIT OR CC-BY-NC-4.0) AND LicenseRef-unknown", "any", False),
        ("LicenseRef-unknown AND (MIT OR CC-BY-NC-4.0)", "any", False),
        ("(MIT and (CC-BY-NC-4.0 or LicenseRef-unknown))", "noncommercial", True),
        ("GPL-2.0-only WITH Classpath-exception-2.0", "any", False),
        ("MIT CC-BY-4.0", "any", False),
        ("(MIT", "any", False),
        ("MIT)", "any", False),
        ("MIT OR", "any", False),
        ("CC-BY-4.0; free for all", "any", False),
        ("MIT, or so", "any", False),
        ("", "any", False),
        ("(" * 100_000 + "MIT", "any", False),
    ],
)
def test_grade(expression, wanted, publish):
    found = terms.grade(expression)
    assert (found.wanted, found.publish) == (wanted, publish)
    wishes = ["permissive", "noncommercial", "any"]
    allowed = [wish for wish in wishes if terms.allows(expression, wish)]
    assert allowed == wishes[wishes.index(wanted) :]


def test_every_corpus_has_a_licence_that_is_known():
    unknown = {name for name in corpora.names() if not terms.grade(corpora.load(name).licence).publish}
    assert {corpora.load(name).licence for name in unknown} == {"LicenseRef-unknown", "LicenseRef-NLM-terms"}


def test_an_acceptance_is_of_these_very_words(tmp_path):
    assert terms.accepted(tmp_path, "corpus", "Sign here.") is None
    given = terms.accept(tmp_path, "corpus", "LicenseRef-own", "https://corpus.test", "Sign here.", "A. Person")
    assert given == terms.accepted(tmp_path, "corpus", "Sign here.")
    assert (given.by, given.licence) == ("A. Person", "LicenseRef-own")
    assert given.accepted.endswith("Z")
    assert terms.accepted(tmp_path, "corpus", "Sign here, and there.") is None
    assert terms.accepted(tmp_path, "other", "Sign here.") is None
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["corpus.json"]


@pytest.mark.parametrize("data", [b"", b"{", b"[" * 100_000, b'{"corpus": "corpus"}', b"\xff"])
def test_a_damaged_acceptance_is_named(tmp_path, data):
    terms.accept(tmp_path, "corpus", "MIT", "https://corpus.test", "Sign here.")
    (path,) = tmp_path.rglob("*.json")
    assert msgspec.json.decode(path.read_bytes())["by"]
    path.write_bytes(data)
    with pytest.raises(IntegrityFailure, match=r"corpus\.json: .*Run `medinst accept corpus` again"):
        terms.accepted(tmp_path, "corpus", "Sign here.")
