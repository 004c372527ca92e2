# SPDX-License-Identifier: Apache-2.0
# Classes from the columns of a CSV file: Examples/Training/Table.swift.
import csv
import sys

import keras
import numpy as np
from keras import layers
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

seeds = 1 if "--short" in sys.argv else 10


def accuracy_on(path, column, seed):
    with open(path) as file:
        rows = list(csv.DictReader(file))
    names = [name for name in rows[0] if name != column]
    classes = sorted({row[column] for row in rows})
    inputs = np.array([[float(row[name]) for name in names] for row in rows], dtype="float32")
    targets = np.array([classes.index(row[column]) for row in rows])
    train_x, test_x, train_y, test_y = train_test_split(
        inputs, targets, test_size=0.2, random_state=seed, stratify=targets
    )
    scaler = StandardScaler().fit(train_x)

    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [
            keras.Input((len(names),)),
            layers.Dense(32, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(len(classes)),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.AdamW(0.003),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    model.fit(scaler.transform(train_x), train_y, batch_size=16, epochs=30, verbose=0)
    return model.evaluate(scaler.transform(test_x), test_y, verbose=0)[1]


for file, column, least in [("wine", "cultivar", 0.94), ("breast-cancer", "diagnosis", 0.94)]:
    results = [accuracy_on(f"Examples/Data/{file}.csv", column, seed) for seed in range(seeds)]
    print(f"{file} accuracy: {np.mean(results):.4f}")
    assert np.mean(results) >= least
