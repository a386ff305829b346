"""Two short runs of `make chaos`: the real bot is killed in the middle of a broadcast that fails in many ways."""

import asyncio
from pathlib import Path

from chaos_faults import draw
from chaos_run import run
from chaos_verdict import complaints

RECIPIENTS = 300
RATE = 100
SEEDS = (16, 23)
"""An urgent and an advisory one with many kinds of faults, two kills and no hang, which costs ten seconds each."""


async def test_nobody_is_lost_and_no_double_uncounted(tmp_path: Path) -> None:
    """Whatever fails and however often it is killed, every recipient is accounted for and every second copy counted."""
    folders = [tmp_path / str(seed) for seed in SEEDS]
    for folder in folders:
        folder.mkdir()
    runs = [run(draw(seed, RECIPIENTS), folder, RATE) for seed, folder in zip(SEEDS, folders, strict=True)]
    found = await asyncio.gather(*runs)
    assert {one.plan.seed: complaints(one) for one in found} == {seed: [] for seed in SEEDS}
    assert [one.plan.severity for one in found] == ["urgent", "advisory"]
    assert all(one.crashes for one in found)
