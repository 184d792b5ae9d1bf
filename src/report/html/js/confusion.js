// Confusion matrices: two beside each other, each of a run, a partition and an epoch of its own.

/** Up to so many classes, a matrix is a table with numbers; above, a picture. */
const MOST_IN_TABLE = 30;
const MOST_CONFUSED = 8;

function confusions(runs) {
  const with_matrices = runs.filter((run) => run.confusions.length);
  if (!with_matrices.length) return;
  const all = with_matrices.flatMap((run) => run.confusions.map((series) => ({ run, series })));
  const [first] = all;
  // Beside the first: its other partition, else the next run.
  const second = all.find((other) => other !== first && other.run === first.run) ?? all.find((other) => other !== first);
  const host = document.querySelector("#confusion .panels");
  host.append(matrixPanel(with_matrices, first));
  if (second) host.append(matrixPanel(with_matrices, second));
}

function matrixPanel(runs, { run, series }) {
  const matrix = element("div", { class: "matrix" });
  const telling = element("p", { class: "telling" });
  const most = element("ol", { class: "confused" });
  let isShare = false;
  let index = 0;

  const runChoice = choice("Run", runs.map((each) => each.name), (chosen) => {
    run = runs[chosen];
    offerPartitions(series.partition);
  });
  const partitionChoice = choice("Partition", [], (chosen) => {
    series = run.confusions[chosen];
    slider.over(series.epochs);
  });
  const slider = epochSlider((chosen) => {
    index = chosen;
    show();
  });
  const unit = buttons("what cells show", ["Counts", "Shares"], 0, (chosen) => {
    isShare = chosen === 1;
    show();
  });
  const panel = element("div", { class: "panel" },
    element("div", { class: "controls" }, runChoice.whole, partitionChoice.whole, unit),
    slider.whole, matrix, telling, most);
  runChoice.select.selectedIndex = runs.indexOf(run);
  // A picture has its colours in it: it is drawn anew when the page's colours change.
  document.addEventListener("theme", show);
  offerPartitions(series.partition);
  return panel;

  function offerPartitions(wished) {
    const names = run.confusions.map((each) => each.partition);
    partitionChoice.select.replaceChildren(...names.map((name) => element("option", {}, name)));
    partitionChoice.select.selectedIndex = Math.max(0, names.indexOf(wished));
    series = run.confusions[partitionChoice.select.selectedIndex];
    slider.over(series.epochs);
  }

  function show() {
    const counted = count(series.cells[index], run.classes.length);
    const draw = run.classes.length <= MOST_IN_TABLE ? matrixTable : matrixPicture;
    matrix.replaceChildren(draw(counted, run.classes, isShare, tell));
    const total = counted.totals.reduce((sum, each) => sum + each, 0);
    const right = counted.rows.reduce((sum, row, label) => sum + row[label], 0);
    const summary = total ? `${right} of ${total} right: ${shareText(right / total)}` : "no samples";
    telling.textContent = summary;
    const wrong = confused(counted);
    most.replaceChildren(...wrong.map(([label, predicted]) => element("li", {}, words(counted, label, predicted))));

    function tell(label, predicted) {
      telling.textContent = label === undefined ? summary : words(counted, label, predicted);
    }
  }

  function words({ rows, totals }, label, predicted) {
    const times = rows[label][predicted];
    const verb = label === predicted ? "recognised" : `taken for ${run.classes[predicted]}`;
    return `${run.classes[label]} ${verb}: ${times} of ${totals[label]}${totals[label] ? ` (${shareText(times / totals[label])})` : ""}`;
  }
}

/** Rows of counts, and how many samples each class has. */
function count(cells, classes) {
  const rows = Array.from({ length: classes }, () => new Uint32Array(classes));
  for (let i = 0; i + 2 < cells.length; i += 3) {
    if (cells[i] < classes && cells[i + 1] < classes) rows[cells[i]][cells[i + 1]] = cells[i + 2];
  }
  return { rows, totals: rows.map((row) => row.reduce((sum, each) => sum + each, 0)) };
}

/** The most frequent wrong predictions. */
function confused({ rows }) {
  const wrong = rows.flatMap((row, label) => Array.from(row, (times, predicted) => [label, predicted, times]));
  return wrong
    .filter(([label, predicted, times]) => label !== predicted && times)
    .sort((a, b) => b[2] - a[2])
    .slice(0, MOST_CONFUSED);
}

/** How strong a cell's colour is, 0 to 100: small shares of errors are to be seen as well. */
function strength(times, total) {
  return total ? 100 * (times / total) ** 0.6 : 0;
}

function matrixTable({ rows, totals }, classes, isShare, tell) {
  const head = classes.map((name) => element("th", { scope: "col" }, element("span", {}, name)));
  const isNarrow = classes.every((name) => name.length <= 3);
  const body = rows.map((row, label) => {
    const cells = Array.from(row, (times, predicted) => {
      const strong = strength(times, totals[label]);
      const kind = label === predicted ? "right" : "wrong";
      const text = isShare ? `${((100 * times) / (totals[label] || 1)).toFixed(0)}%` : String(times);
      const cell = element("td", { class: strong > 60 ? `${kind} strong` : kind, style: `--strength: ${strong.toFixed(1)}%` }, times ? text : "·");
      cell.addEventListener("pointerenter", () => tell(label, predicted));
      return cell;
    });
    const share = totals[label] ? shareText(row[label] / totals[label]) : "–";
    return element("tr", {}, element("th", { scope: "row" }, classes[label]), ...cells, element("td", { class: "share" }, share));
  });
  const table = element("table", { class: isNarrow ? "narrow" : "" },
    element("thead", {}, element("tr", {}, element("th", { class: "corner" }, "true ↓ taken for →"), ...head, element("th", { scope: "col" }, "right"))),
    element("tbody", {}, ...body));
  table.addEventListener("pointerleave", () => tell());
  return table;
}

function matrixPicture({ rows, totals }, classes, isShare, tell) {
  const side = Math.max(1, Math.floor(1200 / classes.length));
  const size = side * classes.length;
  const canvas = element("canvas", { class: "heat", width: size, height: size, role: "img", "aria-label": `confusion matrix of ${classes.length} classes` });
  // Only what is in the page has colours.
  document.body.append(canvas);
  const { color: right, outlineColor: wrong } = getComputedStyle(canvas);
  const context = canvas.getContext("2d");
  rows.forEach((row, label) => row.forEach((times, predicted) => {
    if (!times) return;
    context.globalAlpha = Math.max(0.4, strength(times, totals[label]) / 100);
    context.fillStyle = label === predicted ? right : wrong;
    context.fillRect(predicted * side, label * side, side, side);
  }));
  canvas.addEventListener("pointermove", (event) => {
    const box = canvas.getBoundingClientRect();
    const cell = (place, length) => Math.min(classes.length - 1, Math.max(0, Math.floor((place / length) * classes.length)));
    tell(cell(event.clientY - box.top, box.height), cell(event.clientX - box.left, box.width));
  });
  canvas.addEventListener("pointerleave", () => tell());
  return canvas;
}
