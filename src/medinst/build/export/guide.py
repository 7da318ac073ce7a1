"""The papers of an export: README.md with configs and the tool's own commands, and the files that tools look for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec
import pyarrow as pa

from medinst.build import card
from medinst.build.export import lm_eval, medinst32
from medinst.build.export.formats import FORMATS
from medinst.build.export.plan import Plan
from medinst.build.manifest import SplitEntry, Terms
from medinst.build.parquet import FileEntry
from medinst.schema import SPLITS

ALL = "all"

_TRL = """Loss is on the completion alone, which is TRL's default for these columns. Long inputs need a long
`--max_length`: TRL cuts what is longer, at the end, where the answer is.

```sh
trl sft --model_name_or_path {model} --dataset_name EXPORT --dataset_config {config} \\
    --max_length 4096 {eval}--output_dir model
```"""
_MESSAGES = """OpenAI's fine-tuning takes each file as it is. With TRL loss is on every turn, also on the question,
unless `--assistant_only_loss true` is given and the chat template marks the assistant's turns; an export `--to trl`
needs neither.

```sh
trl sft --model_name_or_path {model} --dataset_name EXPORT --dataset_config {config} \\
    --assistant_only_loss true --max_length 4096 {eval}--output_dir model
```"""
_ALPACA = """A tool that joins `instruction` and `input` by one newline, as LLaMA-Factory does, asks what `medinst eval`
asks. Many others put an Alpaca preamble around them; a model tuned so has to be asked so.

```python
data = datasets.load_dataset("EXPORT", "{config}", split="{first}")
```"""
_SHAREGPT = """The turns are `from` (human, gpt) and `value`, the defaults of LLaMA-Factory's `sharegpt`; axolotl needs
`field_messages: conversations` and `message_property_mappings: {{role: from, content: value}}`.

```python
data = datasets.load_dataset("EXPORT", "{config}", split="{first}")
```"""
_LLAMA_FACTORY = """`dataset_info.json` names `medinst_train` (and the like: all rows of a split) and
`medinst_<row>_<split>`, several with commas between. `--mask_history` keeps loss off the answers of demonstrations;
`--template` must be that of your model.

```sh
llamafactory-cli train --stage sft --do_train --model_name_or_path {model} --template default \\
    --dataset_dir EXPORT --dataset medinst_{first} --mask_history --cutoff_len 4096 \\
    --finetuning_type lora --output_dir model
```"""
_AXOLOTL = """Loss is on the turns whose `training` is true: the answers, not those of demonstrations. `axolotl.yaml`
reads the data from the folder it is run in and writes beside it; change its `base_model` and what else you like.

```sh
cd EXPORT && axolotl train axolotl.yaml
```"""
_BATCH = """Each file is one batch, within OpenAI's limits of 50,000 requests and 200 MB. vLLM and others take them too.

```sh
vllm run-batch -i EXPORT/batch-00001.jsonl -o answers.jsonl --model {model}
```

`custom_id` is the sample's id. The answers, in any order, become predictions for `medinst score`, BENCH being the
folder that was exported:

```sh
jq -c 'select(.response.status_code == 200) | {{id: .custom_id, output: .response.body.choices[0].message.content}}' \\
    answers.jsonl > predictions.jsonl
medinst score --predictions predictions.jsonl --bench BENCH
```"""
_LM_EVAL = """`{group}` holds every row, `{group}_ner` and the like those of a category, `{group}_level1` and the like
those of a level, `{group}_AnEM` and the like are single rows. Each has a twin with demonstrations, named with the
number of them at its end (`{group}_2shot`), where there are any.

```sh
lm_eval --model hf --model_args pretrained={model} --include_path EXPORT --tasks {group} \\
    --apply_chat_template --log_samples --output_path results
```

With `--apply_chat_template` a model is asked what `medinst eval` asks. `paper` and `strict` are computed over a whole
row, as `medinst score` does; a group's are means over its rows, without squared errors (`paper_mse`, `strict_mse`) and
without rows of fewer than ten samples (`paper_few`, …), which lm-eval remarks on. `unparsed` is a share of answers.
medinst must be installed beside lm-eval. The samples that it logs become predictions for `medinst score`, which adds
intervals, BENCH being the folder that was exported:

```sh
jq -c '{{id: .doc.id, output: .filtered_resps[0]}}' results/*/samples_*.jsonl > predictions.jsonl
medinst score --predictions predictions.jsonl --bench BENCH
```"""
_MEDINST32 = """In the shape in which the authors published MedINST32: the config of a test has its demonstrations in
`history`, the one whose name ends in `-zs` has none. Ids, documents and gold as structure are not part of that shape.

```python
import datasets

tests = datasets.load_dataset("EXPORT", "{row}")["test"]  # or "{row}-zs"
```

```sh
medinst bench --import EXPORT --out BENCH    # back to a benchmark that `medinst eval` asks
```"""
_INSPECT = """```sh
inspect eval EXPORT/task.py -T shots={shots} --model openai-api/NAME/MODEL
```

`-T` takes what `medinst eval` calls `--shots`, `--rows`, `--limit` (samples a row), `--seed` and `--allow-remote`. A
model is asked what `medinst eval` asks, and `paper`, `strict` and `rouge_l` are what `medinst score` gives: of whole
rows, and means over rows without squared errors and without rows of fewer than ten samples. medinst must be installed
beside inspect-ai; a benchmark folder needs no export, `inspect eval medinst/medinst32 -T bench=BENCH` reads it."""
_USE = {
    "trl": _TRL,
    "messages": _MESSAGES,
    "alpaca": _ALPACA,
    "sharegpt": _SHAREGPT,
    "llama-factory": _LLAMA_FACTORY,
    "axolotl": _AXOLOTL,
    "openai-batch": _BATCH,
    "lm-eval": _LM_EVAL,
    "inspect": _INSPECT,
    medinst32.TO: _MEDINST32,
}


def of_samples(files: Sequence[FileEntry]) -> list[FileEntry]:
    """Return those files of an export that hold samples, each sample once."""
    return [file for file in files if file.path.endswith((".jsonl", ".parquet"))] or medinst32.counted(files)


def readme(to: str, plan: Plan, files: Sequence[FileEntry], terms: Sequence[Terms], model: str) -> str:
    """Return the export's README.md; where there are files by row and split, its YAML makes each row a config."""
    published = medinst32.configs(files) if to == medinst32.TO else {}
    total = sum(file.rows for file in of_samples(files))
    splits = [split for split in SPLITS if any(part.split == split for part in plan.parts)]
    validation = "" if "train" in splits else f"--dataset_train_split {splits[0]} "
    if "validation" in splits[1:]:
        validation += "--eval_strategy steps --dataset_test_split validation "
    lines = []
    if to in FORMATS:
        head = card.head(f"MedINST for {to}", plan.parts, total)
        lines = [*head, *_configs(to, plan, files), "---", ""]
    if published:
        lines = [*card.head("MedINST32, rebuilt", plan.parts, total), *_published(published), "---", ""]
    lines += [f"# MedINST for {to}", "", *_what(to, plan, total)]
    lines += ["", "## Use", "", "EXPORT stands for this folder.", ""]
    names = {"model": model, "config": ALL, "eval": validation, "first": splits[0], "group": lm_eval.prefix(plan)}
    names |= {"shots": str(plan.wish.shots), "row": next(iter(published), "")}
    lines += [_USE[to].format(**names), "", *_terms(plan, terms)]
    return "\n".join(lines) + "\n"


def _what(to: str, plan: Plan, total: int) -> list[str]:
    rows = list(dict.fromkeys(part.row for part in plan.parts))
    text = [
        f"{total:,} samples of {rows[0] if len(rows) == 1 else f'{len(rows)} rows'}, as `medinst export` wrote them."
    ]
    text += ["A user's turn is the instruction, a newline and the input, as `medinst eval` asks; no system prompt."]
    if plan.wish.shots and to not in ("lm-eval", "inspect", medinst32.TO):
        text += [f"Up to {plan.wish.shots} demonstrations stand before the question."]
    if plan.wish.limit:
        text += [f"Of each split of a row at most {plan.wish.limit:,} were drawn, with seed {plan.wish.seed}."]
    return text


def _terms(plan: Plan, terms: Sequence[Terms]) -> list[str]:
    lines = ["## Terms", "", "Every sample keeps the terms of the corpus it was made from: LICENSES.md."]
    agreed = [item.corpus for item in terms if item.access == "agreement"]
    if agreed:
        lines += [
            f"**Not to be passed on**: {', '.join(agreed)} came under an agreement that binds whoever built this, and "
            "a model tuned on it too.",
        ]
    if plan.wish.publishable:
        lines += ["What is not known to be free to publish was left out (`--publishable`)."]
    if plan.left_out:
        lines += ["", *(f"- {line}" for line in plan.left_out)]
    return lines


def _configs(to: str, plan: Plan, files: Iterable[FileEntry]) -> list[str]:
    """Return YAML: a config for all rows and one for each, and their columns, which an empty history would not show."""
    by_row: dict[str, list[FileEntry]] = {}
    for part, file in _placed(plan.parts, files):
        by_row.setdefault(part.row, []).append(file)
    ending = next(iter(by_row.values()))[0].path.rpartition(".")[2]
    every = dict.fromkeys(file.path.partition("/")[0] for found in by_row.values() for file in found)
    configs = {ALL: {split: f"{split}/*.{ending}" for split in every}}
    configs |= {row: {file.path.partition("/")[0]: file.path for file in found} for row, found in by_row.items()}
    lines = ["configs:"]
    for name, places in configs.items():
        lines += [f"- config_name: {name}", *(["  default: true"] if name == ALL else []), "  data_files:"]
        lines += [f'  - {{split: {split}, path: "{path}"}}' for split, path in places.items()]
    lines += ["dataset_info:", f"- config_name: {ALL}", "  features: &columns"]
    lines += [f"  - {_feature(field)}" for field in FORMATS[to].schema]
    return [*lines, *(f"- {{config_name: {row}, features: *columns}}" for row in by_row)]


def _published(places: Mapping[str, str]) -> list[str]:
    """Return YAML: the configs of published tests, and their columns."""
    lines = ["configs:"]
    for name, path in places.items():
        lines += [f"- config_name: {name}", "  data_files:", f'  - {{split: test, path: "{path}"}}']
    lines += ["dataset_info:"]
    first, *others = places
    lines += [f"- config_name: {first}", "  features: &columns"]
    lines += [f"  - {_feature(field)}" for field in medinst32.SCHEMA]
    return [*lines, *(f"- {{config_name: {name}, features: *columns}}" for name in others)]


def _feature(field: pa.Field) -> str:
    """Return a column as ``datasets`` writes it in YAML: {name: x, dtype: string}, {name: x, list: …}."""
    return f"{{name: {field.name}, {_kind(field.type)}}}"


def _kind(kind: pa.DataType) -> str:
    if not pa.types.is_list(kind):
        return f"dtype: {kind}"
    inner = kind.value_type
    if pa.types.is_struct(inner):
        return f"list: [{', '.join(map(_feature, inner))}]"
    return f"list: {inner}" if not pa.types.is_list(inner) else f"list: {{{_kind(inner)}}}"


def _placed(parts: Iterable[SplitEntry], files: Iterable[FileEntry]) -> list[tuple[SplitEntry, FileEntry]]:
    """Return the parts that have a file, each with its file."""
    by_name = {file.path.rpartition(".")[0]: file for file in files}
    return [(part, by_name[name]) for part in parts if (name := f"{part.split}/{part.row}") in by_name]


def extra(to: str, plan: Plan, files: Sequence[FileEntry], model: str) -> dict[str, bytes]:
    """Return the further files that a tool looks for, by name."""
    if to == "llama-factory":
        return {"dataset_info.json": _dataset_info(plan.parts, files)}
    return {"axolotl.yaml": _axolotl(files, model)} if to == "axolotl" else {}


def _dataset_info(parts: Sequence[SplitEntry], files: Sequence[FileEntry]) -> bytes:
    """Return LLaMA-Factory's list of data sets: one for all rows of a split (its folder), one for each file."""
    common = {
        "formatting": "sharegpt",
        "columns": {"messages": "messages"},
        "tags": {
            "role_tag": "role",
            "content_tag": "content",
            "user_tag": "user",
            "assistant_tag": "assistant",
            "system_tag": "system",
        },
    }
    placed = _placed(parts, files)
    found = {f"medinst_{part.split}": {"file_name": part.split, **common} for part, _ in placed}
    found |= {f"medinst_{part.row}_{part.split}": {"file_name": file.path, **common} for part, file in placed}
    return msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n"


def _axolotl(files: Sequence[FileEntry], model: str) -> bytes:
    """Return a configuration that axolotl runs in the export's folder; what it writes goes beside that."""
    splits = {file.path.partition("/")[0] for file in files}
    ending = files[0].path.rpartition(".")[2]
    lines = [f"base_model: {msgspec.json.encode(model).decode()}", "datasets:", *_axolotl_data("train", ending)]
    if "validation" in splits:
        lines += ["test_datasets:", *_axolotl_data("validation", ending)]
    lines += ["adapter: lora", "lora_r: 16", "lora_alpha: 32", "lora_target_linear: true", "sequence_len: 4096"]
    lines += ["micro_batch_size: 1", "gradient_accumulation_steps: 16", "num_epochs: 1", "learning_rate: 0.0002"]
    lines += ["optimizer: adamw_torch", "lr_scheduler: cosine"]
    lines += ["dataset_prepared_path: ../axolotl-prepared", "output_dir: ../axolotl-model"]
    return "\n".join(lines).encode() + b"\n"


def _axolotl_data(split: str, ending: str) -> list[str]:
    # By files, not as a data set: `datasets` cannot load one whose path is "./", it has no name then.
    return [
        "  - path: ./",
        f"    ds_type: {'json' if ending == 'jsonl' else ending}",
        f'    data_files: ["{split}/*.{ending}"]',
        "    split: train",
        "    type: chat_template",
        "    field_messages: messages",
        "    message_field_training: training",
        "    roles_to_train: []",
    ]
