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

/**
 * What all layers with weights do: adds to `sums` a multiple of a column of weights for each input. Behind a ReLU half of
 * the inputs are 0, and their columns are left out.
 */
function addColumns(sums, columns, inputs, from = 0, step = 1) {
  const count = columns.length / sums.length;
  for (let k = 0; k < count; k++) {
    const factor = inputs[from + k * step];
    if (factor === 0) continue;
    for (let i = 0, at = k * sums.length; i < sums.length; i++, at++) sums[i] += factor * columns[at];
  }
}

/** The weights (outputs, inputs) of a layer by columns: those of the first input, of the second, … Turned round once. */
function columnsOf({ weight }) {
  const outputs = weight.shape[0];
  const inputs = weight.data.length / outputs;
  weight.columns ??= weight.data.map((_, at) => weight.data[(at % outputs) * inputs + Math.floor(at / outputs)]);
  return weight.columns;
}

function linear(layer, x) {
  const data = Float32Array.from(layer.bias.data);
  addColumns(data, columnsOf(layer), x.data);
  return { shape: [data.length], data };
}

/** The kernel slides along the input: at each place, what lies under it becomes one number of each channel. */
function convolution(layer, x) {
  const { weight, bias, stride, padding } = layer;
  const [channels, inputs, kernel] = weight.shape;
  const [height, width] = x.shape.slice(1).map((size) => Math.floor((size + 2 * padding - kernel) / stride) + 1);
  const data = new Float32Array(channels * height * width);
  const [patch, sums] = [new Float32Array(inputs * kernel * kernel), new Float32Array(channels)];
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      underKernel(x.shape, kernel, i * stride - padding, j * stride - padding, (k, place) => {
        patch[k] = place < 0 ? 0 : x.data[place];
      });
      if (bias) sums.set(bias.data);
      else sums.fill(0);
      addColumns(sums, columnsOf(layer), patch);
      for (let channel = 0; channel < channels; channel++) data[(channel * height + i) * width + j] = sums[channel];
    }
  }
  return { shape: [channels, height, width], data };
}

/** The kernel slides along the output: each number of the input adds a multiple of it. */
function transposedConvolution({ weight, bias, stride, padding }, x) {
  const [, channels, kernel] = weight.shape;
  const [, rows, columns] = x.shape;
  const [height, width] = [rows, columns].map((size) => (size - 1) * stride + kernel - 2 * padding);
  const data = new Float32Array(channels * height * width);
  if (bias) data.forEach((_, at) => (data[at] = bias.data[Math.floor(at / (height * width))]));
  const patch = new Float32Array(channels * kernel * kernel);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      patch.fill(0);
      addColumns(patch, weight.data, x.data, i * columns + j, rows * columns);
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
