"""How far two colours look apart, to full colour vision and to three kinds of colour blindness."""

import numpy as np

# What linear RGB becomes to each kind, fully pronounced: G. M. Machado, M. M. Oliveira and L. A. F. Fernandes,
# "A physiologically-based model for simulation of color vision deficiency", doi 10.1109/TVCG.2009.113, table 1.
KINDS = {
    "full": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = TO_XYZ.sum(axis=1)  # sRGB's, D65


def light(colour: str) -> np.ndarray:
    """A colour such as "#5379fa" as linear RGB (3,)."""
    srgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def seen(colour: str, kind: str, around: str = "#000000", share: float = 0) -> np.ndarray:
    """A colour as CIELAB coordinates (3,), as that kind of vision has it.

    Of what reaches the eye from a small dot, a `share` (0 … 1) is the colour `around` it.
    """
    linear = (1 - share) * light(colour) + share * light(around)
    xyz = TO_XYZ @ np.clip(KINDS[kind] @ linear, 0, 1) / WHITE
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def difference(one: np.ndarray, other: np.ndarray) -> float:
    """CIEDE2000 between two CIELAB colours: about 1 is just noticeable side by side, 100 is black and white.

    G. Sharma, W. Wu and E. N. Dalal, "The CIEDE2000 color-difference formula", doi 10.1002/col.20070.
    """
    lightness = np.array([one[0], other[0]])
    a, b = np.array([one[1], other[1]]), np.array([one[2], other[2]])
    mean_chroma = np.hypot(a, b).mean()
    a = a * (1.5 - 0.5 * np.sqrt(mean_chroma**7 / (mean_chroma**7 + 25**7)))
    chroma, hue = np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360
    turn = (hue[1] - hue[0] + 180) % 360 - 180
    delta_hue = 2 * np.sqrt(chroma.prod()) * np.sin(np.radians(turn / 2))
    light, strong, angle = lightness.mean(), chroma.mean(), np.radians(hue[0] + turn / 2)
    t = (
        1 - 0.17 * np.cos(angle - np.radians(30)) + 0.24 * np.cos(2 * angle)
        + 0.32 * np.cos(3 * angle + np.radians(6)) - 0.2 * np.cos(4 * angle - np.radians(63))
    )  # fmt: skip
    by_lightness = np.diff(lightness)[0] / (1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2))
    by_chroma = np.diff(chroma)[0] / (1 + 0.045 * strong)
    by_hue = delta_hue / (1 + 0.015 * strong * t)
    blue = np.exp(-(((np.degrees(angle) % 360 - 275) / 25) ** 2))
    rotation = -2 * np.sqrt(strong**7 / (strong**7 + 25**7)) * np.sin(np.radians(60 * blue))
    return float(np.sqrt(by_lightness**2 + by_chroma**2 + by_hue**2 + rotation * by_chroma * by_hue))
