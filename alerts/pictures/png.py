"""The file that a drawing becomes."""

from io import BytesIO

from PIL import Image

COLOURS = 128


def png(image: Image.Image) -> bytes:
    """Give an image of few colours as a small PNG."""
    content = BytesIO()
    palette = image.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    palette.save(content, "PNG")
    return content.getvalue()
