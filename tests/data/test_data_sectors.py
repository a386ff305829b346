from pathlib import Path

import pytest

from alerts.data import DataError, DataFolder, UnknownCode
from alerts.subscribers.sectors import Directory

FROM_CSSC = {
    "Food, Beverage and Tobacco",
    "Metal, Plastic and Non-Metal Mineral Production",
    "Shipbuilding and Maritime Services",
    "Chemicals",
    "Information, Communications, Technology and Precision Instruments",
    "Automotive",
    "Aerospace and Defence",
    "Machinery, Electrical and Transport Equipment",
    "Pharmaceutical",
    "Agriculture, Forestry and Fishing",
    "Petrochemical and Mining",
    "Utilities",
    "Construction",
    "Communications and Media",
    "Digital and Creative Information Services",
    "Financial Services",
}
OURS = {
    "Business Services",
    "Education",
    "Retail",
    "Hospitality and Tourism",
    "Transport and Logistics",
    "Aviation",
    "Property and Facilities",
    "Health",
    "Legal",
    "Insurance",
    "Security Industry",
    "Faith Communities",
    "Charities and Voluntary",
    "Entertainment and Stadia",
    "Museums and Visitor Attractions",
    "Local Government",
}
REGIONS = {
    "London",
    "Eastern",
    "South East",
    "South West",
    "Wales",
    "East Midlands",
    "West Midlands",
    "North East",
    "North West",
    "Scotland",
    "Northern Ireland",
}
SECTOR = '[[sectors]]\ncode = "{code}"\nname = "{name}"\nsource = "us"\n'


@pytest.fixture
def shipped() -> Directory:
    """Return the directory as it is shipped."""
    return Directory.load(DataFolder(None))


def load_sectors(folder: Path, text: str) -> Directory:
    """Load a folder whose sectors are `text`."""
    (folder / "sectors.toml").write_text(text, encoding="utf-8")
    return Directory.load(DataFolder(folder))


def test_the_shipped_sectors_are_those_of_cssc_and_ours(shipped: Directory) -> None:
    """All 32 sector names are there, and each says whether it is CSSC's or ours."""
    by_source = {
        source: {sector.name for sector in shipped.sectors if sector.source == source}
        for source in ("CSSC membership page", "Cascade")
    }

    assert by_source == {"CSSC membership page": FROM_CSSC, "Cascade": OURS}
    assert len(shipped.sectors) == 32


def test_the_shipped_regions_are_the_eleven_of_cssc(shipped: Directory) -> None:
    """All 11 regions are there, Northern Ireland among them, and London is the hub."""
    assert {region.name for region in shipped.regions} == REGIONS
    assert len(shipped.regions) == 11
    assert [region.code for region in shipped.regions if region.is_hub] == ["london"]


def test_people_page_through_them_by_name(shipped: Directory) -> None:
    """Sectors and regions stand in the alphabetical order of their names, whatever the order of the file."""
    sectors = [sector.name.casefold() for sector in shipped.sectors]
    regions = [region.name.casefold() for region in shipped.regions]

    assert sectors == sorted(sectors)
    assert regions == sorted(regions)


def test_every_code_finds_its_own(shipped: Directory) -> None:
    """A code leads to exactly the sector or region that has it."""
    assert all(shipped.sector(sector.code) is sector for sector in shipped.sectors)
    assert all(shipped.region(region.code) is region for region in shipped.regions)


@pytest.mark.parametrize(
    ("asked", "nearest"), [("retial", "retail"), ("banks", "financial-services"), ("Legal", "legal")]
)
def test_an_unknown_sector_is_answered_with_the_nearest(shipped: Directory, asked: str, nearest: str) -> None:
    """A mistyped code, another word for the sector and its name each lead to the code that was meant."""
    with pytest.raises(UnknownCode, match=nearest) as caught:
        shipped.sector(asked)

    assert caught.value.nearest[0] == nearest


def test_an_unknown_region_is_answered_with_all_there_are(shipped: Directory) -> None:
    """The list of regions is short enough to name every one."""
    with pytest.raises(UnknownCode) as caught:
        shipped.region("atlantis")

    assert all(region.code in str(caught.value) for region in shipped.regions)


def test_codes_are_checked_together(shipped: Directory) -> None:
    """Several codes give their sectors once each, in the order of the directory; none gives none."""
    assert [sector.code for sector in shipped.check_sectors(["retail", "aviation", "retail"])] == [
        "aviation",
        "retail",
    ]
    assert shipped.check_sectors([]) == ()
    assert [region.code for region in shipped.check_regions(["wales", "london"])] == ["london", "wales"]


def test_every_unknown_code_is_spoken_of(shipped: Directory) -> None:
    """A list with two mistakes is refused with both, so that it is put right in one go."""
    with pytest.raises(UnknownCode, match=r"'retial'.*'avation'") as caught:
        shipped.check_sectors(["retial", "health", "avation"])

    assert {"retail", "aviation"} <= set(caught.value.nearest)


def test_an_operators_sectors_take_the_place_of_ours(tmp_path: Path) -> None:
    """With an own file there are exactly its sectors, and the shipped regions stay."""
    directory = load_sectors(
        tmp_path, SECTOR.format(code="zoo", name="Zoos") + SECTOR.format(code="art", name="Art dealers")
    )

    assert [sector.code for sector in directory.sectors] == ["art", "zoo"]
    assert len(directory.regions) == 11


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", r"sectors\.toml: sectors is missing"),
        ("sectors = []", "sectors must be a list of entries"),
        (SECTOR.format(code="Zoo", name="Zoos"), r"\[\[sectors\]\] 1 \(Zoo\): code must be lower-case"),
        (SECTOR.format(code="a-code-of-21-bytes-xx", name="Zoos"), "code is longer than 20 bytes"),
        (SECTOR.format(code="zoo", name=""), r"\[\[sectors\]\] 1 \(zoo\): name must be one line"),
        ('[[sectors]]\ncode = "zoo"\nsource = "us"\n', r"\(zoo\): name is missing"),
        (SECTOR.format(code="zoo", name="Zoos") + "colour = 1\n", r"\(zoo\): unknown key 'colour'"),
        (SECTOR.format(code="zoo", name="Zoos") * 2, r"\[\[sectors\]\] 2 \(zoo\): code 'zoo' is there twice"),
        (
            SECTOR.format(code="zoo", name="Zoos") + SECTOR.format(code="zoos", name="ZOOS"),
            r"\(zoos\): name 'ZOOS' is there twice",
        ),
        ('title = "ours"\n' + SECTOR.format(code="zoo", name="Zoos"), "unknown key 'title'"),
    ],
)
def test_a_wrong_sector_is_found_at_load(tmp_path: Path, text: str, says: str) -> None:
    """Each mistake in an operator's list stops the load with one line: file, entry, what is wrong."""
    with pytest.raises(DataError, match=says) as caught:
        load_sectors(tmp_path, text)

    assert str(caught.value).startswith(str(tmp_path / "sectors.toml"))
    assert "\n" not in str(caught.value)


def test_a_second_hub_is_refused(tmp_path: Path) -> None:
    """At most one region is the hub."""
    region = '[[regions]]\ncode = "{0}"\nname = "{0}"\nhub = true\nsource = "us"\n'
    (tmp_path / "regions.toml").write_text(region.format("here") + region.format("there"), encoding="utf-8")

    with pytest.raises(DataError, match=r"\(there\): there is a second hub"):
        Directory.load(DataFolder(tmp_path))
