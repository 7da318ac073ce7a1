"""METEOR as ``nltk`` computes it, with WordNet from nltk's own data or from Debian's packages."""

from __future__ import annotations

import functools
import io
import statistics
import warnings
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from medinst.metrics.optional import Lacking, library

DEBIAN = Path("/usr/share/wordnet")
HOW = "apt-get install wordnet-base, or python -m nltk.downloader wordnet"
_LEXNAMES = "".join(f"{number:02}\tlexname{number}\t1\n" for number in range(45))


class Meteor:
    """METEOR over words as nltk's tokeniser parts them, without its splitter of sentences, which needs further data.

    Raises:
        Lacking: nltk or WordNet is missing.
    """

    def __init__(self) -> None:
        self._score = library("nltk.translate.meteor_score").meteor_score
        self._tokens = library("nltk.tokenize").NLTKWordTokenizer().tokenize
        self.wordnet = _wordnet()
        self.by = f"nltk {version('nltk')}, WordNet {self.wordnet.get_version()}, NLTKWordTokenizer"

    def score(self, references: Sequence[str], prediction: str) -> float:
        """Return the best score of a prediction over its references. Source: Lavie and Agarwal (2007)."""
        golds = [self._tokens(text) for text in references]
        return float(self._score(golds, self._tokens(prediction), wordnet=self.wordnet))

    def mean(self, references: Sequence[Sequence[str]], predictions: Sequence[str]) -> float:
        """Return the mean over samples."""
        return statistics.fmean(map(self.score, references, predictions))


@functools.cache
def _wordnet() -> Any:
    """Return nltk's reader of WordNet."""
    own = library("nltk.corpus").wordnet
    try:
        own.ensure_loaded()
        return own
    except LookupError:
        pass
    if not (DEBIAN / "data.noun").is_file():
        raise Lacking(f"WordNet is not installed: {HOW}")
    paths = library("nltk.data").path
    if str(DEBIAN) not in paths:
        paths.append(str(DEBIAN))  # nltk opens no file outside the folders that it is told of
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that other languages' names are not there
        return _debian()(str(DEBIAN), None)


def _debian() -> Any:
    """Return a reader for WordNet as Debian packs it.

    METEOR looks neither at ``lexnames``, which is not there, nor at the mapping to other releases of WordNet.
    """
    reader = library("nltk.corpus.reader.wordnet").WordNetCorpusReader

    def opened(self: Any, file: str) -> Any:
        return io.StringIO(_LEXNAMES) if file == "lexnames" else reader.open(self, file)

    return type("DebianWordNet", (reader,), {"open": opened, "map_wn": lambda self: None})
