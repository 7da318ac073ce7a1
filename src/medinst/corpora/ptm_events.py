"""PTM-Events: post-translational modifications of proteins as events, in 112 abstracts; one split only."""

from __future__ import annotations

from medinst.corpora import PMID, Corpus, at
from medinst.formats import brat

CORPUS = Corpus(
    name="ptm-events",
    title="GENIA PTM event corpus",
    year=2010,
    homepage="http://www.geniaproject.org/other-corpora/ptm-event-corpus",
    licence="LicenseRef-GENIA",
    articles=PMID,
    urls=(
        "http://www.geniaproject.org/other-corpora/ptm-event-corpus/post-translational_modifications_training_data.tar.gz",
        "https://github.com/openbiocorpora/ptm-event/archive/refs/heads/master.zip",
    ),
    splits={
        "train": at("post-translational_modifications_training_data", "**/original-data", read=brat.read),
    },
)
