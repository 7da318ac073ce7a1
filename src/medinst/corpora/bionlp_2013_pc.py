"""BioNLP-ST 2013 PC: molecules, complexes and the reactions between them on pathways, in 525 abstracts.

The test abstracts come without events.
"""

from __future__ import annotations

from medinst.corpora import SECTION, Corpus, at
from medinst.formats import brat

FILES = "http://2013.bionlp-st.org/tasks"

CORPUS = Corpus(
    name="bionlp-2013-pc",
    title="BioNLP Shared Task 2013: Pathway Curation",
    year=2013,
    homepage="https://github.com/openbiocorpora/bionlp-st-2013-pc",
    licence="CC-BY-SA-3.0",
    articles=SECTION,
    urls=(
        f"{FILES}/BioNLP-ST_2013_PC_training_data.tar.gz",
        f"{FILES}/BioNLP-ST_2013_PC_development_data.tar.gz",
        f"{FILES}/BioNLP-ST_2013_PC_test_data.tar.gz",
        "https://github.com/openbiocorpora/bionlp-st-2013-pc/archive/refs/heads/master.zip",
    ),
    splits={
        "train": at("**/original-data/train", "BioNLP-ST_2013_PC_training_data", read=brat.read),
        "validation": at("**/original-data/devel", "BioNLP-ST_2013_PC_development_data", read=brat.read),
        "test": at("**/original-data/test", "BioNLP-ST_2013_PC_test_data", read=brat.read),
    },
)
