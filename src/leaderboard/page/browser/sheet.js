// What is computed from a sheet: other averages, ranks, filters, order. No function here touches the page.

const UNIT = 10000;
const OPEN = /^(apache-2\.0|mit|bsd(-.*)?|cc0-1\.0|cc-by(-sa)?-[34]\.0|openrail|bigscience-.*rail.*|gpl-.*|lgpl-.*|afl-3\.0|isc|unlicense|artistic-2\.0|epl-2\.0|mpl-2\.0|ecl-2\.0|zlib|wtfpl|odc-by|pddl)$/;
const SIZES = { phone: [0, 3], gpu: [0, 8], large_gpu: [0, 34], server: [34, Infinity] };

const ownerOf = (model) => (model.includes("/") ? model.split("/")[0] : "");

/** Return `open`, `restricted` or `unknown` for a licence as a model card names it. */
function openness(licence) {
  if (!licence || licence === "unknown" || licence === "other") return licence === "other" ? "restricted" : "unknown";
  return OPEN.test(licence.toLowerCase()) ? "open" : "restricted";
}

/** Return what a raw score is above chance, in the same parts. */
const aboveChance = (raw, chance) => (raw === null ? null : (raw / UNIT - chance) / (1 - chance) * UNIT);

/** Return the weights of a reader's own average by task, or null where they ask for the ranking's own. */
function ownWeights(sheet, words, wish) {
  const isOwn = wish.native || wish.missing !== "require" || Object.values(wish.weights).some((one) => one !== 1);
  if (!isOwn) return null;
  return sheet.tasks.map((task) => {
    if (!task.share || (wish.native && !words.tasks[task.id].native)) return 0;
    return task.share * (wish.weights[task.area] ?? 1);
  });
}

/** Return each row's average by these weights: null where it has none under the policy for missing tasks. */
function ownScores(sheet, weights, missing) {
  return sheet.rows.model.map((_, row) => {
    let sum = 0, weight = 0, lacks = false;
    sheet.tasks.forEach((task, at) => {
      if (!weights[at]) return;
      const score = aboveChance(sheet.rows.raw[at][row], task.chance);
      if (score === null && missing !== "zero") { lacks = true; return; }
      sum += weights[at] * (score ?? 0);
      weight += weights[at];
    });
    return !weight || (lacks && missing === "require") ? null : sum / weight;
  });
}

/** Return ranks by score among rows that take one; equals to the last shown digit's tenth share a rank. */
function ranksOf(scores, taking) {
  const order = scores.map((_, row) => row).filter((row) => taking[row] && scores[row] !== null);
  order.sort((a, b) => scores[b] - scores[a]);
  const ranks = scores.map(() => null);
  order.forEach((row, place) => {
    const before = order[place - 1];
    ranks[row] = place && Math.abs(scores[before] - scores[row]) < 1e-6 ? ranks[before] : place + 1;
  });
  return ranks;
}

/** Return the sheet as it is shown: with a reader's own average and ranks in place of the ranking's where asked for. */
function asWished(sheet, words, wish) {
  const weights = ownWeights(sheet, words, wish);
  if (!weights) return { ...sheet, isOwn: false };
  const scores = ownScores(sheet, weights, wish.missing);
  const taking = sheet.rows.model.map((_, row) => sheet.rows.stands[row] && sheet.rows.type[row] !== "baseline");
  const nothing = scores.map(() => null);
  const rows = { ...sheet.rows, score: scores, rank: ranksOf(scores, taking), low: nothing, high: nothing, best: nothing, worst: nothing };
  return { ...sheet, rows, isOwn: true };
}

/** Return the places of the rows that pass the filters. */
function passing(sheet, wish) {
  const terms = wish.q.toLowerCase().split(";").map((one) => one.trim()).filter(Boolean);
  const [least, most] = SIZES[wish.size] ?? [0, Infinity];
  const low = Math.max(least, wish.min ?? 0), high = Math.min(most, wish.max ?? Infinity);
  const bounded = low > 0 || high < Infinity;
  const { rows } = sheet;
  return rows.model.map((_, row) => row).filter((row) => {
    const size = rows.parameters[row];
    return (wish.others || rows.stands[row])
      && (!terms.length || terms.some((term) => rows.model[row].toLowerCase().includes(term)))
      && wish.types.includes(rows.type[row])
      && (!bounded || (size !== null && size / 1e9 >= low && size / 1e9 <= high))
      && (!wish.open || openness(rows.licence[row]) === wish.open)
      && (!wish.licence || (rows.licence[row] ?? "") === wish.licence)
      && (!wish.precision || rows.precision[row] === wish.precision)
      && (!wish.owner || ownerOf(rows.model[row]) === wish.owner);
  });
}

/** Return places in the order of a column's values: what has none stands last either way, equals by name. */
function ordered(places, values, descending, names) {
  const before = (a, b) => (typeof a === "string" ? a.localeCompare(b) : a - b);
  return [...places].sort((one, other) => {
    const [a, b] = [values[one], values[other]];
    if (a === null || b === null) return (a === null) - (b === null) || names[one].localeCompare(names[other]);
    return (descending ? before(b, a) : before(a, b)) || names[one].localeCompare(names[other]);
  });
}
