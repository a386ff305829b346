"""The machine: which core is whose, and the processes that run on it."""

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Self, cast

ROOT = Path(__file__).resolve().parents[1]
PEERS_PYTHON = ROOT / ".venv-peers" / "bin" / "python"
CPU_MODEL = Path("/proc/cpuinfo")
MEMORY = Path("/proc/meminfo")


class Broken(Exception):
    """A part of the benchmark ended before its time; the text has the last of what it said."""


def cores() -> tuple[int, int]:
    """Give the core of the servers and that of the client; on a machine with one core they are the same."""
    usable = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]
    return usable[0], usable[-1]


def settle(core: int) -> None:
    """Stay on one core from now on, with all processes to come; where the system cannot do so, nothing happens."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})


def described() -> str:
    """Name the processor, the cores, the memory and the system."""
    model = platform.processor() or platform.machine()
    if CPU_MODEL.exists():
        lines = CPU_MODEL.read_text(encoding="utf-8").splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), model)
    gigabytes = ""
    if MEMORY.exists():
        gigabytes = f", {int(MEMORY.read_text(encoding='utf-8').split()[1]) / 2**20:.0f} GB"
    return f"{model}, {os.cpu_count()} cores{gigabytes}, {platform.system()} {platform.release()}"


class Child:
    """A process that takes commands and gives answers, a line of JSON each.

    Args:
        module: the module of this folder that it runs.
        core: the core that it stays on.
        python: the interpreter.
        arguments: handed to it as JSON.
    """

    def __init__(
        self, module: str, core: int, python: Path | str = sys.executable, arguments: Mapping[str, Any] | None = None
    ) -> None:
        self._said = tempfile.TemporaryFile("w+b")  # noqa: SIM115 - closed with the process
        self._name = module
        call = [str(python), "-m", f"benchmarks.{module}", json.dumps({"core": core, **(arguments or {})})]
        self._process = subprocess.Popen(  # noqa: S603 - our own modules
            call, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._said, text=True
        )
        self._into, self._from = cast(IO[str], self._process.stdin), cast(IO[str], self._process.stdout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._into.close()
        try:
            self._process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._from.close()
        self._said.close()

    def tell(self, **command: Any) -> None:
        """Send a command."""
        self._into.write(json.dumps(command) + "\n")
        self._into.flush()

    def hear(self) -> Any:
        """Wait for the next line.

        Raises:
            Broken: the process has ended without one.
        """
        line = self._from.readline()
        if not line:
            self._process.wait()
            self._said.seek(0)
            raise Broken(f"{self._name} ended: {self._said.read().decode(errors='replace')[-2000:]}")
        return json.loads(line)

    def do(self, **command: Any) -> Any:
        """Send a command and wait for its answer."""
        self.tell(**command)
        return self.hear()


@contextmanager
def folder() -> Iterator[Path]:
    """Give a folder beside the checkout's own files: one in memory would make every commit free."""
    place = ROOT / "build"
    place.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=place) as name:
        yield Path(name)


def arguments() -> dict[str, Any]:
    """Read what this process was started with, and go to its core."""
    given: dict[str, Any] = json.loads(sys.argv[1])
    settle(given["core"])
    return given


def run_to_end(module: str, core: int, python: Path | str = sys.executable, **arguments: Any) -> Any:
    """Run a client that makes one measurement, and give what it prints."""
    with Child(module, core, python, arguments) as child:
        return child.hear()


def progress(text: str) -> None:
    """Say on standard error what is being measured."""
    print(f"{time.strftime('%H:%M:%S')}  {text}", file=sys.stderr, flush=True)
