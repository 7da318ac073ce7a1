"""Numbers and names in a corpus's files that nothing can hold, or that lead elsewhere: set aside, never a crash."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from medinst import corpora, tasks
from medinst.corpora import paramed
from medinst.errors import MedinstError
from medinst.formats.quarantine import Quarantine
from medinst.sources import Tree
from support import FIXTURES

NUMBER = re.compile(rb"\d+")
SECRET = "What stands in a file elsewhere."
EVIL = (
    *(b"9" * 5000, b"-" + b"9" * 5000, b"9" * 4300, b"9" * 400, b"1e999", b"-1"),
    *("²".encode(), "٣".encode(), b"\0", b"\xff", b"x" * 5000),
    *(b"../secret", b"../../secret", b"../../../secret"),
)
PACKED = {".gz", ".zip", ".xlsx"}
FILES = sorted(path for path in FIXTURES.rglob("*") if path.is_file() and path.suffix not in PACKED)


def spoiled(folder: Path, random_: random.Random) -> Tree:
    """Return an invented corpus in which a number of a file has become something evil, beside a file not its own."""
    path = random_.choice(FILES)
    name = path.relative_to(FIXTURES).parts[0]
    shutil.copytree(FIXTURES / name, folder / name)
    for place in (folder, folder / name):
        for ending in ("", ".txt", ".ann", ".BioC.XML", ".zh", ".en"):
            (place / f"secret{ending}").write_text(SECRET)
    data = path.read_bytes()
    found = random_.choice(list(NUMBER.finditer(data)) or [re.match(b"", data)])
    evil = data[: found.start()] + random_.choice(EVIL) + data[found.end() :]
    (folder / path.relative_to(FIXTURES)).write_bytes(evil)
    return Tree(name, (folder / name,), "")


def used(tree: Tree) -> Iterator[bytes]:
    """Yield all that is read and made of a corpus, in every view and split, as JSON."""
    corpus = corpora.load(tree.corpus)
    for view in ("documents", *corpus.views):
        rows = [row for row in tasks.rows().values() if (row.corpus, row.view) == (corpus.name, view)]
        for split, alternatives in corpus.view(view).items():
            found = corpora.find(alternatives, tree)
            if found is None:
                continue
            held = Quarantine(corpus.name, split, tree.roots[0], view)
            for record in found[0].read(found[1], held):
                for row in rows:
                    try:
                        yield from map(msgspec.json.encode, tasks.render(record, row, split))
                    except tasks.Refused as error:
                        yield msgspec.json.encode([error.rule, error.found, error.expected])
            yield msgspec.json.encode(held.damage)


@pytest.mark.promise("a number or name in a corpus's file that nothing can hold: set aside, and no other file is read")
@pytest.mark.seeds(10, 200)
def test_evil_values_are_set_aside(tmp_path, seed):
    random_ = random.Random(seed)
    for number in range(5):
        tree = spoiled(tmp_path / str(number), random_)
        try:
            made = b"".join(used(tree))
        except MedinstError as error:
            assert tree.corpus in str(error)  # noqa: PT017 - either is right
        else:
            assert SECRET.encode() not in made


@pytest.mark.parametrize(
    ("name", "file", "number"),
    [
        ("hallmarks-of-cancer", "*_pmid.tsv", rb"\d+"),
        ("nlm-gene", "Pmidlist*", rb"\d+"),
        ("anem", "*.list", rb"\S+"),
    ],
)
def test_a_list_of_names_leads_nowhere_else(tmp_path, name, file, number):
    shutil.copytree(FIXTURES / name, tmp_path / name)
    paths = list((tmp_path / name).rglob(file))
    assert paths
    for folder in {path for path in tmp_path.rglob("*") if path.is_dir()} | {tmp_path}:
        for ending in ("", ".txt", ".ann", ".BioC.XML", ".zh", ".en"):
            (folder / f"secret{ending}").write_text(SECRET)
    for path in paths:
        evil = str(tmp_path / "secret").encode()
        for names in (b"../secret", b"../../secret", evil):
            path.write_bytes(re.sub(number, names, path.read_bytes(), count=1, flags=re.MULTILINE))
            assert SECRET.encode() not in b"".join(used(Tree(name, (tmp_path / name,), "")))


@pytest.mark.parametrize("name", ["../secret", "x" * 300, "\0"])
def test_an_aligned_article_leads_nowhere_else(tmp_path, name):
    (tmp_path / "manual_align_input").mkdir()
    for language in ("zh", "en"):
        (tmp_path / f"secret.{language}").write_text(SECRET)
    (tmp_path / "align.txt").write_text(f"{name}\t1 <=> 1\tOK\n")
    held = Quarantine("paramed", "train", tmp_path)
    assert list(paramed.read_by_hand(tmp_path / "align.txt", held)) == []
    assert [item.rule for item in held.damage] == ["missing-file", "missing-file", "unknown-id"]
