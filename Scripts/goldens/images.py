#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lets Pillow write and resize the images that Weft must read and resize, and read those that Weft has written.

    python3.11 -m venv venv
    venv/bin/pip install numpy==2.4.6 pillow==13.0.0
    venv/bin/python Scripts/goldens/images.py                  writes Tests/Goldens/images
    venv/bin/python Scripts/goldens/images.py --read FOLDER    prints the pixels of the images of a folder

Pillow writes and reads neither samples of 16 bits in colour nor interlaced files; those are put together here, and what
they hold is known. Wherever Pillow does read a file, what it reads is recorded. Running it twice gives the same bytes.
"""

import io
import json
import pathlib
import struct
import sys
import zlib

import numpy as np
import PIL
from PIL import Image, ImageOps, features

FOLDER = pathlib.Path(__file__).resolve().parent.parent.parent / "Tests" / "Goldens" / "images"
GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
# The passes of interlaced files: first row and column, steps of both.
PASSES = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]


def scene(height, width, channels, most=255, dtype="uint8", seed=1):
    """Slopes, an edge and some noise: what photographs have, and the extremes."""
    random = np.random.default_rng(seed)
    y, x, c = np.mgrid[0:height, 0:width, 0:channels]
    slopes = (x / max(width - 1, 1) * (c + 1) + y / max(height - 1, 1) * (channels - c)) / (channels + 1)
    image = slopes * 0.8 + (x > width // 2) * 0.15 + random.uniform(0, 0.05, slopes.shape)
    result = np.clip(np.rint(image * most), 0, most)
    result[0, 0], result[-1, -1] = 0, most
    return result.astype(dtype)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def rows(array, bits):
    """The rows of a file, each behind the number of its filter, which is none."""
    result = b""
    for row in array:
        samples = row.reshape(-1)
        if bits < 8:
            digits = ((samples[:, None] >> np.arange(bits - 1, -1, -1)) & 1).astype("uint8").reshape(-1)
            packed = np.packbits(digits).tobytes()
        else:
            packed = samples.astype(">u2" if bits == 16 else "u1").tobytes()
        result += b"\0" + packed
    return result


def png(array, colour, bits=8, interlaced=False, extra=b""):
    """A PNG file of [height, width, samples]."""
    height, width = array.shape[:2]
    if interlaced:
        parts = [array[top::down, left::right] for top, left, down, right in PASSES]
        data = b"".join(rows(part, bits) for part in parts if part.size)
    else:
        data = rows(array, bits)
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, int(interlaced))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(data, 9))
            + chunk(b"IEND", b""))


def saved(image, **options):
    output = io.BytesIO()
    image.save(output, **options)
    return output.getvalue()


def described(array):
    array = np.asarray(array)
    if array.ndim == 2:
        array = array[:, :, None]
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    return {"dtype": array.dtype.name, "shape": list(array.shape), "bytes": little.tobytes("C").hex()}


def png_files():
    """Each file, what it holds with all its bits, and the mode in which Pillow reads the same; None where it does not."""
    palette = scene(1, 16, 3, seed=5).reshape(16, 3)
    indices = scene(9, 11, 1, most=15)
    chunks = chunk(b"PLTE", palette.tobytes())
    alphas = np.arange(0, 256, 17, dtype="uint8")
    clear = np.concatenate([palette, alphas[:, None]], axis=1)
    grey, colour = scene(9, 11, 1), scene(9, 11, 3)
    key = colour[3, 4]
    keyed = np.concatenate([colour, np.where((colour == key).all(-1, keepdims=True), 0, 255)], -1).astype("uint8")
    deep = {n: scene(9, 11, n, most=65535, dtype="uint16") for n in [1, 2, 3, 4]}
    few = {bits: scene(9, 11, 1, most=2**bits - 1) for bits in [1, 2, 4]}
    files = {
        "grey.png": (saved(Image.fromarray(grey[:, :, 0]), format="png"), grey, "L"),
        "grey_alpha.png": (png(scene(9, 11, 2), GREY_ALPHA), scene(9, 11, 2), "LA"),
        "rgb.png": (saved(Image.fromarray(colour), format="png"), colour, "RGB"),
        "rgba.png": (saved(Image.fromarray(scene(9, 11, 4)), format="png"), scene(9, 11, 4), "RGBA"),
        "palette.png": (png(indices, PALETTE, bits=4, extra=chunks), palette[indices[:, :, 0]], "RGB"),
        "palette_alpha.png": (
            png(indices, PALETTE, extra=chunks + chunk(b"tRNS", alphas.tobytes())), clear[indices[:, :, 0]], "RGBA"),
        "transparent_colour.png": (
            png(colour, RGB, extra=chunk(b"tRNS", key.astype(">u2").tobytes())), keyed, "RGBA"),
        "interlaced.png": (png(colour, RGB, interlaced=True), colour, "RGB"),
        "interlaced_grey_1.png": (png(few[1], GREY, bits=1, interlaced=True), few[1] * 255, "L"),
        "one.png": (saved(Image.fromarray(grey[:1, :1, 0]), format="png"), grey[:1, :1], "L"),
        "grey_16.png": (png(deep[1], GREY, bits=16), deep[1], None),
        "grey_alpha_16.png": (png(deep[2], GREY_ALPHA, bits=16), deep[2], None),
        "rgb_16.png": (png(deep[3], RGB, bits=16), deep[3], None),
        "rgba_16.png": (png(deep[4], RGBA, bits=16, interlaced=True), deep[4], None),
    }
    for bits, array in few.items():
        files[f"grey_{bits}.png"] = (png(array, GREY, bits=bits), array * np.uint8(255 // (2**bits - 1)), "L")
    return files


def jpeg_files():
    photo = Image.fromarray(scene(37, 45, 3, seed=2))
    small = Image.fromarray(scene(17, 19, 3, seed=3))
    inks = Image.frombytes("CMYK", (19, 17), scene(17, 19, 4, seed=4).tobytes())
    return {
        "photo.jpg": saved(photo, format="jpeg", quality=85),
        "full_colours.jpg": saved(small, format="jpeg", quality=95, subsampling=0),
        "halves_across.jpg": saved(small, format="jpeg", quality=75, subsampling=1),
        "progressive.jpeg": saved(photo, format="jpeg", quality=80, progressive=True),
        "grey.jpg": saved(small.convert("L"), format="jpeg", quality=90),
        "inks.jpg": saved(inks, format="jpeg", quality=95),
        "restarts.jpg": saved(small, format="jpeg", quality=90, restart_marker_rows=1),
    }


def resized(expected):
    """What Pillow makes of one image in other sizes."""
    colour, grey = scene(29, 37, 3, seed=6), scene(29, 37, 1, seed=7)
    numbers = (scene(29, 37, 1, most=1000, dtype="int32", seed=8)[:, :, 0] / 7).astype("float32")
    sources = {"rgb": Image.fromarray(colour), "grey": Image.fromarray(grey[:, :, 0]), "f32": Image.fromarray(numbers)}
    expected["sources"] = {name: described(image) for name, image in sources.items()}
    expected["resized"] = []
    for name, image in sources.items():
        for height, width in [(29, 37), (16, 12), (60, 50), (1, 1), (29, 10), (7, 37), (100, 3)]:
            small = image.resize((width, height), Image.Resampling.BILINEAR)
            expected["resized"].append({"source": name, "fit": "stretched", "image": described(small)})
    image = sources["rgb"]
    # Sizes for which the places of the part are numbers of 32 bits, as Pillow has them.
    for height, width in [(8, 8), (32, 64), (40, 10)]:
        fitted = ImageOps.fit(image, (width, height), Image.Resampling.BILINEAR)
        expected["resized"].append({"source": "rgb", "fit": "cropped", "image": described(fitted)})
        around = ImageOps.pad(image, (width, height), Image.Resampling.BILINEAR)
        expected["resized"].append({"source": "rgb", "fit": "padded", "image": described(around)})


def write():
    FOLDER.mkdir(exist_ok=True)
    expected = {"pillow": PIL.__version__, "numpy": np.__version__,
                "libjpeg_turbo": features.version("libjpeg_turbo"), "png": {}, "jpeg": {}, "modes": {}}
    for name, (content, array, mode) in png_files().items():
        if mode is not None:
            read = np.asarray(Image.open(io.BytesIO(content)).convert(mode))
            assert (read.reshape(array.shape) == array).all(), name
        (FOLDER / name).write_bytes(content)
        expected["png"][name] = described(array)
    for name, content in jpeg_files().items():
        (FOLDER / name).write_bytes(content)
        image = Image.open(io.BytesIO(content))
        expected["jpeg"][name] = described(image if image.mode == "L" else image.convert("RGB"))
    for name in ["rgb.png", "rgba.png", "grey.png", "grey_alpha.png"]:
        image = Image.open(FOLDER / name)
        expected["modes"][name] = {mode: described(image.convert(mode)) for mode in ["L", "LA", "RGB", "RGBA"]}
    resized(expected)
    (FOLDER / "expected.json").write_text(json.dumps(expected, indent=1, sort_keys=True) + "\n")


def read(folder):
    result = {}
    for path in sorted(pathlib.Path(folder).iterdir()):
        if path.suffix in [".png", ".jpg"]:
            image = Image.open(path)
            image.load()
            # Of 16 bits in colour Pillow keeps 8.
            result[path.name] = {"mode": image.mode, "image": described(image)}
    print(json.dumps(result))


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "--read":
        read(sys.argv[2])
    elif len(sys.argv) == 1:
        write()
    else:
        sys.exit(__doc__)


main()
