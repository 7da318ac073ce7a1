"""BioNLP-ST 2011 ID: two-component systems of bacteria and other molecular events of infection, in 30 full papers.

A document is a section. The test sections come without events.
"""

from __future__ import annotations

from medinst.corpora import SECTION, Corpus, at
from medinst.formats import brat

FILES = "http://weaver.nlplab.org/~bionlp-st/BioNLP-ST/downloads/files"

CORPUS = Corpus(
    name="bionlp-2011-id",
    title="BioNLP Shared Task 2011: Infectious Diseases",
    year=2011,
    homepage="https://github.com/openbiocorpora/bionlp-st-2011-id",
    licence="LicenseRef-GENIA",
    articles=SECTION,
    urls=(
        f"{FILES}/BioNLP-ST_2011_Infectious_Diseases_training_data_rev1.tar.gz",
        f"{FILES}/BioNLP-ST_2011_Infectious_Diseases_development_data_rev1.tar.gz",
        f"{FILES}/BioNLP-ST_2011_Infectious_Diseases_test_data.tar.gz",
        "https://github.com/openbiocorpora/bionlp-st-2011-id/archive/refs/heads/master.zip",
    ),
    splits={
        "train": at("**/original-data/train", "BioNLP-ST_2011_Infectious_Diseases_training_data_rev1", read=brat.read),
        "validation": at(
            "**/original-data/devel", "BioNLP-ST_2011_Infectious_Diseases_development_data_rev1", read=brat.read
        ),
        "test": at("**/original-data/test", "BioNLP-ST_2011_Infectious_Diseases_test_data", read=brat.read),
    },
)
