"""How much memory the process takes from the system for what it needs."""

import ctypes

M_ARENA_MAX = -8
"""glibc's name for the number of heaps (malloc.h, mallopt(3))."""


def share_one_heap() -> bool:
    """Let all threads allocate from one heap; tell whether the C library knows how.

    glibc opens a heap for each thread that allocates and gives little of it back: with the database's thread that is
    4 MB at a million rows. Python runs one thread at a time, so they do not get into each other's way.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and mallopt(M_ARENA_MAX, 1) == 1
