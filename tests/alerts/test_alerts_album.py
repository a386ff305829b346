from datetime import timedelta

from support.clock import DrivenClock

from alerts.pictures.album import KEPT, Album
from alerts.store import Store


async def test_a_name_is_kept_replaced_and_forgotten(store: Store, clock: DrivenClock) -> None:
    """Telegram's name of a picture is found by its key, the newest counts, and after 90 days it is gone."""
    album = Album(store, clock)
    assert await album.find("board-1") is None
    await album.keep("board-1", "first")
    await album.keep("board-2", "other")
    await album.keep("board-1", "second")
    assert (await album.find("board-1"), await album.find("board-2")) == ("second", "other")
    clock.elapsed_seconds += KEPT.total_seconds()
    await album.forget_old()
    assert await album.find("board-1") == "second"
    clock.elapsed_seconds += timedelta(seconds=1).total_seconds()
    await album.keep("board-2", "newer")
    await album.forget_old()
    assert (await album.find("board-1"), await album.find("board-2")) == (None, "newer")
