# SPDX-License-Identifier: Apache-2.0
# An LSTM says the next hour of a series from the 48 hours before: Examples/Training/TimeSeries.swift.
import sys

import keras
import numpy as np
from keras import layers

is_short = "--short" in sys.argv
epochs = 3 if is_short else 15


def series(count):
    shocks = np.random.default_rng(1).normal(scale=0.1, size=count)
    values, noise = [], 0.0
    for hour, shock in enumerate(shocks):
        noise = 0.8 * noise + shock
        day = np.sin(2 * np.pi * hour / 24) + 0.5 * np.sin(4 * np.pi * hour / 24)
        values.append(day + (0.5 if hour // 24 % 7 < 5 else -0.5) + noise)
    return np.array(values, dtype="float32")[:, None]


hours = series(3_000 if is_short else 8_760)
end = len(hours) * 4 // 5


def windows(part, batch, shuffle):
    return keras.utils.timeseries_dataset_from_array(
        part[:-48], part[48:], sequence_length=48, batch_size=batch, shuffle=shuffle, seed=1
    )


keras.utils.set_random_seed(1)
training, test = windows(hours[:end], 64, True), windows(hours[end:], 256, False)
model = keras.Sequential([keras.Input((48, 1)), layers.LSTM(32), layers.Dense(1)])
rate = keras.optimizers.schedules.CosineDecay(0.01, epochs * len(training))
model.compile(optimizer=keras.optimizers.Adam(rate), loss="mse")
model.fit(training, epochs=epochs, verbose=2)

error = model.evaluate(test, verbose=0)
values = hours[end + 48 :]
for lag, name in [(1, "hour"), (24, "day")]:
    before = hours[end + 48 - lag : len(hours) - lag]
    print(f"mean squared error of the {name} before: {np.mean((values - before) ** 2):.4f}")
print(f"mean squared error: {error:.4f}")
assert error <= (0.05 if is_short else 0.02)
