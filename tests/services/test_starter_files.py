"""The starter library's files: what is written is read, and what is not as it must be says which file and line."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.starter.files import StarterFileError, StarterSchedule, read_library

VALUES = {"aws": {"region": ("eu-west-1", "us-east-1")}}
FILE = """\
-- name: AWS: machines
-- provider: aws
-- description: All of them.
-- schedule: 0 5 * * 1-5
-- table: aws_machines
-- key: id, region
-- parameters: region=*, size=s m

SELECT id -- its name

FROM aws.ec2.instances
"""


def library(folder: Path, **files: str):
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.sql"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return read_library(folder, VALUES)


def test_a_file_is_a_query_and_its_schedule(tmp_path: Path) -> None:
    read = library(
        tmp_path,
        b__one=FILE,
        a__two="-- name: Two\n-- columns: Old.\n-- provider: okta\n-- description: –\n\n\n/* é */ SELECT 2\n\n",
        a__three=FILE.replace("machines", "others").replace(
            "-- parameters: region=*, size=s m", "-- timezone: Europe/Amsterdam\n-- ignored: seen , used"
        ),
    )
    three, two, one = read.queries
    assert (one.name, one.provider, one.description) == ("AWS: machines", "aws", "All of them.")
    assert one.query_text == "SELECT id -- its name\n\nFROM aws.ec2.instances"
    assert (two.name, two.query_text, two.description) == ("Two", "/* é */ SELECT 2", "– Old.")
    assert three.name == "AWS: others"
    assert read.schedules == (
        StarterSchedule(
            "AWS: others",
            "aws_others",
            "0 5 * * 1-5",
            ("id", "region"),
            ignored_columns=("seen", "used"),
            timezone="Europe/Amsterdam",
        ),
        StarterSchedule(
            "AWS: machines",
            "aws_machines",
            "0 5 * * 1-5",
            ("id", "region"),
            {"region": ["eu-west-1", "us-east-1"], "size": ["s", "m"]},
        ),
    )


# a line of FILE, what stands there instead, the line that the error names, words of the error
MISTAKES = [
    ("-- provider: aws\n", "-- cloud: aws\n", 2, "no key “cloud”"),
    ("-- provider: aws\n", "-- provider: aws\n-- source: live\n", 3, "“source” is inventory"),
    ("-- provider: aws\n", "-- source: inventory\n", 4, "no schedule"),
    ("-- provider: aws\n", "", 7, "no “provider”"),
    ("-- name: AWS: machines\n", "", 7, "no “name”"),
    ("-- description: All of them.\n", "", 7, "no “description”"),
    ("-- table: aws_machines\n", "", 7, "no “table”, which “schedule” needs"),
    ("-- key: id, region\n", "", 7, "no “key”, which “schedule” needs"),
    ("-- schedule: 0 5 * * 1-5\n", "", 7, "no “schedule”, which “table” needs"),
    ("-- provider: aws\n", "-- provider: aws\n-- name: again\n", 3, "“name” stands here twice"),
    ("-- provider: aws\n", "-- provider:\n", 2, "-- key: value"),
    ("-- provider: aws\n", "-- provider aws\n", 2, "-- key: value"),
    ("-- provider: aws\n", "--provider: aws\n", 2, "-- key: value"),
    ("size=s m\n\nSELECT", "size=s m\nSELECT", 8, "-- key: value"),
    ("id, region", "id,, region", 6, "part of “key” is empty"),
    ("size=s m", "size=", 7, "“size=” is not"),
    ("size=s m", "size", 7, "“size” is not"),
    ("size=s m", "region=eu-west-1", 7, "region stands here twice"),
    ("size=s m", "size=*", 7, "no size of aws"),
    ("-- provider: aws", "-- provider: gcp", 7, "no region of gcp"),
    (FILE[FILE.index("SELECT") :], "  \n", 8, "no query"),
    (FILE, "", 1, "-- key: value"),
]


@pytest.mark.parametrize(("old", "new", "line", "words"), MISTAKES, ids=[each[3] for each in MISTAKES])
def test_a_mistake_is_told_with_its_file_and_line(
    tmp_path: Path, old: str, new: str, line: int, words: str
) -> None:
    assert FILE.count(old) == 1
    with pytest.raises(StarterFileError) as error:
        library(tmp_path, folder__machines=FILE.replace(old, new))
    assert (error.value.file, error.value.line) == ("folder/machines.sql", line)
    assert error.value.message.startswith(f"folder/machines.sql, line {line}: ")
    assert words in error.value.message


@pytest.mark.parametrize(
    ("changed", "line", "what"), [("aws_machines", 1, "name"), ("AWS: machines", 5, "table")]
)
def test_no_two_files_have_one_name_or_one_table(tmp_path: Path, changed: str, line: int, what: str) -> None:
    with pytest.raises(StarterFileError) as error:
        library(tmp_path, a=FILE, b=FILE.replace(changed, "others"))
    assert (error.value.file, error.value.line) == ("b.sql", line)
    assert f"a.sql has the {what}" in error.value.message


def texts(*, without: str) -> st.SearchStrategy[str]:
    letters = st.characters(exclude_categories=["Cs"], exclude_characters=without)
    return st.text(letters, min_size=1).filter(lambda text: text == text.strip())


VALUE = texts(without="\r\n")


@given(name=VALUE, provider=VALUE, description=VALUE, text=texts(without="\r"))
def test_what_is_written_is_read(name: str, provider: str, description: str, text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        head = f"-- description: {description}\n-- name: {name}\n-- provider: {provider}\n\n"
        (query,) = library(Path(folder), query=f"{head}{text}\n").queries
    assert (query.name, query.provider, query.description, query.query_text) == (
        name,
        provider,
        description,
        text,
    )
