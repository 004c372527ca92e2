# SPDX-License-Identifier: Apache-2.0
# A transformer that learns which character comes next, and writes on: Examples/Training/Characters.swift.
import pathlib
import sys

import keras
import numpy as np
from keras import layers, ops

is_short = "--short" in sys.argv
context, width, heads = 64, (48 if is_short else 96), 4
pages = sorted(pathlib.Path("Documentation/decisions").iterdir())
text = "".join(page.read_text() for page in pages)
characters = sorted(set(text))
numbers = np.array([characters.index(character) for character in text], dtype="int32")
end = len(numbers) * 9 // 10


def windows(part, step):
    starts = range(0, len(part) - context, step)
    return (
        np.stack([part[at : at + context] for at in starts]),
        np.stack([part[at + 1 : at + 1 + context] for at in starts]),
    )


class Positions(layers.Layer):
    def build(self, shape):
        self.table = self.add_weight(shape=shape[1:], initializer="random_normal", name="table")

    def call(self, x):
        return x + self.table


keras.utils.set_random_seed(1)
inputs = keras.Input((context,), dtype="int32")
x = Positions()(layers.Embedding(len(characters), width)(inputs))
for _ in range(1 if is_short else 3):
    normed = layers.LayerNormalization()(x)
    attention = layers.MultiHeadAttention(heads, width // heads)
    x = x + attention(normed, normed, use_causal_mask=True)
    hidden = layers.Dense(4 * width, activation="relu")(layers.LayerNormalization()(x))
    x = x + layers.Dense(width)(hidden)
logits = layers.Dense(len(characters))(layers.LayerNormalization()(x))
model = keras.Model(inputs, logits)
model.compile(
    optimizer=keras.optimizers.AdamW(0.005 if is_short else 0.001, global_clipnorm=1),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
train_x, train_y = windows(numbers[:end], 7)
if is_short:
    train_x, train_y = train_x[: 60 * 32], train_y[: 60 * 32]
model.fit(train_x, train_y, batch_size=32, epochs=1 if is_short else 5, verbose=2)
loss, accuracy = model.evaluate(*windows(numbers[end:], context), verbose=0)
print(f"perplexity: {np.exp(loss):.4f}")
assert np.exp(loss) <= (18 if is_short else 6)

written = list(numbers[:context])
for _ in range(200):
    last = model(np.array([written[-context:]]))[:, -1] / 0.7
    written.append(int(ops.squeeze(keras.random.categorical(last, 1))))
print("".join(characters[number] for number in written))
