# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Seeded weights for nets of torch, the same on every machine.

Torch's own generators take other paths on other CPUs, numpy's do not. Statistics of batch norms are measured, since
guessed ones let signals die out or explode in deep nets; what is measured depends on the CPU in its last bits, so it is
rounded to powers of two.
"""

import numpy as np
import torch

NORMS = (torch.nn.modules.batchnorm._BatchNorm, torch.nn.LayerNorm, torch.nn.GroupNorm)


def _fan_in(module, weight):
    """How many products one output of a layer sums."""
    if isinstance(module, (torch.nn.ConvTranspose1d, torch.nn.ConvTranspose2d)):
        return weight.shape[0] * int(np.prod(weight.shape[2:])) // int(np.prod(module.stride))
    return int(np.prod(weight.shape[1:]))


def _set(parameter, array):
    with torch.no_grad():
        parameter.copy_(torch.from_numpy(np.asarray(array, np.float32)))


def _fill_weights(net, generator):
    for module in net.modules():
        for name, parameter in module.named_parameters(recurse=False):
            draw = generator.standard_normal(tuple(parameter.shape), dtype=np.float32)
            if isinstance(module, NORMS) and name == "weight":
                _set(parameter, 1 + np.float32(0.1) * draw)
            elif isinstance(module, torch.nn.Embedding):
                _set(parameter, np.float32(0.5) * draw)
            elif parameter.dim() < 2:
                _set(parameter, np.float32(0.1) * draw)
            else:
                # A gain of 1.4 keeps the power of a signal through a Relu; layers without one are followed by a norm.
                gain = 1.4 if isinstance(module, torch.nn.modules.conv._ConvNd) else 1.0
                _set(parameter, np.float32(gain / np.sqrt(_fan_in(module, parameter))) * draw)


def _measure_norms(net, example):
    """Statistics of each batch norm on `example`, those before it rounded already: one forward pass."""

    def measure(norm, arguments):
        values = arguments[0].transpose(0, 1).flatten(1).double()
        variance = values.var(dim=1, unbiased=False).clamp(min=2.0**-20).numpy()
        spread = 2.0 ** np.round(np.log2(variance) / 2)
        _set(norm.running_var, spread**2)
        _set(norm.running_mean, np.round(values.mean(dim=1).numpy() / spread * 4) / 4 * spread)

    hooks = [m.register_forward_pre_hook(measure) for m in net.modules() if isinstance(m, NORMS[0])]
    with torch.no_grad():
        net(*example)
    for hook in hooks:
        hook.remove()


def fill(net, example, seed=0):
    """Gives `net` its weights; `example` is a tuple of arguments. Returns the net, ready to be exported."""
    net.eval()
    _fill_weights(net, np.random.default_rng(seed))
    _measure_norms(net, example)
    return net


def image(batch, *shape, seed=1):
    """A batch of noise in the place of pictures."""
    draw = np.random.default_rng(seed).standard_normal((batch, *shape), dtype=np.float32)
    return torch.from_numpy(draw)
