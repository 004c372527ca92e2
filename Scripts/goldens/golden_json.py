# SPDX-License-Identifier: Apache-2.0
"""Tensors as JSON: exact bits for programs, readable values beside them."""

import json
import math
import platform

import numpy


def tensor(value):
    """One tensor: `bits` is exact (big-endian hexadecimal words), `values` is for people."""
    array = numpy.asarray(value)
    if array.dtype == numpy.bool_:
        array = array.astype(numpy.uint8)
    if numpy.issubdtype(array.dtype, numpy.floating):
        # Which NaN a kernel makes is nobody's promise: all are written as the quiet one.
        array = numpy.where(numpy.isnan(array), numpy.asarray(numpy.nan, array.dtype), array)
    words = array.astype(array.dtype.newbyteorder(">")).tobytes()
    size = array.dtype.itemsize
    return {
        "dtype": str(array.dtype),
        "shape": list(array.shape),
        "bits": " ".join(words[at : at + size].hex() for at in range(0, len(words), size)),
        "values": [readable(item) for item in array.reshape(-1)],
    }


def readable(item):
    """A number of JSON where there is one (the shortest that reads back), else a string."""
    if not numpy.issubdtype(type(item), numpy.floating):
        return int(item)
    if not math.isfinite(item):
        return str(item)
    return json.loads(numpy.format_float_scientific(item, trim="0"))


def versions(**packages):
    return {"python": platform.python_version(), "numpy": numpy.__version__, **packages}


def is_tensor(value):
    return isinstance(value, dict) and "bits" in value


def dumps(value, indent=0):
    """JSON with one tensor a line, so that a difference shows which tensor differs."""
    pad = "  " * (indent + 1)
    if is_tensor(value):
        return json.dumps(value)
    if isinstance(value, dict):
        items = [f"{pad}{json.dumps(key)}: {dumps(item, indent + 1)}" for key, item in value.items()]
        return "{\n" + ",\n".join(items) + "\n" + "  " * indent + "}" if items else "{}"
    if isinstance(value, list) and any(isinstance(item, (dict, list)) for item in value):
        items = [pad + dumps(item, indent + 1) for item in value]
        return "[\n" + ",\n".join(items) + "\n" + "  " * indent + "]"
    return json.dumps(value)


def write(path, contents):
    path.write_text(dumps(contents) + "\n")
    print(f"wrote {path.name}: {path.stat().st_size} bytes")
