# SPDX-License-Identifier: Apache-2.0
# A generator and a discriminator with an optimizer each: Examples/Training/AdversarialNetworks.swift.
import sys

import keras
import numpy as np
import tensorflow as tf
from keras import layers

is_short = "--short" in sys.argv
size = 128


def circle(count):
    angles = np.arange(count) * np.pi / 4
    places = 2 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    noise = np.random.default_rng(1).normal(scale=0.1, size=(count, 2))
    return (places + noise).astype("float32")


def network(inputs, outputs):
    return keras.Sequential(
        [
            keras.Input((inputs,)),
            layers.Dense(128),
            layers.LeakyReLU(negative_slope=0.2),
            layers.Dense(128),
            layers.LeakyReLU(negative_slope=0.2),
            layers.Dense(outputs),
        ]
    )


class Adversaries(keras.Model):
    def __init__(self):
        super().__init__()
        self.generator, self.discriminator = network(16, 2), network(2, 1)
        self.for_generator = keras.optimizers.Adam(0.0005, beta_1=0.5)
        self.for_discriminator = keras.optimizers.Adam(0.0005, beta_1=0.5)
        self.loss_of = keras.losses.BinaryCrossentropy(from_logits=True)

    def train_step(self, real):
        noise = tf.random.normal((size, 16))
        with tf.GradientTape(persistent=True) as tape:
            of_made = self.discriminator(self.generator(noise))
            of_real = self.discriminator(real)
            distrust = self.loss_of(tf.ones_like(of_real), of_real)
            distrust += self.loss_of(tf.zeros_like(of_made), of_made)
            deceit = self.loss_of(tf.ones_like(of_made), of_made)
        for optimizer, loss, model in [
            (self.for_discriminator, distrust, self.discriminator),
            (self.for_generator, deceit, self.generator),
        ]:
            variables = model.trainable_variables
            optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
        return {"loss": distrust, "deceit": deceit}


keras.utils.set_random_seed(1)
data = tf.data.Dataset.from_tensor_slices(circle(12_800)).shuffle(12_800, seed=1)
model = Adversaries()
model.compile()
model.fit(data.batch(size, drop_remainder=True), epochs=16 if is_short else 80, verbose=2)

made = model.generator.predict(np.random.default_rng(2).normal(size=(4_000, 16)), verbose=0)
place = np.round(np.arctan2(made[:, 1], made[:, 0]) / (np.pi / 4)).astype(int) % 8
centre = 2 * np.stack([np.cos(place * np.pi / 4), np.sin(place * np.pi / 4)], axis=1)
is_near = np.linalg.norm(made - centre, axis=1) < 0.3
counts = np.bincount(place[is_near], minlength=8)
print("points at each place:", counts)
print(f"share that lies at a place: {is_near.mean():.4f}")
print(f"places: {np.count_nonzero(counts > 40)}")
assert is_near.mean() >= (0.1 if is_short else 0.7)
