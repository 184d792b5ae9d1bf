// Pictures of tracked units and of samples, over the epochs.

function pictures(runs) {
  const with_pictures = runs.filter((run) => run.pictures.length);
  if (!with_pictures.length) return;
  const strips = element("div", { class: "strips" });
  let [run] = with_pictures;
  let epochs = [];

  const runChoice = choice("Run", with_pictures.map((each) => each.name), (chosen) => {
    run = with_pictures[chosen];
    offerEpochs();
  });
  const slider = epochSlider((index) => show(epochs[index]));
  document.querySelector("#pictures .controls").append(runChoice.whole, slider.whole);
  document.querySelector("#pictures").append(strips);
  offerEpochs();

  function offerEpochs() {
    const all = run.pictures.flatMap((series) => series.frames.map((frame) => frame.epoch));
    epochs = [...new Set(all)].sort((a, b) => a - b);
    slider.over(epochs);
  }

  /** Of each series the pictures as they were at an epoch. */
  function show(epoch) {
    strips.replaceChildren(...run.pictures.map((series) => {
      const place = lastUpTo(series.frames.map((frame) => frame.epoch), epoch);
      return strip(series.what, series.frames[Math.max(0, place)]);
    }));
  }

  function strip(what, frame) {
    const [low, high] = frame.range.map((value) => (value === null ? "NaN" : tickText(Number(value.toPrecision(3)))));
    const isSamples = frame.labels !== undefined;
    const notes = isSamples ? `epoch ${frame.epoch}` : `epoch ${frame.epoch}, black ${low} to white ${high}`;
    const places = Array.from({ length: frame.pictures }, (_, i) => {
      const name = isSamples ? sampleName(frame, i) : String(i);
      const canvas = element("canvas", { role: "img", "aria-label": `${what}, ${name}` });
      const isWrong = isSamples && frame.predicted !== undefined && frame.predicted[i] !== frame.labels[i];
      return { canvas, whole: element("figure", {}, canvas, element("figcaption", { class: isWrong ? "is-wrong" : "" }, name)) };
    });
    cut(frame, places.map((place) => place.canvas));
    return element("div", {},
      element("h3", {}, what, element("small", {}, notes)),
      element("div", { class: "strip" }, ...places.map((place) => place.whole)));
  }

  function sampleName({ labels, predicted }, i) {
    const name = (index) => run.classes[index] ?? "?";
    const isWrong = predicted !== undefined && predicted[i] !== labels[i];
    return isWrong ? `${name(labels[i])} → ${name(predicted[i])}` : name(labels[i]);
  }
}

/** Draws each picture of a file onto a canvas of its own. */
async function cut(frame, canvases) {
  const image = new Image();
  image.src = frame.source;
  try {
    await image.decode();
  } catch {
    return; // A damaged file leaves its places empty.
  }
  // Pictures side by side, a pixel between them.
  const width = Math.floor((image.width - frame.pictures + 1) / frame.pictures);
  canvases.forEach((canvas, i) => {
    canvas.width = width;
    canvas.height = image.height;
    canvas.getContext("2d").drawImage(image, i * (width + 1), 0, width, image.height, 0, 0, width, image.height);
  });
}
