# SPDX-License-Identifier: Apache-2.0
# Digits of 64 pixels go through eight numbers and back: Examples/Training/Autoencoder.swift.
import sys

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

is_short = "--short" in sys.argv
digits = load_digits()
images = (digits.images / 16).astype("float32")[..., None]
is_test = np.arange(len(images)) % 5 == 0
training, test = images[~is_test], images[is_test]
keras.utils.set_random_seed(1)
encoder = keras.Sequential(
    [
        keras.Input((8, 8, 1)),
        layers.Flatten(),
        layers.Dense(128, activation="relu"),
        layers.Dense(8),
    ]
)
decoder = keras.Sequential(
    [
        keras.Input((8,)),
        layers.Dense(128, activation="relu"),
        layers.Dense(64, activation="sigmoid"),
        layers.Reshape((8, 8, 1)),
    ]
)
model = keras.Sequential([encoder, decoder])
model.compile(optimizer=keras.optimizers.Adam(0.003), loss="mse")
model.fit(training, training, batch_size=64, epochs=15 if is_short else 150, verbose=2)

error = model.evaluate(test, test, verbose=0)
kept = 1 - error / np.mean((test - test.mean(axis=0)) ** 2)
print(f"share of the variance that is kept: {kept:.4f}")
assert kept >= (0.6 if is_short else 0.82)

code = encoder.predict(test[:1], verbose=0)
print(f"a {digits.target[is_test][0]} is {code}")
for row in decoder.predict(code, verbose=0)[0, :, :, 0]:
    print("".join("##" if pixel > 0.5 else "  " for pixel in row))
