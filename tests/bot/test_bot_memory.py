"""How much memory the process takes."""

import platform
import subprocess
import sys

from bot.memory import share_one_heap

THREADS_ALLOCATE = """
import ctypes, re, threading
from pathlib import Path
from bot.memory import share_one_heap
share_one_heap()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
ready = threading.Barrier(9)
def allocate():
    libc.malloc(1000)
    ready.wait()
threads = [threading.Thread(target=allocate) for _ in range(8)]
for thread in threads: thread.start()
ready.wait()
heaps = re.findall(r"^[0-9a-f]+000000-", Path("/proc/self/maps").read_text(), re.MULTILINE)
print(len(heaps))
"""


def test_threads_share_one_heap():
    """Where the C library is glibc, threads that allocate open no heap of 64 MB aligned addresses of their own."""
    is_glibc = platform.libc_ver()[0] == "glibc"
    assert share_one_heap() is is_glibc
    if is_glibc:
        call = [sys.executable, "-c", THREADS_ALLOCATE]
        told = subprocess.run(call, capture_output=True, text=True, check=True)  # noqa: S603 - our own program
        before = subprocess.run(  # noqa: S603 - as above
            [sys.executable, "-c", THREADS_ALLOCATE.replace("\nshare_one_heap()\n", "\n")],
            capture_output=True,
            text=True,
            check=True,
        )
        assert int(told.stdout) < int(before.stdout)
