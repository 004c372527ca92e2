#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes small files of formats that other goldens have none of, for Scripts/hostile-files.sh to damage: a table,
an IDX file and a text, as they are and compressed, and an event file of TensorFlow's.

    python3.11 -m venv venv
    venv/bin/pip install -r Scripts/goldens/requirements.txt
    venv/bin/python Scripts/goldens/hostile_seeds.py             writes Tests/Goldens/hostile
"""

import gzip
import os
import pathlib
import struct

os.environ.update(TF_ENABLE_ONEDNN_OPTS="0", TF_CPP_MIN_LOG_LEVEL="2", CUDA_VISIBLE_DEVICES="")

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

FOLDER = pathlib.Path(__file__).resolve().parent.parent.parent / "Tests" / "Goldens" / "hostile"

TABLE = (
    "name,kind,count,share\r\n"
    '"a, b",red,3,0.5\r\n'
    '"say ""so""",white,-4,1e-3\r\n'
    "plain,?,,nan\r\n"
    '"two\nlines",red,9223372036854775807,-0.25\r\n')


def plain_and_compressed(name, content):
    (FOLDER / name).write_bytes(content)
    (FOLDER / f"{name}.gz").write_bytes(gzip.compress(content, mtime=0))


def events():
    """Scalars, a histogram, an image and a graph."""
    v1 = tf.compat.v1
    with tf.Graph().as_default() as graph, v1.Session() as session:
        x = v1.placeholder(tf.float32, [], name="x")
        v1.summary.scalar("scalar", x)
        v1.summary.histogram("histogram", x * tf.range(5, dtype=tf.float32))
        v1.summary.image("image", tf.reshape(tf.range(12, dtype=tf.float32), [1, 2, 2, 3]))
        merged = v1.summary.merge_all()
        writer = v1.summary.FileWriter(str(FOLDER), graph)
        for step in range(3):
            writer.add_summary(session.run(merged, {x: step}), step)
        writer.close()
    for path in FOLDER.glob("events.out.tfevents.*"):
        path.rename(FOLDER / "events.out.tfevents.1.host")


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    plain_and_compressed("table.csv", TABLE.encode())
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    plain_and_compressed("images-idx3-ubyte", struct.pack(">BBBB3I", 0, 0, 8, 3, *pixels.shape) + pixels.tobytes())
    numbers = np.arange(5, dtype=">f8")
    (FOLDER / "numbers-idx1-double").write_bytes(struct.pack(">BBBBI", 0, 0, 14, 1, 5) + numbers.tobytes())
    plain_and_compressed("lines.text", "warp\nand weft\r\n\u00fc\u6f22\n".encode())
    events()


if __name__ == "__main__":
    main()
