"""Pictures from phones: judged by content, decoded within limits, and written anew so that nothing else comes along."""

from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps

from dispatch_console.core.errors import Invalid
from orders.states import ProofKind

FORMATS = ("JPEG", "PNG", "WEBP")
MEGABYTE = 1024 * 1024
MOST_BYTES = {ProofKind.PHOTO: 8 * MEGABYTE, ProofKind.SIGNATURE: MEGABYTE // 2}
# A JPEG is decoded at a fraction of its size; the others have to be held whole.
MOST_PIXELS = {"JPEG": 64_000_000, "MPO": 64_000_000, "PNG": 24_000_000, "WEBP": 24_000_000}
LONGEST_SIDE = {ProofKind.PHOTO: 2048, ProofKind.SIGNATURE: 1024}
THUMBNAIL_SIDE = 320


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is stored: upright, without metadata. Photos are JPEG, signatures PNG; thumbnails likewise."""

    content: bytes
    thumbnail: bytes
    width: int
    height: int


def clean(data: bytes, kind: str) -> Picture:
    """The picture in these bytes, or Invalid with the code `not_an_image`."""
    try:
        image = _decoded(data, LONGEST_SIDE[ProofKind(kind)])
        small = image.copy()
        small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
        return Picture(_encoded(image, kind), _encoded(small, kind), image.width, image.height)
    except Invalid:
        raise
    except Exception as error:  # hostile bytes make a decoder fail in more ways than anybody can list
        raise not_an_image("It is damaged or incomplete.") from error


def not_an_image(why: str) -> Invalid:
    sentence = f"This is not a picture that can be kept. {why} Send a JPEG, PNG or WebP picture."
    return Invalid(sentence, code="not_an_image", details={"fields": {"file": [sentence]}})


def _decoded(data: bytes, longest: int) -> Image.Image:
    try:
        image: Image.Image = Image.open(BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError:
        raise not_an_image("It has too many pixels.") from None
    except OSError:
        raise not_an_image("Its content is something else.") from None
    # The size stands in the header: nothing has been decoded yet.
    if image.width * image.height > MOST_PIXELS[image.format or ""]:
        raise not_an_image(f"It has too many pixels ({image.width} × {image.height}).")
    image.draft("RGB", (longest, longest))
    image.load()
    image = _upright(image)
    image.thumbnail((longest, longest))
    return _on_white(image)


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # the picture is fine, only what it says of itself is not
        return image


def _on_white(image: Image.Image) -> Image.Image:
    """Without transparency, palette or metadata."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        layer = image.convert("RGBA")
        plain = Image.new("RGB", image.size, "white")
        plain.paste(layer, mask=layer.getchannel("A"))
        return plain
    plain = image.convert("RGB")
    plain.info.clear()
    return plain


def _encoded(image: Image.Image, kind: str) -> bytes:
    out = BytesIO()
    if kind == ProofKind.SIGNATURE:
        image.convert("L").save(out, "PNG", optimize=True)
    else:
        image.save(out, "JPEG", quality=82, optimize=True)
    return out.getvalue()
