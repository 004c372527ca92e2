#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lets real TensorFlow write the files of examples that Weft must read, and write the same bytes.

    python3.11 -m venv venv
    venv/bin/pip install -r Scripts/goldens/requirements.txt
    venv/bin/python Scripts/goldens/tf_records.py    writes Tests/Goldens/tf_records

Bytes of features are hexadecimal. Running it twice gives the same bytes.
"""

import json
import os
import pathlib

os.environ.update(TF_ENABLE_ONEDNN_OPTS="0", TF_CPP_MIN_LOG_LEVEL="2", CUDA_VISIBLE_DEVICES="")

import tensorflow as tf  # noqa: E402

FOLDER = pathlib.Path(__file__).resolve().parent.parent.parent / "Tests" / "Goldens" / "tf_records"
EXAMPLES = [
    {"label": [3], "pixels": [0.0, 0.5, -1.5], "name": [b"weft"]},
    {"label": [-1, 2**63 - 1, -2**63], "pixels": [], "name": [b"", b"\xff\x00", "Schuß".encode()]},
    {},
    {"pixels": [float(2.0**k) for k in range(-20, 20)], "a": [0] * 70},
]


def feature(values):
    if values and isinstance(values[0], bytes):
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=values))
    if values and isinstance(values[0], int):
        return tf.train.Feature(int64_list=tf.train.Int64List(value=values))
    return tf.train.Feature(float_list=tf.train.FloatList(value=values))


def main():
    FOLDER.mkdir(exist_ok=True)
    records = [
        tf.train.Example(features=tf.train.Features(feature={k: feature(v) for k, v in example.items()}))
        .SerializeToString(deterministic=True)
        for example in EXAMPLES
    ]
    for name, options in [("examples.tfrecord", ""), ("examples.tfrecord.gz", "GZIP")]:
        with tf.io.TFRecordWriter(str(FOLDER / name), options) as writer:
            for record in records:
                writer.write(record)
    expected = [
        {k: [v.hex() if isinstance(v, bytes) else v for v in values] for k, values in example.items()}
        for example in EXAMPLES
    ]
    text = json.dumps({"tensorflow": tf.__version__, "examples": expected}, indent=1)
    (FOLDER / "expected.json").write_text(text + "\n")


main()
