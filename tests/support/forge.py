"""Starts Cascade's command line in a tenth of the time: a process that has imported it forks for each command.

What runs is a process of its own, with its own environment, folder, streams and exit code; only the second that Python
takes to import everything is spent once. Run as a script with the path of the socket to listen on.
"""

import gc
import json
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

LONGEST_REQUEST = 65536


def serve(path: str) -> dict[str, Any] | None:
    """Answer each request with the exit code of its command; returns in the process that is to run one."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{path}.new")
        listener.listen()
        Path(f"{path}.new").rename(path)  # who sees the path may connect
        while True:
            asker, _ = listener.accept()
            with asker:
                if os.fork() == 0:
                    listener.close()
                    return _run(asker)


def _run(asker: socket.socket) -> dict[str, Any] | None:
    """Fork once more, wait for the command and tell its exit code; returns in the command's process."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    request: dict[str, Any] = json.loads(asker.recv(LONGEST_REQUEST))
    command = os.fork()
    if command == 0:
        return request
    _, status = os.waitpid(command, 0)
    asker.sendall(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def become(request: dict[str, Any]) -> None:
    """Take over the environment, the folder, the streams and the words of a command."""
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    for number, (path, flags) in enumerate(
        [(request["stdin"], os.O_RDONLY), (request["stdout"], os.O_WRONLY), (request["stderr"], os.O_WRONLY)]
    ):
        opened = os.open(path, flags | os.O_NOCTTY)
        os.dup2(opened, number)
        os.close(opened)
    sys.argv = ["cascade", *request["words"]]


if __name__ == "__main__":
    from bot.__main__ import main

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    gc.freeze()
    if (wanted := serve(sys.argv[1])) is not None:
        become(wanted)
        main()
