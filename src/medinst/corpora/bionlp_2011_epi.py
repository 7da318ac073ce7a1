"""BioNLP-ST 2011 EPI: epigenetic changes and modifications of proteins, as events, in 1,200 abstracts.

Documented layout: that of the other shared tasks of the year, in the task's archives or the repository
openbiocorpora/bionlp-st-2011-epi; file forms and suffixes as BigBio's ``bionlp_st_2011_epi`` reads them. The test
abstracts come without events.
"""

from __future__ import annotations

from medinst.corpora import SECTION, Corpus, at
from medinst.formats import brat

FILES = "http://weaver.nlplab.org/~bionlp-st/BioNLP-ST/downloads/files"

CORPUS = Corpus(
    name="bionlp-2011-epi",
    title="BioNLP Shared Task 2011: Epigenetics and Post-translational Modifications",
    year=2011,
    homepage="https://github.com/openbiocorpora/bionlp-st-2011-epi",
    licence="LicenseRef-GENIA",
    articles=SECTION,
    urls=(
        f"{FILES}/BioNLP-ST_2011_Epi_and_PTM_training_data_rev1.tar.gz",
        f"{FILES}/BioNLP-ST_2011_Epi_and_PTM_development_data_rev1.tar.gz",
        f"{FILES}/BioNLP-ST_2011_Epi_and_PTM_test_data.tar.gz",
        "https://github.com/openbiocorpora/bionlp-st-2011-epi/archive/refs/heads/master.zip",
    ),
    layout="documented",
    splits={
        "train": at("**/original-data/train", "BioNLP-ST_2011_Epi_and_PTM_training_data_rev1", read=brat.read),
        "validation": at("**/original-data/devel", "BioNLP-ST_2011_Epi_and_PTM_development_data_rev1", read=brat.read),
        "test": at("**/original-data/test", "BioNLP-ST_2011_Epi_and_PTM_test_data", read=brat.read),
    },
)
