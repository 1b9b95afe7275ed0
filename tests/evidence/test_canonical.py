"""JSON in one form is read in that form alone."""

from __future__ import annotations

import pytest

from partner_qa.evidence.canonical import from_canonical, to_canonical

VALUE = {"b": [1, 2.5, None, True, "\u00e9\ud800"], "a": {"z": {}, "y": []}}


def test_what_was_written_is_read() -> None:
    assert from_canonical(to_canonical(VALUE)) == VALUE


@pytest.mark.parametrize(
    "content",
    [
        b'{\n "a": 1,\n "a": 2\n}\n',  # a key twice
        b'{\n "b": 1,\n "a": 2\n}\n',  # not sorted
        b'{"a": 1}\n',  # written otherwise
        b'{\n "a": 1\n}',  # cut
        b'{\n "a": 1\n}\n\n',
        b'{\n "a": "\xc3\xa9"\n}\n',  # not ASCII
        b'{\n "a": NaN\n}\n',
        b'{\n "a": 1e999\n}\n',
        b'{\n "a": 1.50\n}\n',
        b"[" * 900 + b"]" * 900 + b"\n",
        b"[" * 100_000,
        b"\xff",
        b"",
    ],
)
def test_what_is_written_in_another_form_is_a_value_error(content: bytes) -> None:
    with pytest.raises(ValueError, match="is not JSON"):
        from_canonical(content)
