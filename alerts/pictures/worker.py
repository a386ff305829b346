"""The drawing process: `python -m alerts.pictures.worker` draws what it is told on its input, until that ends.

A job is a line of JSON: `{"kind": "board", "chart" or "curve", "theme": …, "content": …}`. An answer is a byte, `P` for
a picture or `E` for an error, the length of what follows in four bytes (big-endian), and the PNG or the error's name.
matplotlib is imported with the first chart or curve.
"""

import json
import sys
from collections.abc import Mapping
from typing import Any, BinaryIO

from alerts.pictures.board import Board
from alerts.pictures.board_painter import draw_board
from alerts.pictures.curve import Curve
from alerts.pictures.picture import ERROR, LENGTH_BYTES, PICTURE
from alerts.pictures.theme import ThemeName
from alerts.pictures.timeline import Timeline


def draw(job: Mapping[str, Any]) -> bytes:
    """Draw one job as a PNG. Raises whatever a malformed job leads to."""
    theme = ThemeName(job["theme"])
    if job["kind"] == "board":
        return draw_board(Board.from_json(job["content"]), theme)
    if job["kind"] == "curve":
        from alerts.pictures.curve_chart import draw_curve  # noqa: PLC0415 - as below

        return draw_curve(Curve.from_json(job["content"]), theme)
    from alerts.pictures.chart import draw_chart  # noqa: PLC0415 - its 50 MB come with the first chart only

    return draw_chart(Timeline.from_json(job["content"]), theme)


def serve(jobs: BinaryIO, answers: BinaryIO) -> None:
    """Draw job after job until the input ends; one that cannot be drawn is answered and ends nothing."""
    for line in jobs:
        try:
            mark, body = PICTURE, draw(json.loads(line))
        except Exception as error:
            mark, body = ERROR, f"{type(error).__name__}: {error}".encode()
        answers.write(mark + len(body).to_bytes(LENGTH_BYTES, "big") + body)
        answers.flush()


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
