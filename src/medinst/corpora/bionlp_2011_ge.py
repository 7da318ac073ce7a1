"""BioNLP-ST 2011 GE: events of genes and proteins in the abstracts of 2009 and in 14 full papers, by section.

The test texts come without events. The licence in the archives allows research of a non-profit nature only.
"""

from __future__ import annotations

from medinst.corpora import SECTION, Corpus, at
from medinst.formats import brat

FILES = "http://weaver.nlplab.org/~bionlp-st/BioNLP-ST/downloads/files"

CORPUS = Corpus(
    name="bionlp-2011-ge",
    title="BioNLP Shared Task 2011: Genia Event Extraction",
    year=2011,
    homepage="https://sites.google.com/site/bionlpst/bionlp-shared-task-2011/genia-event-extraction-genia",
    licence="LicenseRef-BioNLP-ST-2011",
    articles=SECTION,
    urls=(
        f"{FILES}/BioNLP-ST_2011_genia_train_data_rev1.tar.gz",
        f"{FILES}/BioNLP-ST_2011_genia_devel_data_rev1.tar.gz",
        f"{FILES}/BioNLP-ST_2011_genia_test_data.tar.gz",
        "https://github.com/openbiocorpora/bionlp-st-2011-ge/archive/refs/heads/master.zip",
    ),
    splits={
        "train": at("**/original-data/train", "BioNLP-ST_2011_genia_train_data_rev1", read=brat.read),
        "validation": at("**/original-data/devel", "BioNLP-ST_2011_genia_devel_data_rev1", read=brat.read),
        "test": at("**/original-data/test", "BioNLP-ST_2011_genia_test_data", read=brat.read),
    },
)
