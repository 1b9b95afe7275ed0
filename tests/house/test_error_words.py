"""Every error can explain itself: one line as `str()`, and a paragraph that says what to do."""

import importlib
import pkgutil

import pytest

import partner_qa
from partner_qa import errors
from partner_qa.model import Finding


def every_subclass(cls):
    return [each for direct in cls.__subclasses__() for each in (direct, *every_subclass(direct))]


def load_every_module():
    for module in pkgutil.walk_packages(partner_qa.__path__, "partner_qa."):
        importlib.import_module(module.name)


load_every_module()  # an error may be drawn in the room that alone raises it
CLASSES = every_subclass(errors.PartnerQAError)


def build(cls):
    if cls is errors.Nonconformance:
        return cls([Finding(check="c", message="does not do it", expected="this", seen="that", hint="do")])
    if cls is errors.NotObserved:
        return cls("it never arose", missing=("actions.connect",))
    if cls is errors.HarnessBug:
        return cls("it broke", attach=("the log",))
    return cls([errors.Problem(message="is wrong", file="partner.yaml", line=3, key="run", hint="fix it")])


@pytest.mark.parametrize("cls", CLASSES, ids=lambda each: each.__name__)
def test_an_error_is_one_line_and_explains_itself_in_more(cls):
    error = build(cls)
    assert "\n" not in str(error)
    assert len(error.explain()) > len(str(error))


@pytest.mark.parametrize("cls", CLASSES, ids=lambda each: each.__name__)
def test_an_error_without_content_cannot_be_made(cls):
    if issubclass(cls, errors.NotObserved | errors.HarnessBug):
        pytest.skip("takes a message")
    with pytest.raises(ValueError, match="at least one"):
        cls([])
