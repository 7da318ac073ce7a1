"""Hold exports against the tools they are for: each tool reads one, and must ask and learn what ``medinst eval`` asks.

    python benchmarks/exports.py [--data DIR] [--tool trl …] [--write-goldens]

TRL, LLaMA-Factory and axolotl, unmodified, load an export and tokenise it with a chat template; the tokens without
loss must be the chat that ``models.prompts`` makes and those with loss the gold answer, for every training sample.
mlcroissant must yield as many records of each split as the manifest lists. DIR is a dataset folder; without it a small
one is made. ``--write-goldens`` writes the digests of the small folder's exports, which the tools have then accepted,
for the tests.

The tools pin each other's dependencies: install each without, beside ``torch transformers datasets peft accelerate``.
Ends with 0, with 1 where something differs, with 2 where a tool is missing.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from medinst.build import dataset, manifest, parquet
from medinst.build.export import folder, plan
from medinst.build.manifest import SplitEntry
from medinst.models import Messages, prompts
from medinst.schema import Sample, Split

GOLDENS = Path(__file__).parent.parent / "tests" / "build" / "exports.json"
TEMPLATE = (
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
SHOTS = 1
Seen = tuple[str, str]  # the text without loss, and the text with loss


def small(out: Path) -> None:
    """Make a dataset folder of two rows and two splits, with demonstrations and text that trips readers."""
    texts = [
        'VELM2 \u2028grew.\nIt "fell" \\ rose.',
        " a {{x}} {% y %} <b> ",
        "Ünïcode \U0001f9ec \u0007 tab\t",
        "- #: 'no'",
    ]
    entries = []
    for row, corpus in (("AnEM", "anem"), ("SciFact", "scifact")):
        for split in ("train", "validation"):
            name = f"{row}/{split}-00000-of-00001.parquet"
            made = [_sample(row, corpus, split, at, text) for at, text in enumerate(texts)]
            file = parquet.write(_made(out / name), made, name)
            assert file is not None
            entries.append(_entry(row, corpus, split, len(made), file))
    dataset.finish(out, entries, {}, "A small folder", "Made up.")


def _made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _sample(row: str, corpus: str, split: str, at: int, text: str) -> Sample:
    return Sample(
        id=f"{row}/{split}/{at}/0",
        row=row,
        category="NER",
        task=row,
        wording=0,
        corpus=corpus,
        doc_id=str(at),
        split=split,
        instruction=f"List {row} {at}: [mention].",
        input=text,
        output=f"[{text.split()[0]}] {at}",
        history=[[f"Name it.\n{text}", "[it]"]] if at else [],
        target="{}",
        meta="{}",
    )


def _entry(row: str, corpus: str, split: Split, samples: int, file: parquet.FileEntry) -> SplitEntry:
    place = ("documents", "", "real", False, "")
    return SplitEntry(row, split, "NER", corpus, *place, samples, samples, samples, [file])


def expected(data: Path, shots: int) -> Counter[Seen]:
    """Return what a tool should see of every training sample."""
    made = plan.make(data, plan.Wish(splits=["train"], shots=shots))
    samples = (sample for part in made.parts for sample in made.samples(part))
    return Counter(
        (chat(prompts.messages(sample, shots)) + "<|im_start|>assistant\n", sample.output) for sample in samples
    )


def chat(messages: Messages) -> str:
    """Return a chat as the template writes it."""
    return "".join(f"<|im_start|>{turn['role']}\n{turn['content']}<|im_end|>\n" for turn in messages)


def tokenizer(texts: Iterable[str]) -> Any:
    """Return a tokeniser of bytes with a chat template; nothing has to be downloaded."""
    tokenizers = importlib.import_module("tokenizers")
    level = tokenizers.pre_tokenizers.ByteLevel
    model = tokenizers.Tokenizer(tokenizers.models.BPE())
    model.pre_tokenizer, model.decoder = level(add_prefix_space=False), tokenizers.decoders.ByteLevel()
    special = ["<|im_start|>", "<|im_end|>", "<pad>"]
    model.train_from_iterator(
        texts,
        tokenizers.trainers.BpeTrainer(vocab_size=2000, special_tokens=special, initial_alphabet=level.alphabet()),
    )
    made = importlib.import_module("transformers").PreTrainedTokenizerFast(
        tokenizer_object=model, eos_token="<|im_end|>", pad_token="<pad>"
    )
    made.chat_template = TEMPLATE
    return made


def seen(tokens: Any, rows: Iterable[dict[str, Any]]) -> Counter[Seen]:
    """Return the texts of tokenised samples without and with loss, the end of the answer's turn taken off."""

    def text(row: dict[str, Any], learnt: bool) -> str:
        pairs = zip(row["input_ids"], row["labels"], strict=True)
        kept = [token for token, label in pairs if (label != -100) == learnt]
        return str(tokens.decode(kept, clean_up_tokenization_spaces=False))

    # Whether the newline after the answer's turn bears loss is the tool's choice.
    pairs = ((text(row, False).rstrip("\n"), text(row, True).rstrip("\n")) for row in rows)
    return Counter((f"{asked}\n", said.removesuffix("<|im_end|>")) for asked, said in pairs)


def trl(export: Path) -> Counter[Seen]:
    """Return what TRL's SFTTrainer makes of an export, after a step of training on it."""
    library, transformers = importlib.import_module("trl"), importlib.import_module("transformers")
    data = importlib.import_module("datasets").load_dataset(str(export), "all", cache_dir=str(export.parent / "cache"))
    tokens = tokenizer(turn["content"] for row in data["train"] for turn in row["prompt"] + row["completion"])
    shape = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    model = transformers.LlamaForCausalLM(transformers.LlamaConfig(vocab_size=len(tokens), **shape))
    settings = {"max_length": None, "max_steps": 1, "report_to": "none", "use_cpu": True, "bf16": False}
    trainer = library.SFTTrainer(
        model=model,
        args=library.SFTConfig(output_dir=str(export.parent / "model"), **settings),
        train_dataset=data["train"],
        processing_class=tokens,
    )
    trainer.train()
    return seen(tokens, trainer.train_dataset)


def llama_factory(export: Path) -> Counter[Seen]:
    """Return what LLaMA-Factory makes of an export, history masked."""
    os.environ["DISABLE_VERSION_CHECK"] = "1"  # of its dependencies
    data, hparams = (importlib.import_module(f"llamafactory.{name}") for name in ("data", "hparams"))
    arguments = hparams.DataArguments(
        dataset_dir=str(export), dataset="medinst_train", template="chatml", mask_history=True, cutoff_len=1 << 16
    )
    model = hparams.ModelArguments(model_name_or_path="none", cache_dir=str(export.parent / "cache"))
    training = importlib.import_module("transformers").Seq2SeqTrainingArguments(
        output_dir=str(export.parent / "model"), do_train=True, use_cpu=True, report_to="none"
    )
    lines = [json.loads(line) for path in sorted(export.glob("train/*")) for line in path.open("rb")]
    tokens = tokenizer(turn["content"] for line in lines for turn in line["messages"])
    template = data.get_template_and_fix_tokenizer(tokens, arguments)
    module = data.get_dataset(template, model, arguments, training, stage="sft", tokenizer=tokens)
    return seen(tokens, module["train_dataset"])


def axolotl(export: Path) -> Counter[Seen]:
    """Return what axolotl makes of an export and of the configuration in it."""
    config, data, types = (importlib.import_module(f"axolotl.utils.{name}") for name in ("config", "data.sft", "dict"))
    yaml = importlib.import_module("yaml")
    lines = [json.loads(line) for path in sorted(export.glob("train/*")) for line in path.open("rb")]
    tokens = tokenizer(turn["content"] for line in lines for turn in line["messages"])
    before = Path.cwd()
    os.chdir(export)
    try:
        checked = config.validate_config(types.DictDefault(yaml.safe_load(Path("axolotl.yaml").read_text("utf-8"))))
        checked.batch_size = 1
        return seen(tokens, data.prepare_datasets(checked, tokens)[0])
    finally:
        os.chdir(before)


def croissant(data: Path) -> Iterator[str]:
    """Yield what is wrong with a folder's croissant.json, a line each."""
    library = importlib.import_module("mlcroissant")
    described = library.Dataset(jsonld=str(data / "croissant.json"))
    if described.metadata.issues.errors or described.metadata.issues.warnings:
        yield described.metadata.issues.report()
    for entry in manifest.read(data).splits:
        name = f"{entry.row}/{entry.split}"
        count = sum(1 for _ in described.records(name)) if entry.files else 0
        if count != entry.samples:
            yield f"{name}: {count} records, the manifest lists {entry.samples}"


TOOLS: dict[str, tuple[str, Callable[[Path], Counter[Seen]]]] = {
    "trl": ("trl", trl),
    "llama-factory": ("llamafactory", llama_factory),
    "axolotl": ("axolotl", axolotl),
}


def compare(to: str, data: Path, work: Path, shots: int) -> manifest.Manifest | None:
    """Export, let the tool read it, and print what it saw otherwise; return the export's manifest if nothing."""
    package, read = TOOLS[to]
    out = work / f"export-{to}"
    made = folder.write(plan.make(data, plan.Wish(shots=shots)), folder.Target(to), out)
    wanted, found = expected(data, shots), read(out)
    version = importlib.metadata.version(package)
    print(f"{to} ({package} {version}): {found.total()} samples, {(found & wanted).total()} as evaluation asks them")
    for text in list((found - wanted) + (wanted - found))[:2]:
        print(f"  DIFFERS: {text}")
    return made if found == wanted else None


def main() -> int:
    """Run what is asked for and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="a dataset folder")
    parser.add_argument("--tool", action="append", choices=[*TOOLS, "mlcroissant"], help="only these")
    parser.add_argument("--write-goldens", action="store_true", help="write the small folder's digests")
    options = parser.parse_args()
    os.environ.update(HF_HUB_OFFLINE="1", AXOLOTL_DO_NOT_TRACK="1", HF_HUB_DISABLE_TELEMETRY="1")
    with tempfile.TemporaryDirectory() as work:
        data = options.data or Path(work, "small")
        if not options.data:
            small(data)
        try:
            return _all(options.tool or [*TOOLS, "mlcroissant"], data, Path(work), options)
        except ModuleNotFoundError as error:
            parser.error(f"{error}: install the tool, or name others with --tool.")


def _all(tools: list[str], data: Path, work: Path, options: argparse.Namespace) -> int:
    os.environ["HF_HOME"] = str(work / "hf")
    good, goldens = True, json.loads(GOLDENS.read_text("utf-8")) if GOLDENS.is_file() else {}
    for tool in tools:
        if tool == "mlcroissant":
            wrong = list(croissant(data))
            print("mlcroissant: " + ("; ".join(wrong[:3]) if wrong else "valid, and every split yields its records"))
            good &= not wrong
            continue
        made = compare(tool, data, work, 0 if options.data else SHOTS)
        good &= made is not None
        if made:
            files = {file.path: file.sha256 for file in folder.data_files(made)}
            goldens[tool] = {"version": importlib.metadata.version(TOOLS[tool][0]), "files": files}
    if good and options.write_goldens and not options.data:
        GOLDENS.write_bytes(msgspec.json.format(msgspec.json.encode(goldens, order="sorted"), indent=1) + b"\n")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
