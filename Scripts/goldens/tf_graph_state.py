# SPDX-License-Identifier: Apache-2.0
"""Graphs that change state or loop, as TensorFlow writes them, with what it computes of them.

Each is run step by step: what initializes it, then twice the operations together with the results.
"""

import base64

import numpy

from golden_json import tensor
from tf_session import fresh_session, tf

raw = tf.raw_ops
random = None


def case(name, build):
    """`build` gives the operations to run, the results and what initializes them."""
    global random
    random = numpy.random.default_rng(sum(map(ord, name)))
    with fresh_session() as session:
        operations, results, initializers = build()
        results = [tf.identity(value, f"result_{place}") for place, value in enumerate(results)]
        graph = session.graph.as_graph_def().SerializeToString(deterministic=True)
        session.run(initializers)
        steps = []
        for _ in range(2 if operations else 1):
            values = session.run([operations, results])[1]
            steps.append([tensor(value) for value in values])
        return {
            "name": name,
            "graph": base64.b64encode(graph).decode(),
            "initializers": [operation.name for operation in initializers],
            "operations": [operation.name for operation in operations],
            "steps": steps,
        }


def variable(value, is_resource, name):
    made = tf.get_variable(name, initializer=value, use_resource=is_resource, trainable=False)
    return made, made.handle if is_resource else made._ref()


def after(change, variables, is_resource):
    """The values of variables when a change was made."""
    operation = change if isinstance(change, tf.Operation) else change.op
    with tf.control_dependencies([operation]):
        values = [
            made.read_value() if is_resource else raw.Identity(input=made._ref())
            for made in variables
        ]
    return [operation], values, [made.initializer for made in variables]


def numbers(*shape, positive=False):
    value = random.normal(size=shape).astype(numpy.float32)
    return numpy.abs(value) + numpy.float32(0.1) if positive else value


# Name, variables (the positive ones marked), scalars, attributes, whether there is a sparse form.
RATE = {"lr": 0.1}
ADAM = {"beta1_power": 0.9, "beta2_power": 0.99, "lr": 0.1, "beta1": 0.9, "beta2": 0.99,
        "epsilon": 1e-3}
DECAY = {"lr": 0.1, "rho": 0.9, "momentum": 0.5, "epsilon": 0.1}
PENALTY = {"l1": 0.4, "l2": 0.3}
FTRL = {**RATE, **PENALTY, "lr_power": -0.5}
SIGN = {"sign_decay": 0.8, "beta": 0.9}
OPTIMIZERS = [
    ("GradientDescent", ["var"], {"alpha": 0.1}, {}, False),
    ("Momentum", ["var", "accum"], {**RATE, "momentum": 0.9}, {}, True),
    ("Momentum", ["var", "accum"], {**RATE, "momentum": 0.9}, {"use_nesterov": True}, True),
    ("KerasMomentum", ["var", "accum"], {**RATE, "momentum": 0.9}, {"use_nesterov": True}, True),
    ("RMSProp", ["var", "ms+", "mom"], DECAY, {}, True),
    ("CenteredRMSProp", ["var", "mg0", "ms+", "mom"], DECAY, {}, True),
    ("Adadelta", ["var", "accum+", "accum_update+"], {**RATE, "rho": 0.9, "epsilon": 1e-3}, {}, True),
    ("AddSign", ["var", "m"], {**RATE, "alpha": 1.1, **SIGN}, {}, False),
    ("PowerSign", ["var", "m"], {**RATE, "logbase": 0.7, **SIGN}, {}, False),
    ("Adam", ["var", "m", "v+"], ADAM, {}, False),
    ("Adam", ["var", "m", "v+"], ADAM, {"use_nesterov": True}, False),
    ("AdamWithAmsgrad", ["var", "m", "v+", "vhat+"], ADAM, {}, False),
    ("AdaMax", ["var", "m", "v+"],
     {key: value for key, value in ADAM.items() if key != "beta2_power"}, {}, False),
    ("Adagrad", ["var", "accum+"], RATE, {}, True),
    ("Adagrad", ["var", "accum+"], RATE, {"update_slots": False}, True),
    ("AdagradV2", ["var", "accum+"], {**RATE, "epsilon": 0.1}, {}, True),
    ("AdagradDA", ["var", "gradient_accumulator", "gradient_squared_accumulator+"],
     {**RATE, "l1": 0.1, "l2": 0.3, "global_step": 3}, {}, True),
    ("ProximalGradientDescent", ["var"], {"alpha": 0.1, **PENALTY}, {}, True),
    ("ProximalAdagrad", ["var", "accum+"], {**RATE, **PENALTY}, {}, True),
    ("Ftrl", ["var", "accum+", "linear"], FTRL, {}, True),
    ("Ftrl", ["var", "accum+", "linear"], {**FTRL, "lr_power": -0.7}, {}, True),
    ("FtrlV2", ["var", "accum+", "linear"], {**FTRL, "l2_shrinkage": 0.2},
     {"multiply_linear_by_lr": True}, True),
]


def optimizer(name, names, scalars, attributes, is_sparse, is_resource):
    def build():
        inputs = {}
        variables = []
        for key in names:
            value = numbers(6, 3, positive=key.endswith("+"))
            if key.endswith("0"):
                value = value * numpy.float32(0.01)
            key = key.rstrip("+0")
            made, inputs[key] = variable(value, is_resource, key)
            variables.append(made)
        rows = numpy.array([4, 1, 4, 0, 4], numpy.int32)
        dense = "delta" if name in ("GradientDescent", "ProximalGradientDescent") else "grad"
        if is_sparse:
            inputs.update(grad=numbers(5, 3), indices=rows)
        else:
            inputs[dense] = numbers(6, 3)
        for key, value in scalars.items():
            inputs[key] = numpy.asarray(
                value, numpy.int64 if key == "global_step" else numpy.float32)
        operation = getattr(raw, form)
        return after(operation(**inputs, **attributes), variables, is_resource)

    form = ("Resource" if is_resource else "") + ("Sparse" if is_sparse else "") + "Apply" + name
    label = " ".join([form] + [f"{key}={value}" for key, value in attributes.items()])
    return case(label + (" root" if scalars.get("lr_power") == -0.5 else ""), build)


def optimizers():
    made = []
    for name, names, scalars, attributes, has_sparse in OPTIMIZERS:
        only_resources = name in ("KerasMomentum", "AdamWithAmsgrad")
        made.append(optimizer(name, names, scalars, attributes, False, True))
        if has_sparse:
            made.append(optimizer(name, names, scalars, attributes, True, only_resources))
    return made


def scatters():
    def rows(kind, form, is_resource, dtype):
        def build():
            made, handle = variable((numbers(5, 3) * 10).astype(dtype), is_resource, "v")
            repeats = kind != "Update"
            shape = {"rows": [3, 3], "scalar": [], "elements": [3]}[form]
            updates = (numbers(*shape, positive=True) * 3 + 1).astype(dtype)
            if form == "elements":
                indices = [[0, 1], [4, 2], [0, 1] if repeats else [1, 1]]
                operation = getattr(raw, ("Resource" if is_resource else "") + "ScatterNd" + kind)
                key = "ref"
            else:
                indices = [4, 0, 4 if repeats else 2]
                operation = getattr(raw, ("Resource" if is_resource else "") + "Scatter" + kind)
                key = "resource" if is_resource else "ref"
            change = operation(**{key: handle}, indices=indices, updates=updates)
            return after(change, [made], is_resource)

        kinds = "resource" if is_resource else "reference"
        return case(f"Scatter {kind} {form} {kinds} {numpy.dtype(dtype).name}", build)

    made = []
    for kind in ["Add", "Sub", "Mul", "Div", "Min", "Max", "Update"]:
        made.append(rows(kind, "rows", True, numpy.float32))
        made.append(rows(kind, "rows", False, numpy.int32))
        if kind != "Update":
            made.append(rows(kind, "scalar", True, numpy.float32))
        if kind in ("Add", "Sub", "Update"):
            made.append(rows(kind, "elements", False, numpy.float32))
            made.append(rows(kind, "elements", True, numpy.int32))
    return made


def arrays():
    Array = tf.TensorArray
    matrix = lambda *shape: tf.constant(numpy.arange(numpy.prod(shape)).reshape(shape) / 4, tf.float32)

    def written():
        array = Array(tf.float32, 3, clear_after_read=False)
        array = array.write(1, [1.0, 2.0]).write(0, [3.0, 4.0]).write(2, [5.0, 6.0])
        return [array.read(1), array.stack(), array.gather([2, 0]), array.size(), array.concat()]

    def grown():
        array = Array(tf.float32, 0, dynamic_size=True, infer_shape=False)
        array = array.write(3, [1.0, 2.0]).write(5, [1.0, 2.0])
        return [array.size(), array.read(5)]

    def divided():
        array = Array(tf.float32, 3, infer_shape=False, element_shape=[None, 2], clear_after_read=False)
        array = array.split(matrix(6, 2), [1, 2, 3])
        return [array.read(1), array.read(2), array.concat()]

    def scattered():
        return [Array(tf.float32, 4).scatter([3, 0, 1, 2], matrix(4, 2)).stack()]

    def looped():
        x = matrix(4, 2)
        read = Array(tf.float32, 4).unstack(x)

        def body(i, sum, array):
            sum = sum * 0.5 + read.read(i)
            return i + 1, sum, array.write(i, sum * sum)

        y = tf.while_loop(
            lambda i, *_: i < 4, body, [0, tf.zeros([2]), Array(tf.float32, 4)])[2].stack()
        return [y, *tf.gradients(y, x)]

    def mapped():
        x = matrix(3, 2)
        y = tf.map_fn(lambda row: tf.map_fn(lambda e: e * e + tf.reduce_sum(row), row), x)
        return [y, *tf.gradients(y, x)]

    def scanned():
        x = matrix(3, 2)
        y = tf.scan(lambda a, b: a * b + 1.0, x)
        return [y, *tf.gradients(y, x)]

    def nested():
        x = tf.constant(2.0)

        def body(i, a):
            step = lambda j, b: (j + 1, b * x + a)
            return i + 1, tf.while_loop(lambda j, b: j < i, step, [0, a])[1]

        y = tf.while_loop(lambda i, a: i < 4, body, [0, x])[1]
        return [y, *tf.gradients(y, x)]

    def branching():
        x = tf.constant(2.0)

        def body(i, a):
            return i + 1, tf.cond(tf.equal(i % 2, 0), lambda: a * a + x, lambda: a * x)

        y = tf.while_loop(lambda i, a: i < 4, body, [0, x])[1]
        return [y, *tf.gradients(y, x)]

    def chosen():
        x = tf.constant(3.0)
        step = lambda i, a: (i + 1, a * x)
        loop = lambda: tf.while_loop(lambda i, a: i < 3, step, [0, x])[1]
        y = tf.cond(tf.placeholder_with_default(True, []), loop, lambda: x)
        return [y, *tf.gradients(y, x)]

    def lengthened():
        x = tf.constant([1.0, 2.0])
        y = tf.while_loop(
            lambda i, a: i < 3,
            lambda i, a: (i + 1, tf.concat([a, a[:1] * x[0]], 0)),
            [0, x],
            shape_invariants=[tf.TensorShape([]), tf.TensorShape([None])],
        )[1]
        return [y, *tf.gradients(y, x)]

    def recurrent():
        x, w = matrix(2, 4, 3), tf.constant(numpy.eye(3) * 0.5 + 0.1, tf.float32)
        steps = tf.shape(x)[1]
        read = Array(tf.float32, steps).unstack(tf.transpose(x, [1, 0, 2]))

        def body(i, h, array):
            h = tf.tanh(tf.matmul(h, w) + read.read(i))
            return i + 1, h, array.write(i, h)

        array = Array(tf.float32, steps, element_shape=[None, 3])
        _, h, array = tf.while_loop(lambda i, *_: i < steps, body, [0, tf.zeros([2, 3]), array])
        y = array.stack()
        return [y, h, *tf.gradients([y, h], [x, w])]

    def stack():
        handle = raw.StackV2(max_size=-1, elem_type=tf.float32)
        last = raw.StackPushV2(handle=handle, elem=[1.0, 2.0])
        with tf.control_dependencies([last]):
            last = raw.StackPushV2(handle=handle, elem=[3.0, 4.0])
        with tf.control_dependencies([last]):
            first = raw.StackPopV2(handle=handle, elem_type=tf.float32)
        with tf.control_dependencies([first]):
            return [first, raw.StackPopV2(handle=handle, elem_type=tf.float32)]

    def lists():
        pair = dict(element_shape=[2], element_dtype=tf.float32)
        open_pair = dict(element_shape=[-1, 2], element_dtype=tf.float32)
        stacked = lambda handle: raw.TensorListStack(input_handle=handle, **pair)
        grown = raw.EmptyTensorList(max_num_elements=-1, **pair)
        grown = raw.TensorListPushBack(input_handle=grown, tensor=[1.0, 2.0])
        grown = raw.TensorListPushBack(input_handle=grown, tensor=[3.0, 4.0])
        rest, last = raw.TensorListPopBack(input_handle=grown, **pair)
        fixed = raw.TensorListReserve(num_elements=3, **pair)
        fixed = raw.TensorListSetItem(input_handle=fixed, index=1, item=[5.0, 6.0])
        scattered = raw.TensorListScatterV2(
            tensor=matrix(2, 2), indices=[2, 0], element_shape=[2], num_elements=4)
        parts = raw.TensorListSplit(tensor=matrix(3, 2), element_shape=[-1, 2], lengths=[1, 2])
        replaced = raw.TensorListScatterIntoExistingList(
            input_handle=fixed, tensor=[[9.0, 8.0]], indices=[2])
        slices = raw.TensorListFromTensor(tensor=matrix(2, 2, 2), element_shape=[2, 2])
        join = lambda handle: raw.TensorListConcatV2(
            input_handle=handle, leading_dims=tf.constant([], tf.int64), **open_pair)
        longer = raw.TensorListSetItem(
            input_handle=fixed, index=4, item=[1.0, 1.0], resize_if_index_out_of_bounds=True)
        both = raw.TensorListConcatLists(input_a=fixed, input_b=grown, element_dtype=tf.float32)
        return [
            raw.TensorListLength(input_handle=grown), last, stacked(rest), stacked(fixed),
            stacked(raw.TensorListResize(input_handle=fixed, size=5)), stacked(scattered),
            raw.TensorListGetItem(input_handle=parts, index=1, **open_pair),
            raw.TensorListGetItem(input_handle=fixed, index=0, **pair), stacked(replaced),
            *join(slices), *join(parts),
            raw.TensorListGather(input_handle=fixed, indices=[1, 0, 1], **pair),
            raw.TensorListElementShape(input_handle=fixed, shape_type=tf.int32), stacked(both),
            stacked(longer),
        ]

    made = []
    for build in [written, grown, divided, scattered, looped, mapped, scanned, nested, branching,
                  chosen, lengthened, recurrent, stack, lists]:
        made.append(case(f"{build.__name__} in nodes", lambda: ([], build(), [])))
    tf.enable_control_flow_v2()
    for build in [looped, scanned, branching, chosen, recurrent]:
        made.append(case(f"{build.__name__} in functions", lambda: ([], build(), [])))
    tf.disable_control_flow_v2()
    return made


def tables():
    def build():
        lookup = tf.lookup
        words = lookup.StaticHashTable(
            lookup.KeyValueTensorInitializer(["a", "b", "c"], tf.range(3, dtype=tf.int64)), -1)
        names = lookup.StaticHashTable(
            lookup.KeyValueTensorInitializer(tf.constant([5, 6], tf.int64), ["x", "y"]), "?")
        return (
            [],
            [words.lookup(tf.constant(["b", "x", "a"])), words.size(),
             tf.equal(names.lookup(tf.constant([6, 1], tf.int64)), ["y", "?"])],
            [tf.tables_initializer()],
        )

    return [case("tables", build)]


def cases():
    tf.disable_control_flow_v2()
    return {"cases": optimizers() + scatters() + arrays() + tables()}
