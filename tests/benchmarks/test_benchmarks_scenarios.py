"""The scenarios themselves, small, on the whole bot: that they measure what is sent, not how fast."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.askers import Askers
from benchmarks.machine import cores
from benchmarks.rates import broadcast_paced
from benchmarks.roll import OTHER_SECTOR, REGION, SECTOR
from benchmarks.server import answering
from benchmarks.stage import FIRST_CHAT, Stage, people
from benchmarks.throughput import broadcast_at_once

FIELDS = {"text": "All is well", "parse_mode": "HTML"}


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """An answerer and a place for databases; the tests' own process stays on all cores."""
    server_core, client_core = cores()
    with answering(server_core) as server:
        yield Stage(server, client_core, tmp_path, is_quick=True, fields=FIELDS)


def test_a_broadcast_without_limit_reaches_the_answerer_whole(stage: Stage) -> None:
    """Every row of the roll arrives once, and the time and the connections that it took are told."""
    measured = broadcast_at_once(stage, 300)
    assert stage.server.figures(range(FIRST_CHAT, FIRST_CHAT + 300))["received"] == 300
    assert stage.server.count() == 300
    assert measured["seconds"] > 0
    assert measured["connections"] > 0


def test_a_broadcast_with_a_limit_is_measured_as_it_arrives(stage: Stage) -> None:
    """The paced broadcast tells how many came, and the use of the processor as a share of a core."""
    measured = broadcast_paced(stage, 300, 300)
    assert measured["received"] == 300
    assert 0 < measured["cpu_share"] < 1.5


def test_the_bare_sender_sends_what_it_is_told(stage: Stage) -> None:
    """The ceiling's sender delivers every message, at once and in ticks."""
    assert stage.bare(4, 50)["seconds"] > 0
    assert stage.server.count() == 50
    stage.server.reset()
    assert stage.bare(4, 50, rate=500)["seconds"] >= 0.09
    assert stage.server.count() == 50


def test_people_ask_while_an_audience_of_sector_and_region_is_sent_to(stage: Stage) -> None:
    """A roll of two sectors: the alert is for one of them, region or not, and /threat is answered meanwhile."""
    database = stage.sqlite(people(40), people(7, FIRST_CHAT + 40, OTHER_SECTOR))
    with stage.bot(database, 1000) as bot:
        issued = bot.do(do="issue", severity="advisory", sectors=[SECTOR], regions=[REGION])
        waits = Askers(stage.server, 50).times(5)
        over = bot.do(do="wait", alert=issued["alert"])
        used = bot.do(do="usage")
    assert (issued["recipients"], over["sent"], over["recipients"]) == (40, 40, 40)
    assert len(waits) == 5
    assert used["peak_mb"] >= used["rss_mb"] > 0
