#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lets real TensorFlow write the checkpoints and saved models that Weft must read, and read what Weft has written.

    python3.11 -m venv venv
    venv/bin/pip install -r Scripts/goldens/requirements.txt
    venv/bin/python Scripts/goldens/tf_files.py                  writes Tests/Goldens/tf_files
    venv/bin/python Scripts/goldens/tf_files.py --read PREFIX    prints what is in a checkpoint

Both print or record arrays alike: type, shape, and the bytes of the elements in C's order, the lowest byte
first, in hexadecimal; of strings the bytes of each.
"""

import json
import os
import pathlib
import shutil
import sys

os.environ.update(TF_ENABLE_ONEDNN_OPTS="0", TF_CPP_MIN_LOG_LEVEL="2", CUDA_VISIBLE_DEVICES="")

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

FOLDER = pathlib.Path(__file__).resolve().parent.parent.parent / "Tests" / "Goldens" / "tf_files"
NUMBERS = [
    "float16", "bfloat16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32",
    "uint64", "complex64", "complex128"]


def described(value):
    shape = value.shape.as_list()
    if value.dtype == tf.string:
        strings = np.asarray(value.numpy(), dtype=object).reshape(-1)
        return {"dtype": "string", "shape": shape, "strings": [item.hex() for item in strings]}
    return {"dtype": value.dtype.name, "shape": shape, "bytes": value.numpy().tobytes().hex()}


def read(prefix):
    types = tf.train.load_checkpoint(prefix).get_variable_to_dtype_map()
    names = sorted(types)
    values = tf.raw_ops.RestoreV2(
        prefix=prefix, tensor_names=names, shape_and_slices=[""] * len(names), dtypes=[types[name] for name in names])
    return {name: described(value) for name, value in zip(names, values)}


def plain():
    """An array of each type, and more names than one run of shortened keys has."""
    values = {f"types/{name}": tf.cast(tf.constant([[1, 2, 3], [4, 5, 100]]), name) for name in NUMBERS}
    values["types/bool"] = tf.constant([True, False, True])
    values["types/string"] = tf.constant([[b"weft", b""], [b"\xff\x00", b"x" * 200]])
    values["scalar"] = tf.constant(2.5)
    values["empty"] = tf.zeros([0, 3])
    for index in range(40):
        values[f"layer_{index:02d}/kernel"] = tf.constant([index, -index], tf.float32)
    return values


def save(prefix, values):
    names = list(values)
    tf.raw_ops.SaveV2(
        prefix=str(prefix), tensor_names=names, shape_and_slices=[""] * len(names), tensors=list(values.values()))


def parts(folder):
    """Variables of two files in parts, along one axis and along two."""
    rows = tf.reshape(tf.range(24, dtype=tf.float32), [4, 6])
    wide = tf.reshape(tf.range(200, dtype=tf.int64), [2, 100])
    first = folder / "part_0"
    second = folder / "part_1"
    tf.raw_ops.SaveV2(
        prefix=str(first), tensor_names=["rows", "wide"],
        shape_and_slices=["4 6 0,1:-", "2 100 0,2:0,70"],
        tensors=[rows[:1], wide[:, :70]])
    tf.raw_ops.SaveV2(
        prefix=str(second), tensor_names=["rows", "wide", "whole"],
        shape_and_slices=["4 6 1,3:-", "2 100 0,2:70,30", ""],
        tensors=[rows[1:], wide[:, 70:], tf.constant(7)])
    tf.raw_ops.MergeV2Checkpoints(
        checkpoint_prefixes=[str(first), str(second)], destination_prefix=str(folder / "parts"),
        delete_old_dirs=False)


class Linear(tf.Module):
    """A variable, a table that is filled from a file, and functions of both."""

    def __init__(self, words):
        super().__init__()
        self.weight = tf.Variable([[2.0, 0.0], [1.0, -1.0]], name="weight")
        self.offsets = [tf.Variable([0.5, 0.25], name="offset"), tf.Variable([1.0, 1.0], name="offset")]
        self.words = tf.saved_model.Asset(words)

    @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32, name="x")])
    def apply(self, x):
        return {"y": tf.matmul(x, self.weight) + self.offsets[0] * self.offsets[1]}

    @tf.function(input_signature=[])
    def text(self):
        return {"text": tf.io.read_file(self.words.asset_path)}


def saved_model_2(folder, words):
    module = Linear(str(words))
    tf.saved_model.save(
        module, str(folder), signatures={"serving_default": module.apply, "text": module.text})


def saved_model_1(folder):
    """Variables of both kinds under names that the checkpoint has otherwise, and two graphs."""
    v1 = tf.compat.v1
    builder = v1.saved_model.Builder(str(folder))
    with tf.Graph().as_default(), v1.Session() as session:
        x = v1.placeholder(tf.float32, [None], name="x")
        a = v1.get_variable("a", initializer=tf.constant(3.0), use_resource=False)
        b = v1.get_variable("b", initializer=tf.constant(4.0), use_resource=True)
        local = v1.get_variable(
            "c", initializer=tf.constant(10.0), collections=[v1.GraphKeys.LOCAL_VARIABLES], use_resource=True)
        y = tf.identity(x * a + b + local, name="y")
        session.run([v1.global_variables_initializer(), v1.local_variables_initializer()])
        signature = v1.saved_model.predict_signature_def({"input": x}, {"output": y})
        builder.add_meta_graph_and_variables(
            session, ["serve"], {"serving_default": signature},
            saver=v1.train.Saver({"renamed/a": a, "renamed/b": b}),
            main_op=v1.local_variables_initializer())
    with tf.Graph().as_default():
        v1.placeholder(tf.float32, [], name="other")
        builder.add_meta_graph(["serve", "gpu"])
    builder.save(as_text=True)


def main():
    if sys.argv[1:2] == ["--read"]:
        print(json.dumps(read(sys.argv[2]), indent=1))
        return
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    save(FOLDER / "plain", plain())
    parts(FOLDER)
    words = FOLDER / "words.txt"
    words.write_text("warp and weft\n")
    module = Linear(str(words))
    tf.train.Checkpoint(module=module, step=tf.Variable(3, dtype=tf.int64)).write(str(FOLDER / "objects"))
    saved_model_2(FOLDER / "saved_model_2", words)
    words.unlink()
    saved_model_1(FOLDER / "saved_model_1")
    for leftover in [*FOLDER.glob("part_*"), FOLDER / "saved_model_2" / "fingerprint.pb"]:
        leftover.unlink(missing_ok=True)
    expected = {name: read(str(FOLDER / name)) for name in ["plain", "parts", "objects"]}
    # Its protocol message need not be the same twice.
    expected["objects"].pop("_CHECKPOINTABLE_OBJECT_GRAPH")
    (FOLDER / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    main()
