// A chart of one measure of all runs: solid lines for training, dashed ones for dev.

const HEIGHT = 320;
const MARGIN = { top: 12, right: 14, bottom: 36, left: 56 };
/** Pixels from which on a drag is no click. */
const DRAG = 4;
/** With more runs than this, lines are thin. */
const CROWD = 10;

class Chart {
  /**
   * `measure` is cost or accuracy. `view` says what is shown: x (epoch or seconds), isLog, range (of x, or
   * null), hidden (indices of runs), at (x of the crosshair, or null). `act` hears `at`, `zoom` and `step`.
   */
  constructor(runs, measure, view, act) {
    Object.assign(this, { runs, measure, view, act });
    const crowded = runs.length > CROWD ? " is-crowded" : "";
    this.keys = [`training_${measure}`, `dev_${measure}`];
    this.lines = drawn("g", { "clip-path": `url(#clip-${measure})` });
    this.marks = drawn("g");
    this.axes = drawn("g", { class: "axes" });
    this.crosshair = drawn("line", { class: "crosshair", y1: MARGIN.top, y2: HEIGHT - MARGIN.bottom });
    this.dots = drawn("g");
    this.selection = drawn("rect", { class: "selection", y: MARGIN.top, height: HEIGHT - MARGIN.top - MARGIN.bottom });
    this.clip = drawn("rect", { x: MARGIN.left, y: MARGIN.top - 3, height: HEIGHT - MARGIN.top - MARGIN.bottom + 6 });
    const clip = drawn("clipPath", { id: `clip-${measure}` }, this.clip);
    this.svg = drawn("svg", { class: `chart${crowded}`, height: HEIGHT, tabindex: 0, role: "slider", "aria-label": `${measure}: place of the crosshair` },
      drawn("defs", {}, clip), this.axes, this.lines, this.marks, this.selection, this.crosshair, this.dots);
    this.listen();
  }

  get isLog() {
    return this.view.isLog && this.measure === "cost";
  }

  visible() {
    return this.runs.filter((run) => !this.view.hidden.has(run.index));
  }

  /** All x values from the first to the last of the runs that are shown. */
  wholeRange() {
    let [low, high] = [Infinity, -Infinity];
    for (const run of this.visible()) {
      const values = run.curves[this.view.x];
      if (!values.length) continue;
      low = Math.min(low, values[0]);
      high = Math.max(high, values[values.length - 1]);
    }
    if (low > high) return [0, 1];
    return low === high ? [low - 0.5, high + 0.5] : [low, high];
  }

  /** The y values within the range of x, with some room. */
  yRange([from, to]) {
    let [low, high] = [Infinity, -Infinity];
    for (const run of this.visible()) {
      const xs = run.curves[this.view.x];
      for (const key of this.keys) {
        run.curves[key].forEach((y, i) => {
          if (!this.isDrawn(y) || xs[i] < from || xs[i] > to) return;
          low = Math.min(low, y);
          high = Math.max(high, y);
        });
      }
    }
    if (low > high) return this.isLog ? [0.1, 1] : [0, 1];
    if (this.isLog) return low === high ? [low / 2, high * 2] : [low * (low / high) ** 0.04, high * (high / low) ** 0.04];
    const room = 0.05 * (high - low) || 0.05 * Math.abs(high) || 0.5;
    const bottom = low >= 0 && low < 0.35 * high ? 0 : low - room;
    return [bottom, this.measure === "accuracy" ? Math.min(1, high + room) : high + room];
  }

  isDrawn(y) {
    return y !== null && (!this.isLog || y > 0);
  }

  draw() {
    const width = this.svg.parentNode.clientWidth;
    if (!width) return;
    const bottom = HEIGHT - MARGIN.bottom;
    this.svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    this.svg.setAttribute("width", width);
    this.clip.setAttribute("width", Math.max(0, width - MARGIN.left - MARGIN.right));
    this.xs = this.view.range ?? this.wholeRange();
    const ys = this.yRange(this.xs);
    this.span = [MARGIN.left, width - MARGIN.right];
    this.x = scale(this.xs, this.span, false);
    this.y = scale(ys, [bottom, MARGIN.top], this.isLog);
    this.drawAxes(ys, width, bottom);
    this.drawLines();
    this.drawStops();
    this.point();
  }

  drawAxes(ys, width, bottom) {
    const text = this.measure === "accuracy" ? (tick) => `${tickText(100 * tick)}%` : tickText;
    const isWhole = this.view.x === "epoch";
    const rows = (this.isLog ? logTicks(ys) : linearTicks(ys, 5)).map((tick) => {
      const y = this.y(tick).toFixed(1);
      return drawn("g", {},
        drawn("line", { x1: MARGIN.left, x2: width - MARGIN.right, y1: y, y2: y }),
        drawn("text", { x: MARGIN.left - 8, y, dy: "0.32em", "text-anchor": "end" }, text(tick)));
    });
    const ticks = linearTicks(this.xs, Math.max(2, Math.min(8, width / 90)));
    const columns = ticks.filter((tick) => !isWhole || Number.isInteger(tick)).map((tick) =>
      drawn("text", { x: this.x(tick).toFixed(1), y: bottom + 18, "text-anchor": "middle" }, tickText(tick)));
    const name = drawn("text", { class: "name", x: width - MARGIN.right, y: HEIGHT - 3, "text-anchor": "end" }, this.view.x);
    this.axes.replaceChildren(...rows, ...columns, name);
  }

  drawLines() {
    const lines = [];
    for (const run of this.visible()) {
      this.keys.forEach((key, index) => {
        const path = this.path(run.curves[this.view.x], run.curves[key]);
        if (path) lines.push(drawn("path", { class: `line run-${run.index}${index ? " dev" : ""}`, d: path, "data-run": run.index }));
      });
    }
    this.lines.replaceChildren(...lines);
  }

  /** A line through the points of a run that are within the range, and one beyond on each side. */
  path(xs, ys) {
    const first = Math.max(0, lastUpTo(xs, this.xs[0]));
    const last = Math.min(ys.length - 1, lastUpTo(xs, this.xs[1]) + 1);
    let path = "";
    let isBroken = true;
    for (let i = first; i <= last; i += 1) {
      if (!this.isDrawn(ys[i])) {
        isBroken = true;
        continue;
      }
      // A step of no length makes a dot of a point that stands alone.
      path += `${isBroken ? "M" : "L"}${this.x(xs[i]).toFixed(1)} ${this.y(ys[i]).toFixed(1)}${isBroken ? "h0" : ""}`;
      isBroken = false;
    }
    return path;
  }

  /** Where early stopping would have ended the runs. */
  drawStops() {
    const marks = [];
    for (const run of this.visible()) {
      const i = run.early_stop === null ? -1 : run.curves.epoch.indexOf(run.early_stop);
      const y = (run.curves[this.keys[1]].length ? run.curves[this.keys[1]] : run.curves[this.keys[0]])[i];
      const x = run.curves[this.view.x][i];
      if (i < 0 || !this.isDrawn(y) || x < this.xs[0] || x > this.xs[1]) continue;
      marks.push(drawn("path", { class: `stop run-${run.index}`, "data-run": run.index, d: `M${this.x(x)} ${this.y(y)}m0-6l6 6l-6 6l-6-6z` },
        drawn("title", {}, `${run.name}: early stopping at epoch ${run.early_stop}`)));
    }
    this.marks.replaceChildren(...marks);
  }

  /** The crosshair, and a dot on each line that it meets. */
  point() {
    const { at } = this.view;
    const isShown = this.x && at !== null && at >= this.xs[0] && at <= this.xs[1];
    this.crosshair.style.display = isShown ? "" : "none";
    const [low, high] = this.wholeRange();
    for (const [name, value] of [["min", low], ["max", high], ["now", at ?? high]]) this.svg.setAttribute(`aria-value${name}`, value);
    this.svg.setAttribute("aria-valuetext", at === null ? "none" : `${this.view.x} ${tickText(at)}`);
    if (!isShown) return this.dots.replaceChildren();
    this.crosshair.setAttribute("x1", this.x(at));
    this.crosshair.setAttribute("x2", this.x(at));
    const dots = [];
    for (const run of this.visible()) {
      const xs = run.curves[this.view.x];
      const i = at > xs[xs.length - 1] ? -1 : lastUpTo(xs, at);
      this.keys.forEach((key, index) => {
        const y = run.curves[key][i];
        if (y === undefined || !this.isDrawn(y) || xs[i] < this.xs[0]) return;
        dots.push(drawn("circle", { class: `dot run-${run.index}${index ? " dev" : ""}`, cx: this.x(xs[i]), cy: this.y(y), r: 3.5 }));
      });
    }
    this.dots.replaceChildren(...dots);
  }

  /** The x value under the pointer. */
  under(event) {
    const [left, right] = this.span;
    const place = event.clientX - this.svg.getBoundingClientRect().left;
    const share = Math.min(1, Math.max(0, (place - left) / (right - left)));
    return this.xs[0] + share * (this.xs[1] - this.xs[0]);
  }

  listen() {
    let start = null;
    const end = () => {
      start = null;
      this.selection.style.display = "none";
    };
    end();
    this.svg.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      start = { x: event.clientX, value: this.under(event) };
      this.svg.setPointerCapture(event.pointerId);
    });
    this.svg.addEventListener("pointermove", (event) => {
      this.act.at(this.under(event));
      if (!start || Math.abs(event.clientX - start.x) < DRAG) return;
      const [low, high] = [start.value, this.under(event)].sort((a, b) => a - b);
      this.selection.style.display = "";
      this.selection.setAttribute("x", this.x(low));
      this.selection.setAttribute("width", this.x(high) - this.x(low));
    });
    this.svg.addEventListener("pointerup", (event) => {
      const isDrag = start && Math.abs(event.clientX - start.x) >= DRAG;
      if (isDrag) this.act.zoom([start.value, this.under(event)].sort((a, b) => a - b));
      end();
    });
    this.svg.addEventListener("pointercancel", end);
    this.svg.addEventListener("pointerleave", () => this.act.at(null));
    this.svg.addEventListener("blur", () => this.act.at(null));
    this.svg.addEventListener("dblclick", () => this.act.zoom(null));
    this.svg.addEventListener("keydown", (event) => {
      const steps = { ArrowLeft: -1, ArrowRight: 1, PageDown: -10, PageUp: 10, Home: -Infinity, End: Infinity };
      if (event.key in steps) this.act.step(steps[event.key]);
      else if (event.key === "Escape") this.act.zoom(null);
      else if (event.key === "+") this.act.closer();
      else return;
      event.preventDefault();
    });
  }
}
