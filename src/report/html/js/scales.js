// From numbers to pixels, and where the marks of an axis stand.

/** A function from a domain to a range, linear or in decades. */
function scale([low, high], [from, to], isLog) {
  const place = isLog ? Math.log10 : (value) => value;
  const start = place(low);
  const factor = (to - from) / (place(high) - start || 1);
  return (value) => from + (place(value) - start) * factor;
}

/** The numbers of 1, 2 or 5 times a power of ten, about so many of them. */
function linearTicks([low, high], count) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  // Products of whole numbers and the step: sums of steps would drift.
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
}

/** Powers of ten; where there are few, 2 and 5 times them as well. */
function logTicks([low, high]) {
  const decades = Math.log10(high / low);
  const factors = decades > 4 ? [1] : [1, 2, 5];
  const every = Math.max(1, Math.ceil(decades / 8));
  const ticks = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power += 1) {
    if (power % every) continue;
    ticks.push(...factors.map((factor) => factor * 10 ** power));
  }
  const inside = ticks.filter((tick) => tick >= low && tick <= high);
  return inside.length > 1 ? inside : linearTicks([low, high], 4);
}

/** A mark's text, without the digits that only rounding made. */
function tickText(tick) {
  const size = Math.abs(tick);
  if (size !== 0 && (size < 1e-4 || size >= 1e6)) return tick.toExponential(0).replace("+", "");
  return String(Number(tick.toPrecision(6)));
}

/** The last index with a value of at most `limit` in a growing list; -1 if there is none. */
function lastUpTo(values, limit) {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] <= limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
