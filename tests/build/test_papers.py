"""The papers of a dataset folder read by the libraries they are for, rows with several part files included."""

from __future__ import annotations

import json

import msgspec
import pytest

from medinst.build import dataset, manifest, parquet


@pytest.fixture(scope="module")
def parted(built, tmp_path_factory):
    """Return a dataset folder whose splits have two part files each, with demonstrations in some samples."""
    out = tmp_path_factory.mktemp("parted") / "data"
    entries = []
    for entry in manifest.read(built).splits:
        if entry.row in ("AnEM", "AnEM-RE") and entry.samples > 1:
            samples = list(parquet.read(built, entry.row, entry.split))
            samples[0] = msgspec.structs.replace(samples[0], history=[["Ask.", "Answer."], ["ä\n", ""]])
            parts = []
            for at, some in enumerate((samples[:1], samples[1:])):
                name = f"{entry.row}/{entry.split}-{at:05d}-of-00002.parquet"
                (out / entry.row).mkdir(parents=True, exist_ok=True)
                parts.append(parquet.write(out / name, some, name))
            entries.append(msgspec.structs.replace(entry, files=parts))
    dataset.finish(out, entries, {}, "MedINST: parted, 'quoted'", "A lead.")
    return out


def plain(value):
    """Return what mlcroissant yields with text for bytes."""
    if isinstance(value, bytes):
        return value.decode()
    return [plain(inner) for inner in value] if isinstance(value, list) else value


# mlcroissant calls parts of rdflib and pandas that these are about to drop.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_mlcroissant_yields_every_column_of_every_part(parted):
    mlcroissant = pytest.importorskip("mlcroissant", reason="mlcroissant is not installed")
    found = mlcroissant.Dataset(jsonld=str(parted / "croissant.json"))
    assert (found.metadata.issues.errors, found.metadata.issues.warnings) == (set(), set())
    names = [record_set.id for record_set in found.metadata.record_sets]
    assert names == [f"{row}/{split}" for row in ("AnEM", "AnEM-RE") for split in ("train", "validation", "test")]
    for name in names:
        records = [{key.rpartition("/")[2]: plain(value) for key, value in r.items()} for r in found.records(name)]
        assert records == [msgspec.to_builtins(sample) for sample in parquet.read(parted, *name.split("/"))]


def test_croissant_lists_every_file_with_its_digest(parted):
    document = json.loads((parted / "croissant.json").read_text())
    listed = {item["@id"]: item["sha256"] for item in document["distribution"] if item["@type"] == "cr:FileObject"}
    assert listed == {file.path: file.sha256 for entry in manifest.read(parted).splits for file in entry.files}
    assert document["license"] == ["https://spdx.org/licenses/CC-BY-SA-3.0"]


def test_datasets_loads_every_part(parted, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    import datasets

    assert datasets.get_dataset_config_names(str(parted)) == ["AnEM", "AnEM-RE"]
    for row in ("AnEM", "AnEM-RE"):
        loaded = datasets.load_dataset(str(parted), row, cache_dir=str(tmp_path))
        assert list(loaded) == ["train", "validation", "test"]
        for split, samples in loaded.items():
            assert samples.to_list() == [msgspec.to_builtins(sample) for sample in parquet.read(parted, row, split)]


def test_the_cards_yaml(parted, built):
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    heads = [yaml.safe_load((out / "README.md").read_text().split("---\n")[1]) for out in (parted, built)]
    assert heads[0]["pretty_name"] == "MedINST: parted, 'quoted'"
    assert [config["config_name"] for config in heads[0]["configs"]] == ["AnEM", "AnEM-RE"]
    assert heads[0]["configs"][0]["data_files"][0] == {"split": "train", "path": "AnEM/train-*.parquet"}
    assert heads[0]["size_categories"] == ["n<1K"]
    assert heads[1]["language"] == ["en", "es", "pt", "zh"]
    assert {"token-classification", "translation", "question-answering"} <= set(heads[1]["task_categories"])
