// One side of the page: a model, the point held in its space, and the panel that shows both.

"use strict";

/** A new element with properties and children; names with a dash are attributes. */
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children);
  return element;
}

/** A number with a true minus sign; what is rounded to 0 has none. */
const number = (value, places = 1) =>
  value
    .toFixed(places)
    .replace(/^-(?=.*[1-9])/, "−")
    .replace("-", "");
const percent = (share) => `${Math.round(100 * share)}\u00a0%`;

/** A side's models, opened, and its state: `z` is the point, `extras` what a tool draws on the map besides. */
async function openSide({ name, colours, choices, start }, digits) {
  const models = await Promise.all(choices.map((packed) => openModel(packed, digits)));
  return {
    name,
    colours, // in a light and a dark theme
    models,
    chosen: start,
    z: new Float32Array(models[start].latent),
    extras: {},
    cache: {}, // of the map
    get model() {
      return this.models[this.chosen];
    },
  };
}

const ASKED = {
  autoencoder: "asked to rebuild each digit",
  VAE: "asked to rebuild each digit from anywhere in a cloud, and (β) to keep all clouds near 0",
};

/** Builds the side's panel from the page's template, with its map and its choice of models. */
function buildPanel(page, side) {
  const panel = document.getElementById("panel").content.cloneNode(true).firstElementChild;
  const find = (selector) => panel.querySelector(selector);
  find("h2").textContent = side.name;
  for (const name of ["facts", "picture", "verdict", "likelihood"]) side[name] = find(`.${name}`);
  side.canvas = find(".map");
  side.map = makeMap(
    side.canvas,
    () => coordinates(side.plane, side.z).map((value) => value / side.plane.reach),
    page.moveTo,
  );

  side.bars = page.palette.map(() => make("i"));
  side.bars.forEach((bar, digit) => {
    bar.style.background = page.palette[digit].colour;
    find(".bars").append(make("span", {}, bar, make("small", {}, `${digit}`)));
  });

  side.thumbnail = pictureOf(new Float32Array(PIXELS), "", page.normalisation);
  side.nearestWords = make("span");
  find(".nearest").append(side.thumbnail, side.nearestWords);
  find(".nearest").addEventListener("click", () => page.holdDigit(side.nearest));

  side.radios = side.models.map((model, index) => {
    const radio = make("input", { type: "radio", name: `model of ${side.name}` });
    radio.addEventListener("change", () => page.choose(side, index));
    find(".choices").append(make("label", {}, radio, make("span", {}, model.label)));
    return radio;
  });
  find(".choices").hidden = side.models.length < 2;
  find(".asked").textContent = ASKED[side.model.kind];

  side.slot = make("section", { className: "slot", "aria-label": `${side.name}: results` });
  side.panel = panel;
  return panel;
}

/** Gives the side its colour in the present theme. */
function colourSide(page, side) {
  for (const part of [side.panel, side.slot]) part.style.setProperty("--colour", side.colours[page.theme]);
}

/** What does not change while one moves: which model it is, and how well it does. */
function describeModel(side) {
  const { error, kl, read } = side.model;
  side.radios[side.chosen].checked = true;
  side.facts.replaceChildren(
    ...[
      ["error", number(error, 2)],
      ...(kl === null ? [] : [["KL a latent", `${number(kl, 2)} nats`]]),
      ["inventions read", percent(read)],
    ].map(([name, value]) => make("span", {}, `${name} `, make("b", {}, value))),
  );
}

/** Shows what the model makes of the point. */
function showPoint(page, side) {
  const { model, z, plane } = side;
  const image = model.decode(z);
  const reading = page.read(image);
  paint(side.picture, image, page.normalisation);
  side.picture.setAttribute("aria-label", `What the ${side.name} draws here: ${reading.words}`);
  side.verdict.replaceChildren(make("b", {}, reading.sign), reading.words);
  side.verdict.classList.toggle("sure", reading.sure);
  side.bars.forEach((bar, digit) => (bar.style.height = `${100 * reading.probabilities[digit]}%`));
  side.likelihood.replaceChildren(make("b", {}, `log N(z; 0, I) = ${number(logNormal(z))}`), ` ${furtherOut(z)}`);

  const { index, distance } = model.nearest(z);
  if (side.nearest !== index) paint(side.thumbnail, page.digits.image(index), page.normalisation);
  side.nearest = index;
  const steps = distance / model.step < 100 ? number(distance / model.step) : "over 100";
  side.nearestWords.textContent = `nearest test digit: a ${page.digits.labels[index]}, ${steps} steps away`;

  side.sliders?.forEach(({ slider, value }, k) => {
    slider.value = z[k] / model.reach;
    value.textContent = number(z[k]);
    slider.setAttribute("aria-valuetext", number(z[k]));
  });

  const { decoded, cache, extras } = side;
  side.map.draw({ ...page.shared, ...extras, plane, z, model, colour: side.colours.dark, decoded, cache });
  const place = coordinates(plane, z).map((value, axis) => `${plane.names[axis]} ${number(value)}`);
  side.canvas.setAttribute(
    "aria-label",
    `Map of the ${side.name}'s space, the point at ${place.join(", ")}. Arrow keys move it, Home brings it to the middle.`,
  );
  side.spoken = `${side.name}, ${place.join(", ")}: ${reading.words}; nearest test digit ${steps} steps away.`;
}

/** How far out z lies, in words. */
function furtherOut(z) {
  const share = shareFurtherOut(z);
  if (share > 0.01) return `${percent(share)} of draws land further out`;
  if (share > 1e-6) return `1 draw in ${Number((1 / share).toPrecision(1)).toLocaleString("en")} lands further out`;
  return "no draw lands this far out";
}

/** What the side's model draws at z, with its reading, as a button that brings the point there: { button, sure }. */
function shot(page, side, z, before = "") {
  const image = side.model.decode(z);
  const reading = page.read(image);
  const words = `${before}${reading.words}`;
  const button = make(
    "button",
    {
      type: "button",
      className: reading.sure ? "shot sure" : "shot",
      title: words,
      "aria-label": `${words}. Go there.`,
    },
    pictureOf(image, "", page.normalisation),
    make("span", { "aria-hidden": "true" }, reading.sign),
  );
  button.addEventListener("click", () => page.hold((each) => (each === side ? z : each.z)));
  return { button, sure: reading.sure };
}
