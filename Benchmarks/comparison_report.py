# SPDX-License-Identifier: Apache-2.0
"""The table and the chart of Benchmarks/compare."""
import html
import json
import math
import random
import statistics

# Further figures of a workload, with their unit: each is a row of its own.
FIGURES = {
    "W2-graph-leak": [("last 20 of 300 steps", "us/step", lambda line: line["end_us"])],
    "W13": [("with import", "ms", lambda line: line.get("with_import_median",
                                                        line.get("with_import")))],
    "W14-chain-10000": [("build + first run", "ms",
                         lambda line: (line.get("build_grad_ms") or 0) + line["first_run_ms"])],
}
# The workloads that repeat one step; the others are about the graph, the first result, and memory.
STEADY = {f"W{number}" for number in [1, *range(3, 13)]}
# Check values of different frameworks may differ by this much, Adam's epsilon being placed in two
# ways; `weft bench` itself checks Weft's more narrowly.
TOLERANCE = 2e-3


def figures(workload):
    return ([("", None, lambda line: line["median"])]
            + FIGURES.get(workload, FIGURES.get(workload.split("-")[0], [])))


def interval(ratios, resamples=4000):
    """The geometric mean of paired ratios, and the 95% interval of its bootstrap."""
    logs = [math.log(ratio) for ratio in ratios]
    draw = random.Random(1)
    means = sorted(
        statistics.fmean(draw.choices(logs, k=len(logs))) for _ in range(resamples))
    low, high = means[int(0.025 * resamples)], means[int(0.975 * resamples)]
    return math.exp(statistics.fmean(logs)), math.exp(low), math.exp(high)


def rows(lines):
    """For each figure of each workload: Weft's value, the peers', and the ratio to each."""
    found = {}
    for line in lines:
        if "skipped" not in line:
            rounds = found.setdefault(line["workload"], {}).setdefault(line["round"], {})
            rounds[line["name"]] = line
    for workload, rounds in found.items():
        for label, unit, value in figures(workload):
            values, ratios, unequal = {}, {}, set()
            for measured in rounds.values():
                own = measured.get("weft")
                for name, line in measured.items():
                    number = value(line)
                    if not number:
                        continue
                    values.setdefault(name, []).append(number)
                    unit = unit or line["unit"]
                    if name != "weft" and own:
                        ratios.setdefault(name, []).append(value(own) / number)
                        if abs(line["check"] - own["check"]) > TOLERANCE * abs(own["check"]):
                            unequal.add(name)
            if "weft" not in values or not ratios:
                continue
            yield {
                "name": f"{workload} {label}".strip(), "unit": unit,
                "values": {name: statistics.median(v) for name, v in values.items()},
                "ratios": {name: interval(v) for name, v in ratios.items()},
                "rounds": min(len(v) for v in ratios.values()), "unequal": unequal,
            }


def quantity(number, unit):
    if unit == "us/step":
        return f"{number / 1000:.3g} ms" if number >= 1000 else f"{number:.3g} µs"
    if unit == "ms":
        return f"{number / 1000:.3g} s" if number >= 1000 else f"{number:.3g} ms"
    return f"{number:.0f} {unit.split()[0]}"


def share(ratio):
    return f"{ratio:.2f}" if ratio >= 0.1 else f"{ratio:.1g}"


def best(row):
    return min(row["ratios"], key=lambda name: row["values"][name])


def table(found):
    text = "| workload | Weft | best peer | Weft / best peer | 95% interval | other peers |\n"
    text += "|---|---|---|---|---|---|\n"
    for row in found:
        name = best(row)
        ratio, low, high = row["ratios"][name]
        others = ", ".join(
            f"{other} {share(row['ratios'][other][0])}" for other in row["ratios"] if other != name)
        mark = " (another check value)" if name in row["unequal"] else ""
        text += (f"| {row['name']} | {quantity(row['values']['weft'], row['unit'])} "
                 f"| {name} {quantity(row['values'][name], row['unit'])}{mark} "
                 f"| {share(ratio)} | {share(low)} to {share(high)} | {others} |\n")
    return text


def mean(rows):
    """How much more the best peers take, in the geometric mean."""
    return math.exp(-statistics.fmean(math.log(row["ratios"][best(row)][0]) for row in rows))


def means(found):
    steady = [row for row in found if row["name"].split("-")[0] in STEADY]
    if not steady:
        return ""
    return (f"\nGeometric mean of best peer / Weft: {mean(steady):.2f} over the {len(steady)} rows of "
            f"W1 and W3 to W12, {mean(found):.2f} over all {len(found)}.\n")


def chart(found):
    """Weft's time as a share of the best peer's, on a logarithmic axis: below 1 is faster."""
    left, width, height = 260, 460, 22
    ends = [end for row in found for end in row["ratios"][best(row)]] + [0.5, 2]
    low, high = math.log(min(ends) / 1.2), math.log(max(ends) * 1.2)

    def x(ratio):
        return left + width * (math.log(ratio) - low) / (high - low)

    total = height * len(found) + 60
    text = (f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 80}" '
            f'height="{total}" font-family="sans-serif" font-size="12">\n'
            f'<rect width="100%" height="100%" fill="white"/>\n'
            f'<text x="{left}" y="16">Weft / best peer: time or memory, less is better; '
            f'lines are 95% intervals</text>\n')
    ticks = [tick for tick in (0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)
             if low <= math.log(tick) <= high]
    for tick in ticks:
        color = "#000" if tick == 1 else "#ccc"
        text += (f'<line x1="{x(tick):.1f}" y1="26" x2="{x(tick):.1f}" y2="{total - 30}" '
                 f'stroke="{color}"/>\n<text x="{x(tick):.1f}" y="{total - 14}" '
                 f'text-anchor="middle">{tick:g}</text>\n')
    for number, row in enumerate(found):
        ratio, start, end = row["ratios"][best(row)]
        y = 40 + height * number
        color = "#2166ac" if end < 1 else "#b2182b" if start > 1 else "#777"
        text += (f'<text x="{left - 10}" y="{y + 4}" text-anchor="end">'
                 f'{html.escape(row["name"])}</text>\n'
                 f'<line x1="{x(start):.1f}" y1="{y}" x2="{x(end):.1f}" y2="{y}" '
                 f'stroke="{color}" stroke-width="2"/>\n'
                 f'<circle cx="{x(ratio):.1f}" cy="{y}" r="4" fill="{color}"/>\n'
                 f'<text x="{left + width + 12}" y="{y + 4}">{share(ratio)}</text>\n')
    return text + "</svg>\n"


def write(folder):
    """Makes table.md and chart.svg of results.jsonl, and returns the table."""
    with open(folder / "results.jsonl") as file:
        lines = [json.loads(line) for line in file]
    found = list(rows(lines))
    text = table(found)
    versions = sorted({line["version"] for line in lines if line.get("version")})
    rounds = sorted({row["rounds"] for row in found})
    foreign = [line["foreign"] for line in lines if "foreign" in line]
    if found:
        text += means(found)
        text += (f"\n{', '.join(versions)}; rounds: {', '.join(map(str, rounds))}; other processes' "
                 f"share of the machine: median {statistics.median(foreign or [0]):.1%}, "
                 f"at most {max(foreign or [0]):.1%}.\n")
    for line in lines:
        if "skipped" in line:
            text += f"\nWithout a result: {line['workload']}, {line['name']}: {line['skipped']}\n"
    (folder / "table.md").write_text(text)
    if found:
        (folder / "chart.svg").write_text(chart(found))
    return text
