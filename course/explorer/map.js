// The map of a latent space: a plane, the test digits in it, and the point one holds.

"use strict";

const CELLS = 15; // of the decoded plane, in each direction

/**
 * Makes a canvas a map. While the point is dragged or moved by keys, `moved` is called with its new place, from −1 to
 * 1 in each direction, right and up; `where` gives the present one. Gives { draw(scene) }.
 */
function makeMap(canvas, where, moved) {
  const clip = (value) => Math.max(-1, Math.min(1, value));
  const move = (place) => moved(place.map(clip));

  const follow = (event) => {
    const box = canvas.getBoundingClientRect();
    move([((event.clientX - box.left) / box.width) * 2 - 1, 1 - ((event.clientY - box.top) / box.height) * 2]);
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    follow(event);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (canvas.hasPointerCapture(event.pointerId)) follow(event);
  });

  const STEPS_BY_KEY = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };
  canvas.addEventListener("keydown", (event) => {
    const step = STEPS_BY_KEY[event.key];
    if (!step && event.key !== "Home") return;
    event.preventDefault();
    const size = event.shiftKey ? 0.2 : 0.02;
    move(step ? where().map((value, axis) => value + size * step[axis]) : [0, 0]);
  });

  let size = 0; // in pixels; asked for when it changes, since to ask at every move would lay out the page at every move
  const measure = () => (size = Math.round(canvas.clientWidth * devicePixelRatio));
  new ResizeObserver(measure).observe(canvas);

  return {
    draw(scene) {
      if (!size) measure();
      if (canvas.width !== size) canvas.width = canvas.height = size;
      drawScene(canvas.getContext("2d"), lens(scene.plane, size), scene);
    },
  };
}

/** How a plane is seen on a canvas of `size` pixels: `pixel` is a thin line, `unit` a length of 1 in the plane. */
function lens(plane, size) {
  const [pixel, unit] = [Math.max(0.65 * devicePixelRatio, size / 420), size / 2 / plane.reach];
  const at = (latent) => {
    const [x, y] = coordinates(plane, latent);
    return [size / 2 + x * unit, size / 2 - y * unit];
  };
  return { plane, size, pixel, unit, at };
}

/**
 * A scene holds the `plane`, `z` (the point), `model`, `digits`, `palette`, `colour` (the side's), `ink`, `paper`
 * and `faint`, and where there are some: `decoded` (a canvas), `cloud` ({ mean, sigma }), `marks`
 * (latents), `path` (two latents). What does not move with the point is drawn once, and kept in `cache` until that is
 * emptied.
 */
function drawScene(context, view, scene) {
  const { cache, z, colour } = scene;
  if (cache.ground?.width !== view.size) cache.ground = drawGround(view, scene);
  context.drawImage(cache.ground, 0, 0);
  if (scene.path) {
    context.strokeStyle = scene.ink;
    trace(context, [scene.path.map(view.at)], 2 * view.pixel);
  }
  if (scene.cloud) drawCloud(context, view, scene);
  for (const mark of scene.marks ?? [])
    disc(context, view.at(mark), 4 * view.pixel, colour, "#fff", 1.5 * view.pixel);
  disc(context, view.at(z), 7 * view.pixel, colour, "#fff", 2.5 * view.pixel);
  disc(context, view.at(z), 8.5 * view.pixel, "transparent", scene.ink, view.pixel);
}

/** The plane itself: its test digits, or what is decoded at every place; its axes; and where N(0, I) draws from. */
function drawGround(view, scene) {
  const canvas = Object.assign(document.createElement("canvas"), { width: view.size, height: view.size });
  const context = canvas.getContext("2d");
  context.fillStyle = scene.paper;
  context.fillRect(0, 0, view.size, view.size);
  if (scene.decoded) context.drawImage(scene.decoded, 0, 0, view.size, view.size);
  drawAxes(context, view, scene);
  if (!scene.decoded) drawDigits(context, view, scene);
  drawPrior(context, view, scene);
  return canvas;
}

function drawAxes(context, { plane, size, pixel, unit }, { ink, faint, decoded }) {
  const step = [1, 2, 5, 10, 20, 50, 100, 200].find((each) => each * unit > size / 8) ?? plane.reach / 4;
  const room = 24 * pixel;
  context.font = `${Math.round(Math.max(9.5 * devicePixelRatio, 12 * pixel))}px system-ui, sans-serif`;
  context.lineWidth = pixel;
  context.strokeStyle = faint;
  const write = (text, x, y, align) => {
    context.textAlign = align;
    context.fillStyle = ink;
    context.fillText(text, x, y);
  };
  for (let value = -Math.floor(plane.reach / step) * step; value <= plane.reach; value += step) {
    const [right, up] = [size / 2 + value * unit, size / 2 - value * unit];
    context.globalAlpha = value === 0 ? 1 : 0.45;
    context.beginPath();
    for (const [x, y, dx, dy] of [
      [right, 0, 0, size],
      [0, up, size, 0],
    ]) {
      context.moveTo(x, y);
      context.lineTo(x + dx, y + dy);
    }
    if (!decoded) context.stroke();
    context.globalAlpha = 1;
    if (right < room || right > size - room) continue;
    write(number(value, 0), right, size - 5 * pixel, "center");
    if (value) write(number(value, 0), 4 * pixel, up + 4 * pixel, "left");
  }
  write(`${plane.names[0]} →`, size - 5 * pixel, size - 20 * pixel, "right");
  write(`↑ ${plane.names[1]}`, 5 * pixel, 14 * pixel, "left");
}

/** The test digits in their colours: the fainter, the further they are from the plane through z. */
function drawDigits(context, { plane, pixel, at }, { z, model, digits, palette, thumbnails }) {
  const [right, up] = coordinates(plane, z);
  for (let i = 0; i < digits.count; i++) {
    const code = model.code(i);
    const [x, y] = coordinates(plane, code);
    const square = code.reduce((sum, value, k) => sum + (value - z[k]) ** 2, 0) - (x - right) ** 2 - (y - up) ** 2;
    context.globalAlpha = 0.25 + 0.75 * Math.exp(-Math.max(0, square) / 2 / (2 * model.step) ** 2);
    drawSymbol(context, palette[digits.labels[i]], at(code), 2.8 * pixel);
  }
  context.globalAlpha = 1;
  const side = 17 * pixel;
  digits.holdout.forEach((index, digit) => {
    const [x, y] = at(model.code(index));
    context.fillStyle = palette[digit].colour;
    context.fillRect(x - side / 2 - 1.5 * pixel, y - side / 2 - 1.5 * pixel, side + 3 * pixel, side + 3 * pixel);
    context.drawImage(thumbnails[digit], x - side / 2, y - side / 2, side, side);
  });
}

/** Circles about the place 0, one and two standard deviations of N(0, I) away: where it draws from. */
function drawPrior(context, { pixel, unit, at }, { model, ink }) {
  context.setLineDash([5 * pixel, 4 * pixel]);
  for (const deviations of [1, 2]) {
    disc(context, at(new Float32Array(model.latent)), deviations * unit, "transparent", ink, 1.5 * pixel);
  }
  context.setLineDash([]);
}

/** One and two standard deviations of a digit's cloud, as the plane shows them. */
function drawCloud(context, { plane, pixel, unit, at }, { cloud, colour }) {
  const along = (a, b) => cloud.sigma.reduce((sum, value, k) => sum + value ** 2 * a[k] * b[k], 0);
  const [xx, xy, yy] = [along(plane.right, plane.right), along(plane.right, plane.up), along(plane.up, plane.up)];
  const [middle, spread] = [(xx + yy) / 2, Math.hypot((xx - yy) / 2, xy)];
  context.fillStyle = context.strokeStyle = colour;
  context.lineWidth = 1.5 * pixel;
  for (const deviations of [1, 2]) {
    const [long, short] = [middle + spread, middle - spread].map(
      (value) => deviations * unit * Math.sqrt(Math.max(0, value)),
    );
    context.beginPath();
    context.ellipse(...at(cloud.mean), long, short, -Math.atan2(2 * xy, xx - yy) / 2, 0, 2 * Math.PI);
    context.globalAlpha = 0.22;
    context.fill();
    context.globalAlpha = 1;
    context.stroke();
  }
}

/** One digit's mark: a circle, a triangle or a cross in its colour. */
function drawSymbol(context, { colour, symbol }, [x, y], radius) {
  context.fillStyle = context.strokeStyle = colour;
  context.beginPath();
  if (symbol === "x") {
    context.lineWidth = 0.7 * radius;
    context.moveTo(x - radius, y - radius);
    context.lineTo(x + radius, y + radius);
    context.moveTo(x - radius, y + radius);
    context.lineTo(x + radius, y - radius);
    context.stroke();
    return;
  }
  if (symbol === "circle") context.arc(x, y, radius, 0, 2 * Math.PI);
  else {
    context.moveTo(x, y - 1.25 * radius);
    context.lineTo(x + 1.15 * radius, y + 0.8 * radius);
    context.lineTo(x - 1.15 * radius, y + 0.8 * radius);
  }
  context.fill();
}

function disc(context, [x, y], radius, fill, edge, width) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fillStyle = fill;
  context.fill();
  context.strokeStyle = edge;
  context.lineWidth = width;
  context.stroke();
}

/**
 * Decodes the plane through z on a grid of CELLS by CELLS, some milliseconds a frame, and hands over the picture, a
 * canvas, and whether it is whole, after each frame. Gives a function that stops it.
 */
function decodePlane(model, plane, z, normalisation, shown) {
  const canvas = Object.assign(document.createElement("canvas"), { width: 28 * CELLS, height: 28 * CELLS });
  const [whole, cell] = [canvas.getContext("2d"), pictureOf(new Float32Array(PIXELS), "", normalisation)];
  whole.fillRect(0, 0, canvas.width, canvas.height);
  const place = (index) => ((2 * index + 1) / CELLS - 1) * plane.reach;
  let [next, stopped] = [0, false];
  const work = () => {
    const start = performance.now();
    while (!stopped && next < CELLS ** 2 && performance.now() - start < 12) {
      const [row, column] = [Math.floor(next / CELLS), next % CELLS];
      paint(cell, model.decode(movedTo(plane, z, [place(column), place(CELLS - 1 - row)])), normalisation);
      whole.drawImage(cell, 28 * column, 28 * row);
      next++;
    }
    if (stopped) return;
    shown(canvas, next === CELLS ** 2);
    if (next < CELLS ** 2) requestAnimationFrame(work);
  };
  work();
  return () => (stopped = true);
}
