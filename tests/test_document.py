"""Facts about reading what a person wrote: values, lines, and every way in which a file is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from partner_qa import document as room
from partner_qa.document import Document, find_problems, load_document
from partner_qa.errors import ProfileError, SetupError

Write = Callable[[str | bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_file(content: str | bytes) -> Path:
        path = tmp_path / "partner.yaml"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write_file


def load(path: Path) -> Document:
    return load_document(path, error=ProfileError)


def refusal(path: Path) -> SetupError:
    with pytest.raises(ProfileError) as caught:
        load(path)
    return caught.value


def test_values_are_those_that_json_can_hold(write: Write) -> None:
    path = write("a: 1\nb: 2.5\nc: true\nd: null\ne: [x, {f: y}]\ng:\n")
    assert load(path).value == {"a": 1, "b": 2.5, "c": True, "d": None, "e": ["x", {"f": "y"}], "g": None}


@pytest.mark.parametrize("text", ["no", "off", "2026-06-15", "12:30", "02139", "1_000", "0x1F", ".inf", "+1"])
def test_what_only_older_yaml_reads_as_another_type_stays_text(write: Write, text: str) -> None:
    assert load(write(f"key: {text}")).value == {"key": text}


def test_quoted_numbers_and_booleans_stay_text(write: Write) -> None:
    assert load(write("a: \"1\"\nb: 'true'\nc: ''\n")).value == {"a": "1", "b": "true", "c": ""}


def test_each_key_and_entry_knows_its_line(write: Write) -> None:
    found = load(write("a: 1\nb:\n  c: [x,\n      y]\n"))
    places = [("a",), ("b", "c"), ("b", "c", 0), ("b", "c", 1), ("b", "d")]
    assert [found.line_of(place) for place in places] == [1, 3, 3, 4, None]


def test_a_byte_order_mark_is_no_part_of_the_first_key(write: Write) -> None:
    assert load(write(b"\xef\xbb\xbfa: 1")).value == {"a": 1}


def test_an_anchor_that_is_used_twice_is_read_twice(write: Write) -> None:
    found = load(write("a: &x {n: 1}\nb: *x\n"))
    assert found.value == {"a": {"n": 1}, "b": {"n": 1}}
    assert found.line_of(("b", "n")) == 1


@pytest.mark.parametrize("content", ["", "\n\n", "# only a comment\n", "---\n", "~"])
def test_an_empty_file_is_called_empty(write: Write, content: str) -> None:
    assert "is empty" in str(refusal(write(content)))


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        ("a: 1\nb: [1, 2\nc: 3\n", 3, "is not YAML"),
        ("a: 1\n\tb: 2\n", 2, "is not YAML"),
        ("a: *nowhere\n", 1, "is not YAML"),
        ("a: 1\n---\nb: 2\n", 2, "is not YAML"),
        (b"a: 1\nb: \xff\xfe\n", 2, "is not UTF-8 text"),
        (b"a: 1\nb: \x1b[31m\n", 2, "control character U+001B"),
        (b"a: \x00\n", 1, "control character U+0000"),
        ("a: 1\nb: 2\na: 3\n", 3, "is given twice (first on line 1)"),
        ("a: !!python/object/apply:os.system [id]\n", 1, "tag !!python/object/apply:os.system is not"),
        ("a: 1\nb: !secret x\n", 2, "tag !secret is not allowed"),
        ("a: !!binary aGk=\n", 1, "tag !!binary is not allowed"),
        ("a: !!int twelve\n", 1, "is not a number"),
        ("a: 1e999\n", 1, "is not a number that JSON can hold"),
        (f"a: {'9' * 5000}\n", 1, "is not a number that JSON can hold"),
        ("a: &x [1, *x]\n", 1, "contains itself"),
        ("a: &x\n  b:\n    c: *x\n", 1, "contains itself"),
        ("1: x\n", 1, 'the key "1" is not text'),
        ("? [a, b]\n: x\n", 1, "a key is not text"),
        ("a:\n " + "[" * 50 + "]" * 50, 2, "nested more than 40 deep"),
        ("[" * 20_000, 1, "is not YAML"),
    ],
)
def test_a_hostile_or_mistaken_file_is_refused_with_its_line(
    write: Write, content: str | bytes, line: int, words: str
) -> None:
    found = refusal(write(content))
    assert words in str(found)
    assert found.problems[0].line == line
    assert found.problems[0].file.endswith("partner.yaml")


def test_a_billion_laughs_are_refused_without_being_expanded(write: Write) -> None:
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert "expands to more than 100,000 values" in str(refusal(write("\n".join(lines))))


def test_a_file_above_the_size_limit_is_refused(write: Write) -> None:
    assert "is larger than 1 MB" in str(refusal(write("a: " + "x" * room.SIZE_LIMIT)))


def test_every_problem_of_notation_is_found_at_once(write: Write) -> None:
    found = refusal(write("a: !x 1\nb: 2\nb: 3\n4: 5\n"))
    assert [problem.line for problem in found.problems] == [1, 3, 4]


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    assert "does not exist" in str(refusal(tmp_path / "partner.yaml"))
    assert "is not a file" in str(refusal(tmp_path))


@pytest.mark.parametrize(("content", "told"), [("a:\n\tb: 2\n", True), ("a: [1, 2\nb: 3\n", False)])
def test_a_tab_that_indents_is_called_one(write: Write, content: str, told: bool) -> None:
    assert ("here is a tab" in refusal(write(content)).explain()) is told


def test_an_error_never_carries_control_characters_of_the_file(write: Write) -> None:
    explained = refusal(write('"\\e[31m\\u009b": 1\n"\\e[31m\\u009b": 2\n')).explain()
    assert "given twice" in explained
    assert all(each.isprintable() or each == "\n" for each in explained)


@pytest.fixture
def schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A small schema of our own, found where the shipped ones are."""
    content = {
        "type": "object",
        "additionalProperties": False,
        "required": ["format", "name"],
        "properties": {
            "format": {"const": 1},
            "name": {"type": "string", "minLength": 1},
            "use_cases": {"type": "array", "items": {"enum": ["payroll", "hris"]}},
            "actions": {
                "type": "object",
                "propertyNames": {"enum": ["connect", "sync_people"]},
                "additionalProperties": {"$ref": "#/$defs/action"},
            },
            "expires": {"type": "string", "format": "date"},
        },
        "$defs": {
            "action": {
                "oneOf": [
                    {"required": ["post"], "properties": {"post": {"type": "string"}}},
                    {"required": ["command"], "properties": {"command": {"type": "array"}}},
                ]
            }
        },
    }
    (tmp_path / "small.json").write_text(json.dumps(content), encoding="utf-8")
    monkeypatch.setattr("partner_qa.contract.schema.find_shipped", lambda name: tmp_path)
    return "small"


def test_a_good_document_has_no_problems(write: Write, schema: str) -> None:
    path = write("format: 1\nname: x\nactions: {connect: {post: y}}\nexpires: 2026-12-01\n")
    assert find_problems(load(path), schema) == ()


def test_all_mistakes_are_found_at_once_in_the_order_of_their_lines(write: Write, schema: str) -> None:
    path = write("format: 2\nuse_cases: [payrol]\nactions:\n  sync_peeple: {post: 1}\nexpires: tomorrow\n")
    found = find_problems(load(path), schema)
    assert [(problem.line, problem.key) for problem in found] == [
        (1, ""),
        (1, "format"),
        (2, "use_cases[0]"),
        (4, "actions.sync_peeple"),
        (4, "actions.sync_peeple.post"),
        (5, "expires"),
    ]


@pytest.mark.parametrize(
    ("text", "key", "hint"),
    [
        ("nmae: x", "nmae", "did you mean name?"),
        ("actions: {sync_peeple: {post: x}}", "actions.sync_peeple", "did you mean sync_people?"),
        ("use_cases: [payrol]", "use_cases[0]", "did you mean payroll?"),
        ("zzzzzz: 1", "zzzzzz", "one of actions, expires, name, use_cases"),
    ],
)
def test_a_misspelt_word_is_offered_its_nearest_neighbour(
    write: Write, schema: str, text: str, key: str, hint: str
) -> None:
    found = {problem.key: problem for problem in find_problems(load(write(f"format: 1\n{text}\n")), schema)}
    assert found[key].hint == hint
    assert found[key].line == 2


def test_a_missing_key_is_named_at_the_place_where_it_belongs(write: Write, schema: str) -> None:
    (problem,) = find_problems(load(write("format: 1\n")), schema)
    assert str(problem).endswith("partner.yaml:1: does not have name")
