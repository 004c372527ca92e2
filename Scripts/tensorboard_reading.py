#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares what TensorBoard reads with what Weft has written: `tensorboard_reading.py FOLDER`, which EventSamples has filled.

Run by tensorboard.sh in an environment that has tensorboard, Pillow and NumPy. Reads by TensorBoard's EventAccumulator and
by the data providers and servers of its plugins. Ends with an error that names what differs.
"""

import io
import json
import pathlib
import sys
import time
import urllib.request
import wave

import numpy as np
from PIL import Image
from tensorboard.backend.event_processing import event_accumulator
from tensorboard.compat.proto import config_pb2, graph_pb2
from tensorboard.plugins.hparams import plugin_data_pb2
from tensorboard.util import tensor_util

FAILURES = []


def check(condition, what):
    if not condition:
        FAILURES.append(what)
        print("differs:", what)


def accumulator(folder):
    everything = {kind: 0 for kind in event_accumulator.DEFAULT_SIZE_GUIDANCE}
    result = event_accumulator.EventAccumulator(str(folder), size_guidance=everything)
    result.Reload()
    return result


def scalars(root, written):
    for run, curves in written["scalars"].items():
        read = accumulator(root / run)
        for tag, numbers in curves.items():
            found = [event.value for event in read.Scalars(tag)]
            check(np.array_equal(np.float32(found), np.float32(numbers)), f"scalars {run} {tag}")
        if run == "train":
            steps = [event.step for event in read.Scalars("loss")]
            check(steps == list(range(len(steps))) and len(steps) > 100, "steps of the loss")
            check(read.Scalars("loss")[-1].value < read.Scalars("loss")[0].value / 3, "the loss falls")


def limits():
    positive = []
    limit = 1e-12
    while limit < 1e20:
        positive.append(limit)
        limit *= 1.1
    positive.append(sys.float_info.max)
    return np.array([-x for x in reversed(positive)] + [0.0] + positive)


def histograms(root, written):
    read = accumulator(root / "train")
    edges = limits()
    check(set(written["histograms"]) == set(written["variables"]), "a histogram of each variable")
    for tag, expected in written["histograms"].items():
        events = read.Histograms(tag)
        check([e.step for e in events] == [e["step"] for e in expected], f"steps of {tag}")
        for event, record in zip(events, expected):
            elements = np.array(record["elements"])
            found = event.histogram_value
            check(found.num == elements.size and found.min == elements.min()
                  and found.max == elements.max(), f"range of {tag}")
            check(np.isclose(found.sum, elements.sum(), rtol=1e-9, atol=1e-9)
                  and np.isclose(found.sum_squares, (elements ** 2).sum(), rtol=1e-9),
                  f"sums of {tag}")
            counts = np.bincount(
                np.searchsorted(edges, elements, side="right"), minlength=edges.size)
            ends = np.searchsorted(edges, found.bucket_limit)
            check(np.array_equal(edges[ends], found.bucket_limit), f"limits of {tag}")
            sums = np.cumsum(counts)[ends]
            check(np.array_equal(np.cumsum(found.bucket), sums), f"buckets of {tag}")


def images(root, written):
    read = accumulator(root / "other")
    for record in written["images"]:
        event = read.Images(record["tag"])[0]
        picture = Image.open(io.BytesIO(event.encoded_image_string))
        pixels = np.asarray(picture)
        expected = np.array(record["pixels"], np.uint8).reshape(record["shape"])
        check((event.height, event.width) == expected.shape[:2], f"size of {record['tag']}")
        check(np.array_equal(pixels.reshape(expected.shape), expected), f"pixels of {record['tag']}")
    check(sum(tag.startswith("digits/image/") for tag in read.Tags()["images"]) == 3, "a batch")


def audio(root, written):
    read = accumulator(root / "other")
    for record in written["audio"]:
        channels = record["shape"][1]
        event = read.Audio(f"tone of {channels}")[0]
        check(event.sample_rate == record["rate"] and event.content_type == "audio/wav"
              and event.length_frames == record["shape"][0], "facts of a sound")
        with wave.open(io.BytesIO(event.encoded_audio_string)) as file:
            check((file.getframerate(), file.getnchannels(), file.getsampwidth())
                  == (record["rate"], channels, 2), "the header of a sound")
            samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        check(np.abs(samples / 32767 - np.array(record["samples"])).max() < 1 / 32767, "samples")


def texts(root, written):
    read = accumulator(root / "other")
    for tag, text in written["texts"].items():
        array = tensor_util.make_ndarray(read.Tensors(tag)[0].tensor_proto)
        check(array.item().decode() == text, f"text {tag}")
        check(read.SummaryMetadata(tag).plugin_data.plugin_name == "text", f"plugin of {tag}")


def curves(root, written):
    read = accumulator(root / "validation")
    events = read.Tensors("threes")
    check(len(events) == len(written["curves"]), "curves of precision")
    for event, record in zip(events, written["curves"]):
        found = tensor_util.make_ndarray(event.tensor_proto)
        labels, count = np.array(record["labels"]), record["thresholds"]
        buckets = np.floor(np.array(record["predictions"]) * (count - 1))
        called = buckets[None, :] >= np.arange(count)[:, None]
        right, wrong = (called & labels).sum(1), (called & ~labels).sum(1)
        missed, passed = (~called & labels).sum(1), (~called & ~labels).sum(1)
        expected = np.array([
            right, wrong, passed, missed, right / np.maximum(1e-7, right + wrong),
            right / np.maximum(1e-7, right + missed)])
        check(found.shape == expected.shape and np.allclose(found, expected, rtol=1e-6, atol=1e-6),
              "a curve of precision")


def graphs(root, written):
    read = accumulator(root / "train")
    graph = graph_pb2.GraphDef.FromString(read.Graph().SerializeToString())
    names = {node.name for node in graph.node}
    check(set(written["variables"]) <= names, "variables in the graph")
    for scope in written["scopes"]:
        check(any(name.startswith(scope + "/") for name in names), f"scope {scope}")
    for node in graph.node:
        check("_output_shapes" in node.attr, f"shapes of {node.name}")
        for name in node.input:
            check(name.split(":")[0] in names, f"input {name} of {node.name}")
    tags = read.Tags()["run_metadata"]
    check(len(tags) == 1, "one profile")
    metadata = read.RunMetadata(tags[0])
    check(isinstance(metadata, config_pb2.RunMetadata), "a profile is RunMetadata")
    shown = [node for node in metadata.step_stats.dev_stats[0].node_stats if node.node_name in names]
    check(len(shown) >= 3 and all(node.all_end_rel_micros > 0 for node in shown), "times in the graph")
    check(len(metadata.step_stats.dev_stats[1].node_stats) > 10, "steps of the profile")


def trials(root, written):
    for run, (rate, accuracy, optimizer, nesterov) in written["trials"].items():
        read = accumulator(root / "trials" / run)
        check(np.isclose(read.Scalars("accuracy")[0].value, accuracy), f"accuracy of {run}")
        data = plugin_data_pb2.HParamsPluginData.FromString(
            read.SummaryMetadata("_hparams_/session_start_info").plugin_data.content)
        values = data.session_start_info.hparams
        check(values["rate"].number_value == rate
              and values["optimizer"].string_value == ("sgd" if optimizer else "adam")
              and values["nesterov"].bool_value == bool(nesterov), f"hyperparameters of {run}")


def served(address, root, written):
    """What the page is given by the server: each plugin's own reading."""

    def get(path, body=None):
        request = urllib.request.Request(
            f"{address}/data/plugin/{path}", data=json.dumps(body).encode() if body else None,
            headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            data = answer.read()
            return json.loads(data) if "json" in answer.headers["Content-Type"] else data

    # The projector looks for its files when it is asked, and answers the next time.
    for _ in range(20):
        with urllib.request.urlopen(f"{address}/data/plugins_listing", timeout=60) as answer:
            plugins = json.load(answer)
        if plugins["projector"]["enabled"]:
            break
        time.sleep(0.5)
    for name in ["scalars", "histograms", "distributions", "images", "audio", "text", "graphs",
                 "hparams", "pr_curves", "projector", "custom_scalars"]:
        check(plugins.get(name, {}).get("enabled"), f"plugin {name} is active")
    check("loss" in get("scalars/tags")["train"], "scalars")
    points = get("scalars/scalars?run=train&tag=loss")
    check(np.allclose([p[2] for p in points][-1], written["scalars"]["train"]["loss"][-1]),
          "the last loss")
    check("conv/kernel" in get("histograms/tags")["train"], "histograms")
    check(len(get("images/tags")["other"]) == 7, "images")
    check(len(get("audio/tags")["other"]) == 2, "audio")
    text = get("text/text?run=other&tag=table")
    check("<table>" in text[0]["text"], "a table in HTML")
    check("threes" in get("pr_curves/tags")["validation"], "curves of precision")
    info = get("graphs/info")
    check(info["train"]["run_graph"], "a graph")
    check(b"model" in get("graphs/graph?run=train&large_attrs_key=_too_large_attrs&limit_attr_size=1024"),
          "the graph")
    check(get("custom_scalars/layout")["category"][0]["title"] == "training", "charts")
    groups = get("hparams/session_groups", {
        "experimentName": "", "allowedStatuses": ["STATUS_SUCCESS", "STATUS_FAILURE"],
        "colParams": [], "startIndex": 0, "sliceSize": 10, "includeMetrics": True})
    check(len(groups["sessionGroups"]) == 3, "trials")
    experiment = get("hparams/experiment", {"experimentName": "", "includeMetrics": True})
    check({h["name"] for h in experiment["hparamInfos"]} == {"rate", "optimizer", "nesterov"},
          "hyperparameters")
    run = get("projector/runs")[0]
    info = get(f"projector/info?run={run}")
    check(info["embeddings"][0]["tensorName"] == "digits", "an embedding")
    tensor = np.frombuffer(get(f"projector/tensor?run={run}&name=digits"), np.float32)
    check(np.allclose(tensor, np.array(written["vectors"]), atol=1e-6), "its vectors")
    metadata = get(f"projector/metadata?run={run}&name=digits").decode().splitlines()
    check([line.split("\t")[0] for line in metadata] == ["digit"] + written["labels"], "its labels")
    sprite = Image.open(io.BytesIO(get(f"projector/sprite_image?run={run}&name=digits")))
    check(sprite.size[0] == sprite.size[1] and sprite.size[0] % 8 == 0, "its pictures")


def main():
    root = pathlib.Path(sys.argv[1])
    written = json.loads((root / "written.json").read_text())
    for part in [scalars, histograms, images, audio, texts, curves, graphs, trials]:
        part(root, written)
    if len(sys.argv) > 2:
        served(sys.argv[2], root, written)
    if FAILURES:
        sys.exit(f"{len(FAILURES)} differences")
    print("TensorBoard reads what Weft has written")


if __name__ == "__main__":
    main()
