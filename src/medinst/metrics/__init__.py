"""From references and predictions to numbers: the published rule and the strict one beside it, one explicit table."""

from __future__ import annotations

from medinst.metrics import items, labels, paper, rouge, similarity, tagged
from medinst.metrics.bootstrap import interval
from medinst.metrics.metric import Metric, Reference
from medinst.metrics.rouge import rouge_l

__all__ = ["METRICS", "Metric", "Reference", "interval", "rouge_l"]

METRICS = {
    "bio_label_macro_f1": Metric(
        "label_level_f1", paper.bio_label_macro_f1, "span_f1", tagged.counts, tagged.fold, errors=tagged.errors
    ),
    "choice": Metric("accuracy", paper.choice, "accuracy", labels.exact_counts, labels.exact_fold),
    "empty": Metric("entity_level_f1", paper.entity_sample_f1, "accuracy", items.empty_counts, items.empty_fold),
    "entity_sample_f1": Metric(
        "entity_level_f1", paper.entity_sample_f1, "micro_f1", items.counts, items.fold, errors=items.errors
    ),
    "exact_match": Metric("em", paper.exact_match, "accuracy", labels.exact_counts, labels.exact_fold),
    "label_macro_f1": Metric(
        "label_level_f1", paper.label_macro_f1, "macro_f1", labels.closed_counts, labels.closed_fold
    ),
    "mse": Metric("mse", paper.mse, "mse", similarity.counts, similarity.fold, lower_is_better=True),
    "multilabel_sample_f1": Metric(
        "entity_level_f1",
        paper.multilabel_sample_f1,
        "micro_f1",
        labels.multi_counts,
        labels.multi_fold,
        errors=labels.multi_errors,
    ),
    "rouge_l": Metric("rouge", paper.rouge_l, "rouge_l", rouge.counts, rouge.fold),
}
