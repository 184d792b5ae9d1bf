// Building blocks: elements, sliders, choices, texts of numbers.

const SVG = "http://www.w3.org/2000/svg";

/** An element of HTML with attributes, and with elements or texts in it. */
function element(name, attributes = {}, ...children) {
  return dressed(document.createElement(name), attributes, children);
}

/** The same of SVG. */
function drawn(name, attributes = {}, ...children) {
  return dressed(document.createElementNS(SVG, name), attributes, children);
}

function dressed(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** A drop-down list; `choose` hears the index of the chosen text. */
function choice(label, texts, choose) {
  const select = element("select", {}, ...texts.map((text) => element("option", {}, text)));
  select.addEventListener("change", () => choose(select.selectedIndex));
  return { whole: element("label", { class: "choice" }, label, " ", select), select };
}

/** Buttons of which one is pressed; `choose` hears its index. */
function buttons(label, texts, pressed, choose) {
  const all = texts.map((text, index) => {
    const button = element("button", { type: "button", "aria-pressed": index === pressed }, text);
    button.addEventListener("click", () => {
      all.forEach((other, place) => other.setAttribute("aria-pressed", place === index));
      choose(index);
    });
    return button;
  });
  return element("div", { class: "buttons", role: "group", "aria-label": label }, ...all);
}

/** A slider over epochs, at first at the last; `choose` hears the index. */
function epochSlider(choose) {
  const input = element("input", { type: "range", min: 0, step: 1, "aria-label": "epoch" });
  const text = element("output");
  let epochs = [];
  const tell = () => {
    text.textContent = epochs.length ? `epoch ${epochs[input.value]}` : "";
    input.setAttribute("aria-valuetext", text.textContent);
  };
  input.addEventListener("input", () => {
    tell();
    choose(Number(input.value));
  });
  const over = (those) => {
    epochs = those;
    input.max = Math.max(0, epochs.length - 1);
    input.value = input.max;
    input.disabled = epochs.length < 2;
    tell();
    choose(Number(input.value));
  };
  return { whole: element("label", { class: "slider" }, input, text), over };
}

function costText(cost) {
  if (cost === null) return "NaN";
  const size = Math.abs(cost);
  return size !== 0 && (size < 1e-4 || size >= 1e5) ? cost.toExponential(3) : cost.toFixed(5);
}

function shareText(share) {
  return share === null ? "NaN" : `${(100 * share).toFixed(2)}%`;
}
