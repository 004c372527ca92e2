# SPDX-License-Identifier: Apache-2.0
"""TensorFlow as TensorFlow 1 was: a fresh graph and session for each case."""

import contextlib
import logging
import warnings

import tensorflow

warnings.filterwarnings("ignore")
logging.getLogger("tensorflow").setLevel(logging.ERROR)

tf = tensorflow.compat.v1
tf.disable_v2_behavior()


@contextlib.contextmanager
def fresh_session():
    """A session on an empty default graph; reference variables, as in TensorFlow 1."""
    config = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
    # Without the graph optimiser the kernels run as the graph names them.
    config.graph_options.rewrite_options.disable_meta_optimizer = True
    with tf.Graph().as_default(), tf.Session(config=config) as session:
        yield session
