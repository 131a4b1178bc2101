"""Training of the upper layers: InfoNCE over the other pairs of a batch (van den Oord et al. 2018), both ways; AdamW.

A batch is of one repository, as the passages that a search has to tell apart are.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy

from fanin.train.encoder import Encoder, States
from fanin.train.pairs import Pair

Weights = dict[str, numpy.ndarray]


@dataclass(frozen=True)
class Settings:
    batch: int = 64
    learning_rate: float = 5e-5
    temperature: float = 0.02
    weight_decay: float = 0.01
    warm_up: float = 0.1  # of all steps; the rate then falls to nothing in a straight line
    epochs: int = 1
    seed: int = 1


class TopLayers:
    """The forward pass of the tuned layers: token states to unit vectors."""

    def __init__(self, encoder: Encoder):
        self._layers = range(encoder.first_tuned, encoder.description["layers"])
        self._heads = encoder.description["heads"]
        self._epsilon = encoder.description["layer_norm_epsilon"]
        self._compiled = jax.jit(self)

    def __call__(self, weights, states, mask):
        x = states
        for layer in self._layers:
            is_last = layer == self._layers[-1]
            x = self._layer(weights, f"encoder.layer.{layer}.", x[:, :1] if is_last else x, x, mask)
        pooled = x[:, 0]
        return pooled / jnp.linalg.norm(pooled, axis=-1, keepdims=True)

    def embed(self, weights: Weights, states: States) -> numpy.ndarray:
        """[texts, dims], unit norm."""
        count = len(states.starts) - 1
        vectors = numpy.zeros((count, states.rows.shape[1]), numpy.float32)
        order = numpy.argsort(states.starts[1:] - states.starts[:-1], kind="stable")
        for begin in range(0, count, 64):
            which = order[begin : begin + 64]
            # The last batch is filled up, so that its shape is one that is compiled already.
            padded, mask = states.padded([*which, *[which[0]] * (64 - len(which))])
            vectors[which] = self._compiled(weights, padded, mask)[: len(which)]
        return vectors

    def _layer(self, weights, name, rows, x, mask):
        def linear(part, value):
            return value @ weights[f"{name}{part}.weight"].T + weights[f"{name}{part}.bias"]

        def norm(part, value):
            centred = value - value.mean(-1, keepdims=True)
            scaled = centred / jnp.sqrt((centred**2).mean(-1, keepdims=True) + self._epsilon)
            return scaled * weights[f"{name}{part}.weight"] + weights[f"{name}{part}.bias"]

        def split(value):
            return value.reshape(*value.shape[:2], self._heads, -1).transpose(0, 2, 1, 3)

        query, key, value = (split(linear(f"attention.self.{part}", of)) for part, of in (("query", rows), ("key", x), ("value", x)))
        scores = query @ key.swapaxes(-1, -2) / numpy.sqrt(query.shape[-1])
        attention = jax.nn.softmax(jnp.where(mask[:, None, None, :], scores, -1e9), axis=-1) @ value
        attention = attention.transpose(0, 2, 1, 3).reshape(rows.shape)
        rows = norm("attention.output.LayerNorm", linear("attention.output.dense", attention) + rows)
        wide = jax.nn.gelu(linear("intermediate.dense", rows), approximate=False)
        return norm("output.LayerNorm", linear("output.dense", wide) + rows)


def batches_of(pairs: Sequence[Pair], settings: Settings, epoch: int) -> list[list[int]]:
    """Full batches of one repository each, in random order; what is left over of a repository waits for another epoch."""
    draw = random.Random(f"{settings.seed}:{epoch}")
    by_repository: dict[str, list[int]] = defaultdict(list)
    for i, pair in enumerate(pairs):
        by_repository[pair.repository].append(i)
    batches = []
    for members in by_repository.values():
        draw.shuffle(members)
        batches += [members[i : i + settings.batch] for i in range(0, len(members) - settings.batch + 1, settings.batch)]
    draw.shuffle(batches)
    return batches


def tune(
    encoder: Encoder,
    pairs: Sequence[Pair],
    questions: States,
    passages: States,
    settings: Settings,
    say: Callable[[str], None],
) -> Weights:
    """The tuned weights. States are of every pair's question and passage."""
    layers = TopLayers(encoder)

    def loss_of(weights, query, query_mask, passage, passage_mask, is_same):
        scores = layers(weights, query, query_mask) @ layers(weights, passage, passage_mask).T / settings.temperature
        scores = jnp.where(is_same, -1e9, scores)
        right = jnp.diagonal(scores)
        return (jax.nn.logsumexp(scores, axis=1) - right).mean() / 2 + (jax.nn.logsumexp(scores, axis=0) - right).mean() / 2

    @jax.jit
    def step(weights, first, second, number, rate, *batch):
        loss, slopes = jax.value_and_grad(loss_of)(weights, *batch)
        length = jnp.sqrt(sum((slope**2).sum() for slope in slopes.values()))
        slopes = {name: slope * jnp.minimum(1, 1 / length) for name, slope in slopes.items()}
        first = {name: 0.9 * first[name] + 0.1 * slope for name, slope in slopes.items()}
        second = {name: 0.999 * second[name] + 0.001 * slope**2 for name, slope in slopes.items()}

        def moved(name, value):
            move = first[name] / (1 - 0.9**number) / (jnp.sqrt(second[name] / (1 - 0.999**number)) + 1e-8)
            decay = settings.weight_decay * value if value.ndim == 2 else 0
            return value - rate * (move + decay)

        return {name: moved(name, value) for name, value in weights.items()}, first, second, loss

    weights = {name: jnp.asarray(value) for name, value in encoder.top_weights().items()}
    first = {name: jnp.zeros_like(value) for name, value in weights.items()}
    second = dict(first)
    asked = [pair.asked().lower() for pair in pairs]
    plan = [batch for epoch in range(settings.epochs) for batch in batches_of(pairs, settings, epoch)]
    recent: list[float] = []
    for number, batch in enumerate(plan, start=1):
        is_same = [
            [a != b and (pairs[a].place == pairs[b].place or asked[a] == asked[b]) for b in batch]
            for a in batch
        ]
        warm = max(1, round(settings.warm_up * len(plan)))
        rate = settings.learning_rate * min(number / warm, (len(plan) - number + 1) / max(1, len(plan) - warm))
        weights, first, second, loss = step(
            weights, first, second, number, rate, *questions.padded(batch), *passages.padded(batch), numpy.array(is_same)
        )
        recent.append(float(loss))
        if number % 10 == 0 or number == len(plan):
            say(f"step {number} of {len(plan)}: loss {numpy.mean(recent[-20:]):.3f}")
    return {name: numpy.asarray(value) for name, value in weights.items()}
