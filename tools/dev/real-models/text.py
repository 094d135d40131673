# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Nets for text and time series: BERT, GPT with a cache of keys and values, LSTM and GRU."""

import math

import torch

import weights
from export import Net

WORDS = 1000


def _heads(x, count):
    return x.reshape(x.shape[0], x.shape[1], count, -1).transpose(1, 2)


def _attend(q, k, v, mask):
    scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
    mixed = torch.softmax(scores + mask, -1) @ v
    return mixed.transpose(1, 2).flatten(2)


class Feed(torch.nn.Sequential):
    def __init__(self, width, tanh=False):
        activation = torch.nn.GELU(approximate="tanh" if tanh else "none")
        super().__init__(torch.nn.Linear(width, 4 * width), activation, torch.nn.Linear(4 * width, width))


class BertLayer(torch.nn.Module):
    """Norms after the sums."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.out = (torch.nn.Linear(width, width) for _ in range(4))
        self.feed = Feed(width)
        self.norm1, self.norm2 = torch.nn.LayerNorm(width), torch.nn.LayerNorm(width)

    def forward(self, x, mask):
        q, k, v = (_heads(f(x), self.heads) for f in (self.query, self.key, self.value))
        x = self.norm1(x + self.out(_attend(q, k, v, mask)))
        return self.norm2(x + self.feed(x))


class Bert(torch.nn.Module):
    def __init__(self, width=256, layers=4, heads=4, positions=128):
        super().__init__()
        self.words, self.kinds = torch.nn.Embedding(WORDS, width), torch.nn.Embedding(2, width)
        self.positions = torch.nn.Embedding(positions, width)
        self.norm = torch.nn.LayerNorm(width)
        self.layers = torch.nn.ModuleList(BertLayer(width, heads) for _ in range(layers))
        self.pool = torch.nn.Linear(width, width)

    def forward(self, ids, attention, kinds):
        place = torch.arange(ids.shape[1], device=ids.device).unsqueeze(0)
        x = self.norm(self.words(ids) + self.positions(place) + self.kinds(kinds))
        mask = (1.0 - attention[:, None, None, :].to(x.dtype)) * -10000.0
        for layer in self.layers:
            x = layer(x, mask)
        return x, torch.tanh(self.pool(x[:, 0]))


class GptLayer(torch.nn.Module):
    """Norms before; keys and values of earlier tokens come in, those of all tokens go out."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.mix, self.out = torch.nn.Linear(width, 3 * width), torch.nn.Linear(width, width)
        self.feed = Feed(width, tanh=True)
        self.norm1, self.norm2 = torch.nn.LayerNorm(width), torch.nn.LayerNorm(width)

    def forward(self, x, mask, past_key, past_value):
        q, k, v = (_heads(part, self.heads) for part in self.mix(self.norm1(x)).chunk(3, -1))
        k, v = torch.cat([past_key, k], 2), torch.cat([past_value, v], 2)
        x = x + self.out(_attend(q, k, v, mask))
        return x + self.feed(self.norm2(x)), k, v


class Gpt(torch.nn.Module):
    def __init__(self, width=192, layers=3, heads=3, positions=256):
        super().__init__()
        self.words, self.positions = torch.nn.Embedding(WORDS, width), torch.nn.Embedding(positions, width)
        self.layers = torch.nn.ModuleList(GptLayer(width, heads) for _ in range(layers))
        self.norm = torch.nn.LayerNorm(width)

    def forward(self, ids, *past):
        before, now = past[0].shape[2], ids.shape[1]
        x = self.words(ids) + self.positions(torch.arange(before, before + now).unsqueeze(0))
        rows, columns = torch.arange(before, before + now)[:, None], torch.arange(before + now)[None, :]
        mask = torch.where(columns <= rows, 0.0, -10000.0)
        present = []
        for index, layer in enumerate(self.layers):
            x, key, value = layer(x, mask, past[2 * index], past[2 * index + 1])
            present += [key, value]
        return (self.norm(x) @ self.words.weight.t(), *present)


class Recurrent(torch.nn.Module):
    """Two layers, one of them in both directions, and a head."""

    def __init__(self, kind, width=64):
        super().__init__()
        self.first = kind(40, width, batch_first=True, bidirectional=True)
        self.second = kind(2 * width, width, batch_first=True)
        self.head = torch.nn.Linear(width, 10)

    def forward(self, x):
        return torch.log_softmax(self.head(self.second(self.first(x)[0])[0]), -1)


def _bert():
    def make():
        ids = torch.arange(64).reshape(1, 64) * 7 % WORDS
        example = (ids, torch.ones_like(ids), torch.zeros_like(ids))
        return weights.fill(Bert(), example), example

    names, axes = ["ids", "attention", "kinds"], {0: "batch", 1: "length"}
    sets = [{"ids": [*s, WORDS], "attention": [*s, 2], "kinds": [*s, 2]} for s in ([1, 64], [2, 40])]
    return Net(
        make, names, ["hidden", "pooled"], {**dict.fromkeys(names, axes), "hidden": axes, "pooled": {0: "batch"}}, sets
    )


def _gpt(layers=3, heads=3, part=64):
    names = [f"past_{kind}.{i}" for i in range(layers) for kind in ("key", "value")]
    present = [name.replace("past", "present") for name in names]

    def make():
        past = [weights.image(1, heads, 8, part, seed=i) for i in range(2 * layers)]
        example = (torch.tensor([[5]]), *past)
        return weights.fill(Gpt(heads * part, layers, heads), example), example

    axes = {"ids": {0: "batch", 1: "new"}, "scores": {0: "batch", 1: "new"}}
    axes |= dict.fromkeys(names, {0: "batch", 2: "before"}) | dict.fromkeys(present, {0: "batch", 2: "after"})
    sets = [
        {"ids": [batch, new, WORDS], **dict.fromkeys(names, [batch, heads, before, part])}
        for batch, new, before in ((1, 1, 8), (2, 5, 30), (1, 16, 0))
    ]
    return Net(make, ["ids", *names], ["scores", *present], axes, sets)


def _recurrent(kind):
    def make():
        example = (weights.image(1, 50, 40),)
        return weights.fill(Recurrent(kind), example), example

    axes = {0: "batch", 1: "time"}
    return Net(make, ["x"], ["y"], {"x": axes, "y": axes}, [{"x": [1, 50, 40]}, {"x": [3, 20, 40]}])


def nets():
    """Name -> Net."""
    return {"bert": _bert(), "gpt": _gpt(), "lstm": _recurrent(torch.nn.LSTM), "gru": _recurrent(torch.nn.GRU)}
