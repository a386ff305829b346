"""The bot under test: a real process that is started, killed and started again, and what it leaves behind."""

import asyncio
import os
import re
import signal
import sys
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
SECRET = "secret-of-the-chaos-runs-AAAAAAAA"
TOKEN = f"123456:{SECRET}"
BOT = 123456
LOOK_SECONDS = 0.02
START_SECONDS = 60.0
"""How long the bot may take to be up, an outage in between included."""

STOP_SECONDS = 12.0
"""How long it may take to stop: ten seconds are promised."""

STARTED = re.compile(r"^(\S+Z) \[info +\] started ", re.MULTILINE)
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class Process:
    """One `cascade run`.

    Attributes:
        number: how many were started before it, and one.
        born_at: Unix seconds just before it was started.
    """

    def __init__(self, number: int, process: asyncio.subprocess.Process, born_at: float, output: Path) -> None:
        self.number = number
        self.born_at = born_at
        self._process = process
        self._output = output

    @property
    def pid(self) -> int:
        """Its number in the system."""
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """Whether it is gone, for whatever reason."""
        return self._process.returncode is not None

    @property
    def printed(self) -> str:
        """Everything printed until now, on both streams."""
        return COLOURS.sub("", self._output.read_text(encoding="utf-8", errors="replace"))

    @property
    def ready_at(self) -> float | None:
        """Unix seconds of its line `started`, None as long as there is none."""
        found = STARTED.search(self.printed)
        return datetime.fromisoformat(found[1]).timestamp() if found else None

    async def kill(self) -> None:
        """Send SIGKILL, and wait until nothing is left of it."""
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    async def stop(self) -> int:
        """Send SIGTERM, and give the exit code; one that does not stop in time is killed, which gives -9."""
        with suppress(ProcessLookupError):
            self._process.terminate()
        with suppress(TimeoutError):
            return await asyncio.wait_for(self._process.wait(), STOP_SECONDS)
        await self.kill()
        return -signal.SIGKILL


class Bots:
    """Starts the bot in a folder of its own, as a supervisor would.

    Args:
        folder: where it runs and keeps its database.
        address: the sandbox's.
        rate: messages a second.

    Attributes:
        database: its file.
        processes: all that were started, oldest first.
        said: what the commands printed.
    """

    def __init__(self, folder: Path, address: str, rate: int) -> None:
        self.database = folder / "cascade.db"
        self.processes: list[Process] = []
        self.said: list[str] = []
        self._folder = folder
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CASCADE_")}
        self._environment = kept | {
            "CASCADE_BOT_TOKEN": TOKEN,
            "CASCADE_API_URL": address,
            "CASCADE_RATE_PER_SECOND": str(rate),
            "CASCADE_HTTP_LISTEN": "",
            "CASCADE_LEVEL_FEED_URL": "",
            "PYTHONPATH": str(REPOSITORY),
        }

    @property
    def logs(self) -> str:
        """What every process and command has printed."""
        return "\n".join([*(process.printed for process in self.processes), *self.said])

    def write(self, name: str, text: str) -> None:
        """Put a file into the folder."""
        (self._folder / name).write_text(text, encoding="utf-8")

    async def start(self) -> Process:
        """Start the bot; it is not up yet."""
        number = len(self.processes) + 1
        output = self._folder / f"run-{number}.out"
        born_at = time.time()
        with output.open("wb") as file:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "run"),
                cwd=self._folder,
                env=self._environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=file,
                stderr=asyncio.subprocess.STDOUT,
            )
        self.processes.append(Process(number, process, born_at, output))
        return self.processes[-1]

    async def ready(self) -> Process:
        """Start the bot and again as often as it gives up, as during an outage, until one is up.

        Raises:
            RuntimeError: none came up in time.
        """
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            process = await self.start()
            while not process.has_ended and time.monotonic() < end:
                if process.ready_at is not None:
                    return process
                await asyncio.sleep(LOOK_SECONDS)
        raise RuntimeError(f"no bot came up in {START_SECONDS:.0f} s: {self.processes[-1].printed[-500:]}")

    async def cascade(self, *words: str) -> str:
        """Run a command to its end and give what it prints.

        Raises:
            RuntimeError: it failed.
        """
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", *words),
            cwd=self._folder,
            env=self._environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        stdout, stderr = ((stream or b"").decode() for stream in await process.communicate())
        self.said += [stdout, stderr]
        if process.returncode:
            raise RuntimeError(f"cascade {' '.join(words)} ended with {process.returncode}: {stderr}")
        return stdout

    async def end(self) -> None:
        """Leave no process behind."""
        for process in self.processes:
            if not process.has_ended:
                await process.kill()
