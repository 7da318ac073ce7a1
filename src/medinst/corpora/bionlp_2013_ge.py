"""BioNLP-ST 2013 GE: events of genes and proteins and who refers back to whom, in 34 full papers, by section.

The test sections come without events and relations.
"""

from __future__ import annotations

from medinst.corpora import SECTION, Corpus, at
from medinst.formats import brat

FILES = "http://2013.bionlp-st.org/tasks"

CORPUS = Corpus(
    name="bionlp-2013-ge",
    title="BioNLP Shared Task 2013: Genia Event Extraction",
    year=2013,
    homepage="https://github.com/openbiocorpora/bionlp-st-2013-ge",
    licence="CC-BY-3.0",
    articles=SECTION,
    urls=(
        f"{FILES}/BioNLP-ST-2013_GE_train_data_rev3.tar.gz",
        f"{FILES}/BioNLP-ST-2013_GE_devel_data_rev3.tar.gz",
        f"{FILES}/BioNLP-ST-2013_GE_test_data_rev1.tar.gz",
        "https://github.com/openbiocorpora/bionlp-st-2013-ge/archive/refs/heads/master.zip",
    ),
    splits={
        "train": at("**/original-data/train", "BioNLP-ST-2013_GE_train_data_rev3", read=brat.read),
        "validation": at("**/original-data/devel", "BioNLP-ST-2013_GE_devel_data_rev3", read=brat.read),
        "test": at("**/original-data/test", "BioNLP-ST-2013_GE_test_data_rev1", read=brat.read),
    },
)
