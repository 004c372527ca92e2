# SPDX-License-Identifier: Apache-2.0
"""A network from Weft to TensorFlow and back: round_trip.py WEFT SAVED_MODEL_CLI.

Prints a line for each thing that was compared, and fails at the first that is not as it should be.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="", TF_ENABLE_ONEDNN_OPTS="0")

import numpy  # noqa: E402
import tensorflow as tf  # noqa: E402

v1 = tf.compat.v1
TOLERANCE = 1e-5


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{command[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def compare(what, found, wanted):
    distance = float(numpy.max(numpy.abs(found - wanted)))
    print(f"{what}: {found.shape}, at most {distance:.1e} apart")
    if found.shape != wanted.shape or not distance <= TOLERANCE:
        sys.exit(f"{what}: that is more than {TOLERANCE}")


class Weft:
    def __init__(self, weft, work, images):
        self.weft, self.work, self.images = weft, work, images
        numpy.save(work / "images.npy", images)

    def serve(self, model, *options):
        """What Weft gives for the images."""
        folder = self.work / "served"
        run(self.weft, "run", model, "--signature", "serving_default", "--feed",
            f"inputs={self.work / 'images.npy'}", "--fetch", "predictions", "--out-dir", folder, *options)
        return numpy.load(folder / "predictions.npy")


def serve(model, images):
    """What TensorFlow 2 gives for them."""
    loaded = tf.saved_model.load(str(model))
    return loaded.signatures["serving_default"](inputs=tf.constant(images))["predictions"].numpy()


def train(model, images, folder):
    """Trains in a session of TensorFlow 1: what the network gives then, and its checkpoint."""
    labels = numpy.arange(len(images)) % 10
    with tf.Graph().as_default(), v1.Session() as session:
        graph = v1.saved_model.loader.load(session, ["serve"], str(model))
        signature = graph.signature_def["serving_default"]
        fed = signature.inputs["inputs"].name
        logits = session.graph.get_tensor_by_name(signature.outputs["outputs"].name)
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(logits=logits, labels=labels))
        step = v1.train.GradientDescentOptimizer(0.05).minimize(loss)
        first = session.run(loss, {fed: images})
        for _ in range(20):
            session.run(step, {fed: images})
        last = session.run(loss, {fed: images})
        print(f"trained further in TensorFlow: the loss is {first:.4f}, then {last:.4f}")
        if not last < first:
            sys.exit("that is no less")
        variables = [v for v in v1.global_variables()]
        prefix = v1.train.Saver(variables).save(session, str(folder / "further.ckpt"))
        given = session.run(signature.outputs["predictions"].name, {fed: images})
    return given, prefix


def main(weft, saved_model_cli):
    work = pathlib.Path(tempfile.mkdtemp())
    model = work / "model"
    print(run(weft, "train", "digits", "--epochs", 2, "--export", model).strip().splitlines()[-1])
    images = numpy.random.default_rng(1).random((20, 8, 8, 1), numpy.float32)
    here = Weft(weft, work, images)
    wanted = here.serve(model)

    compare("tf.saved_model.load", serve(model, images), wanted)
    shown = run(saved_model_cli, "show", "--dir", model, "--all")
    if "inputs" not in shown or "predictions" not in shown:
        sys.exit(f"saved_model_cli shows no signature:\n{shown}")
    print(f"saved_model_cli show --all: {len(shown.splitlines())} lines")

    reader = tf.train.load_checkpoint(str(model / "variables" / "variables"))
    run(weft, "checkpoint", model / "variables" / "variables", "--out-dir", work / "arrays")
    names = sorted(reader.get_variable_to_shape_map())
    for name in names:
        file = work / "arrays" / f"{name.replace('/', '_')}.npy"
        if not numpy.array_equal(numpy.load(file), reader.get_tensor(name)):
            sys.exit(f"the checkpoint's '{name}' is another array in TensorFlow")
    print(f"tf.train.load_checkpoint: {len(names)} arrays, bit for bit")

    run(weft, "convert", model, work / "frozen.pb")
    with tf.Graph().as_default(), v1.Session() as session:
        graph = v1.GraphDef.FromString((work / "frozen.pb").read_bytes())
        v1.import_graph_def(graph, name="")
        fed = next(node.name for node in graph.node if node.op == "Placeholder")
        given = session.run("predictions:0", {f"{fed}:0": images})
    compare("frozen graph", given, wanted)

    given, prefix = train(model, images, work)
    compare("further in Weft, by the checkpoint", here.serve(model, "--checkpoint", prefix), given)
    print("all is well")


if __name__ == "__main__":
    main(*sys.argv[1:])
