"""The records a corpus yields and the samples a task makes of them.

A reader yields one of five records; a task turns a record into samples. All are frozen and cheap
(``gc=False``: none of them can be part of a reference cycle). Spans are ``[start, end)`` character
offsets into the text of the same record, later into ``Sample.input``.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate
from typing import Literal

import msgspec

# What decoding a JSON text strictly raises over one that is not as it should be; nested too deeply is a RecursionError.
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

Span = tuple[int, int]
Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")


class Entity(msgspec.Struct, frozen=True, gc=False):
    """A mention: its type, its pieces in the order the source gives, and the identifiers it is linked to.

    ``ids`` are written ``DB/identifier`` (``MESH/D009270``); empty means that none was given.
    """

    id: str
    type: str
    spans: tuple[Span, ...]
    text: str
    ids: tuple[str, ...] = ()


class Argument(msgspec.Struct, frozen=True, gc=False):
    """What fills a role: ``ref`` is the id of an entity, of an event, or a concept identifier."""

    role: str
    ref: str


class Relation(msgspec.Struct, frozen=True, gc=False):
    """A typed link. ``ref`` of an argument is an entity id or, where ``concepts``, an id of ``Entity.ids``."""

    id: str
    type: str
    args: tuple[Argument, ...]
    concepts: bool = False


class Event(msgspec.Struct, frozen=True, gc=False):
    """A trigger (an id in ``Document.triggers``) with its arguments."""

    id: str
    type: str
    trigger: str
    args: tuple[Argument, ...]


class Note(msgspec.Struct, frozen=True, gc=False):
    """A remark or an attribute on an annotation: ``Negation`` on ``E1``, a comment on ``T2``."""

    id: str
    type: str
    ref: str
    value: str = ""


class Document(msgspec.Struct, frozen=True, gc=False):
    """A text with annotations. ``tokenised``: the text is tokens joined by one space (IOB files).

    ``triggers`` are the text-bound annotations that some event names as its trigger; ``entities``
    are all the others, in the order of the file. ``coreferences`` hold entity ids. ``doc``: the document of which
    this is a sentence.
    """

    id: str
    text: str
    entities: tuple[Entity, ...] = ()
    triggers: tuple[Entity, ...] = ()
    relations: tuple[Relation, ...] = ()
    events: tuple[Event, ...] = ()
    coreferences: tuple[tuple[str, ...], ...] = ()
    notes: tuple[Note, ...] = ()
    tokenised: bool = False
    doc: str = ""

    @property
    def tokens(self) -> tuple[Span, ...]:
        """The span of every token, none where the text is not tokenised."""
        if not self.tokenised:
            return ()
        ends = list(accumulate([len(token) + 1 for token in self.text.split(" ")]))
        return tuple([(start, end - 1) for start, end in zip([0, *ends], ends, strict=False)])


class Question(msgspec.Struct, frozen=True, gc=False):
    """A question, its context and options if any, and its accepted answers, best first."""

    id: str
    question: str
    answers: tuple[str, ...]
    context: str = ""
    choices: tuple[str, ...] = ()
    doc: str = ""


class Pair(msgspec.Struct, frozen=True, gc=False):
    """Two texts with a label (entailment, sentiment) or a score (similarity, in the source's scale)."""

    id: str
    first: str
    second: str
    label: str = ""
    score: float | None = None
    doc: str = ""


class Labelled(msgspec.Struct, frozen=True, gc=False):
    """A text and its labels; no label at all is a valid answer."""

    id: str
    text: str
    labels: tuple[str, ...]
    doc: str = ""


class TextToText(msgspec.Struct, frozen=True, gc=False):
    """One or more source texts and the text to be written from them."""

    id: str
    sources: tuple[str, ...]
    answer: str
    doc: str = ""


Record = Document | Question | Pair | Labelled | TextToText


class Mention(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A gold mention in ``Target``: as ``Entity``, with spans into ``Sample.input``."""

    id: str
    text: str
    type: str
    spans: tuple[Span, ...]
    ids: tuple[str, ...] = ()


class TargetRelation(msgspec.Struct, frozen=True, gc=False):
    """A gold relation; ``ref`` is a mention id, or a concept id that mentions carry in ``ids``."""

    type: str
    args: tuple[Argument, ...]


class Target(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """The gold of a sample as structure; what a category does not use stays absent from the JSON.

    ``answers``: accepted texts, ``output`` renders the first. ``score``: similarity in the source's own scale.
    """

    mentions: tuple[Mention, ...] = ()
    relations: tuple[TargetRelation, ...] = ()
    events: tuple[Event, ...] = ()
    labels: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    score: float | None = None


class Sample(msgspec.Struct, frozen=True, gc=False):
    """One row of a dataset folder, as it stands in the Parquet file (``target`` and ``meta`` are JSON text)."""

    id: str
    row: str
    category: str
    task: str
    wording: int
    corpus: str
    doc_id: str
    split: str
    instruction: str
    input: str
    output: str
    history: list[list[str]]
    target: str
    meta: str


class Gold(msgspec.Struct, frozen=True, gc=False):
    """An item that an answer should hold: per slot every text that is accepted.

    ``symmetric``: the first and the last slot may stand in either order.
    """

    slots: tuple[frozenset[str], ...]
    symmetric: bool = False


class Answer(msgspec.Struct, frozen=True, gc=False):
    """What a model's answer says: items as tuples of slots, in order; ``unparsed`` where nothing could be read."""

    items: tuple[tuple[str, ...], ...] = ()
    unparsed: bool = False


def pieces(text: str, spans: Iterable[Span], joint: str = " ") -> str:
    """Return the text at ``spans``, pieces joined by ``joint`` (a space unless the corpus declares another)."""
    return joint.join([text[start:end] for start, end in spans])


def squeeze(text: str) -> str:
    """Return ``text`` with every run of white space, newlines included, as one space, and none at the ends."""
    if text.isprintable() and "  " not in text and not text.startswith(" ") and not text.endswith(" "):
        return text  # as most texts are; to see it takes half the time
    return " ".join(text.split())
