"""A learner's VAE under examination: what `Model` looks at, and sampling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from einops import rearrange, repeat
from torch import Tensor

from checks.evidence import Other
from checks.exam import probe
from checks.explain import same
from checks.model import Model, numbers
from checks.noise import Draws, describe, fault_of
from checks.oracle import Weights, run, weight_shapes

IMAGES, DRAWS = 6, 150
"""How many different images are sampled, and how often each in one call."""


@dataclass
class VAEModel(Model):
    """Adds `sample_latent_vector` and what forward returns to what is looked at."""

    reconstruction: int | None = 0

    @property
    def calm(self) -> Weights:
        """Encoder weights for which mu and log sigma are about 0.5 in size, so that every exp is well within range."""
        weights = dict(self.weights["encoder"])
        x = self.images(64)
        size = run(self.as_written("encoder"), weights, x).std()
        for part in ("linear2.weight", "linear2.bias"):
            weights[part] = weights[part] / (2 * size)
        return weights

    def affine(self, largest: float) -> Weights:
        """Decoder weights for which no ReLU ever cuts while |z| ≤ `largest`: x' is then linear in z, and z can be solved for.

        Each row of a linear layer moves by at most half of its bias (its absolute sum is bounded), and the first
        transposed convolution has positive weights only.
        """
        shapes = weight_shapes(self.networks["decoder"])
        draw = {role: torch.randn(shape, generator=self.exam.generator) for role, shape in shapes.items()}

        def bounded(weight: Tensor, largest: float) -> Tensor:
            return weight / weight.abs().sum(1, keepdim=True) / largest

        return {
            "linear1.weight": bounded(draw["linear1.weight"], largest),
            "linear1.bias": torch.full(shapes["linear1.bias"], 2.0),
            "linear2.weight": bounded(draw["linear2.weight"], 3.0),
            "linear2.bias": torch.full(shapes["linear2.bias"], 2.0),
            "conv1.weight": draw["conv1.weight"].abs() * 0.05,
            "conv2.weight": draw["conv2.weight"] * 0.2,
        }

    def load(self, half: str, weights: Weights) -> None:
        """Replaces one half's weights, in the learner's model and in the oracle."""
        self.as_written(half)  # settles the order of rows before the weights change
        parts = weight_shapes(self.networks[half])
        from checks.transplant import match

        matched = match([each for each in self.made.parameters if each.name in self.reached[half]], parts)
        self.weights[half] = weights
        self.exam.ask(
            "load", "copying weights into your layers", handle=self.made.handle, values=matched.cut(weights)
        )

    def prepare(self) -> tuple[Tensor, Tensor, Tensor]:
        """Calm weights, a few images, and what the oracle's encoder says of them: (images, mu, logsigma)."""
        if not self.prepared:
            self.load("encoder", self.calm)
            self.inputs = self.images(IMAGES)
            mu, logsigma = self.oracle("encoder", self.inputs)
            self.load("decoder", self.affine(float((mu.abs() + 8 * logsigma.exp()).max())))
            self.prepared = True
        return self.inputs, *self.oracle("encoder", self.inputs)

    prepared: bool = False
    inputs: Tensor | None = None

    # Probes

    @probe
    def samples(self) -> None:
        """sample_latent_vector(x) returns (z, mu, logsigma), and z is a fresh sample of N(mu, sigma²)."""
        x, mu, logsigma = self.prepare()
        for batch_size in (3, 1):
            shape = (batch_size, self.latent)
            got = self.triple(
                "sample_latent_vector", x[:batch_size], ("z", "mu", "logsigma"), (shape,) * 3, 1
            )
            self.same_statistics("sample_latent_vector", got, mu[:batch_size], logsigma[:batch_size])
        self.samples_properly("sample_latent_vector", mu, logsigma, lambda seed: self.draw(x, seed))

    @probe
    def decodes_a_sample(self) -> None:
        """forward(x) returns (x', mu, logsigma), and x' decodes a fresh sample."""
        x, mu, logsigma = self.prepare()
        for batch_size in (3, 1):
            few = x[:batch_size]
            shapes = (tuple(few.shape), (batch_size, self.latent), (batch_size, self.latent))
            got = self.triple("forward", few, ("x'", "mu", "logsigma"), shapes, 1)
            self.same_statistics("forward", got, mu[:batch_size], logsigma[:batch_size])
        self.samples_properly("forward", mu, logsigma, lambda seed: self.draw_through_decoder(x, seed))

    @probe
    def learns_from_samples(self) -> None:
        """Gradients reach the weights of mu and of log sigma, through z as well as directly."""
        x, _, _ = self.prepare()
        z = self.gradients(x, 0)
        self.same_gradients(x, z)
        for place, name in ((1, "mu"), (2, "logsigma")):
            if not self.gradients(x, place).reached:
                self.exam.fail(
                    f"no gradient flows through the {name} that sample_latent_vector returns, so the KL term could teach nothing.",
                    cause="detached",
                    where=self.where("sample_latent_vector"),
                    likely_cause=f"a `.detach()`, `.data` or `torch.no_grad()` on {name}.",
                )

    # How

    def triple(
        self, method: str, x: Tensor, names: tuple[str, ...], shapes: tuple[tuple[int, ...], ...], seed: int
    ) -> Any:
        """The three tensors a method returns, or a failure that says what came instead."""
        value = self.call(method, x, seed=seed).value
        asked = f"({', '.join(names)})"
        if (
            isinstance(value, Tensor)
            and value.dim() > 0
            and value.shape[0] == 3
            and tuple(value.shape[1:]) == shapes[0] == shapes[1]
        ):
            value = tuple(value)
        if not isinstance(value, tuple | list) or len(value) != 3:
            cause, what = describe_return(value, names[0])
            self.exam.fail(
                f"{self.name}.{method}(x) is to return {asked}; it returned {what}.",
                cause=cause,
                where=self.where(method),
            )
        for name, each, shape in zip(names, value, shapes, strict=True):
            if not isinstance(each, Tensor) or tuple(each.shape) != shape:
                what = f"shape {tuple(each.shape)}" if isinstance(each, Tensor) else f"{each!r}"
                self.exam.fail(
                    f"{self.name}.{method}(x) is to return {asked}; its {name} has {what}, expected shape {shape}.",
                    cause="wrong-return-order" if any_order(value, shapes) else "wrong-shape",
                    likely_cause="the three stand in another order." if any_order(value, shapes) else None,
                    where=self.where(method),
                )
        return tuple(each.float() for each in value)

    def same_statistics(self, method: str, got: tuple[Tensor, ...], mu: Tensor, logsigma: Tensor) -> None:
        """The second and third of what a method returns are the encoder's mu and logsigma."""
        first, seen_mu, seen_logsigma = got
        if same(seen_mu, mu) and same(seen_logsigma, logsigma):
            return
        guesses = {
            "mean-and-logsigma-swapped": (
                same(seen_mu, logsigma) and same(seen_logsigma, mu),
                "mu and logsigma have changed places: encoder(x)[0] is mu, encoder(x)[1] is logsigma.",
            ),
            "returns-sigma": (
                same(seen_logsigma, logsigma.exp()),
                "the third is sigma; return logsigma, without exp.",
            ),
            "returns-variance": (
                same(seen_logsigma, (2 * logsigma).exp()),
                "the third is sigma²; return logsigma.",
            ),
            "wrong-return-order": (
                same(first, mu) or same(seen_logsigma, mu),
                "the three stand in another order.",
            ),
            "returns-same-twice": (same(seen_mu, seen_logsigma), "mu and logsigma are the same numbers."),
        }
        cause, text = next(((slug, text) for slug, (holds, text) in guesses.items() if holds), (None, None))
        odd, seen, expected = (
            ("mu", seen_mu, mu) if not same(seen_mu, mu) else ("logsigma", seen_logsigma, logsigma)
        )
        self.exam.fail(
            f"the {odd} that {self.name}.{method}(x) returns is not the encoder's.",
            cause=cause,
            numbers={"seen": seen.flatten()[:4].tolist(), "expected": expected.flatten()[:4].tolist()},
            came_out=f"{numbers(seen.flatten()[:4])} …",
            expected=f"{numbers(expected.flatten()[:4])} …",
            likely_cause=text,
            where=self.where(method),
        )

    def draw(self, x: Tensor, seed: int) -> Tensor:
        many = repeat(x, "image c h w -> (draw image) c h w", draw=DRAWS)
        return self.call("sample_latent_vector", many, seed=seed).value[0]

    def draw_through_decoder(self, x: Tensor, seed: int) -> Tensor:
        """The z that forward decoded, solved for from x' by least squares."""
        many = repeat(x, "image c h w -> (draw image) c h w", draw=DRAWS)
        seen = rearrange(self.call("forward", many, seed=seed).value[0], "b c h w -> b (c h w)").double()
        zero = self.decoded(torch.zeros(1, self.latent))
        columns = self.decoded(torch.eye(self.latent)) - zero  # (latent, pixels)
        z = torch.linalg.lstsq(columns.T, (seen - zero).T).solution.T
        if float((z @ columns + zero - seen).abs().max()) > 1e-3 * (1 + float(zero.abs().max())):
            self.exam.fail(
                "the reconstruction that forward returns is no decoding of a latent.",
                cause=self.behind_decoder(x),
                likely_cause="something is applied to the decoder's output, or between sampling and decoding.",
                where=self.where("forward"),
            )
        return z

    def decoded(self, z: Tensor) -> Tensor:
        return rearrange(self.oracle("decoder", z.float()), "b c h w -> b (c h w)").double()

    def behind_decoder(self, x: Tensor) -> str | None:
        """The cause, where forward with one seed is a known change of what decoding that seed's sample gives."""
        from checks.networks import ACTIVATIONS

        z = self.call("sample_latent_vector", x, seed=7).value[0]
        seen, plain = self.call("forward", x, seed=7).value[0], self.oracle("decoder", z)
        changes = {**ACTIVATIONS, "relu": torch.relu, "clamp": lambda each: each.clamp(0, 1)}
        if any(same(seen, change(plain)) for change in changes.values()):
            return "final-activation"
        if same(seen, plain * 0.3081 + 0.1307):
            return "denormalised-output"
        return "residual" if same(seen, plain + x) else None

    def samples_properly(self, method: str, mu: Tensor, logsigma: Tensor, draw) -> None:
        """Judges the z of two seeds by their statistics."""
        first, second = draw(1), draw(2)
        flat = dict(mu=mu.double(), logsigma=logsigma.double())
        draws = [
            Draws(rearrange(z.double(), "(draw image) latent -> draw image latent", image=IMAGES), **flat)
            for z in (first, second)
        ]
        both = Draws(torch.cat([each.z for each in draws]), **flat)
        fault = next((found for found in map(fault_of, (draws[0], both)) if found), None)
        cause, text = (fault.cause or None, fault.text) if fault else (None, "")
        if (not fault or cause != "no-noise") and same(first.float(), second.float()):
            cause, text, fault = (
                "noise-frozen",
                "the noise is the same at every call: draw it inside the method, and set no seed there.",
                True,
            )
        if not fault and not self.follows_seed(method):
            cause, text, fault = (
                "noise-not-torch",
                "the noise does not follow `torch.manual_seed`: use `torch.randn_like(mu)`.",
                True,
            )
        if not fault:
            return
        if method == "forward" and cause == "no-noise":
            cause, text = (
                "decodes-mean",
                "forward decodes mu itself; it is to decode a sample: call `self.sample_latent_vector(x)`.",
            )
        self.exam.fail(
            f"the z that {method} {'decodes' if method == 'forward' else 'returns'} is no sample of N(mu, sigma²), sigma = exp(logsigma).",
            cause=cause,
            tried=f"{2 * DRAWS} draws for each of {IMAGES} images, with known weights",
            came_out=describe(both),
            likely_cause=text or None,
            where=self.where(method),
        )

    def follows_seed(self, method: str) -> bool:
        one, other = (self.call(method, self.inputs, seed=1).value[0] for _ in range(2))
        return same(one, other)

    def gradients(self, x: Tensor, output: int):
        names = self.reached["encoder"]
        return self.call("sample_latent_vector", x, seed=3, trace=True, output=output, gradients_of=names)

    def same_gradients(self, x: Tensor, seen) -> None:
        """The gradient of the sum of z for every encoder weight against the oracle's, with the same noise."""
        network, weights = self.as_written("encoder"), self.weights["encoder"]
        leaves = {name: value.clone().requires_grad_() for name, value in weights.items()}
        mu, logsigma = run(network, leaves, x)
        z = self.call("sample_latent_vector", x, seed=3).value[0]
        eps = ((z - mu) / logsigma.exp()).detach()
        terms = {"": mu + logsigma.exp() * eps, "mu": logsigma.exp() * eps, "sigma": mu}
        parts = list(leaves)
        from checks.transplant import match

        matched = match(
            [each for each in self.made.parameters if each.name in self.reached["encoder"]],
            weight_shapes(self.networks["encoder"]),
        )

        def expected(detached: str) -> dict[str, Tensor]:
            gradients = torch.autograd.grad(terms[detached].sum(), list(leaves.values()), retain_graph=True)
            return matched.cut(dict(zip(parts, gradients, strict=True)))

        def agrees(detached: str) -> bool:
            wanted = expected(detached)
            return all(
                same(seen.gradients.get(name, torch.zeros_like(each)), each) for name, each in wanted.items()
            )

        if agrees(""):
            return
        text = {
            "mu": "z does not pass a gradient on to mu: nothing but sigma would learn from the reconstruction.",
            "sigma": "z does not pass a gradient on to log sigma: nothing but mu would learn from the reconstruction.",
        }
        cut_off = next((name for name in text if agrees(name)), None)
        self.exam.fail(
            "the gradient that comes back through z is not that of mu + exp(logsigma)·eps.",
            cause=f"detached-{cut_off}" if cut_off else ("detached-sample" if not seen.reached else None),
            likely_cause=text.get(
                cut_off or "",
                "z is cut off from mu and sigma: `torch.normal(mu, sigma)` or `.sample()` pass no gradient; "
                "write mu + sigma·eps (or `.rsample()`), without `.detach()` or `torch.no_grad()`."
                if not seen.reached
                else None,
            ),
            where=self.where("sample_latent_vector"),
        )


def any_order(values: Any, shapes: tuple[tuple[int, ...], ...]) -> bool:
    """Whether these are the expected shapes, differently ordered."""
    return all(isinstance(each, Tensor) for each in values) and sorted(
        tuple(each.shape) for each in values
    ) == sorted(shapes)


def describe_return(value: Any, first: str) -> tuple[str, str]:
    """The cause and the words for something that is not three things."""
    if value is None:
        return "returns-none", "None: a `return` is missing"
    if isinstance(value, Other) and value.kind == "ellipsis":
        return "left-in-place", "`...`: it still stands where the answer belongs"
    if isinstance(value, Tensor):
        return "returns-one", f"one tensor of shape {tuple(value.shape)}: perhaps {first} alone"
    if isinstance(value, tuple | list):
        return "returns-too-few" if len(value) < 3 else "returns-too-many", f"{len(value)} things"
    return "not-a-tensor", f"a {value.kind if isinstance(value, Other) else type(value).__name__}"
