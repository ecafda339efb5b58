// The guided stops: each a question first, then something to do, then a sentence or two.

"use strict";

// What is said depends on the sides that the page has: `autoencoder`, `vae`, or both. `needs` says where a stop makes
// sense. Line ends within a text are shown as spaces.
const STOPS = [
  {
    title: "Take hold",
    question: () =>
      `Each mark is a digit, at the numbers to which a network squeezed it. Any other numbers can be drawn as well.
      Drag the point about on a map. Guess first: will the picture jump, or flow?`,
    answer: () =>
      `It flows: the half that draws, the decoder, turns nearby numbers into similar pictures. But not every place
      gives a digit.`,
  },
  {
    title: "Go to the middle",
    question: ({ sides }) =>
      `The plainest choice: every number is 0. What do you expect ${sides.length > 1 ? "each" : "the"} network to draw
      there?`,
    act: { label: "To the middle", do: (page) => page.toMiddle() },
    answer: ({ autoencoder, vae }) => [
      autoencoder &&
        `Nobody told the autoencoder what 0 should mean: where it put the digits is its own affair, and what it draws
        here is left to chance.`,
      vae &&
        `The VAE (variational autoencoder) was asked to gather its digits around 0. So there is a digit here, or a
        blend of several.`,
    ],
  },
  {
    title: "Find a place where no digit lives",
    question: () =>
      `Look for a place among the marks whose picture is no digit. Can you find one? Then let every place be drawn at
      once.`,
    act: { label: "Draw every place", do: (page) => page.drawPlanes(true) },
    answer: ({ autoencoder, vae }) => [
      autoencoder &&
        `In the autoencoder there are many, even where the map looks crowded: the faint marks are far away, in the
        numbers that the map does not show.`,
      vae && `In the VAE, within the dashed circles, one digit shades into the next.`,
    ],
  },
  {
    title: "Invent a digit",
    question: () =>
      `Now let chance choose the numbers: from N(0, I), the bell curve around 0 that one would think of first. Of
      twelve such draws, how many will be digits? Guess, then draw.`,
    act: { label: "Draw twelve", shows: "slots", do: (page) => page.invent() },
    answer: ({ sides }) =>
      `Of a thousand such draws, the classifier can read
      ${sides.map((side) => `${percent(side.model.read)} of the ${side.name}'s`).join(" and ")}. Draw again, if you
      like.`,
  },
  {
    title: "Why is that so?",
    question: () => `Chance draws mostly from within the dashed circles. Compare them with where the marks are.`,
    act: { label: "Show the marks", do: (page) => page.drawPlanes(false) },
    answer: ({ autoencoder, vae }) => [
      autoencoder &&
        `The autoencoder's marks spread far beyond the circles and around a middle of their own. Its space is not
        empty: it has no address. Trained again, it would put them elsewhere.`,
      vae &&
        `The VAE's marks fill the circles, because its loss asks for it. So one knows where to draw without looking.`,
    ],
  },
  {
    title: "A point or a cloud",
    needs: ({ vae }) => vae,
    question: () =>
      `Draw a digit with the finger or the mouse, or take one. What do you think an encoder says of it: one place, or
      many?`,
    act: { label: "Draw a digit", shows: "tools", do: (page) => useTool(page, "draw") },
    answer: ({ autoencoder }) => [
      autoencoder && `The autoencoder says one point.`,
      `The VAE says a cloud, and its decoder has to draw your digit from anywhere in it. So it learned the places
      between the digits, too. The price: it cannot be exact, and its pictures are softer.`,
    ],
  },
  {
    title: "Let go",
    needs: ({ vae }) => vae?.models.length > 1,
    question: () =>
      `What gathers the clouds around 0 is one term of the loss, and β is its weight. What will become of the VAE when
      β is 0?`,
    act: { label: "β = 0, and draw twelve", shows: "slots", do: (page) => tryBeta(page, "0") },
    answer: ({ vae }) =>
      `Nothing holds the digits: they spread until their clouds are as good as points. It is an autoencoder again, in
      all but name, and of its inventions ${percent(vae.models[0].read)} can be read.`,
  },
  {
    title: "Pull too hard",
    needs: ({ vae }) => vae?.models.length > 1,
    question: () => `And when β is 1, ten times what it was?`,
    act: { label: "β = 1, and draw twelve", shows: "slots", do: (page) => tryBeta(page, "1") },
    answer: () =>
      `Collapse. All digits are sent to one and the same cloud, the numbers say nothing any more, and the decoder
      always draws the same: the average of all digits. Try 0.01 and 0.5, too.`,
  },
  {
    title: "In your own words",
    needs: ({ autoencoder, vae }) => autoencoder && vae,
    question: () => `What is wrong with the autoencoder's space, and what did the VAE change?`,
    act: {
      label: "Back to β = 0.1",
      needs: ({ vae }) => vae.models.length > 1,
      do: (page) => tryBeta(page, "0.1"),
    },
    answer: () =>
      `Nobody told the autoencoder where to put the digits. Its space has no known place and no known scale, so a
      random draw lands beside them. The VAE makes a cloud of each point and gathers all clouds around 0: draw there,
      and you get digits. It pays with softer pictures, and β says how much.`,
  },
];

/** A text of one part or several, of which those that do not apply are missing. */
const joined = (parts) => [parts].flat().filter(Boolean).join(" ");

const STILL = matchMedia("(prefers-reduced-motion: reduce)");

function tryBeta(page, label) {
  page.choose(
    page.vae,
    page.vae.models.findIndex((model) => model.label === label),
  );
  page.invent();
}

function openGuide(page) {
  const stops = STOPS.filter((stop) => !stop.needs || stop.needs(page));
  let [at, answered] = [0, false];

  const show = () => {
    const { title, question, act, answer } = stops[at];
    $("guide-count").textContent = `Stop ${at + 1} of ${stops.length}`;
    $("guide-title").textContent = title;
    $("guide-question").textContent = question(page);
    $("guide-answer").textContent = answered ? joined(answer(page)) : "";
    $("guide-answer").hidden = !answered;
    $("guide-act").hidden = !act || (act.needs && !act.needs(page));
    $("guide-act").textContent = act?.label ?? "";
    $("guide-reveal").hidden = answered;
    $("guide-back").disabled = at === 0;
    $("guide-next").disabled = at === stops.length - 1;
  };
  const go = (step) => {
    [at, answered] = [at + step, false];
    show();
  };

  $("guide-act").addEventListener("click", () => {
    const { act } = stops[at];
    act.do(page);
    $(act.shows ?? "panels").scrollIntoView({ block: "nearest", behavior: STILL.matches ? "auto" : "smooth" });
  });
  $("guide-reveal").addEventListener("click", () => {
    answered = true;
    show();
    $("guide-next").focus({ preventScroll: true }); // the button that was pressed is gone
  });
  $("guide-back").addEventListener("click", () => go(-1));
  $("guide-next").addEventListener("click", () => go(1));
  show();
}
