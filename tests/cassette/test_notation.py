import io

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from partner_qa.cassette.notation import DEPTH_LIMIT, Refused, from_line, read_parts, to_block, to_line

PLAIN = (
    "null",
    "~",
    "yes",
    "No",
    "on",
    "1",
    "1.5",
    "0x1",
    "1e3",
    "2026-11-24",
    "12:30",
    "#a",
    "'",
    '"',
    "''",
)
SIGNS = (
    "\\",
    "{",
    "[",
    "&a",
    "*a",
    "|",
    ">",
    "%",
    "@",
    "`",
    "---",
    "...",
    "<<",
    "=",
    "\\ud800",
    "\U0001f600",
    "\x7f",
)
SPACED = (
    "",
    " a",
    "a ",
    "- a",
    "a: b",
    "a #b",
    "? a",
    ": a",
    "A word",
    "!!python/object:os.system x",
    "a" * 5000,
)
BLANKS = ("\t", "\n", "\r\n", "\0", "\x85", "\u2028", "\u2029", "\ufeff")
hostile = st.sampled_from((*PLAIN, *SIGNS, *SPACED, *BLANKS))
texts = hostile | st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
keys = st.text(st.characters(exclude_categories=["Cs"]), max_size=60) | hostile.filter(
    lambda key: len(key) < 150
)
values = st.recursive(
    scalars | st.binary(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


def read(text: str) -> dict[str, object]:
    return {key: value for key, _, value in read_parts(io.BytesIO(text.encode()), listed="nothing")}


def in_blocks(value: object) -> str:
    return "".join(f"{line}\n" for line in to_block(value))


@settings(max_examples=150, deadline=None)
@given(value=values)
def test_a_line_comes_back_as_it_was(value):
    line = to_line({"a": value})
    assert line.isascii()
    assert "\n" not in line
    assert from_line(line.encode()) == {"a": value}
    assert read(f"# torn {line}\nb: {line}\n") == {"b": {"a": value}}


@settings(max_examples=150, deadline=None)
@given(value=values)
def test_a_block_comes_back_as_it_was(value):
    text = in_blocks({"a": value, "b": [value, {"c": value}]})
    assert read(text) == {"a": value, "b": [value, {"c": value}]}


@settings(max_examples=150, deadline=None)
@given(value=values.filter(lambda value: "<<" not in repr(value) and "e" not in repr(value)))
def test_stock_yaml_reads_the_same_text(value):
    wanted = texts_of(value)
    assert texts_of(yaml.safe_load(to_line({"a": value}))["a"]) == wanted
    assert texts_of(yaml.safe_load(in_blocks({"a": value}))["a"]) == wanted


def texts_of(value: object) -> list[object]:
    """Everything in a value but numbers, whose spelling YAML 1.1 and JSON do not share (`1e-07`)."""
    if isinstance(value, dict):
        return [each for key, held in value.items() for each in (key, *texts_of(held))]
    if isinstance(value, list):
        return [each for held in value for each in texts_of(held)]
    return [] if isinstance(value, float) else [value]


def test_text_that_no_file_can_hold_is_written_out():
    assert from_line(to_line({"a": "\ud800 x \udfff\ud83d"}).encode()) == {"a": "\\ud800 x \\udfff\\ud83d"}
    assert read(in_blocks({"a": "\udc80"})) == {"a": "\\udc80"}


def test_a_number_that_json_lacks_is_written_out():
    assert from_line(to_line({"a": [float("nan"), {"b": float("-inf")}]}).encode()) == {
        "a": ["nan", {"b": "-inf"}]
    }


def test_text_that_looks_like_our_mark_for_bytes_stays_text():
    value = {"a": {"!!binary": "QUJD"}, "b": b"ABC", "c": '!!binary "QUJD"'}
    assert from_line(to_line(value).encode()) == value
    assert read(in_blocks(value)) == value


def test_what_has_no_place_in_a_cassette_is_a_mistake_of_ours():
    with pytest.raises(TypeError, match="set has no place in a cassette"):
        to_line({"a": {1}})


@pytest.mark.parametrize(
    ("text", "line", "complaint"),
    [
        ("", 1, "is empty"),
        ("# nothing\n", 1, "is empty"),
        ("- a\n", 1, "is not a mapping"),
        ("text", 1, "is not a mapping"),
        ("a: 1\na: 2\n", 2, "the key 'a' is given twice"),
        ("a:\n  b: 1\n  b: 2\n", 3, "the key 'b' is given twice"),
        ("a: 1\n1: 2\n", 2, "the key 1 is not text"),
        ("a: 1\n[a]: 2\n", 2, "a key is not text"),
        ("a: 1\nb: &x 1\nc: *x\n", 3, "has an alias"),
        ("a: &x [*x]\n", 1, "has an alias"),
        ("a: !!python/object/apply:os.system ['id']\n", 1, "has the tag 'tag:yaml.org,2002:python/object"),
        ("a: 1\nb: !!python/name:os.system ''\n", 2, "has the tag 'tag:yaml.org,2002:python/name"),
        ("a: !mine 1\n", 1, "has the tag '!mine'"),
        ("!!set {a}\n", 1, "is not a mapping"),
        ("a: !!set {b}\n", 1, "has the tag"),
        ('a: !!binary "not base64!"\n', 1, "is not base64"),
        ("a: 1\nb: [1, 2\n", 3, "is not YAML"),
        ("a: 'open\n", 2, "is not YAML"),
        ("a:\n\tb: 1\n", 2, "is not YAML"),
        ('a: "\\ud800"\n', 1, "is not YAML"),
        ("a: 1\n---\nb: 1\n", 2, "holds a second document"),
        (f"a: {'[' * 500}{']' * 500}\n", 1, f"is nested more than {DEPTH_LIMIT} deep"),
        (f"a: {'{b: ' * 500}1{'}' * 500}\n", 1, f"is nested more than {DEPTH_LIMIT} deep"),
        (f"a: {'[' * 1_000_000}", 1, f"is nested more than {DEPTH_LIMIT} deep"),
    ],
)
def test_a_hostile_file_is_refused_with_its_line(text, line, complaint):
    with pytest.raises(Refused) as caught:
        read(text)
    assert str(caught.value).startswith(complaint)
    assert caught.value.line == line


@pytest.mark.parametrize("content", [b"a: \xff\n", b"a: \0\n", b"a: '\xed\xa0\x80'\n"])
def test_what_is_no_text_is_refused(content):
    with pytest.raises(Refused, match="is not YAML"):
        list(read_parts(io.BytesIO(content), listed="x"))


def test_the_billion_laughs_are_not_laughed():
    lines = ["a0: &a0 lol", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10))]
    with pytest.raises(Refused, match="has an alias") as caught:
        read("\n".join(lines))
    assert caught.value.line == 2


def test_a_long_number_stays_text():
    assert read(f"a: {'9' * 5000}\n") == {"a": "9" * 5000}


def test_a_plain_scalar_is_what_json_has_or_text():
    text = "a: [yes, no, 2026-11-24, 12:30, 0x10, 010, 1_000, .5, .inf, True, 1e-07, -0, true, ~]\n"
    assert read(text)["a"] == [
        *["yes", "no", "2026-11-24", "12:30", "0x10", "010", "1_000", ".5", ".inf", "True"],
        *[1e-07, 0, True, None],
    ]


def test_the_list_is_read_entry_by_entry_with_lines():
    text = "version: 1\nlist:\n- 1\n- {a: 2}\n-\n  a: 3\nmore: 4\n"
    parts = list(read_parts(io.BytesIO(text.encode()), listed="list"))
    assert parts == [
        ("version", 1, 1),
        ("list", 3, 1),
        ("list", 4, {"a": 2}),
        ("list", 6, {"a": 3}),
        ("more", 7, 4),
    ]


def test_nothing_is_read_beyond_what_is_asked_for():
    class Endless(io.RawIOBase):
        served = 0

        def readable(self) -> bool:
            return True

        def read(self, size: int = -1) -> bytes:
            self.served += 1
            assert self.served < 1000, "reads on and on"
            return b"list:\n" if self.served == 1 else b"- 1\n" * 1000

    parts = read_parts(Endless(), listed="list")
    assert [next(parts)[0] for _ in range(3)] == ["list"] * 3
