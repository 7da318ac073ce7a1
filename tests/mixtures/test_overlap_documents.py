"""Which texts of a sample are compared, and which ids of documents name an article."""

from __future__ import annotations

import re

import pytest

from made_up import sample
from medinst import corpora, tasks
from medinst.mixtures import overlap


@pytest.mark.parametrize(
    ("row", "text", "passages"),
    [
        ("AnEM", "The liver.\n", ("The liver.",)),
        ("AnEM-COREF", "The liver\nAnchor: it\nAnchor: liver", ("The liver\nAnchor: it",)),
        ("MedQA", "Question: Which?\nOptions:\n(A) one\n(B) two", ("Which?",)),
        ("PubMedQA-labeled", "Question: Does it?\nContext: It did.\nContext: Twice.", ("It did.\nContext: Twice.",)),
        ("SciFact", "Claim: It is.\nEvidence: It was.", ("It is.", "It was.")),
        ("FEVER", "Claim: It is.", ("It is.",)),
        ("SciTail", "Premise: It is.\nHypothesis: It was.", ("It is.", "It was.")),
        ("BIOSSES", "Sentence 1: One.\nSentence 2: Two.", ("One.", "Two.")),
        ("BIOSSES", "Sentence 2: Two.", ("Two.",)),
        ("Medical-Data", "Drug: Belsamide\nText: It helps.", ("It helps.",)),
        ("Multi-XScience", "An abstract.\n\n@cite_5 Another.\n\n", ("An abstract.", "Another.")),
        ("ParaMed", "摘要", ("摘要",)),
    ],
)
def test_source_texts_only(row, text, passages):
    assert overlap.passages(sample(row, "test", "1", text)) == passages


@pytest.mark.parametrize(
    ("row", "document", "article"),
    [
        ("AnEM", "PMID-10080451", "pmid:10080451"),
        ("AnEM", "PMC-3266646-sec-09", "pmcid:3266646"),
        ("BioNLP-2011-ID", "PMC1913099-00-TIAB", "pmcid:1913099"),
        ("BioNLP-2009", "10022882", "pmid:10022882"),
        ("BC5CDR-RE", "227508", "pmid:227508"),
        ("BC5CDR", "04560", ""),
        ("BC5CDR", "10022", ""),
        ("Linnaeus", "10022", ""),
        ("Linnaeus-NED", "pmcA335194", "pmcid:335194"),
        ("BioNLP-2019-BB-RE", "BB-rel-F-27020288-003", "pmid:27020288"),
        ("JNLPBA-DNA", "0002", ""),
        ("JNLPBA-DNA", "89078997", "medline:89078997"),
        ("BioASQ-Task-B-yesno", "21645374", "pmid:21645374"),
        ("DDI", "Abarelix_ddi", ""),
        ("EU-ADR", "2682", ""),
        ("SciFact", "31715818", ""),
        ("AskAPatient-NED", "15612", ""),
        ("CHIA", "NCT00050349_exc", ""),
    ],
)
def test_an_article_where_the_corpus_says_so(row, document, article):
    assert overlap.article(sample(row, "test", document)) == article


def test_every_pattern_is_of_a_view_and_names_one_kind_at_a_time():
    declared = [corpora.load(name) for name in corpora.names()]
    assert sum(bool(corpus.articles) for corpus in declared) > 50
    for corpus in declared:
        assert set(corpus.articles) <= {"documents", *corpus.views}, corpus.name
        for pattern in corpus.articles.values():
            assert set(re.compile(pattern).groupindex) <= {"pmid", "pmcid", "medline"}
        assert "sentences" not in corpus.articles, f"{corpus.name}: sentences are numbered"
        assert tasks.of_corpus(corpus.name)
