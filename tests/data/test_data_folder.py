from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.data import DataError, DataFolder
from alerts.data.entry import CODE_BYTES_AT_MOST, Entry

SHIPPED = (
    "sectors.toml",
    "regions.toml",
    "schemes.toml",
    "reporting.toml",
    "sensitive.toml",
    "levels-uk-national.toml",
    "levels-uk-northern-ireland.toml",
    "levels-us-ntas.toml",
    "levels-au.toml",
    "levels-nl-nctv.toml",
    "levels-be-ocam.toml",
    "levels-fr-vigipirate.toml",
    "levels-nz.toml",
)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_file_is_read_without_an_operators_folder(name: str) -> None:
    """Every data file comes with the package and is valid TOML."""
    assert DataFolder(None).read(name)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_file_tells_how_to_replace_it(name: str) -> None:
    """An operator who opens a data file reads at its head how to put another in its place."""
    text = (Path(__file__).parents[2] / "alerts" / "data" / name).read_text(encoding="utf-8")

    assert text.startswith("# ")
    assert "# To replace it: put your own file of this name into your data folder." in text


def test_the_operators_file_wins_and_the_others_stay_shipped(tmp_path: Path) -> None:
    """A file in the operator's folder takes the place of the shipped one as a whole, and of no other."""
    (tmp_path / "sectors.toml").write_text("answer = 42\n", encoding="utf-8")
    folder = DataFolder(tmp_path)

    assert folder.read("sectors.toml") == {"answer": 42}
    assert folder.read("regions.toml") == DataFolder(None).read("regions.toml")
    assert folder.replaced == {"sectors.toml"}


def test_the_place_of_a_file_is_named(tmp_path: Path) -> None:
    """An operator can tell from an error whether the own file or the shipped one is meant."""
    (tmp_path / "sectors.toml").write_text("", encoding="utf-8")
    folder = DataFolder(tmp_path)

    assert folder.where("sectors.toml") == str(tmp_path / "sectors.toml")
    assert folder.where("regions.toml") == "regions.toml (shipped)"


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    """A file that a Windows editor saved as UTF-8 is read like any other."""
    (tmp_path / "sectors.toml").write_bytes(b"\xef\xbb\xbfname = 'x'\n")

    assert DataFolder(tmp_path).read("sectors.toml") == {"name": "x"}


def test_files_that_are_no_toml_are_left_alone(tmp_path: Path) -> None:
    """A note beside the data files does no harm."""
    (tmp_path / "README.txt").write_text("ours", encoding="utf-8")

    assert DataFolder(tmp_path).replaced == frozenset()


def test_a_replacement_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    """A data folder that is missing, or is a file, is an error at the start and not the shipped data."""
    (tmp_path / "file").write_text("", encoding="utf-8")

    for path in (tmp_path / "missing", tmp_path / "file"):
        with pytest.raises(DataError, match="is not a folder"):
            DataFolder(path)


def test_a_misspelt_file_name_is_refused(tmp_path: Path) -> None:
    """A file that replaces nothing is named, with the file that was meant: it is not passed over."""
    (tmp_path / "sector.toml").write_text("", encoding="utf-8")

    with pytest.raises(DataError, match=r"sector\.toml: replaces nothing; did you mean sectors\.toml\?"):
        DataFolder(tmp_path)


def test_a_file_that_nobody_has_is_refused() -> None:
    """A data file that is neither shipped nor the operator's is a DataError that names it."""
    with pytest.raises(DataError, match=r"levels-atlantis\.toml: there is no such data file"):
        DataFolder(None).read("levels-atlantis.toml")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"code = \n", "is not valid TOML"),
        (b"name = 'a'\nname = 'b'\n", "is not valid TOML"),
        (b"name = '\xff'\n", "is not UTF-8 text"),
    ],
)
def test_a_file_that_cannot_be_parsed_is_refused_in_one_line(tmp_path: Path, content: bytes, says: str) -> None:
    """Bad TOML, a key given twice and bytes that are no UTF-8 each give one line that names the file."""
    (tmp_path / "sectors.toml").write_bytes(content)

    with pytest.raises(DataError, match=says) as caught:
        DataFolder(tmp_path).read("sectors.toml")

    assert str(tmp_path / "sectors.toml") in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    """A folder where a file should be, or a broken link, is a DataError and no traceback."""
    (tmp_path / "sectors.toml").mkdir()
    (tmp_path / "regions.toml").symlink_to(tmp_path / "nowhere")

    for name in ("sectors.toml", "regions.toml"):
        with pytest.raises(DataError, match=name):
            DataFolder(tmp_path).read(name)


@pytest.mark.parametrize(
    ("reader", "value", "says"),
    [
        ("text", 7, "must be text"),
        ("text", "", "must be one line"),
        ("text", " padded ", "must be one line"),
        ("text", "two\nlines", "must be one line"),
        ("code", "Two Words", "must be lower-case letters, digits and hyphens"),
        ("code", "café", "must be lower-case letters, digits and hyphens"),
        ("code", "a--b", "must be lower-case letters, digits and hyphens"),
        ("address", "gov.uk/ACT", "must be a web address"),
        ("flag", "true", "must be true or false"),
        ("day", "2019-07-23", "must be a date"),
        ("texts", "one", "must be a list of texts"),
        ("texts", [], "must be a list of texts"),
        ("texts", ["one", 2], "must be text"),
        ("texts", ["one", "one"], "twice"),
        ("confidence", "U", "must be one of A, B, C"),
        ("table", [], "must be a table"),
        ("tables", {}, "must be a list of entries"),
        ("tables", [], "must be a list of entries"),
        ("tables", [1], "must be a list of entries"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(reader: str, value: object, says: str) -> None:
    """Each kind of field refuses what does not fit, and names the file and the field. 'U' is never shipped."""
    entry = Entry("data.toml", {"field": value})

    with pytest.raises(DataError, match=rf"^data\.toml: field .*{says}"):
        getattr(entry, reader)("field")


@pytest.mark.parametrize("value", [0, 11, True, 1.5, "3"])
def test_a_number_out_of_bounds_is_refused(value: object) -> None:
    """A whole number is whole, within its bounds, and no truth value."""
    with pytest.raises(DataError, match="field must be a number from 1 to 10"):
        Entry("data.toml", {"field": value}).whole("field", at_least=1, at_most=10)


@pytest.mark.parametrize("reader", ["text", "code", "flag", "day", "texts", "table", "tables"])
def test_a_field_that_is_needed_and_absent_is_named(reader: str) -> None:
    """What is missing is said by its name."""
    with pytest.raises(DataError, match=r"^data\.toml: field is missing$"):
        getattr(Entry("data.toml", {}), reader)("field")


def test_an_unknown_key_is_refused_with_the_one_that_was_meant() -> None:
    """A misspelt key stops the load; otherwise the value it holds would be lost in silence."""
    entry = Entry("data.toml", {"code": "a", "nmae": "A"})
    entry.code()
    entry.optional_text("name")

    with pytest.raises(DataError, match=r"unknown key 'nmae'; did you mean name\?"):
        entry.finish()


@given(st.from_regex(r"[a-z0-9]{1,8}(-[a-z0-9]{1,8}){0,4}", fullmatch=True))
def test_a_code_fits_into_callback_data(code: str) -> None:
    """A code of at most 20 bytes is taken as it is, a longer one is refused at load."""
    entry = Entry("data.toml", {"code": code})

    if len(code.encode()) <= CODE_BYTES_AT_MOST:
        assert entry.code() == code
    else:
        with pytest.raises(DataError, match="code is longer than 20 bytes"):
            entry.code()


@given(st.text(), st.one_of(st.text(), st.integers(), st.booleans(), st.lists(st.text())))
def test_whatever_a_file_holds_the_error_is_one_line(key: str, value: object) -> None:
    """No key and no value of an operator's file breaks an error's text into several lines."""
    entry = Entry("data.toml", {key: value, "colour": value})

    with pytest.raises(DataError) as unknown:
        entry.finish()
    with pytest.raises(DataError) as unfit:
        entry.choice("colour", ["\x00"])

    assert len(str(unknown.value).splitlines()) == 1
    assert len(str(unfit.value).splitlines()) == 1
