"""Real pictures, small in bytes whatever their sides."""

from io import BytesIO

from PIL import Image


def picture(width: int, height: int, form: str = "PNG") -> bytes:
    """Give the bytes of a picture of one colour."""
    content = BytesIO()
    Image.new("L", (width, height), 200).save(content, form)
    return content.getvalue()
