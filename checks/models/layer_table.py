"""Layers that do not add up: the learner's beside the expected ones, and what the difference most likely means."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod

from checks.core.mistakes import Symptom
from checks.models.evidence import Parameter
from checks.models.network import Shape
from checks.models.reference import Images
from checks.models.weights import Match


def count(shapes: list[Shape]) -> int:
    """How many numbers tensors of these shapes hold."""
    return sum(prod(shape) for shape in shapes)


@dataclass
class Difference:
    """What is left over on both sides once everything that fits is paired.

    `shared` are second names of weights, `borrowed` weights that both halves use, `plain_tensors` attributes that look like
    a missing part.
    """

    extra: list[Parameter]
    missing: dict[str, Shape]
    latent: int
    hidden: int
    made_for: Images
    shared: list[str] = field(default_factory=list)
    borrowed: list[str] = field(default_factory=list)
    plain_tensors: list[str] = field(default_factory=list)

    def extra_shapes(self, dimensions: int) -> list[Shape]:
        return [each.shape for each in self.extra if len(each.shape) == dimensions]

    def missing_shapes(self, dimensions: int) -> list[Shape]:
        return [shape for shape in self.missing.values() if len(shape) == dimensions]

    def missing_part(self, half: str, part: str) -> bool:
        return f"{half}.{part}" in self.missing


def has_batch_norm(d: Difference) -> bool:
    kinds = ("BatchNorm", "LayerNorm", "GroupNorm", "InstanceNorm", "RMSNorm")
    return any(kind in each.layer for each in d.extra for kind in kinds)


def of_kind(d: Difference, kind: str) -> bool:
    """Whether all that is left over belongs to layers of this kind."""
    return bool(d.extra) and not d.missing and all(kind in each.layer for each in d.extra)


def has_conv_bias(d: Difference) -> bool:
    """One number for each channel, of a layer of its own where that is but one number."""
    biases = {(channels,) for channels in d.made_for.channels}
    fits = all(each.shape in biases and (each.shape != (1,) or "Conv" in each.layer) for each in d.extra)
    return bool(d.extra) and not d.missing and fits


def other_kernel(d: Difference) -> bool:
    return any(a[:2] == b[:2] and a[2:] != b[2:] for a in d.extra_shapes(4) for b in d.missing_shapes(4))


def other_channels(d: Difference) -> bool:
    return any(a[2:] == b[2:] for a in d.extra_shapes(4) for b in d.missing_shapes(4))


def last_encoder_layer(d: Difference) -> Shape | None:
    return d.missing.get("encoder.linear2.weight")


def heads_not_doubled(d: Difference) -> bool:
    last = last_encoder_layer(d)
    return last == (2 * d.latent, d.hidden) and (d.latent, d.hidden) in d.extra_shapes(2)


def heads_doubled(d: Difference) -> bool:
    return last_encoder_layer(d) == (d.latent, d.hidden) and (2 * d.latent, d.hidden) in d.extra_shapes(2)


def decoder_takes_both(d: Difference) -> bool:
    return (d.hidden, 2 * d.latent) in d.extra_shapes(2) and d.missing_part("decoder", "linear1.weight")


def swapped_sizes(d: Difference) -> bool:
    flat = d.made_for.flat
    return (d.latent, flat) in d.extra_shapes(2) or (flat, d.latent) in d.extra_shapes(2)


def fixed_sizes(d: Difference) -> bool:
    """Whether a linear layer is as asked, but for a number in place of the latent or hidden size that is not reckoned
    from these."""
    reckoned = {size * n for size in (d.latent, d.hidden) for n in range(1, 5)}
    reckoned |= {size // n for size in (d.latent, d.hidden) for n in range(1, 5)}
    sizes = {d.latent, 2 * d.latent, d.hidden}

    def written_out(seen: Shape, asked: Shape) -> bool:
        return any(
            mine not in reckoned and right in sizes and other == expected
            for mine, right, other, expected in (
                (seen[0], asked[0], seen[1], asked[1]),
                (seen[1], asked[1], seen[0], asked[0]),
            )
        )

    pairs = [(seen, asked) for seen in d.extra_shapes(2) for asked in d.missing_shapes(2)]
    return any(written_out(*each) for each in pairs) and not d.missing_shapes(4)


SYMPTOMS = (
    Symptom(
        "plain-tensor",
        "a weight is a plain tensor, which torch does not train: wrap it in `nn.Parameter(…)`.",
        lambda d: bool(d.plain_tensors),
    ),
    Symptom(
        "tied-weights",
        "two layers share one weight; each layer here has its own.",
        lambda d: bool(d.shared) and not d.extra,
    ),
    Symptom(
        "tied-weights",
        "the decoder uses weights of the encoder's (transposed, perhaps: tied weights) where it is to have weights of its own.",
        lambda d: bool(d.borrowed),
    ),
    Symptom(
        "batch-norm",
        "there are normalising layers (BatchNorm, LayerNorm and the like) in it; the exercise asks for none.",
        has_batch_norm,
    ),
    Symptom(
        "wrong-activation",
        "a PReLU has a slope that is learned; plain ReLUs are asked, and none behind the last layers.",
        lambda d: of_kind(d, "PReLU"),
    ),
    Symptom(
        "weight-norm",
        "a layer's weight is taken apart (`weight_norm`, `spectral_norm`); plain layers are asked.",
        lambda d: any("Parametri" in each.layer for each in d.extra),
    ),
    Symptom(
        "conv-bias",
        "the convolutions have a bias. Here neither the plain nor the transposed ones have one: use the course's "
        "`Conv2d` and `ConvTranspose2d`, or torch's with `bias=False`.",
        has_conv_bias,
    ),
    Symptom(
        "linear-without-bias",
        "a linear layer has no bias; every linear layer here has one.",
        lambda d: not d.extra and all(len(shape) == 1 for shape in d.missing.values()),
    ),
    Symptom(
        "no-layers",
        "there are no layers that torch can see: assign them to `self.encoder` and `self.decoder` in `__init__`.",
        lambda d: not d.extra and {"encoder.linear1.weight", "decoder.linear1.weight"} <= d.missing.keys(),
    ),
    Symptom(
        "missing-half",
        "the decoder is missing.",
        lambda d: all(d.missing_part("decoder", part) for part in ("linear1.weight", "conv1.weight")) and not d.extra,
    ),
    Symptom(
        "missing-convolution",
        "a convolution is missing.",
        lambda d: bool(d.missing_shapes(4)) and not d.extra_shapes(4),
    ),
    Symptom(
        "extra-convolution",
        "there is a convolution too many.",
        lambda d: bool(d.extra_shapes(4)) and bool(d.missing) and not d.missing_shapes(4),
    ),
    Symptom(
        "missing-linear",
        "a linear layer is missing: each half has two, with the hidden layer between them.",
        lambda d: len(d.missing_shapes(2)) > len(d.extra_shapes(2)),
    ),
    Symptom("sizes-swapped", "latent and hidden size have changed places.", swapped_sizes),
    Symptom(
        "latents-not-doubled",
        "the encoder's last layer gives one number per latent; a VAE needs two, a mean and a log sigma.",
        heads_not_doubled,
    ),
    Symptom(
        "latents-doubled", "the encoder's last layer gives two numbers per latent; this model needs one.", heads_doubled
    ),
    Symptom(
        "decoder-takes-both",
        "the decoder takes 2·latent numbers; it gets one sampled latent, of `latent_dim_size` numbers.",
        decoder_takes_both,
    ),
    Symptom("wrong-kernel", "a convolution's kernel has another size than 4.", other_kernel),
    Symptom(
        "hard-coded-sizes",
        "a layer's size is written as a fixed number: use `latent_dim_size` and `hidden_dim_size`.",
        fixed_sizes,
    ),
    Symptom("wrong-channels", "a convolution has other channels than the exercise asks for.", other_channels),
    Symptom("wrong-linear", "a linear layer has other sizes than asked.", lambda d: bool(d.missing_shapes(2))),
    Symptom(
        "extra-layers", "there are more layers with weights than asked.", lambda d: bool(d.extra) and not d.missing
    ),
)


def table(parameters: list[Parameter], expected: dict[str, Shape], matched: Match) -> str:
    """The learner's parameters, and those that are missing, in the order of the expected ones; odd rows carry an arrow.

    A parameter that fits nowhere stands in the place of the first missing part of as many dimensions. The table is
    narrow enough for a notebook beside an editor.
    """
    meant = likely_meant(matched)
    order = {part: number for number, part in enumerate(expected)}
    rows, place = [], 0.0
    for parameter in parameters:
        known, _ = matched.views.get(parameter.name, ("", None))
        part = known or meant.get(parameter.name, "")
        place = order.get(part, place)
        remark = "" if known else f"← expected {expected[part]}" if part else "← not expected"
        rows.append((place, parameter.name, str(parameter.shape), remark))
    missing = [part for part in matched.missing if part not in meant.values()]
    rows += [(order[part], part, str(expected[part]), "← missing") for part in missing]
    cells = [row[1:] for row in sorted(rows, key=lambda row: row[0])]
    names, shapes = (max((len(row[column]) for row in cells), default=0) for column in range(2))
    lines = [f"{name:{names}}  {shape:{shapes}}  {remark}".rstrip() for name, shape, remark in cells]
    mine, asked = count([each.shape for each in parameters]), count(list(expected.values()))
    return "\n".join(lines) + f"\n{mine:,} numbers, expected {asked:,}"


def likely_meant(matched: Match) -> dict[str, str]:
    """For parameters that fit nowhere, the missing part of the same half and as many dimensions."""
    meant, left = {}, dict(matched.missing)
    for parameter in matched.extra:
        half = parameter.name.partition(".")[0]
        for part, shape in left.items():
            if part.startswith(f"{half}.") and len(shape) == len(parameter.shape):
                meant[parameter.name] = part
                del left[part]
                break
    return meant
