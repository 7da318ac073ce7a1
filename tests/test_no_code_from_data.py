"""Data are never run: no pickle, no eval, no YAML tags, no foreign XML; nothing is unpacked but by sources.archive."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import medinst

PACKAGE = Path(medinst.__file__).parent
MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "shelve", "marshal", "joblib", "yaml", "lxml", "code", "codeop"}
CALLS = {"eval", "exec", "compile", "__import__"}
ATTRIBUTES = {
    "exec_module",
    "extract",
    "extractall",
    "unpack_archive",
    "read_pickle",
    "set_parameter_entity_parsing",
    "SetParamEntityParsing",
    "ExternalEntityRefHandler",
    "UseForeignDTD",
}
# A corpus module of the user's own, named on the command line as a path, is the user's code.
ALLOWED = {("corpora/__init__.py", "exec_module")}
# These read XML without the limits of formats.xml.
PARSERS = {"parse", "fromstring", "iterparse", "XML", "XMLParser", "XMLPullParser"}
TORCH = {"load", "allow_pickle", "trust_remote_code"}
SOURCES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))


def called(node: ast.Call) -> tuple[str, str]:
    """Return what a call is of: the module or object it is taken from, if named, and its name."""
    if isinstance(node.func, ast.Attribute):
        return getattr(node.func.value, "id", "?"), node.func.attr
    return "", getattr(node.func, "id", "")


def faults(tree: ast.AST) -> Iterator[str]:
    """Yield every name in a module's code that could run what stands in data."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names]
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            yield from (name for name in names if name.split(".")[0] in MODULES)
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("xml."):
                yield from (name for name in names if name in PARSERS)
        elif isinstance(node, ast.Attribute) and node.attr in ATTRIBUTES:
            yield node.attr
        elif isinstance(node, ast.Call):
            of, name = called(node)
            if (not of and name in CALLS) or (of in ("ET", "ElementTree") and name in PARSERS):
                yield name
            for keyword in node.keywords:
                if keyword.arg in TORCH and getattr(keyword.value, "value", None) is True:
                    yield keyword.arg
            if (of, name) == ("torch", "load"):
                yield "torch.load"


@pytest.mark.parametrize("path", SOURCES)
def test_nothing_in_data_is_run(path):
    tree = ast.parse((PACKAGE / path).read_text("utf-8"))
    assert {found for found in faults(tree) if (path, found) not in ALLOWED} == set()


@pytest.mark.parametrize(
    "code",
    [
        "import pickle",
        "from yaml import load",
        "import dill as json",
        "eval(text)",
        "exec(data)",
        "loader.exec_module(m)",
        "from xml.etree.ElementTree import parse",
        "ET.fromstring(x)",
        "np.load(path, allow_pickle=True)",
        "AutoModel.from_pretrained(x, trust_remote_code=True)",
        "torch.load(path)",
        "tarfile.open(path).extractall(folder)",
        "parser.ExternalEntityRefHandler = read",
    ],
)
def test_the_walk_finds_it(code):
    assert list(faults(ast.parse(code)))
