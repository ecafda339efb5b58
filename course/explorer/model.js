// A model on the page: its two halves, where it put the test digits, and the planes in which one can move.

"use strict";

const PIXELS = 28 * 28;

/** Opens a model as page.py packed it. `digits` is what openDigits gives, `judge` the judge's layers. */
async function openModel(packed, digits) {
  const { kind, latent } = packed;
  const [encoder, decoder, codes] = await Promise.all([
    unpackLayers(packed.encoder),
    unpackLayers(packed.decoder),
    unpackNumbers(packed.codes), // (latent, digits)
  ]);
  const places = Array.from({ length: digits.count }, (_, i) =>
    Float32Array.from({ length: latent }, (_, k) => codes.data[k * digits.count + i]),
  );
  const model = {
    ...packed,
    count: digits.count,

    /** An image (784 normalised pixels) → { mean, sigma }; sigma is null for an autoencoder. */
    encode(image) {
      const code = run(encoder, [1, 28, 28], image);
      return kind === "VAE"
        ? { mean: code.slice(0, latent), sigma: code.slice(latent).map(Math.exp) }
        : { mean: code, sigma: null };
    },

    /** A latent vector → an image (784 normalised pixels). */
    decode: (z) => run(decoder, [latent], Float32Array.from(z)),

    /** Where the encoder put a test digit: a code, or a mean. */
    code: (index) => places[index],

    /** The test digit nearest to z in all dimensions, and how far it is: { index, distance }. */
    nearest(z) {
      const squares = new Float32Array(digits.count);
      for (let k = 0; k < latent; k++) {
        for (let i = 0; i < digits.count; i++) squares[i] += (codes.data[k * digits.count + i] - z[k]) ** 2;
      }
      const index = squares.reduce((best, square, i) => (square < squares[best] ? i : best), 0);
      return { index, distance: Math.sqrt(squares[index]) };
    },
  };
  model.reach = Math.max(3, 1.05 * codes.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0));
  return model;
}

// A plane lies in the latent space: `origin` is its middle, `right` and `up` are orthogonal directions of length 1, and
// the map shows it from −reach to reach.

/** The plane of two latents, the others 0 in its middle. */
function planeOfLatents(model, first, second) {
  const unit = (k) => Float32Array.from({ length: model.latent }, (_, i) => (i === k ? 1 : 0));
  return {
    origin: new Float32Array(model.latent),
    right: unit(first),
    up: unit(second),
    reach: model.reach,
    names: [`latent ${first}`, `latent ${second}`],
  };
}

/** The plane in which the codes of the test digits vary most, about their mean. */
function principalPlane(model) {
  const plane = {
    origin: Float32Array.from(model.middle),
    right: Float32Array.from(model.directions[0]),
    up: Float32Array.from(model.directions[1]),
    names: ["first principal direction", "second"],
  };
  let most = 0;
  for (let i = 0; i < model.count; i++) most = Math.max(most, ...coordinates(plane, model.code(i)).map(Math.abs));
  return { ...plane, reach: Math.max(3, 1.05 * most) };
}

const dot = (a, b) => a.reduce((sum, value, k) => sum + value * b[k], 0);

/** Where z lies when one looks straight down on the plane: [right, up]. */
function coordinates({ origin, right, up }, z) {
  const away = z.map((value, k) => value - origin[k]);
  return [dot(away, right), dot(away, up)];
}

/** z moved along the plane until it lies at these coordinates; what the plane does not show stays as it is. */
function movedTo(plane, z, [x, y]) {
  const [oldX, oldY] = coordinates(plane, z);
  return z.map((value, k) => value + (x - oldX) * plane.right[k] + (y - oldY) * plane.up[k]);
}

// How likely is a place under N(0, I)?

const logNormal = (z) => -dot(z, z) / 2 - (z.length / 2) * Math.log(2 * Math.PI);

/**
 * The share of draws from N(0, I) that lie further out than z: P(χ² > |z|²), as many degrees of freedom as latents.
 * From the recursion Q(s + 1, x) = Q(s, x) + xˢ e⁻ˣ / Γ(s + 1), x = |z|² / 2 (Abramowitz & Stegun, 6.5.21).
 */
function shareFurtherOut(z) {
  const x = dot(z, z) / 2;
  const even = z.length % 2 === 0;
  let [share, s, term] = even
    ? [Math.exp(-x), 1, x * Math.exp(-x)]
    : [complementaryError(Math.sqrt(x)), 0.5, 2 * Math.sqrt(x / Math.PI) * Math.exp(-x)];
  for (; s < z.length / 2; s++, term *= x / s) share += term;
  return share;
}

/** erfc(x) for x ≥ 0, to 1.2e-7 of itself (W. H. Press et al., Numerical Recipes, 6.2). */
function complementaryError(x) {
  const t = 1 / (1 + x / 2);
  const coefficients = [
    -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223,
    0.17087277,
  ];
  return t * Math.exp(-x * x + coefficients.reduceRight((sum, c) => sum * t + c, 0));
}

function randomNormal() {
  const angle = 2 * Math.PI * Math.random();
  return Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(angle); // Box and Muller
}

/** What the judge reads in an image: { probabilities, digit, confidence }. */
function read(judge, image) {
  const logits = run(judge, [1, 28, 28], image);
  const highest = Math.max(...logits);
  const powers = Array.from(logits, (value) => Math.exp(value - highest));
  const total = powers.reduce((a, b) => a + b);
  const probabilities = powers.map((value) => value / total);
  const digit = probabilities.indexOf(Math.max(...probabilities));
  return { probabilities, digit, confidence: probabilities[digit] };
}

/** The test digits: { count, labels, images(index) → 784 normalised pixels, holdout, of(digit) → indices }. */
async function openDigits({ images, labels, holdout, normalisation: [mean, deviation] }) {
  const content = new Uint8Array(await bytes(images));
  const numbers = Array.from(labels, Number);
  return {
    count: numbers.length,
    labels: numbers,
    holdout,
    image: (index) =>
      Float32Array.from(
        content.subarray(index * PIXELS, (index + 1) * PIXELS),
        (byte) => (byte / 255 - mean) / deviation,
      ),
    of: (digit) => numbers.flatMap((label, index) => (label === digit ? [index] : [])),
  };
}
