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


def read_first(folder, name):
    """What is in a checkpoint of the first kind, which TensorFlow restores array by array."""
    pattern = f"{name}-?????-of-00002" if name == "first_sharded" else name
    reader = tf.compat.v1.train.NewCheckpointReader(str(folder / pattern))
    types = reader.get_variable_to_dtype_map()
    return {key: described(tf.raw_ops.Restore(
        file_pattern=str(folder / pattern), tensor_name=key, dt=types[key])) for key in sorted(types)}


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


def first_kind(folder):
    """Checkpoints as TensorFlow wrote them before 1.0: one file, with whole variables and parts, and several."""
    v1 = tf.compat.v1
    values = {f"types/{name}": np.array([1, 2, 100], dtype=name) for name in [
        "float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "complex64", "complex128"]}
    values["types/bool"] = np.array([True, False, True])
    values["types/string"] = np.array([[b"weft", b"\xff\x00"]], dtype=object)
    values["scalar"] = np.float32(2.5)
    with tf.Graph().as_default(), v1.Session() as session:
        variables = {name: v1.Variable(value, name=name, use_resource=False) for name, value in values.items()}
        session.run(v1.global_variables_initializer())
        saver = v1.train.Saver(variables, write_version=v1.train.SaverDef.V1)
        saver.save(session, str(folder / "first"), write_meta_graph=False, write_state=False)
    with tf.Graph().as_default(), v1.Session() as session:
        initial = v1.random_uniform_initializer(-1, 1, seed=1)
        for name, shape, parts, axis in [("rows", [5, 4], 3, 0), ("columns", [2, 6], 2, 1)]:
            v1.get_variable(
                name, shape, initializer=initial, use_resource=False,
                partitioner=v1.fixed_size_partitioner(parts, axis))
        v1.get_variable("whole", initializer=np.arange(3, dtype=np.float32), use_resource=False)
        session.run(v1.global_variables_initializer())
        saver = v1.train.Saver(write_version=v1.train.SaverDef.V1)
        saver.save(session, str(folder / "first_parts"), write_meta_graph=False, write_state=False)
    # One table of two, as devices of their own wrote them; what stands where is the saver's choice.
    for number, (names, slices, tensors) in enumerate([
            (["rows", "left"], ["3 2 0,1:-", ""], [[[1.0, 2.0]], [7.0]]),
            (["rows", "right"], ["3 2 1,2:-", ""], [[[3.0, 4.0], [5.0, 6.0]], [8.0, 9.0]])]):
        tf.raw_ops.SaveSlices(
            filename=str(folder / f"first_sharded-{number:05d}-of-00002"), tensor_names=names,
            shapes_and_slices=slices, data=[np.array(tensor, np.float32) for tensor in tensors])


def meta_graph(folder):
    """A graph with collections beside a checkpoint, trained for a step; what it gives before and after another."""
    v1 = tf.compat.v1
    inputs = np.array([[1.0, 2.0], [3.0, -4.0]], np.float32)
    with tf.Graph().as_default(), v1.Session() as session:
        x = v1.placeholder(tf.float32, [None, 2], name="x")
        w = v1.get_variable("w", initializer=tf.constant([[1.0], [0.5]]), use_resource=False)
        b = v1.get_variable("b", initializer=tf.constant([0.25]), use_resource=True)
        step = v1.train.get_or_create_global_step()
        parts = v1.get_variable(
            "parts", [4, 2], initializer=v1.zeros_initializer(), use_resource=False, trainable=False,
            partitioner=v1.fixed_size_partitioner(2))
        logits = tf.add(tf.matmul(x, w), b, name="logits")
        loss = tf.reduce_mean(tf.square(logits - 1.0), name="loss")
        train = v1.train.MomentumOptimizer(0.01, 0.9).minimize(loss, global_step=step, name="train")
        v1.add_to_collection("outputs", logits)
        v1.add_to_collection("outputs", loss)
        v1.add_to_collection("train_op", train)
        session.run(v1.global_variables_initializer())
        session.run([v1.assign(part, tf.ones_like(part) * (i + 1)) for i, part in enumerate(parts)])
        session.run(train, {x: inputs})
        saver = v1.train.Saver()
        saver.save(session, str(folder / "meta"), write_state=False)
        results = {"inputs": inputs.tolist()}
        results["before"] = session.run(logits, {x: inputs}).tolist()
        session.run(train, {x: inputs})
        results["after"] = session.run(logits, {x: inputs}).tolist()
        results["step"] = int(session.run(step))
    (folder / "meta.json").write_text(json.dumps(results, indent=1) + "\n")


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
    first_kind(FOLDER)
    meta_graph(FOLDER)
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
    expected |= {name: read_first(FOLDER, name) for name in ["first", "first_parts", "first_sharded"]}
    # Its protocol message need not be the same twice.
    expected["objects"].pop("_CHECKPOINTABLE_OBJECT_GRAPH")
    (FOLDER / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    main()
