"""The task rows and the twelve categories: a record becomes samples, an answer becomes items that can be scored.

Rows and instructions are data (``<category>.toml``, decoded strictly). A category is a module with five functions,
spelled out in ``Category``. Everything that a row needs to be rendered, parsed and scored follows from its name.
"""

from __future__ import annotations

import functools
import importlib
import importlib.resources
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Protocol, cast

import msgspec

from medinst import corpora
from medinst.errors import MedinstError, UnknownName, UsageError
from medinst.formats import toml
from medinst.models import Grammar
from medinst.schema import Answer, Gold, Record, Sample, Target, squeeze

EMPTY = "-empty"
_JSON = msgspec.json.Encoder()
# Tables of rows that are not of the paper's Table 11, with their category: a benchmark of their own asks them.
_BESIDE = {"mmlu": "QA"}
_BATCH = 250  # small, so that the processor still has all of it at hand when it is written
CATEGORIES = ("NER", "NED", "RE", "COREF", "EE", "QA", "TE", "STS", "TXTCLASS", "TEXTPAIRCLASS", "TRANSL", "SUM")


class Task(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of the 133: an instruction with ``{name}`` placeholders; rows that ask the same thing share it.

    ``wordings``: two more ways to say it, beyond the paper; the instruction itself is wording 0.
    """

    instruction: str
    wordings: tuple[str, ...] = ()


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One dataset row, of the paper's Table 11 or beside it.

    ``labels`` is the closed set of the answers (types, relations, classes). ``rename`` maps the source's names to
    labels; ``drop`` names what is left out on purpose; anything else found is refused. ``databases``: what NED
    identifiers may begin with. ``symmetric``: relations whose arguments count in either order. ``scale``: the
    source's range of similarity. ``form``: the category's other output form, where the row has it (NER: ``bio``, QA:
    ``letter``).
    ``keep_empty``: records without gold make samples too. ``fill``: values of further placeholders of the instruction.
    """

    corpus: str
    metric: str
    task: str = ""
    view: str = "documents"
    form: str = ""
    keep_empty: bool = False
    labels: tuple[str, ...] = ()
    rename: dict[str, str] = {}
    drop: tuple[str, ...] = ()
    databases: tuple[str, ...] = ()
    symmetric: tuple[str, ...] = ()
    scale: tuple[float, float] = (0, 5)
    fill: dict[str, str] = {}
    name: str = ""
    category: str = ""

    def can_be_empty(self) -> bool:
        """Say whether documents without gold can make a row of their own, ``<row>-empty``, answered ``[]``."""
        return self.category in ("NER", "NED", "RE", "EE") and not self.keep_empty and self.form != "expansion"


class Refused(MedinstError):
    """A record that a row cannot use: a label outside the closed set, a score outside the scale. It is set aside."""

    def __init__(self, rule: str, found: str, expected: str) -> None:
        self.rule, self.found, self.expected = rule, found, expected
        super().__init__(f"{rule}: found {found}, expected {expected}")


class Category(Protocol):
    """What each of the twelve modules offers.

    ``samples`` yields (input, target) of a record, none where it has no gold of the row's kind. ``write`` renders
    a target as the answer. ``gold`` gives the items that ``parse`` should find in that answer.
    """

    def samples(self, record: Record, row: Row) -> Iterator[tuple[str, Target]]:
        """Yield (input, target) for every sample of the record."""

    def write(self, target: Target, row: Row, text: str) -> str:
        """Return the answer that a target asks for, as the paper writes it."""

    def gold(self, target: Target, row: Row, text: str) -> tuple[Gold, ...]:
        """Return the items of a target."""

    def parse(self, answer: str, row: Row, text: str) -> Answer:
        """Return the items of an answer; never raises, and takes time linear in its length."""

    def grammar(self, row: Row, text: str) -> Grammar:
        """Return the form that an answer to this input may have; gold has it."""


class _Table(msgspec.Struct, forbid_unknown_fields=True):
    task: dict[str, Task] = {}
    row: dict[str, Row] = {}


def decode(data: bytes, category: str) -> tuple[dict[str, Row], dict[str, Task]]:
    """Return the rows and tasks of a TOML table of one category, each row with its name, category and task filled in.

    Raises:
        UsageError: a field is unknown, missing or of the wrong type, or a row names a task that is not there.
    """
    try:
        table = toml.decode(data, _Table)
    except msgspec.DecodeError as error:
        raise UsageError(f"tasks/{category.lower()}.toml: {error}") from None
    rows: dict[str, Row] = {}
    for name, row in table.row.items():
        task = row.task or name
        if task not in table.task:
            raise UnknownName("task", task, table.task)
        rows[name] = msgspec.structs.replace(row, name=name, category=category, task=task)
    return rows, table.task


@functools.cache
def _tables() -> tuple[dict[str, Row], dict[str, Task]]:
    rows: dict[str, Row] = {}
    tasks: dict[str, Task] = {}
    for category in CATEGORIES:
        more_rows, more_tasks = _read(category.lower(), category)
        for name in (rows.keys() & more_rows.keys()) | (tasks.keys() & more_tasks.keys()):
            raise UsageError(f"tasks/{category.lower()}.toml: {name!r} stands in another category already; rename it.")
        rows |= more_rows
        tasks |= more_tasks
    return rows, tasks


@functools.cache
def _beside() -> tuple[dict[str, Row], dict[str, Task]]:
    tables = [_read(name, category) for name, category in _BESIDE.items()]
    return {key: row for rows, _ in tables for key, row in rows.items()}, {
        key: task for _, tasks in tables for key, task in tasks.items()
    }


def _read(name: str, category: str) -> tuple[dict[str, Row], dict[str, Task]]:
    return decode((importlib.resources.files(__name__) / f"{name}.toml").read_bytes(), category)


def rows() -> dict[str, Row]:
    """Return every row of Table 11 by its name."""
    return _tables()[0]


def tasks() -> dict[str, Task]:
    """Return every task by name."""
    return _tables()[1]


def beside() -> dict[str, Row]:
    """Return the rows that only a benchmark of their own asks, such as ``MMLU-anatomy``; nothing is trained on them."""
    return _beside()[0]


def of_corpus(name: str) -> list[Row]:
    """Return the rows of a corpus, those of Table 11 first."""
    return [row for row in (*rows().values(), *beside().values()) if row.corpus == name]


def load(name: str) -> Row:
    """Return a row by its name; ``<row>-empty`` is the row of its documents without gold.

    Raises:
        UnknownName: there is no such row; the message names the nearest.
    """
    base = rows().get(name.removesuffix(EMPTY))
    if base is not None and name.endswith(EMPTY) and base.can_be_empty():
        return msgspec.structs.replace(base, name=name, keep_empty=True)
    found = rows().get(name) or beside().get(name)
    if found is None:
        raise UnknownName("row", name, [*rows(), *beside()])
    return found


@functools.cache
def category(name: str) -> Category:
    """Return the module of a category, e.g. ``NER``."""
    return cast("Category", importlib.import_module(f"{__name__}.{name.lower()}"))


def grammar(row: Row, text: str) -> Grammar:
    """Return the form that an answer of a row to the input ``text`` may have, whatever that holds; gold has it."""
    return category(row.category).grammar(row, text)


@functools.cache
def instruction(row_name: str, wording: int = 0) -> str:
    """Return a row's instruction in one of its wordings, with its placeholders filled.

    Raises:
        UsageError: the task has no such wording.
    """
    row = load(row_name)
    task = tasks().get(row.task) or _beside()[1][row.task]
    texts = (task.instruction, *task.wordings)
    if not 0 <= wording < len(texts):
        raise UsageError(
            f"{row_name}: task {row.task} has {len(texts)} wordings, 0 to {len(texts) - 1}, not {wording}."
        )
    return squeeze(texts[wording]).format(labels=", ".join(row.labels), **row.fill)


def shared(row: Row, split: str, wording: int = 0) -> dict[str, object]:
    """Return what all samples of a split of a row have in common, by column.

    Raises:
        UsageError: the task has no such wording.
    """
    return {
        "row": row.name,
        "category": row.category,
        "task": row.task,
        "wording": wording,
        "corpus": row.corpus,
        "split": split,
        "instruction": instruction(row.name, wording),
        "history": [],
        "meta": terms(row.corpus),
    }


@functools.cache
def terms(corpus_name: str) -> str:
    """Return the ``meta`` of samples from a corpus, as JSON: its terms where it is under an agreement, else nothing."""
    corpus = corpora.load(corpus_name)
    if corpus.access != "agreement":
        return "{}"
    found = {"licence": corpus.licence, "access": corpus.access, "homepage": corpus.homepage}
    return _JSON.encode({"terms": found}).decode()


class Drafts(msgspec.Struct):
    """What some records give: how many they are and make samples, and by column what these have of their own."""

    records: int
    used: int
    columns: dict[str, list[str]]


def drafts(
    records: Iterable[Record], row: Row, split: str, refuse: Callable[[Record, Refused], None]
) -> Iterator[Drafts]:
    """Yield what records give under a row, many at a time; for ``<row>-empty`` only those where the row has none.

    ``refuse`` hears of every record that holds something that the row does not know.
    """
    module = category(row.category)
    samples, write, if_empty = module.samples, module.write, row.name.endswith(EMPTY)
    stem = f"{row.name}/{split}/"
    left = iter(records)
    while some := list(islice(left, _BATCH)):
        used, ids, docs, texts, targets = 0, [], [], [], []
        for record in some:
            try:
                found = [] if if_empty and has_gold(record, row) else list(samples(record, row))
            except Refused as error:
                refuse(record, error)
                continue
            for ordinal, (text, target) in enumerate(found):
                ids.append(f"{stem}{record.id}/{ordinal}")
                docs.append(record.doc or record.id)
                texts.append(text)
                targets.append(target)
            used += bool(found)
        outputs = [write(target, row, text) for target, text in zip(targets, texts, strict=True)]
        written = _JSON.encode_lines(targets).decode().split("\n")[:-1]
        own = {"id": ids, "doc_id": docs, "input": texts, "output": outputs, "target": written}
        yield Drafts(len(some), used, own)


def render(record: Record, row: Row, split: str, wording: int = 0) -> Iterator[Sample]:
    """Yield the samples of a record under a row; for ``<row>-empty`` only where the row itself has none.

    Raises:
        Refused: the record holds something that the row does not know.
    """
    same = shared(row, split, wording)
    for made in drafts((record,), row, split, _raise):
        for values in zip(*made.columns.values(), strict=True):
            yield msgspec.convert(same | dict(zip(made.columns, values, strict=True)), Sample)


def _raise(record: Record, error: Refused) -> None:
    raise error


def has_gold(record: Record, row: Row) -> bool:
    """Say whether a record has gold of the row's kind; ``<row>-empty`` asks for that of the row itself.

    Raises:
        Refused: the record holds something that the row does not know.
    """
    plain = load(row.name.removesuffix(EMPTY))
    return next(category(plain.category).samples(record, plain), None) is not None


def label_of(name: str, row: Row) -> str | None:
    """Return the row's label for a source's type or class, None where the row drops it.

    Raises:
        Refused: the name is neither a label nor dropped.
    """
    label = row.rename.get(name, name)
    if label in row.labels:
        return label
    if name in row.drop:
        return None
    raise Refused("unknown-label", repr(name), f"one of {', '.join(row.labels)}")
