"""The sectors and regions that a contact chooses from, read from `sectors.toml` and `regions.toml`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self, TypeVar

from alerts.data import DataFolder, UnknownCode
from alerts.data.entry import Entry, refuse_twice


@dataclass(frozen=True, slots=True)
class Sector:
    """An industry sector.

    Attributes:
        code: Kebab-case, at most 20 bytes; kept with subscriptions and alerts.
        name: As people read it.
        description: A few words more, or "".
        keywords: Other words that people use for it.
        source: Where the name comes from.
    """

    code: str
    name: str
    description: str
    keywords: tuple[str, ...]
    source: str

    @classmethod
    def from_entry(cls, entry: Entry) -> Self:
        """Read one entry of [[sectors]]. Raises `DataError`."""
        sector = cls(
            code=entry.code(),
            name=entry.text("name"),
            description=entry.optional_text("description"),
            keywords=entry.optional_texts("keywords"),
            source=entry.text("source"),
        )
        entry.finish()
        return sector


@dataclass(frozen=True, slots=True)
class Region:
    """A region of the network. The hub (at most one) passes messages to all the others."""

    code: str
    name: str
    is_hub: bool
    source: str

    @classmethod
    def from_entry(cls, entry: Entry) -> Self:
        """Read one entry of [[regions]]. Raises `DataError`."""
        region = cls(
            code=entry.code(),
            name=entry.text("name"),
            is_hub=entry.optional_flag("hub"),
            source=entry.text("source"),
        )
        entry.finish()
        return region


Item = TypeVar("Item", Sector, Region)


@dataclass(frozen=True, slots=True)
class Directory:
    """All sectors and all regions, each by name in alphabetical order, as a person pages through them."""

    sectors: tuple[Sector, ...]
    regions: tuple[Region, ...]

    @classmethod
    def load(cls, folder: DataFolder) -> Self:
        """Read and check both files.

        Raises:
            DataError: A file is missing or wrong, a code or name is there twice, or there are two hubs.
        """
        sectors = _by_name([(entry, Sector.from_entry(entry)) for entry in _entries(folder, "sectors")])
        regions = [(entry, Region.from_entry(entry)) for entry in _entries(folder, "regions")]
        hubs = [entry for entry, region in regions if region.is_hub]
        if len(hubs) > 1:
            raise hubs[1].wrong("there is a second hub; at most one region is the hub")
        return cls(sectors=sectors, regions=_by_name(regions))

    def sector(self, code: str) -> Sector:
        """Return the sector of this code. Raises `UnknownCode`, which names the nearest ones."""
        return _pick("sector", code, self.sectors, _sector_hints(self.sectors))

    def region(self, code: str) -> Region:
        """Return the region of this code. Raises `UnknownCode`, which names the nearest ones."""
        return _pick("region", code, self.regions, _name_hints(self.regions))

    def check_sectors(self, codes: Iterable[str]) -> tuple[Sector, ...]:
        """Return the sectors of these codes, each once, in the order of the directory.

        Raises:
            UnknownCode: At least one code is unknown; the text speaks of every unknown one.
        """
        return _pick_all("sector", codes, self.sectors, _sector_hints(self.sectors))

    def check_regions(self, codes: Iterable[str]) -> tuple[Region, ...]:
        """Return the regions of these codes, each once, in the order of the directory.

        Raises:
            UnknownCode: At least one code is unknown; the text speaks of every unknown one.
        """
        return _pick_all("region", codes, self.regions, _name_hints(self.regions))


def _entries(folder: DataFolder, kind: str) -> tuple[Entry, ...]:
    """Return the entries of the file `kind`.toml, which holds nothing but the list [[kind]]."""
    top = Entry.of_file(folder, f"{kind}.toml")
    entries = top.tables(kind)
    top.finish()
    return entries


def _by_name(items: list[tuple[Entry, Item]]) -> tuple[Item, ...]:
    refuse_twice(((entry, item.code) for entry, item in items), "code")
    refuse_twice(((entry, item.name) for entry, item in items), "name")
    return tuple(sorted((item for _, item in items), key=lambda item: item.name.casefold()))


def _name_hints(items: Iterable[Sector | Region]) -> dict[str, str]:
    return {item.name.casefold(): item.code for item in items}


def _sector_hints(sectors: Iterable[Sector]) -> dict[str, str]:
    words = {word.casefold(): sector.code for sector in sectors for word in sector.keywords}
    return words | _name_hints(sectors)


def _pick(kind: str, code: str, items: tuple[Item, ...], hints: Mapping[str, str]) -> Item:
    for item in items:
        if item.code == code:
            return item
    raise UnknownCode.among(kind, code, [item.code for item in items], hints)


def _pick_all(kind: str, codes: Iterable[str], items: tuple[Item, ...], hints: Mapping[str, str]) -> tuple[Item, ...]:
    wanted = tuple(dict.fromkeys(codes))
    known = [item.code for item in items]
    refusals = [UnknownCode.among(kind, code, known, hints) for code in wanted if code not in known]
    if refusals:
        nearest = dict.fromkeys(code for refusal in refusals for code in refusal.nearest)
        raise UnknownCode("; ".join(map(str, refusals)), tuple(nearest))
    return tuple(item for item in items if item.code in wanted)
