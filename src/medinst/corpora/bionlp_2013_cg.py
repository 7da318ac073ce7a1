"""BioNLP-ST 2013 CG: entities and events of cancer, from molecules to organisms, in 600 abstracts.

The test abstracts come without events.
"""

from __future__ import annotations

from medinst.corpora import SECTION, Corpus, at
from medinst.formats import brat

FILES = "http://2013.bionlp-st.org/tasks"

CORPUS = Corpus(
    name="bionlp-2013-cg",
    title="BioNLP Shared Task 2013: Cancer Genetics",
    year=2013,
    homepage="https://github.com/openbiocorpora/bionlp-st-2013-cg",
    licence="CC-BY-SA-3.0",
    articles=SECTION,
    urls=(
        f"{FILES}/BioNLP-ST_2013_CG_training_data.tar.gz",
        f"{FILES}/BioNLP-ST_2013_CG_development_data.tar.gz",
        f"{FILES}/BioNLP-ST_2013_CG_test_data.tar.gz",
        "https://github.com/openbiocorpora/bionlp-st-2013-cg/archive/refs/heads/master.zip",
    ),
    splits={
        "train": at("**/original-data/train", "BioNLP-ST_2013_CG_training_data", read=brat.read),
        "validation": at("**/original-data/devel", "BioNLP-ST_2013_CG_development_data", read=brat.read),
        "test": at("**/original-data/test", "BioNLP-ST_2013_CG_test_data", read=brat.read),
    },
)
