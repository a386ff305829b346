"""What an answer with a picture costs that Telegram has: the bot as a process of its own, the sandbox beside it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send
from support.patience import until
from support.processes import BOT, TOKEN, Home

from bot.sandbox import Limits, Sandbox, serve

WORK_SECONDS = 0.020
"""What a cached /threat may cost (issue 5, part 5)."""

ASKS = 41


def work_seconds(pid: int) -> float:
    """Give the time that the processor has spent on a process, all its threads together."""
    spent = (file.read_text().split()[0] for file in Path(f"/proc/{pid}/task").glob("*/schedstat"))
    return sum(map(int, spent)) / 1e9


class Meter:
    """Stands before the sandbox and notes what the bot has worked when it gets an update, and when it answers it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._begun = 0.0
        self.pid = 0
        self.costs: list[float] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        path = scope.get("path", "")
        if path.endswith("/sendPhoto") and self.pid:
            self.costs.append(work_seconds(self.pid) - self._begun)
        await self._app(scope, receive, send)
        if path.endswith("/getUpdates") and self.pid:
            self._begun = work_seconds(self.pid)


@pytest.mark.skipif(not Path("/proc/self/schedstat").exists(), reason="wants Linux to tell what a process has worked")
async def test_a_cached_answer_takes_less_than_20_ms_of_work(tmp_path: Path) -> None:
    """From the update to the request that answers it the bot works less than 20 ms: the best of 40 answers.

    The quickest, since a processor that others share takes three times as long over the same work: alone it is 5 ms.
    The first of them has the picture carried up. What the bot does of its own accord meanwhile is counted in.
    """
    sandbox = Sandbox(tokens={TOKEN: "Cascade"}, limits=Limits(bot_per_second=2000))
    crowd = sandbox.world.add_crowd(ASKS, sandbox.world.bots[BOT])
    meter = Meter(sandbox.app)
    async with serve(meter) as address:
        home = Home(tmp_path, api_url=address, rate_per_second="1000")
        today = datetime.now(UTC).date().isoformat()
        assert home.cascade("level", "set", "uk-national", "SEVERE", "--since", today, "--yes").code == 0
        with home.running("run") as running:
            meter.pid = running.process.pid
            for account in crowd:
                await ask(sandbox, account)
            meter.pid = 0
            running.end()
    assert sandbox.world.library.at(0) is not None
    assert sandbox.world.library.at(1) is None
    assert len(meter.costs) == ASKS
    assert min(meter.costs[1:]) < WORK_SECONDS


async def ask(sandbox: Sandbox, account: int) -> None:
    """Let somebody ask for the level, and wait for the picture that answers."""
    sandbox.world.say(sandbox.world.chat(account, BOT), "/threat")
    chat = sandbox.world.chat(account, BOT)
    await until(lambda: any(message.media for message in chat.messages.values()), "a picture")
