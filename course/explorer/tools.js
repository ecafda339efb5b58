// The four tools: move the point, draw a digit, walk from one digit to another, invent digits.
// Each shows its results in every side's slot, and on its map by way of `extras`.

"use strict";

const TOOLS = { move: showSliders, draw: showDrawn, walk: showWalk, invent: showInvented };

/** Takes a tool in hand; with the same one again its results are shown anew. */
function useTool(page, tool) {
  page.tool = tool;
  for (const name of Object.keys(TOOLS)) {
    const [tab, panel] = [document.getElementById(`tab-${name}`), document.getElementById(`tool-${name}`)];
    tab.setAttribute("aria-selected", name === tool);
    tab.tabIndex = name === tool ? 0 : -1;
    panel.hidden = name !== tool;
  }
  for (const side of page.sides) {
    side.extras = {};
    side.sliders = null;
    side.slot.replaceChildren();
    TOOLS[tool](page, side);
  }
  if (tool === "walk") goAlong(page);
  page.refresh();
}

function showSliders(page, side) {
  side.sliders = Array.from(side.z, (_, k) => {
    const slider = make("input", {
      type: "range",
      min: -1,
      max: 1,
      step: 0.005,
      "aria-label": `latent ${k} of the ${side.name}`,
    });
    const value = make("output", { "aria-hidden": "true" });
    slider.addEventListener("input", () => page.setLatent(k, Number(slider.value)));
    side.slot.append(make("label", { className: "latent" }, make("span", {}, `latent ${k}`), value, slider));
    return { slider, value };
  });
}

const inARow = (...children) => make("div", { className: "shots" }, ...children);
const captioned = (picture, words) => make("figure", {}, picture, make("figcaption", {}, words));

/** An image that was drawn or taken: what the encoder says of it, and what comes back. */
function showDrawn(page, side) {
  if (!page.image) return;
  const { mean, sigma } = side.model.encode(page.image);
  side.slot.append(
    inARow(
      captioned(pictureOf(page.image, "the digit as the encoder sees it", page.normalisation), "seen"),
      captioned(shot(page, side, mean, "rebuilt: ").button, "rebuilt"),
    ),
  );
  if (!sigma) {
    side.slot.append(
      make("p", {}, "A point and no cloud. What lies beside it, the decoder was never asked to draw."),
    );
    return;
  }
  const marks = Array.from({ length: 6 }, () => mean.map((value, k) => value + sigma[k] * randomNormal()));
  side.extras = { cloud: { mean, sigma }, marks };
  side.slot.append(
    make("p", {}, `A cloud: σ = ${Array.from(sigma, (value) => number(value, 2)).join(", ")}. Six draws from it:`),
    inARow(...marks.map((z) => shot(page, side, z, "from the cloud: ").button)),
  );
}

/** The straight line between two test digits, in nine steps. */
function showWalk(page, side) {
  const path = page.ends.map((index) => side.model.code(index));
  const shots = Array.from({ length: 9 }, (_, step) =>
    shot(page, side, between(path, step / 8), `step ${step + 1} of 9: `),
  );
  side.extras = { path };
  side.slot.append(
    inARow(...shots.map(({ button }) => button)),
    make("p", {}, make("b", {}, `${count(shots)} of 9`), " can be read."),
  );
}

const between = ([start, end], share) => start.map((value, k) => value + share * (end[k] - value));
const count = (shots) => shots.filter(({ sure }) => sure).length;

/** Twelve draws from N(0, I), the same ones for every model, and a tally for each. */
function showInvented(page, side) {
  if (!page.noise) return;
  const marks = page.noise.map((z) => z.slice(0, side.z.length));
  const shots = marks.map((z) => shot(page, side, z));
  const tally = (side.model.tally ??= { read: 0, of: 0 });
  if (tally.noise !== page.noise)
    Object.assign(tally, { noise: page.noise, read: tally.read + count(shots), of: tally.of + shots.length });
  side.extras = { marks };
  side.slot.append(
    inARow(...shots.map(({ button }) => button)),
    make(
      "p",
      {},
      make("b", {}, `${count(shots)} of ${shots.length}`),
      ` can be read. So far: ${tally.read} of ${tally.of}.`,
    ),
  );
}
