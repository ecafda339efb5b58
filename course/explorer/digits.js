// Digits as pictures, and strokes of a hand as digits.

"use strict";

/** Paints an image (784 normalised pixels) on a canvas of 28 by 28. */
function paint(canvas, image, [mean, deviation]) {
  const context = canvas.getContext("2d");
  const picture = context.createImageData(28, 28);
  image.forEach((value, i) => {
    const grey = Math.round(255 * (value * deviation + mean)); // the array itself clips to 0 … 255
    picture.data.set([grey, grey, grey, 255], 4 * i);
  });
  context.putImageData(picture, 0, 0);
}

/** A canvas that holds one digit; `words` is what a screen reader says, nothing where what stands around says it. */
function pictureOf(image, words, normalisation) {
  const described = words ? { role: "img", "aria-label": words } : { "aria-hidden": "true" };
  const canvas = make("canvas", { width: 28, height: 28, className: "digit", ...described });
  paint(canvas, image, normalisation);
  return canvas;
}

/**
 * Strokes, lists of [x, y], as MNIST would show them: scaled to a box of 20 by 20 pixels, and moved so that the centre of
 * mass is the middle of 28 by 28 (Y. LeCun and others, "Gradient-based learning applied to document recognition", 1998).
 * The pen is as thick as MNIST's whatever the size of the drawing. Gives 784 normalised pixels.
 */
function asDigit(strokes, [mean, deviation]) {
  const points = strokes.flat();
  const [left, right, top, bottom] = [
    [0, Math.min],
    [0, Math.max],
    [1, Math.min],
    [1, Math.max],
  ].map(([axis, choose]) => choose(...points.map((point) => point[axis])));
  const scale = 20 / Math.max(right - left, bottom - top, 1);
  const place = ([x, y]) => [14 + (x - (left + right) / 2) * scale, 14 + (y - (top + bottom) / 2) * scale];
  const placed = strokes.map((stroke) => stroke.map(place));

  const first = inked(placed, 0, 0);
  let [mass, x, y] = [0, 0, 0];
  first.forEach((ink, i) => {
    mass += ink;
    x += ink * ((i % 28) + 0.5);
    y += ink * (Math.floor(i / 28) + 0.5);
  });
  return inked(placed, 14 - x / mass, 14 - y / mass).map((ink) => (ink - mean) / deviation);
}

/** Ink from 0 to 1 in each of 28 by 28 pixels, strokes moved by (dx, dy): drawn four times as fine, and averaged. */
function inked(strokes, dx, dy) {
  const FINE = 4;
  const canvas = Object.assign(document.createElement("canvas"), { width: 28 * FINE, height: 28 * FINE });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.scale(FINE, FINE);
  context.translate(dx, dy);
  trace(context, strokes, 2.2);
  const fine = context.getImageData(0, 0, canvas.width, canvas.height).data;
  const ink = new Float32Array(PIXELS);
  for (let i = 0; i < canvas.width * canvas.height; i++) {
    const [row, column] = [Math.floor(i / canvas.width / FINE), Math.floor((i % canvas.width) / FINE)];
    ink[row * 28 + column] += fine[4 * i + 3] / 255 / FINE ** 2;
  }
  return ink;
}

/** Draws strokes with a round pen, in the context's own colour. */
function trace(context, strokes, width) {
  Object.assign(context, { lineWidth: width, lineCap: "round", lineJoin: "round" });
  for (const stroke of strokes) {
    context.beginPath();
    context.moveTo(...stroke[0]);
    for (const point of stroke) context.lineTo(...point);
    context.stroke();
  }
}

/** Makes a canvas a drawing pad. `drawn(strokes)` is called at each stroke's end; gives { clear }. */
function makePad(canvas, drawn) {
  const context = canvas.getContext("2d");
  let strokes = [];
  const show = () => {
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.strokeStyle = "#fff";
    trace(context, strokes, canvas.width / 12);
  };
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [
      ((event.clientX - box.left) / box.width) * canvas.width,
      ((event.clientY - box.top) / box.height) * canvas.height,
    ];
  };
  let drawing = false;
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    drawing = true;
    strokes.push([place(event)]);
    show();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!drawing) return;
    strokes.at(-1).push(place(event));
    show();
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => {
      if (drawing) drawn(strokes);
      drawing = false;
    });
  }
  return {
    clear() {
      strokes = [];
      show();
    },
  };
}
