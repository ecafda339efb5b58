// What plotly's figures lack in a notebook: words for a screen reader, sliders for the keyboard, the width that there
// is. It looks after every figure of the page that was drawn by the course, whichever notebook it stands in, and reads
// from `layout.meta` what `course/figures/palette.py` wrote there. Where it does not run, a figure is as plotly draws it.
(() => {
  window.courseFigures?.stop(); // an earlier run of this script

  /** plotly.js: of the page, or of JupyterLab's and Notebook's extension, which keeps it to itself. */
  async function findPlotly() {
    if (window.Plotly) return window.Plotly;
    const module = await window._JUPYTERLAB?.["jupyterlab-plotly"]?.get("./mimeExtension");
    return module?.().RenderedPlotly?.Plotly;
  }

  function scan() {
    // JupyterLab opens a saved notebook with pictures, and draws each figure when the mouse comes.
    for (const picture of document.querySelectorAll(".jp-RenderedPlotly > img.plot-img[src]:not([data-asked])")) {
      picture.dataset.asked = "yes";
      if (!picture.parentNode.querySelector(".plot-container")) picture.dispatchEvent(new Event("mouseenter"));
    }
    for (const figure of document.querySelectorAll(".js-plotly-plot")) {
      if (figure.layout?.meta?.alt && figure.querySelector(".main-svg")) lookAfter(figure);
    }
  }

  async function lookAfter(figure) {
    const [picture, ...above] = figure.querySelectorAll(".main-svg"); // the plot, and the layers that lie over it
    picture.setAttribute("role", "img");
    picture.setAttribute("aria-label", figure.layout.meta.alt);
    above.forEach((layer) => layer.setAttribute("aria-hidden", "true"));
    if (figure.dataset.lookedAfter) return;
    figure.dataset.lookedAfter = "yes";
    const Plotly = await findPlotly();
    if (!Plotly) return;
    if (figure.layout.sliders?.length) addSlider(Plotly, figure);
    resizes.observe(figure);
    figure.fit = () => fit(Plotly, figure);
    figure.fit();
  }

  /** A slider of the browser's own in the place of plotly's, which is a drawing that takes no focus. */
  function addSlider(Plotly, figure) {
    const { steps, active, currentvalue } = figure.layout.sliders[0];
    const range = Object.assign(document.createElement("input"), { type: "range", min: 0, max: steps.length - 1, step: 1 });
    range.dataset.lmSuppressShortcuts = "true"; // else JupyterLab takes the arrow keys for its cells
    const name = document.createElement("label");
    name.append(currentvalue.prefix, range);
    const shown = document.createElement("span");
    shown.setAttribute("aria-hidden", "true"); // the slider says it itself
    const control = document.createElement("div");
    control.className = "course-slider";
    control.append(name, shown);
    const tell = () => {
      const step = steps[range.value];
      const frame = figure._transitionData?._frames.find((each) => each.name === step.args[0][0]);
      const captions = (frame?.layout?.annotations ?? []).map((each) => each.text.replaceAll("<br>", ": ").replace(/<[^>]*>/g, ""));
      shown.textContent = step.label;
      range.setAttribute("aria-valuetext", [step.label, ...captions].join(". "));
    };
    range.addEventListener("input", () => {
      tell();
      Plotly.animate(figure, ...steps[range.value].args);
    });
    range.value = active ?? 0;
    tell();
    figure.append(control);
  }

  /** Draws the figure in the width that it has, up to its own; one of squares or images keeps its shape. */
  function fit(Plotly, figure) {
    const space = figure.clientWidth;
    if (!space || !figure.layout) return; // hidden, or gone
    const { width, height, narrowest, keep_shape } = figure.layout.meta.size;
    const { l, r, t, b } = figure._fullLayout.margin;
    const drawn = Math.min(width, Math.max(space, narrowest));
    const shape = keep_shape ? (drawn - l - r) / (width - l - r) : 1;
    const wanted = { width: drawn, height: Math.round((height - t - b) * shape + t + b) };
    if (figure.layout.sliders?.length) wanted["sliders[0].visible"] = false;
    figure.querySelector(".plot-container").style.zoom = Math.min(1, space / drawn);
    if (figure.layout.width !== wanted.width || figure.layout.height !== wanted.height) Plotly.relayout(figure, wanted);
  }

  let waiting = false;
  const changes = new MutationObserver(() => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      scan();
    });
  });
  const resizes = new ResizeObserver((entries) => entries.forEach(({ target }) => target.fit?.()));

  window.courseFigures = {
    stop() {
      changes.disconnect();
      resizes.disconnect();
    },
  };
  changes.observe(document.body, { childList: true, subtree: true });
  scan();
})();
