#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lets NumPy and safetensors write the files that Weft must read, and read those that Weft has written.

    python3.11 -m venv venv
    venv/bin/pip install numpy==2.4.6 safetensors==0.8.0
    venv/bin/python Scripts/goldens/formats.py                  writes Tests/Goldens/formats
    venv/bin/python Scripts/goldens/formats.py --read FOLDER    prints what is in the files of a folder

Both print or record arrays alike: type, shape, and the bytes of the elements in C's order, the lowest byte
first, in hexadecimal; of strings the bytes of each in UTF-8. Running it twice gives the same bytes.
"""

import io
import json
import pathlib
import sys
import zipfile

import numpy as np

FOLDER = pathlib.Path(__file__).resolve().parent.parent.parent / "Tests" / "Goldens" / "formats"


def numbers():
    """An array of each type of numbers, with what is special about it."""
    result = {"bool": np.array([[True, False, True], [False, False, True]])}
    for name in ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]:
        limits = np.iinfo(name)
        result[name] = np.array([[limits.min, limits.max, 0], [1, 2, 100]], dtype=name)
    for name in ["float16", "float32", "float64"]:
        limits = np.finfo(name)
        result[name] = np.array(
            [[1.5, -0.0, np.inf], [-np.inf, limits.max, limits.smallest_subnormal]], dtype=name)
        result[name + "_nan"] = np.array([np.nan], dtype=name)
    for name in ["complex64", "complex128"]:
        result[name] = np.array([[1 + 2j, -3.25j], [complex(np.inf, -0.0), 0]], dtype=name)
    return result


def layouts():
    """Orders of bytes and elements, shapes, strings."""
    result = {}
    for name, array in numbers().items():
        if array.dtype.itemsize > 1:
            result["big_" + name] = array.astype(array.dtype.newbyteorder(">"))
    cube = np.arange(24, dtype="float32").reshape(2, 3, 4)
    result["fortran"] = np.asfortranarray(cube)
    result["fortran_matrix_f64"] = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    result["fortran_bool"] = np.asfortranarray(cube % 3 == 0)
    result["fortran_c128"] = np.asfortranarray(cube[0] * (1 + 2j)).astype("complex128", order="F")
    result["fortran_i16_big"] = np.asfortranarray(cube.astype(">i2"))
    result["scalar"] = np.array(2.5, dtype="float32")
    result["empty"] = np.zeros((0, 3), dtype="float64")
    result["empty_fortran"] = np.asfortranarray(np.zeros((2, 0, 3), dtype="float32"))
    result["one_row"] = np.arange(4, dtype="int64").reshape(1, 4, 1)
    texts = np.array([["weft", "", "Kette und Schuß"], ["緯糸", "🧵\n", "a\0b"]])
    result["texts"] = texts
    result["texts_big"] = texts.astype(texts.dtype.newbyteorder(">"))
    result["texts_fortran"] = np.asfortranarray(texts)
    result["byte_strings"] = np.array([b"weft", b"\xff\x00\xfe", b""])
    result["byte_strings_fortran"] = np.asfortranarray(np.array([[b"a", b"bc"], [b"d", b"ef"]]))
    return result


def refused():
    """What is no array in Weft."""
    return {
        "objects": np.array([{"a": 1}, None], dtype=object),
        "records": np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]),
        "times": np.array(["2026-01-01"], dtype="datetime64[D]"),
        "long": np.zeros(1, dtype="longdouble"),
        "untyped": np.array([1.0, -2.5, 3e38], dtype="float32").view("uint32").__rshift__(16)
        .astype("uint16").view("V2"),
    }


def described(array):
    """An array as JSON has it."""
    if array.dtype.kind in "SU":
        strings = [s if isinstance(s, bytes) else s.encode() for s in array.reshape(-1).tolist()]
        return {"dtype": "string", "shape": list(array.shape), "strings": [s.hex() for s in strings]}
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    return {"dtype": array.dtype.name, "shape": list(array.shape), "bytes": little.tobytes("C").hex()}


def npy(array, version):
    output = io.BytesIO()
    np.lib.format.write_array(output, array, version=version)
    return output.getvalue()


class Unseekable(io.RawIOBase):
    """A stream, behind whose entries zipfile writes their sizes."""

    def __init__(self):
        self.bytes = b""

    def writable(self):
        return True

    def write(self, data):
        self.bytes += bytes(data)
        return len(data)


def npz(arrays, compressed=False):
    output = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(output, **arrays)
    return output.getvalue()


def large_npz(arrays):
    """The fields for archives above 4 GiB, in a small one."""
    limits = zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT
    zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT = 16, 1
    try:
        return npz(arrays)
    finally:
        zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT = limits


def streamed_npz(arrays):
    output = Unseekable()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            info = zipfile.ZipInfo(name + ".npy", (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(info, "w") as entry:
                entry.write(npy(array, (1, 0)))
    return output.bytes


def safetensors_files(expected):
    import safetensors
    import safetensors.numpy

    arrays = {name: array for name, array in numbers().items() if name != "complex128"}
    arrays["scalar"] = np.array(2.5, dtype="float32")
    arrays["empty"] = np.zeros((0, 3), dtype="float64")
    arrays['na"me/ü\n'] = np.arange(3, dtype="uint8")
    # Of several strings the order is another each time.
    metadata = {"note": 'with "quotes", \\ and ü\n'}
    halves, bytes8 = np.array([0x3FC0, 0xFF80], "uint16"), np.array([1, 2, 3], "uint8")

    def spec(dtype, array):
        return safetensors.TensorSpec(
            dtype=dtype, shape=array.shape, data_ptr=array.ctypes.data, data_len=array.nbytes)

    files = {
        "all.safetensors": safetensors.numpy.save(arrays, metadata=metadata),
        "none.safetensors": safetensors.numpy.save({}),
        "other_types.safetensors": safetensors.serialize(
            {"bf16": spec("bfloat16", halves), "f8": spec("float8_e4m3fn", bytes8)}),
    }
    expected["all.safetensors"] = {name: described(array) for name, array in arrays.items()}
    expected["none.safetensors"] = {}
    expected["other_types.safetensors"] = {
        "bf16": {"dtype": "bfloat16", "shape": [2], "bytes": "c03f80ff"},
        "f8": {"refused": "F8_E4M3"},
    }
    return files, {"safetensors": safetensors.__version__, "metadata": metadata}


def write():
    expected, files = {}, {}
    some = {name: layouts()[name] for name in ["fortran", "texts", "empty", "scalar"]}
    some["long_name_" + "x" * 40] = np.arange(300, dtype="int32") % 7
    archives = {
        "numbers.npz": (numbers(), npz(numbers())),
        "layouts.npz": (layouts(), npz(layouts(), compressed=True)),
        "large.npz": (some, large_npz(some)),
        "streamed.npz": (some, streamed_npz(some)),
        "none.npz": ({}, npz({})),
    }
    for file, (arrays, content) in archives.items():
        files[file] = content
        expected[file] = {name: described(array) for name, array in arrays.items()}
    files["refused.npz"] = npz(refused())
    expected["refused.npz"] = {
        "objects": {"refused": "Python objects"}, "records": {"refused": "records"},
        "times": {"refused": "times"}, "long": {"refused": "'<f16'"},
        "untyped": {"refused": "no type"},
    }
    for version in [(1, 0), (2, 0), (3, 0)]:
        array = layouts()["fortran_i16_big"]
        files[f"version{version[0]}.npy"] = npy(array, version)
        expected[f"version{version[0]}.npy"] = {"": described(array)}
    tensors, about = safetensors_files(expected)
    files.update(tensors)
    FOLDER.mkdir(exist_ok=True)
    for name, content in files.items():
        (FOLDER / name).write_bytes(bytes(content))
    record = {"numpy": np.__version__, **about, "files": expected}
    text = json.dumps(record, indent=1, ensure_ascii=True, sort_keys=True)
    (FOLDER / "expected.json").write_text(text + "\n")


def read(folder):
    result = {}
    for path in sorted(pathlib.Path(folder).iterdir()):
        if path.suffix == ".npy":
            arrays = {"": np.load(path)}
        elif path.suffix == ".npz":
            with zipfile.ZipFile(path) as archive:
                assert archive.testzip() is None
            arrays = dict(np.load(path))
        elif path.suffix == ".safetensors":
            try:
                import safetensors
            except ImportError:
                continue
            result[path.name] = {
                name: {"dtype": tensor["dtype"], "shape": tensor["shape"], "bytes": tensor["data"].hex()}
                for name, tensor in safetensors.deserialize(path.read_bytes())
            }
            with safetensors.safe_open(path, "np") as file:
                result[path.name + " metadata"] = file.metadata()
            continue
        else:
            continue
        result[path.name] = {name: described(array) for name, array in arrays.items()}
    print(json.dumps(result))


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "--read":
        read(sys.argv[2])
    elif len(sys.argv) == 1:
        write()
    else:
        sys.exit(__doc__)


main()
