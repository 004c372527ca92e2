# SPDX-License-Identifier: Apache-2.0
# A convolutional network with batch normalisation tells handwritten digits apart: Examples/Training/DigitsConvNet.swift.
import sys

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

epochs = 4 if "--short" in sys.argv else 40
digits = load_digits()
images = (digits.images / 16).astype("float32")[..., None]
is_test = np.arange(len(images)) % 5 == 0
keras.utils.set_random_seed(1)
model = keras.Sequential([keras.Input((8, 8, 1))])
for filters in (32, 64):
    model.add(layers.Conv2D(filters, 3, padding="same", use_bias=False))
    model.add(layers.BatchNormalization(momentum=0.9))
    model.add(layers.ReLU())
model.add(layers.MaxPooling2D())
model.add(layers.Flatten())
model.add(layers.Dropout(0.4))
model.add(layers.Dense(10))
model.summary()

steps = epochs * -(-np.count_nonzero(~is_test) // 64)
model.compile(
    optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.003, steps)),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
model.fit(images[~is_test], digits.target[~is_test], batch_size=64, epochs=epochs, verbose=2)

loss, accuracy = model.evaluate(images[is_test], digits.target[is_test], verbose=0)
print(f"test accuracy: {accuracy:.4f}")
assert accuracy >= (0.95 if "--short" in sys.argv else 0.985)
