#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the tables of the examples, Examples/Data/*.csv, from those that scikit-learn ships.

Both are of the UCI Machine Learning Repository, CC BY 4.0; Examples/Data/LICENSE-data.md says more. The first
line gets the columns' names, the class's number becomes its name; no number is changed, and the order is kept.

    Scripts/make_tables.py              fetches the wheel with pip
    Scripts/make_tables.py --wheel FILE.whl
    Scripts/make_tables.py ... --check  only compares with what is committed
"""
import argparse
import hashlib
import pathlib
import subprocess
import sys
import tempfile
import zipfile

SCIKIT_LEARN = "scikit-learn==1.9.1"
FOLDER = pathlib.Path(__file__).resolve().parent.parent / "Examples" / "Data"
MEASURES = ["radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity",
            "concave_points", "symmetry", "fractal_dimension"]

TABLES = {
    "wine.csv": {
        "member": "sklearn/datasets/data/wine_data.csv",
        "sha256": "10e8a802908b34f86e5da8ce962f3c806694bc98450a18f61851af59f324bede",
        "columns": ["alcohol", "malic_acid", "ash", "alcalinity_of_ash", "magnesium", "total_phenols",
                    "flavanoids", "nonflavanoid_phenols", "proanthocyanins", "color_intensity", "hue",
                    "od280_od315", "proline", "cultivar"],
        "classes": ["first", "second", "third"],
    },
    "breast-cancer.csv": {
        "member": "sklearn/datasets/data/breast_cancer.csv",
        "sha256": "fed3eb72d0575ef6192293f5093c6e801b1476b577d0386bf4455504522172ed",
        "columns": [f"{kind}_{measure}" for kind in ("mean", "error", "worst") for measure in MEASURES]
        + ["diagnosis"],
        "classes": ["malignant", "benign"],
    },
}


def table(wheel, name):
    """The text of a table."""
    description = TABLES[name]
    text = wheel.read(description["member"])
    digest = hashlib.sha256(text).hexdigest()
    if digest != description["sha256"]:
        sys.exit(f"{name}: not the expected file: SHA-256 {digest}")
    lines = [",".join(description["columns"])]
    for line in text.decode("ascii").splitlines()[1:]:
        *numbers, kind = line.split(",")
        assert len(numbers) + 1 == len(description["columns"])
        lines.append(",".join([*numbers, description["classes"][int(kind)]]))
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wheel", metavar="FILE", help="a wheel of scikit-learn")
    parser.add_argument("--check", action="store_true", help="compare only, write nothing")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = arguments.wheel
        if not path:
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder]
            subprocess.run(pip + [SCIKIT_LEARN], check=True)
            path = next(pathlib.Path(folder).glob("*.whl"))
        wheel = zipfile.ZipFile(path)
        for name in TABLES:
            text = table(wheel, name)
            if arguments.check:
                if (FOLDER / name).read_text() != text:
                    sys.exit(f"{name} differs from what this script makes")
            else:
                (FOLDER / name).write_text(text)
            print(f"{name}: {len(text.splitlines()) - 1} rows, {len(text)} bytes")


if __name__ == "__main__":
    main()
