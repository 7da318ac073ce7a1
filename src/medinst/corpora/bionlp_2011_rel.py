"""BioNLP-ST 2011 REL: parts, members and variants of proteins in the abstracts of 2009, as relations.

Relations stand in ``.rel`` files beside their further entities. The test abstracts come without them.
"""

from __future__ import annotations

from functools import partial

from medinst.corpora import SECTION, Corpus, at
from medinst.formats import brat

FILES = "http://weaver.nlplab.org/~bionlp-st/BioNLP-ST/downloads/files"
READ = partial(brat.read, suffixes=(".a1", ".rel"))

CORPUS = Corpus(
    name="bionlp-2011-rel",
    title="BioNLP Shared Task 2011: Entity Relations",
    year=2011,
    homepage="https://github.com/openbiocorpora/bionlp-st-2011-rel",
    licence="LicenseRef-GENIA",
    articles=SECTION,
    urls=(
        f"{FILES}/BioNLP-ST_2011_Entity_Relations_training_data.tar.gz",
        f"{FILES}/BioNLP-ST_2011_Entity_Relations_development_data.tar.gz",
        f"{FILES}/BioNLP-ST_2011_Entity_Relations_test_data.tar.gz",
        "https://github.com/openbiocorpora/bionlp-st-2011-rel/archive/refs/heads/master.zip",
    ),
    splits={
        "train": at("**/original-data/train", "BioNLP-ST_2011_*_training_data*/", read=READ),
        "validation": at("**/original-data/devel", "BioNLP-ST_2011_*_development_data*/", read=READ),
        "test": at("**/original-data/test", "BioNLP-ST_2011_*_test_data*/", read=READ),
    },
)
