"""ROUGE-L as ``rouge_score`` computes it with its stemmer, by bit-parallel longest common subsequence."""

from __future__ import annotations

from string import ascii_lowercase, digits

import Stemmer
from rapidfuzz.distance import LCSseq

from medinst.metrics import porter
from medinst.metrics.metric import Reference, Stats
from medinst.schema import Answer

_SPACED = bytes(code if chr(code) in ascii_lowercase + digits else ord(" ") for code in range(256))
_PORTER = Stemmer.Stemmer("porter", 0)

# What Porter's own stemmer leaves of words over which nltk's departs from it (a y behind a vowel, bly, lly, ogy).
_IRREGULAR = {word.encode() for word in porter.IRREGULAR}
_DEPARTS = (b"y", b"ai", b"ei", b"ii", b"oi", b"ui", b"yi", b"bli", b"lli", b"ogi")


class _Stems(dict[bytes, bytes]):
    """The stem of every word seen so far; words of up to three characters are their own stem."""

    def __missing__(self, word: bytes) -> bytes:
        if len(self) >= 1 << 18:
            self.clear()
        found = self[word] = stem(word) if len(word) > 3 else word
        return found


_STEMS = _Stems()


def stem(word: bytes) -> bytes:
    """Return what nltk's stemmer makes of a word of a-z and 0-9, by the C library wherever the two are known to agree.

    They also differ over what becomes a word of two letters (``used``) or keeps a doubled one (``trekking``), over
    -ally, and over irregular words.
    """
    found: bytes = _PORTER.stemWord(word)
    odd = len(found) < 3 or found[-1] == found[-2] or found.endswith(_DEPARTS) or b"all" in word or word in _IRREGULAR
    return porter.stem(word.decode()).encode() if odd else found


def rouge_l(reference: str, prediction: str) -> float:
    """Return the F-measure, 0.0 where either text has no word. Source: Lin (2004), ``rouge_score`` 0.1.2."""
    expected, found = _tokens(reference), _tokens(prediction)
    common = LCSseq.similarity(expected, found)
    if not common:
        return 0.0
    precision, recall = common / len(found), common / len(expected)
    return 2 * precision * recall / (precision + recall)


def counts(reference: Reference, prediction: str, answer: Answer) -> tuple[float, ...]:
    """Return (best ROUGE-L of the raw prediction over the accepted answers, 1)."""
    accepted = dict.fromkeys((reference.output, *reference.target.answers))
    return max([rouge_l(text, prediction) for text in accepted]), 1.0


def fold(stats: Stats, labels: tuple[str, ...]) -> dict[str, float]:
    """Return the mean over samples."""
    total, samples = stats.sum(axis=0)
    return {"rouge_l": float(total / samples)}


def _tokens(text: str) -> list[bytes]:
    """Return the stems of the runs of a-z and 0-9; every other character, one of another script too, parts words."""
    return [_STEMS[word] for word in text.lower().encode("ascii", "replace").translate(_SPACED).split()]
