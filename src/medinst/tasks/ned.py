"""NED: find the mentions in a text and say which concept of a database each one names.

``[naloxone <MESH/D009270>]``; several identifiers of a mention are joined by ``,`` and each carries its database, so
that a comma inside one does no harm; ``<NIL>`` where the source gives none. Rows of the form ``expansion`` mark one
abbreviation of the text, ``[CS]``, and are answered by what it stands for, plain text.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from medinst.models import Grammar
from medinst.schema import Answer, Document, Gold, Mention, Record, Target, squeeze
from medinst.tasks import Refused, Row
from medinst.tasks.grammars import either, line, listed, literal, piece_of, repeated, sequence, signs, texts
from medinst.tasks.mentions import answer_of, as_mentions, labelled
from medinst.tasks.texts import gold_text, parse_text

NIL = "NIL"
_IDENTIFIER = signs(r"[^ \t\r\n<>\[\]]+")  # inside its database


def samples(record: Record, row: Row) -> Iterator[tuple[str, Target]]:
    """Yield one sample for a document with a mention of a type that the row keeps, with or without an identifier.

    In the form ``expansion`` one a mention.
    """
    assert isinstance(record, Document)
    if row.form == "expansion":
        text = record.text.rstrip()
        for mention in as_mentions(record.entities):
            yield _marked(text, mention)
        return
    entities = (entity for entity in record.entities if entity.type not in row.drop)
    mentions = tuple(replace(mention, ids=_ids(mention, row)) for mention in as_mentions(entities))
    if mentions or row.keep_empty:
        yield record.text.rstrip(), Target(mentions=mentions)


def write(target: Target, row: Row, text: str) -> str:
    """Render the mentions with their identifiers, in order of appearance; or the expansion."""
    if row.form == "expansion":
        return target.answers[0]
    items = (f"[{squeeze(mention.text)} <{','.join(mention.ids) or NIL}>]" for mention in target.mentions)
    return " ".join(items) or "[]"


def gold(target: Target, row: Row, text: str) -> tuple[Gold, ...]:
    """Return (mention, identifiers) a mention: any one of its identifiers is accepted, or all; or (expansion)."""
    if row.form == "expansion":
        return gold_text(target.answers)
    return tuple(
        Gold((frozenset((squeeze(mention.text),)), frozenset((*mention.ids, _joined(mention.ids)))))
        for mention in target.mentions
    )


def parse(answer: str, row: Row, text: str) -> Answer:
    """Read (mention, identifiers) items, the identifiers sorted and joined by ``,``, each one once; or (expansion)."""
    if row.form == "expansion":
        return parse_text(answer)
    split = _separator(row.databases).split
    known = re.compile(rf"{NIL}$|{_prefixes(row.databases)}").match
    found = labelled(answer, text, lambda label: known(label) is not None)
    return answer_of(((mention, _joined(split(label))) for mention, label in found), answer)


def grammar(row: Row, text: str) -> Grammar:
    """Return the form of an answer: a list of mentions with identifiers of the row's databases; or one line of text."""
    if row.form == "expansion":
        return line().grammar()
    ids = [literal(NIL)]
    if row.databases:
        identifier = sequence(texts(f"{database}/" for database in row.databases), _IDENTIFIER)
        ids.append(repeated(identifier, ",", name="id"))
    return listed(sequence(literal("["), piece_of(text), literal(" <"), either(ids), literal(">]"))).grammar()


def _marked(text: str, mention: Mention) -> tuple[str, Target]:
    """Return the text with the mention in square brackets; what its identifiers have behind ``/`` are the answers."""
    (start, end), *_ = mention.spans
    marked = f"{text[:start]}[{text[start:end]}]{text[end:]}"
    answers = tuple([squeeze(identifier.partition("/")[2]) for identifier in mention.ids])
    inside = Mention(mention.id, mention.text, mention.type, ((start + 1, end + 1),), mention.ids)
    return marked, Target((inside,), answers=answers)


def _ids(mention: Mention, row: Row) -> tuple[str, ...]:
    """Return the mention's identifiers, each once, without those of a database that the row drops."""
    ids = []
    for identifier in dict.fromkeys(mention.ids):
        database = identifier.partition("/")[0]
        if database in row.databases:
            ids.append(identifier)
        elif database not in row.drop:
            raise Refused("unknown-database", repr(identifier), f"one of {', '.join(row.databases)}")
    return tuple(ids)


def _joined(ids: Iterable[str]) -> str:
    """Return identifiers in the one form in which answers and gold are compared."""
    return ",".join(sorted({identifier.strip() for identifier in ids})) or NIL


def _prefixes(databases: tuple[str, ...]) -> str:
    return "(?:" + "|".join(re.escape(database) for database in databases) + ")/"


@functools.cache
def _separator(databases: tuple[str, ...]) -> re.Pattern[str]:
    """Return a pattern for the commas between identifiers; other commas are part of one."""
    return re.compile(rf",(?=\s*{_prefixes(databases)})")
