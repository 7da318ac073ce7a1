"""What an answer may look like, written once and rendered twice: as GBNF and as a regular expression.

Both name what the task allows and nothing else, so that an answer held to them can be read. A mention is a piece of the
input in the GBNF; the regular expression lets any text on one line stand for it, because there is no short one for
"somewhere in this text".
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

import msgspec

from medinst.models import Grammar
from medinst.schema import squeeze

MOST_PIECES = 4  # of a mention that other words interrupt; no gold mention has more
LONGEST = 16_000  # characters of an input beyond which a mention may be any text: no local model has room for it anyway
_DELIMITERS = {"<": "<", ">": ">", "[": r"\[", "]": r"\]"}  # of items, as a class of characters has them
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\"\\]")
_SPECIAL = re.compile(r"[.^$*+?{}\[\]\\|()]")


class Part(msgspec.Struct, frozen=True):
    """A part of an answer in both notations; ``rules`` are the lines of GBNF that it needs."""

    gbnf: str
    pattern: str
    rules: tuple[str, ...] = ()

    def grammar(self) -> Grammar:
        """Return the grammar of answers that are this part and nothing else."""
        return Grammar("\n".join([f"root ::= {self.gbnf}", *dict.fromkeys(self.rules), ""]), self.pattern)


def literal(text: str) -> Part:
    """Return the part that is exactly this text, whatever signs it holds."""
    quoted = _UNSAFE.sub(lambda sign: f"\\x{ord(sign[0]):02X}", text)
    return Part(f'"{quoted}"', _SPECIAL.sub(r"\\\g<0>", text))


def signs(written: str) -> Part:
    """Return the part that is one character of a class, ``[BIO]``, or some; both notations write these alike."""
    return Part(written, written)


def line() -> Part:
    """Return the part that is any text of one line, not blank."""
    return Part(r"[^ \t\r\n] [^\r\n]*", r"[^ \t\r\n][^\r\n]*")


def either(parts: Iterable[Part]) -> Part:
    """Return the part that is one of the parts."""
    found = list(dict.fromkeys(parts))
    if len(found) == 1:
        return found[0]
    return Part(
        f"({' | '.join(part.gbnf for part in found)})",
        f"(?:{'|'.join(part.pattern for part in found)})",
        _rules(found),
    )


def texts(words: Iterable[str]) -> Part:
    """Return the part that is one of the texts."""
    return either(literal(word) for word in words)


def sequence(*parts: Part) -> Part:
    """Return the parts one after another."""
    return Part(" ".join(part.gbnf for part in parts), "".join(part.pattern for part in parts), _rules(parts))


def repeated(part: Part, joint: str, most: int | None = None, name: str = "item") -> Part:
    """Return the part once or more often, at ``most`` so often, with ``joint`` between; ``name`` is its rule's."""
    item = _named(name, part)
    further = sequence(literal(joint), item)
    times = "*" if most is None else f"{{0,{most - 1}}}"
    return Part(f"{item.gbnf} ({further.gbnf}){times}", f"{item.pattern}(?:{further.pattern}){times}", item.rules)


def listed(item: Part) -> Part:
    """Return the part that is a list of items, ``[]`` where there are none."""
    return either((literal("[]"), repeated(item, " ")))


def triples(first: Part, second: Part, third: Part) -> Part:
    """Return the part that is a list of ``[<first> <second> <third>]``."""
    joint = literal("> <")
    return listed(sequence(literal("[<"), first, joint, second, joint, third, literal(">]")))


def tagged(words: Iterable[str]) -> Part:
    """Return the part that is these words, a BIO tag behind each."""
    joints = [f"{word} [" for word in words]
    parts = [literal(joint if at == 0 else f"] {joint}") for at, joint in enumerate(joints)]
    tags = signs("[BIO]")
    return sequence(*[each for part in parts for each in (part, tags)], literal("]" if parts else ""))


@functools.lru_cache(maxsize=4)  # a relation has two of the same text
def piece_of(text: str) -> Part:
    """Return the part that is a mention: a piece of the text, white space as one space, or up to four of them."""
    text = squeeze(text)
    inside = "".join(written for sign, written in _DELIMITERS.items() if sign not in text)
    chunk = rf"[^ \t\r\n{inside}]+"
    pattern = f"{chunk}(?: {chunk})*"
    if not text or len(text) > LONGEST:
        return Part(f'{chunk} (" " {chunk})*', pattern)
    return Part("mention", pattern, tuple(_pieces(text)))


def _named(name: str, part: Part) -> Part:
    return Part(name, part.pattern, (f"{name} ::= {part.gbnf}", *part.rules))


def _rules(parts: Iterable[Part]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(rule for part in parts for rule in part.rules))


def _pieces(text: str) -> list[str]:
    """Return the rules of ``mention``: pieces of the text that neither begin nor end with a space."""
    states = _automaton(text)
    after_space = {state[" "] for state in states if " " in state}
    arrows = [[f"{literal(sign).gbnf} s{to}" for sign, to in state.items()] for state in states]
    first = [arrow for arrow, sign in zip(arrows[0], states[0], strict=True) if sign != " "]
    rules = [
        f'mention ::= piece (" " piece){{0,{MOST_PIECES - 1}}}',
        f"piece ::= {' | '.join(first)}",
    ]
    for number, found in enumerate(arrows[1:], 1):
        end = [] if number in after_space else ['""']
        rules.append(f"s{number} ::= {' | '.join([*end, *found])}")
    return rules


def _automaton(text: str) -> list[dict[str, int]]:
    """Return the states of an automaton that reads every piece of a text from state 0, as arrows by sign.

    At most twice as many states as characters, found in as many steps. Source: Blumer et al. 1985, "The smallest
    automaton recognizing the subwords of a text".
    """
    states: list[dict[str, int]] = [{}]
    shorter, length, last = [-1], [0], 0
    for sign in text:
        new = len(states)
        states.append({})
        length.append(length[last] + 1)
        shorter.append(0)
        at, last = last, new
        while at >= 0 and sign not in states[at]:
            states[at][sign] = new
            at = shorter[at]
        if at < 0:
            continue
        to = states[at][sign]
        if length[to] > length[at] + 1:
            copy = len(states)
            states.append(dict(states[to]))
            length.append(length[at] + 1)
            shorter.append(shorter[to])
            shorter[to] = copy
            while at >= 0 and states[at].get(sign) == to:
                states[at][sign] = copy
                at = shorter[at]
            to = copy
        shorter[new] = to
    return states
