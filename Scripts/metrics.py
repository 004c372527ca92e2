#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Parses what a metrics server of Weft answers by the parsers of Prometheus's client: `metrics.py ADDRESS`.

Run by metrics.sh, which serves the metrics of MetricsSamples. Ends with an error that names what differs.
"""

import math
import sys
import urllib.request

from prometheus_client import parser
from prometheus_client.openmetrics import parser as open_parser

OPEN = "application/openmetrics-text; version=1.0.0; charset=utf-8"
PLAIN = "text/plain; version=0.0.4; charset=utf-8"


def fetch(address, accept):
    request = urllib.request.Request(address, headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.headers["Content-Type"], answer.read().decode()


def numbers(families):
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families for sample in family.samples}


def check(condition, what):
    if not condition:
        sys.exit(f"differs: {what}")


def main():
    address = sys.argv[1]
    kind, text = fetch(address, "application/openmetrics-text;version=1.0.0,text/plain;q=0.5")
    check(kind == OPEN, f"the type of the answer, {kind}")
    families = list(open_parser.text_string_to_metric_families(text))
    types = {family.name: (family.type, family.unit) for family in families}
    check(types == {
        "weft_train_steps": ("counter", ""), "weft_energy": ("counter", ""),
        "weft_train_loss": ("gauge", ""), "weft_open": ("gauge", ""),
        "weft_step_seconds": ("histogram", "seconds"), "weft_batch": ("histogram", ""),
    }, f"the families, {types}")
    found = numbers(families)
    check(found[("weft_train_steps_total", ())] == 1000, "a counter")
    check(found[("weft_energy_total", ())] == 0.75, "a counter of fractions")
    split = ("split", "tr\"ai\\n\n🧵")
    check(found[("weft_train_loss", (split,))] == 0.125, "a gauge with labels")
    check(math.isnan(found[("weft_train_loss", (("split", "nan"),))]), "NaN")
    check(found[("weft_train_loss", (("split", "inf"),))] == -math.inf, "an infinity")
    check(found[("weft_open", ())] == 2.5, "a meter")
    check(found[("weft_step_seconds_count", ())] == 3, "a timer's count")
    check(math.isclose(found[("weft_step_seconds_sum", ())], 3.051), "a timer's sum")
    check(found[("weft_step_seconds_bucket", (("le", "0.05"),))] == 2, "a timer's bucket")
    check(found[("weft_step_seconds_bucket", (("le", "+Inf"),))] == 3, "a timer's last bucket")
    check(found[("weft_batch_count", ())] == 2, "a recorder")
    help_text = {family.name: family.documentation for family in families}["weft_train_loss"]
    check(help_text == "The \"loss\"\nof the last batch \\", f"the help, {help_text}")
    kind, text = fetch(address, "*/*")
    check(kind == PLAIN, f"the type of the older answer, {kind}")
    older = numbers(parser.text_string_to_metric_families(text))
    same = {k: v for k, v in older.items() if not math.isnan(v)}
    check(same == {k: v for k, v in found.items() if not math.isnan(v)}, "the older format")
    print("Prometheus's client reads what Weft serves")


if __name__ == "__main__":
    main()
