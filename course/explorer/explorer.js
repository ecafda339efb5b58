// The page as a whole: what one holds, and what each control does with it.

"use strict";

const $ = (id) => document.getElementById(id);

async function openPage() {
  const data = JSON.parse($("data").textContent);
  const digits = await openDigits(data.digits);
  const judge = await unpackLayers(data.judge);
  const { palette } = data;
  const { normalisation } = data.digits;
  const thumbnails = digits.holdout.map((index, digit) =>
    pictureOf(digits.image(index), `a ${digit}`, normalisation),
  );

  const page = {
    digits,
    palette,
    normalisation,
    map: data.map, // its colours
    shared: { ...data.map, digits, palette, thumbnails }, // by all maps
    sides: await Promise.all(data.panels.map((panel) => openSide(panel, digits))),
    plane: "0 1", // two latents, or "principal"
    decoded: false, // whether the maps draw the digit of every place
    tool: "move",
    image: null, // that was drawn or taken
    ends: [digits.holdout[4], digits.holdout[7]], // of a walk
    noise: null, // of the last inventions

    /** What the judge reads, in numbers, in words, and as one sign. */
    read(image) {
      const reading = read(judge, image);
      const { digit, confidence } = reading;
      const sure = confidence > data.confident;
      const words = sure
        ? `reads a ${digit}, ${percent(confidence)} sure`
        : `not sure: a ${digit}? ${percent(confidence)}`;
      return { ...reading, sure, words, sign: sure ? `${digit}` : "?" };
    },

    /** Brings every side's point to the same place of its own map, from −1 to 1 in each direction. */
    moveTo(place) {
      for (const side of page.sides) {
        const there = place.map((value) => value * side.plane.reach);
        side.z = movedTo(side.plane, side.z, there);
      }
      page.refresh();
    },

    /** Brings every side's point to a place of its own. */
    hold(placeOf) {
      for (const side of page.sides) side.z = Float32Array.from(placeOf(side));
      page.lookAround();
    },

    holdDigit: (index) => page.hold((side) => side.model.code(index)),
    toMiddle: () => page.hold((side) => side.z.map(() => 0)),

    /** Sets one latent of every side to the same share of its own reach. */
    setLatent(k, share) {
      page.hold((side) => side.z.map((value, i) => (i === k ? share * side.model.reach : value)));
    },

    /** Shows every encoder an image: the points go where it sends it. */
    take(image) {
      page.image = image;
      page.hold((side) => side.model.encode(image).mean);
      useTool(page, "draw");
    },

    /** Twelve draws from N(0, I), the same ones for every model. */
    invent() {
      const latents = Math.max(...page.sides.map((side) => side.z.length));
      page.noise = Array.from({ length: 12 }, () => Float32Array.from({ length: latents }, randomNormal));
      useTool(page, "invent");
    },

    /** Puts another model into a side. The point stays with the image in hand, or else at the same place of the map. */
    choose(side, index) {
      const shares = side.z.map((value) => value / side.model.reach);
      side.chosen = index;
      side.z =
        page.tool === "draw" && page.image
          ? side.model.encode(page.image).mean
          : shares.map((value) => value * side.model.reach);
      describeModel(side);
      page.showPlane(page.plane);
      useTool(page, page.tool);
    },

    showPlane(plane) {
      page.plane = plane;
      for (const side of page.sides) {
        const latents = plane.split(" ").map(Number);
        side.plane = plane === "principal" ? principalPlane(side.model) : planeOfLatents(side.model, ...latents);
        side.decoded = null;
      }
      page.lookAround();
    },

    /** Whether the maps draw the digit of every place, in place of the digits' marks. */
    drawPlanes(decoded) {
      page.decoded = $("decoded").checked = decoded;
      page.lookAround();
    },

    /**
     * After a change of what the maps do not show: their ground is another one now. A decoded one is decoded anew, and
     * until that is whole the old one stays.
     */
    lookAround() {
      for (const side of page.sides) {
        side.stop?.();
        Object.assign(side, { cache: {}, whole: false });
        if (!page.decoded) side.decoded = null;
        const show = (picture, whole) => {
          if (whole || !side.decoded) side.decoded = picture;
          Object.assign(side, { cache: {}, whole });
          page.refresh();
        };
        if (page.decoded) side.stop = decodePlane(side.model, side.plane, side.z, normalisation, show);
      }
      page.refresh();
    },

    /** Shows everything at the next frame, once. */
    refresh() {
      page.frame ??= requestAnimationFrame(() => {
        page.frame = null;
        for (const side of page.sides) showPoint(page, side);
        clearTimeout(page.speaking);
        page.speaking = setTimeout(() => speak(page), 700); // not at every step of a movement
      });
    },
  };

  page.autoencoder = page.sides.find((side) => side.model.kind === "autoencoder");
  page.vae = page.sides.find((side) => side.model.kind === "VAE");
  for (const side of page.sides) {
    $("panels").append(buildPanel(page, side));
    $("slots").append(side.slot);
    describeModel(side);
  }
  document.body.classList.toggle("single", page.sides.length === 1);
  introduce(page, data.source);
  for (const wire of [wireTheme, wireTabs, wireMoving, wireDrawing, wireWalking]) wire(page);
  $("invent").addEventListener("click", page.invent);
  document.querySelector("main").hidden = false;
  page.showPlane(page.plane);
  useTool(page, "move");
  openGuide(page);
  new ResizeObserver(page.refresh).observe($("panels"));
  return page;
}

/** Says to a screen reader where the points are, and what a tool found out. */
function speak(page) {
  const found = (side) => [...side.slot.querySelectorAll("p")].map((line) => line.textContent);
  $("spoken").textContent = page.sides.flatMap((side) => [side.spoken, ...found(side)]).join(" ");
}

const leastLatents = (page) => Math.min(...page.sides.map((side) => side.model.latent));

/** What the page says of itself, and the legend. */
function introduce(page, source) {
  const words = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
  const networks = page.sides.length > 1 ? "Two networks" : "A network";
  const numbers = words[leastLatents(page)] ?? leastLatents(page);
  $("what").textContent =
    `${networks} learned to squeeze a handwritten digit into ${numbers} numbers and to draw it again from these. ` +
    "Choose the numbers yourself.";
  $("source").textContent = source;
  const signs = { circle: "●", "triangle-up": "▲", x: "✖" };
  for (const [digit, { colour, symbol }] of page.palette.entries()) {
    const mark = make("i", { "aria-hidden": "true" }, signs[symbol]);
    mark.style.color = colour;
    $("legend").append(make("li", {}, mark, ` ${digit}`));
  }
  for (const [name, colour] of Object.entries(page.map)) {
    document.documentElement.style.setProperty(`--map-${name}`, colour);
  }
}

/** Light or dark as the system has it, until the button says otherwise. */
function wireTheme(page) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const set = (dark) => {
    page.theme = document.documentElement.dataset.theme = dark ? "dark" : "light";
    for (const side of page.sides) colourSide(page, side);
    $("theme").textContent = dark ? "Light" : "Dark";
  };
  set(system.matches);
  system.addEventListener("change", () => set(system.matches));
  $("theme").addEventListener("click", () => set(page.theme !== "dark"));
}

function wireTabs(page) {
  const tabs = Object.keys(TOOLS);
  for (const [index, name] of tabs.entries()) {
    $(`tab-${name}`).addEventListener("click", () => useTool(page, name));
    $(`tab-${name}`).addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = tabs.at((index + step) % tabs.length);
      useTool(page, next);
      $(`tab-${next}`).focus();
    });
  }
}

function wireMoving(page) {
  const latents = leastLatents(page);
  for (let first = 0; first < latents; first++) {
    for (let second = first + 1; second < latents; second++) {
      $("plane").append(make("option", { value: `${first} ${second}` }, `latents ${first} and ${second}`));
    }
  }
  $("plane").append(make("option", { value: "principal" }, "the two principal directions"));
  $("plane").addEventListener("change", () => page.showPlane($("plane").value));
  $("middle").addEventListener("click", page.toMiddle);
  $("decoded").addEventListener("change", () => page.drawPlanes($("decoded").checked));
}

function wireDrawing(page) {
  const pad = makePad($("pad"), (strokes) => page.take(asDigit(strokes, page.normalisation)));
  $("clear").addEventListener("click", () => {
    pad.clear();
    page.image = null;
    useTool(page, "draw");
  });
  for (let digit = 0; digit < 10; digit++) {
    const button = make("button", { type: "button", "aria-label": `take a ${digit}` }, `${digit}`);
    button.addEventListener("click", () => {
      pad.clear();
      page.take(page.digits.image(another(page, digit)));
    });
    $("take").append(button);
  }
}

function wireWalking(page) {
  const walk = (ends) => {
    page.ends = ends;
    useTool(page, "walk");
  };
  for (const [end, id] of ["from", "to"].entries()) {
    for (let digit = 0; digit < 10; digit++) $(id).append(make("option", { value: digit }, `${digit}`));
    $(id).value = page.digits.labels[page.ends[end]];
    $(id).addEventListener("change", () => walk(page.ends.with(end, another(page, Number($(id).value)))));
  }
  $("others").addEventListener("click", () => {
    walk(page.ends.map((index) => another(page, page.digits.labels[index])));
  });
  $("way").addEventListener("input", () => goAlong(page));
}

/** Brings the points to where the slider of the walk stands. */
function goAlong(page) {
  page.hold((side) => between(page.ends.map(side.model.code), Number($("way").value)));
}

/** A test digit of this kind, another one each time. */
function another(page, digit) {
  const kind = page.digits.of(digit);
  page.taken = (page.taken ?? 0) + 1;
  return kind[page.taken % kind.length];
}

window.explorer = openPage();
window.explorer.catch((error) => {
  $("trouble").hidden = false;
  $("trouble").textContent = `This page could not be opened: ${error.message}. A browser of 2023 or newer is needed.`;
  throw error;
});
