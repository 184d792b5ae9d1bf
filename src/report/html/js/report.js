// The page: its colours, its sorted table, and all that is drawn.

/** What the person chose, if the browser keeps it: pages from files may not. */
function chosenTheme() {
  try {
    return localStorage.getItem("shadernets-theme");
  } catch {
    return null;
  }
}

function theme() {
  const button = document.getElementById("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  let chosen = chosenTheme();
  const isDark = () => (chosen ?? (system.matches ? "dark" : "light")) === "dark";
  const apply = () => {
    document.documentElement.style.colorScheme = chosen ?? "";
    button.textContent = isDark() ? "Light" : "Dark";
    button.setAttribute("aria-label", `change to ${isDark() ? "light" : "dark"} colours`);
    document.dispatchEvent(new Event("theme"));
  };
  button.addEventListener("click", () => {
    chosen = isDark() ? "light" : "dark";
    try {
      localStorage.setItem("shadernets-theme", chosen);
    } catch {
      // It holds until the page is closed.
    }
    apply();
  });
  system.addEventListener("change", apply);
  button.hidden = false;
  apply();
}

/** Heads of the comparison table sort it: up, down, as it was. Repetitions stay together. */
function sortable(table) {
  const body = table.tBodies[0];
  const original = [...body.rows];
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => head.querySelector("button")?.addEventListener("click", () => {
    const order = { ascending: "descending", descending: "none", none: "ascending" }[head.getAttribute("aria-sort") ?? "none"];
    heads.forEach((other) => other.setAttribute("aria-sort", other === head ? order : "none"));
    body.append(...(order === "none" ? original : sorted(original, column, order === "ascending" ? 1 : -1)));
  }));
}

function sorted(rows, column, direction) {
  const value = (row) => {
    const cell = row.cells[column];
    if (cell.dataset.value === undefined) return cell.textContent.trim();
    const number = cell.dataset.value === "" ? NaN : Number(cell.dataset.value.replace("inf", "Infinity"));
    return number;
  };
  const compare = (a, b) => {
    if (typeof a === "string") return direction * a.localeCompare(b, undefined, { numeric: true });
    // What is no number comes last in both directions.
    if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) - Number.isNaN(b);
    return direction * (a - b);
  };
  const groups = Map.groupBy(rows, (row) => row.dataset.group);
  const parts = [...groups.values()].map((group) => {
    const runs = group.filter((row) => row.dataset.kind === "run").sort((a, b) => compare(value(a), value(b)));
    const others = group.filter((row) => row.dataset.kind !== "run");
    return { key: value(others[0] ?? runs[0]), rows: [...runs, ...others] };
  });
  return parts.sort((a, b) => compare(a.key, b.key)).flatMap((part) => part.rows);
}

const data = JSON.parse(document.getElementById("data").textContent);
data.runs.forEach((run, index) => Object.assign(run, { index }));
theme();
document.querySelectorAll("table.sortable").forEach(sortable);
if (data.runs.some((run) => run.curves.epoch.length)) curves(data.runs);
confusions(data.runs);
pictures(data.runs);
