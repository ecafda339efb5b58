// A network of a few layers, run in plain JavaScript: the same arithmetic as course/explorer/layers.py does in torch.
// A signal is { shape: [channels, height, width] or [length], data: Float32Array }.

"use strict";

const STEPS = {
  convolution,
  "transposed convolution": transposedConvolution,
  linear,
  relu: (_layer, x) => ({ shape: x.shape, data: x.data.map((value) => (value > 0 ? value : 0)) }),
  "max pool": maxPool,
  reshape: (layer, x) => ({ shape: layer.shape, data: x.data }),
};

/** What the layers make of one example. */
function run(layers, shape, data) {
  return layers.reduce((x, layer) => STEPS[layer.does](layer, x), { shape, data }).data;
}

function linear({ weight, bias }, x) {
  const [outputs, inputs] = weight.shape;
  const [weights, values] = [weight.data, x.data];
  const data = Float32Array.from(bias.data);
  for (let row = 0, at = 0; row < outputs; row++) {
    let sum = 0;
    for (let column = 0; column < inputs; column++) sum += weights[at++] * values[column];
    data[row] += sum;
  }
  return { shape: [outputs], data };
}

/** The kernel slides along the input: at each place, what lies under it becomes one number of each channel. */
function convolution({ weight, bias, stride, padding }, x) {
  const [channels, inputs, kernel] = weight.shape;
  const [height, width] = x.shape.slice(1).map((size) => Math.floor((size + 2 * padding - kernel) / stride) + 1);
  const [weights, values, data] = [weight.data, x.data, new Float32Array(channels * height * width)];
  const patch = new Float32Array(inputs * kernel * kernel);
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      underKernel(
        x.shape,
        kernel,
        i * stride - padding,
        j * stride - padding,
        (k, place) => (patch[k] = place < 0 ? 0 : values[place]),
      );
      for (let channel = 0, at = 0; channel < channels; channel++) {
        let sum = bias ? bias.data[channel] : 0;
        for (let k = 0; k < patch.length; k++) sum += weights[at++] * patch[k];
        data[(channel * height + i) * width + j] = sum;
      }
    }
  }
  return { shape: [channels, height, width], data };
}

/** The kernel slides along the output: each number of the input adds a multiple of it. */
function transposedConvolution({ weight, bias, stride, padding }, x) {
  const [inputs, channels, kernel] = weight.shape;
  const [rows, columns] = x.shape.slice(1);
  const [height, width] = [rows, columns].map((size) => (size - 1) * stride + kernel - 2 * padding);
  const [weights, values, data] = [weight.data, x.data, new Float32Array(channels * height * width)];
  if (bias)
    bias.data.forEach((value, channel) => data.fill(value, channel * height * width, (channel + 1) * height * width));
  const patch = new Float32Array(channels * kernel * kernel);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      patch.fill(0);
      for (let input = 0; input < inputs; input++) {
        const factor = values[(input * rows + i) * columns + j];
        if (factor === 0) continue; // after a ReLU, half of them are
        for (let k = 0, at = input * patch.length; k < patch.length; k++) patch[k] += factor * weights[at++];
      }
      underKernel([channels, height, width], kernel, i * stride - padding, j * stride - padding, (k, place) => {
        if (place >= 0) data[place] += patch[k];
      });
    }
  }
  return { shape: [channels, height, width], data };
}

/** Calls `visit(k, place)` for each weight k of a kernel at (top, left); `place` is −1 beside the image. */
function underKernel([channels, height, width], kernel, top, left, visit) {
  for (let channel = 0, k = 0; channel < channels; channel++) {
    for (let y = top; y < top + kernel; y++) {
      for (let x = left; x < left + kernel; x++, k++) {
        const inside = y >= 0 && y < height && x >= 0 && x < width;
        visit(k, inside ? (channel * height + y) * width + x : -1);
      }
    }
  }
}

function maxPool({ stride }, x) {
  const [channels, height, width] = x.shape;
  const [rows, columns] = [Math.floor(height / stride), Math.floor(width / stride)];
  const data = new Float32Array(channels * rows * columns).fill(-Infinity);
  for (let channel = 0; channel < channels; channel++) {
    for (let i = 0; i < rows * stride; i++) {
      for (let j = 0; j < columns * stride; j++) {
        const place = (channel * rows + Math.floor(i / stride)) * columns + Math.floor(j / stride);
        data[place] = Math.max(data[place], x.data[(channel * height + i) * width + j]);
      }
    }
  }
  return { shape: [channels, rows, columns], data };
}

// How numbers travel: see pack_numbers in layers.py.

/** The bytes of deflated base64. */
async function bytes(text) {
  const deflated = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const stream = new Blob([deflated]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).arrayBuffer();
}

/** { shape, data } with the numbers as floats. */
async function unpackNumbers({ shape, bits, data }) {
  const content = await bytes(data);
  const rows = shape.length > 1 ? shape[0] : 1;
  const scales = new Float32Array(content, 0, rows);
  const whole = new (bits <= 8 ? Int8Array : Int16Array)(content, 4 * rows);
  const perRow = whole.length / rows;
  return { shape, data: Float32Array.from(whole, (value, index) => value * scales[Math.floor(index / perRow)]) };
}

async function unpackLayers(layers) {
  return Promise.all(
    layers.map(async (layer) => ({
      ...layer,
      weight: layer.weight && (await unpackNumbers(layer.weight)),
      bias: layer.bias && (await unpackNumbers(layer.bias)),
    })),
  );
}
