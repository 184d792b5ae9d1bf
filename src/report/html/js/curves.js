// Cost and accuracy of all runs beside each other, and a table of their values under the crosshair.

const VALUES = [
  ["training_cost", costText],
  ["dev_cost", costText],
  ["training_accuracy", shareText],
  ["dev_accuracy", shareText],
];

function curves(runs) {
  const view = { x: "epoch", isLog: false, range: null, hidden: new Set(), at: null };
  const act = { at, zoom, step, closer };
  const charts = ["cost", "accuracy"].map((measure) => new Chart(runs, measure, view, act));
  const section = document.getElementById("curves");
  const caption = element("th", { scope: "col" });
  const reset = element("button", { type: "button", disabled: "" }, "Reset zoom");
  reset.addEventListener("click", () => zoom(null));

  section.querySelector(".controls").append(
    buttons("horizontal axis", ["Epochs", "Seconds"], 0, (index) => {
      view.x = ["epoch", "seconds"][index];
      view.at = null;
      zoom(null);
    }),
    buttons("cost axis", ["Linear cost", "Log cost"], 0, (index) => {
      view.isLog = index === 1;
      charts[0].draw();
    }),
    reset,
  );
  const figures = charts.map((chart) => element("figure", {}, element("figcaption", {}, chart.measure), chart.svg));
  section.querySelector(".charts").append(...figures);
  const rows = runs.map(row);
  section.querySelector(".values").append(element("table", {},
    element("thead", {}, element("tr", {}, caption,
      ...["train cost", "dev cost", "train accuracy", "dev accuracy"].map((name) => element("th", { scope: "col" }, name)))),
    element("tbody", {}, ...rows.map((each) => each.row))));
  if (runs.length > 1) {
    section.querySelector(".controls").append(
      command("Show all", () => runs.forEach((run) => view.hidden.delete(run.index))),
      command("Hide all", () => runs.forEach((run) => view.hidden.add(run.index))));
  }

  /** A run's name, which shows and hides its lines, and its values. */
  function row(run) {
    const button = element("button", { type: "button", class: "legend", "aria-pressed": true, title: "show or hide; double click: only this run" },
      element("span", { class: "swatch" }), run.name);
    const cells = VALUES.map(() => element("td"));
    const whole = element("tr", { class: `run-${run.index}` }, element("th", { scope: "row" }, button), ...cells);
    button.addEventListener("click", () => {
      if (!view.hidden.delete(run.index)) view.hidden.add(run.index);
      refresh();
    });
    button.addEventListener("dblclick", () => {
      runs.forEach((other) => view.hidden.add(other.index));
      view.hidden.delete(run.index);
      refresh();
    });
    for (const [begin, isBegin] of [["pointerenter", true], ["focusin", true], ["pointerleave", false], ["focusout", false]]) {
      whole.addEventListener(begin, () => highlight(isBegin ? run.index : null));
    }
    return { run, row: whole, button, cells };
  }

  function command(text, change) {
    const button = element("button", { type: "button" }, text);
    button.addEventListener("click", () => {
      change();
      refresh();
    });
    return button;
  }

  /** The lines of one run stand out, or of none. */
  function highlight(index) {
    for (const chart of charts) {
      chart.svg.classList.toggle("highlights", index !== null);
      for (const line of chart.svg.querySelectorAll("[data-run]")) {
        line.classList.toggle("stands-out", line.dataset.run === String(index));
      }
    }
  }

  function refresh() {
    for (const { run, row: whole, button } of rows) {
      const isShown = !view.hidden.has(run.index);
      button.setAttribute("aria-pressed", isShown);
      whole.classList.toggle("is-hidden", !isShown);
    }
    reset.disabled = view.range === null;
    charts.forEach((chart) => chart.draw());
    tell();
  }

  /** Moves the crosshair; on the axis of epochs to a whole one. */
  function at(value) {
    const rounded = value !== null && view.x === "epoch" ? Math.round(value) : value;
    if (rounded === view.at) return;
    view.at = rounded;
    charts.forEach((chart) => chart.point());
    tell();
  }

  function step(steps) {
    const [low, high] = view.range ?? charts[0].wholeRange();
    const size = view.x === "epoch" ? 1 : (high - low) / 100;
    const from = view.at ?? (steps < 0 ? high + size : low - size);
    at(Math.min(Math.floor(high / size) * size, Math.max(Math.ceil(low / size) * size, from + steps * size)));
  }

  /** A fifth of what is shown, about the crosshair. */
  function closer() {
    const [low, high] = view.range ?? charts[0].wholeRange();
    const middle = view.at ?? (low + high) / 2;
    zoom([Math.max(low, middle - (high - low) / 10), Math.min(high, middle + (high - low) / 10)]);
  }

  function zoom(range) {
    // Within an epoch there is nothing to see.
    const least = view.x === "epoch" ? 1 : 1e-6;
    if (range && range[1] - range[0] < least) range = [range[0] - least / 2, range[0] + least / 2];
    view.range = range;
    refresh();
  }

  function tell() {
    caption.textContent = view.at === null ? "last epoch" : `${view.x} ${tickText(view.at)}`;
    for (const { run, cells } of rows) {
      const xs = run.curves[view.x];
      const last = xs.length - 1;
      const i = view.at === null ? last : view.at > xs[last] ? -1 : lastUpTo(xs, view.at);
      VALUES.forEach(([key, text], place) => {
        const value = run.curves[key][i];
        cells[place].textContent = value === undefined ? "–" : text(value);
      });
    }
  }

  refresh();
  new ResizeObserver(() => charts.forEach((chart) => chart.draw())).observe(section.querySelector(".charts"));
}
