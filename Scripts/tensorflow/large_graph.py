# SPDX-License-Identifier: Apache-2.0
"""Import of a large graph: large_graph.py WEFT [FOLDER].

Makes a frozen graph of 100 MB, 2,000 layers deep, in FOLDER (a new one by default), and says what time and memory it
takes to read it and to run it once, in Weft and in TensorFlow, each in a process of its own, the least of three.
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import time

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="")

LAYERS, WIDTH = 2000, 112
IN_TENSORFLOW = """
import sys, time, resource, numpy
import tensorflow as tf
v1 = tf.compat.v1
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
start = time.perf_counter()
graph = v1.GraphDef.FromString(open(sys.argv[1], "rb").read())
with tf.Graph().as_default() as g:
    v1.import_graph_def(graph, name="")
read = time.perf_counter() - start
with v1.Session(graph=g) as session:
    session.run("y:0", {"x:0": numpy.ones([1, int(sys.argv[2])], numpy.float32)})
ran = time.perf_counter() - start
print(read, ran, before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def make(path):
    import numpy
    import tensorflow as tf

    random = numpy.random.default_rng(1)
    with tf.Graph().as_default() as graph:
        x = tf.compat.v1.placeholder(tf.float32, [None, WIDTH], name="x")
        for _ in range(LAYERS):
            w = (random.standard_normal([WIDTH, WIDTH]) / WIDTH**0.5).astype(numpy.float32)
            x = tf.nn.relu(tf.matmul(x, tf.constant(w)) + tf.constant(random.random(WIDTH).astype(numpy.float32)))
        tf.identity(x, name="y")
        path.write_bytes(graph.as_graph_def().SerializeToString())
        print(f"{path.stat().st_size / 1e6:.1f} MB, {len(graph.as_graph_def().node)} nodes")


def measured(command):
    """Seconds, those of its processors, and peak memory in MB of a process, the least of three runs."""
    best = None
    for _ in range(3):
        start = time.perf_counter()
        process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, text=True)
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            sys.exit(f"{command[0]} ended with {status}")
        result = (
            time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, output)
        best = min(best, result) if best else result
    return best


def main(weft, folder=None):
    import numpy

    folder = pathlib.Path(folder or tempfile.mkdtemp())
    path = folder / "large.pb"
    if not path.exists():
        make(path)
    numpy.save(folder / "x.npy", numpy.ones([1, WIDTH], numpy.float32))
    seconds, busy, memory, _ = measured(
        [weft, "run", path, "--feed", f"x={folder / 'x.npy'}", "--fetch", "y", "--out-dir", folder / "out"])
    print(f"weft run, the process: {seconds:.2f} s ({busy:.2f} s of processors), {memory:.0f} MB at most")
    seconds, busy, memory, output = measured([sys.executable, "-c", IN_TENSORFLOW, path, WIDTH])
    read, ran, before, after = map(float, output.split())
    print(f"TensorFlow, the process: {seconds:.2f} s ({busy:.2f} s of processors), {memory:.0f} MB at most")
    print(f"  of that behind its own start: {read:.2f} s to read, {ran:.2f} s with a run, "
          f"{(after - before) / 1024:.0f} MB more than before")


if __name__ == "__main__":
    main(*sys.argv[1:])
