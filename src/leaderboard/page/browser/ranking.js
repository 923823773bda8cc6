// The ranking tab: the form's fields, the sheet they ask for, and the table that shows it.

/** Return the function that writes numbers with the page's decimal mark: browsers know no form of Basque's. */
function numberForm(mark, digits) {
  const apart = mark === "," ? "." : ",";
  return (value) => {
    const [whole, rest] = Math.abs(value).toFixed(digits).split(".");
    const grouped = whole.length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, apart) : whole;
    const shown = rest ? `${grouped}${mark}${rest}` : grouped;
    return value < 0 && Number(value.toFixed(digits)) ? `\u2212${shown}` : shown;
  };
}

class Ranking {
  constructor(words, form) {
    this.words = words;
    this.form = form;
    this.say = (key, values = {}) => Object.entries(values).reduce((text, [name, one]) => text.replaceAll(`{${name}}`, one), words.texts[key]);
    this.one = numberForm(words.decimal_mark, 1);
    this.points = (parts) => (parts === null ? "" : this.one(parts / UNIT * 100));
    this.sheets = new Map(); // view -> the promise of its sheet
    this.table = new Table(byId("ranking-table"), (key) => this.sortBy(key));
    this.initial = this.fields();
    form.addEventListener("input", () => this.changed());
    form.addEventListener("submit", (event) => event.preventDefault());
    byId("reset-controls").addEventListener("click", () => go(new URLSearchParams(), { push: true }));
    byId("download").addEventListener("click", () => this.download());
    whenShown.set("ranking", () => this.followAddress());
  }

  /** Return the form's fields as parameters, several values of one name in one. */
  fields() {
    const names = new Set([...this.form.elements].map((field) => field.name).filter(Boolean));
    const found = new Map([...names].map((name) => [name, []]));
    for (const [name, value] of new FormData(this.form)) found.get(name).push(String(value).trim());
    return new Map([...found].map(([name, values]) => [name, values.join(",")]));
  }

  /** Return what in the form is otherwise than at first, with the order of rows. */
  query() {
    const query = new URLSearchParams();
    for (const [name, value] of this.fields()) if (value !== this.initial.get(name)) query.set(name, value);
    const sort = this.sort;
    if (sort && !(sort.key === "rank" && !sort.descending)) query.set("sort", (sort.descending ? "-" : "") + sort.key);
    return query;
  }

  /** Put what the address asks for into the form; what it does not name is as at first. */
  followAddress() {
    const query = address();
    for (const field of this.form.elements) {
      if (!field.name) continue;
      const value = query.get(field.name) ?? this.initial.get(field.name) ?? "";
      if (field.type === "checkbox" || field.type === "radio") field.checked = value.split(",").includes(field.value);
      else {
        if (field.tagName === "SELECT" && ![...field.options].some((one) => one.value === value)) field.add(new Option(value, value));
        field.value = value;
      }
    }
    if (!this.form.querySelector("[name=view]:checked")) this.form.querySelector("[name=view]")?.click();
    const sort = query.get("sort") || "rank";
    this.sort = { key: sort.replace(/^-/, ""), descending: sort.startsWith("-") };
    this.draw();
  }

  changed() {
    write(this.query(), { push: false });
    this.draw();
  }

  sortBy(key) {
    const numeric = this.columns.find((one) => one.key === key)?.numeric && key !== "rank";
    this.sort = { key, descending: this.sort.key === key ? !this.sort.descending : Boolean(numeric) };
    this.changed();
  }

  wish() {
    const value = (name) => this.form.elements[name]?.value ?? "";
    const number = (name) => (value(name) === "" ? null : Number(value(name)));
    const checked = (name) => [...this.form.querySelectorAll(`[name="${name}"]:checked`)].map((one) => one.value);
    const weights = [...this.form.querySelectorAll("[data-area]")].map((one) => [one.dataset.area, Math.max(0, Number(one.value) || 0)]);
    return {
      view: checked("view")[0] ?? "", q: value("q"), size: value("size"), min: number("min"), max: number("max"), open: value("open"),
      licence: value("licence"), precision: value("precision"), owner: value("owner"), types: checked("type"), others: checked("others").length > 0,
      columns: checked("col"), scale: checked("scale")[0], weights: Object.fromEntries(weights), missing: value("missing"), native: checked("native").length > 0,
    };
  }

  /** Return the sheet of a view: asked for once, until the board is renewed. */
  sheet(view) {
    if (!this.sheets.has(view)) {
      const asked = ask("ranking", [view]);
      asked.catch(() => this.sheets.delete(view));
      this.sheets.set(view, asked);
    }
    return this.sheets.get(view);
  }

  renew() {
    this.sheets.clear();
    this.draw();
    byId("show-ranking")?.click();
  }

  edition() {
    return this.shown?.edition ?? "";
  }

  async draw() {
    const wish = this.wish();
    const turn = this.turn = (this.turn ?? 0) + 1;
    let sheet;
    try {
      sheet = await this.sheet(wish.view);
    } catch {
      this.tell(this.say("failed"));
      setTimeout(() => turn === this.turn && this.draw(), 3000);
      return;
    }
    if (turn !== this.turn) return; // the reader has asked for something else meanwhile
    if (!sheet.edition) { // the server has only just started, and has read nothing yet
      this.sheets.clear();
      setTimeout(() => turn === this.turn && this.draw(), 1000);
      return;
    }
    if (sheet !== this.source) this.offerChoices(sheet);
    this.source = sheet;
    this.shown = asWished(sheet, this.words, wish);
    this.columns = this.columnsOf(this.shown, wish);
    if (!this.columns.some((one) => one.key === this.sort.key)) this.sort = { key: "rank", descending: false };
    const by = this.columns.find((one) => one.key === this.sort.key);
    const { rows } = this.shown;
    this.places = ordered(passing(this.shown, wish), this.sort.key === "rank" ? this.byRank() : by.values, this.sort.descending, rows.model);
    this.table.show(this.columns, this.places, this.sort);
    const all = rows.model.filter((_, row) => wish.others || rows.stands[row]).length;
    const whole = numberForm(this.words.decimal_mark, 0);
    const shown = this.say("shown", { shown: whole(this.places.length), all: whole(all) });
    this.tell(!all ? this.say("no_models") : this.places.length ? shown : `${shown}. ${this.say("none_shown")}`);
  }

  tell(words) {
    const told = byId("ranking-told");
    if (told.textContent !== words) told.textContent = words;
  }

  /** Return what the order of ranks goes by: the score, which rows without a rank have too. */
  byRank() {
    return this.shown.rows.score.map((one) => (one === null ? null : -one));
  }

  /** Offer in the filters what the sheet has, and the columns that belong to its view. */
  offerChoices(sheet) {
    const offer = (name, values) => {
      const field = this.form.elements[name], chosen = field.value;
      const known = [...new Set(values)].filter(Boolean).sort((a, b) => a.localeCompare(b));
      field.replaceChildren(field.options[0], ...known.map((one) => new Option(one, one)));
      if (chosen && !known.includes(chosen)) field.add(new Option(chosen, chosen));
      field.value = chosen;
    };
    offer("licence", sheet.rows.licence);
    offer("precision", sheet.rows.precision);
    offer("owner", sheet.rows.model.map(ownerOf));
    const inView = new Set(sheet.tasks.map((one) => one.id));
    for (const group of this.form.querySelectorAll("[data-language]")) {
      group.hidden = ![...group.querySelectorAll("input")].some((one) => inView.has(one.value));
    }
    const names = sheet.rows.model.filter((_, row) => sheet.rows.stands[row]);
    byId("model-names").replaceChildren(...names.map((one) => new Option("", one)));
  }

  columnsOf(sheet, wish) {
    const { rows } = sheet, facts = new Set(wish.columns);
    const text = (key, kind, values) => ({ key, kind, title: this.say(key), values, cell: (row) => escaped(values[row] ?? this.say("unknown")) });
    const score = (key, title, values) => ({ key, kind: "score", title, values, numeric: true, cell: (row) => this.points(values[row]) });
    const columns = [
      { key: "rank", kind: "rank", title: this.say("rank"), numeric: true, values: rows.rank, cell: (row) => this.rankCell(rows, row) },
      { key: "model", kind: "model", title: this.say("model"), values: rows.model, cell: (row) => this.modelCell(rows, row) },
      this.averageColumn(sheet),
    ];
    if (facts.has("groups")) sheet.groups.forEach((group, at) => columns.push(score(`group.${group}`, this.words.groups[group], rows.groups[at])));
    sheet.tasks.forEach((task, at) => {
      if (!facts.has(task.id)) return;
      const values = wish.scale === "raw" ? rows.raw[at] : rows.raw[at].map((raw) => aboveChance(raw, task.chance));
      const { title, draft } = this.words.tasks[task.id];
      columns.push(score(task.id, draft ? `${title} (${this.say("draft")})` : title, values));
    });
    if (facts.has("parameters")) {
      const size = (row) => (rows.parameters[row] === null ? "" : numberForm(this.words.decimal_mark, rows.parameters[row] < 1e10 ? 2 : 0)(rows.parameters[row] / 1e9));
      columns.push({ key: "parameters", kind: "size", title: `${this.say("parameters")} (×10⁹)`, numeric: true, values: rows.parameters, cell: size });
    }
    if (facts.has("type")) columns.push(text("type", "fact", rows.type.map((one) => this.words.types[one])));
    for (const fact of ["precision", "licence", "revision"]) if (facts.has(fact)) columns.push(text(fact, "fact", rows[fact]));
    if (facts.has("coverage")) columns.push({ key: "coverage", kind: "fact", title: this.say("coverage"), numeric: true, values: rows.done, cell: (row) => `${rows.done[row]}/${rows.of[row]}` });
    return columns;
  }

  averageColumn(sheet) {
    const { rows } = sheet;
    const lows = rows.low.filter((one) => one !== null), highs = rows.high.filter((one) => one !== null);
    const from = Math.min(0, ...lows), to = Math.max(UNIT / 100, ...highs);
    const cell = (row) => {
      const [low, high] = [rows.low[row], rows.high[row]];
      const value = `<span class="value">${this.points(rows.score[row])}</span>`;
      if (low === null || high === null) return value;
      const words = this.say("interval", { low: this.points(low), high: this.points(high) });
      const [left, width] = [(low - from) / (to - from) * 100, Math.max(1, (high - low) / (to - from) * 100)];
      const at = (rows.score[row] - from) / (to - from) * 100;
      return `${value} <span class="margin">±${this.points((high - low) / 2)}</span><span class="unseen-words">, ${escaped(words)}</span>`
        + `<span class="bar" aria-hidden="true" title="${escaped(words)}"><i style="left:${left.toFixed(1)}%;width:${width.toFixed(1)}%"></i><b style="left:${at.toFixed(1)}%"></b></span>`;
    };
    return { key: "score", kind: "average", title: this.say(sheet.isOwn ? "own_score" : "score"), numeric: true, values: rows.score, cell };
  }

  rankCell(rows, row) {
    if (rows.rank[row] === null) return "<span aria-hidden=\"true\">–</span>";
    const [best, worst] = [rows.best[row], rows.worst[row]];
    if (best === null || best === worst) return `<span class="value">${rows.rank[row]}</span>`;
    const words = escaped(this.say("possible_ranks", { best, worst }));
    return `<span class="value">${rows.rank[row]}</span><span class="second" aria-hidden="true" title="${words}">${best}–${worst}</span><span class="unseen-words">, ${words}</span>`;
  }

  modelCell(rows, row) {
    const name = rows.model[row], owner = ownerOf(name), short = owner ? name.slice(owner.length + 1) : name;
    const query = new URLSearchParams({ tab: "model", model: name });
    if (!rows.stands[row]) query.set("request", rows.request[row]);
    const said = [owner, rows.type[row] === "baseline" ? this.words.types.baseline : "", rows.stands[row] ? "" : `${this.say("other_version")}: ${rows.precision[row]}`];
    return `<a href="?${escaped(query)}" title="${escaped(name)}">${escaped(short)}</a><span class="second">${escaped(said.filter(Boolean).join(" · "))}</span>`;
  }

  /** Save what is shown as CSV: numbers with a point, and no cell that a spreadsheet would take for a formula. */
  download() {
    if (!this.columns) return;
    const { rows } = this.shown;
    const plain = (value) => (value === null || value === undefined ? "" : String(value));
    const safe = (value) => (/^[=+\-@\t\r]/.test(value) && Number.isNaN(Number(value)) ? `'${value}` : value);
    const quoted = (value) => (/[",\n\r]/.test(value) ? `"${value.replaceAll("\"", "\"\"")}"` : value);
    const scores = new Set(["average", "score"]);
    const cell = (column, row) => (scores.has(column.kind) && column.values[row] !== null ? (column.values[row] / UNIT * 100).toFixed(2) : plain(column.values[row]));
    const extra = [["possible_ranks_best", rows.best], ["possible_ranks_worst", rows.worst], ["low", rows.low], ["high", rows.high]];
    const part = (values, row, at) => (at > 1 && values[row] !== null ? (values[row] / UNIT * 100).toFixed(2) : plain(values[row]));
    const lines = [[...this.columns.map((one) => one.title), ...extra.map(([name]) => name), "request", "rule", "edition"]];
    for (const row of this.places) {
      lines.push([...this.columns.map((one) => cell(one, row)), ...extra.map(([, values], at) => part(values, row, at)), rows.request[row], this.shown.rule, this.shown.edition]);
    }
    const text = lines.map((line) => line.map((one) => quoted(safe(plain(one)))).join(",")).join("\r\n");
    const link = Object.assign(document.createElement("a"), {
      href: URL.createObjectURL(new Blob(["\ufeff", text, "\r\n"], { type: "text/csv" })),
      download: `ranking-600m-${this.shown.view}.csv`,
    });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }
}

/** Ask one of the page's read-only functions, the same that programs ask. */
async function ask(name, data) {
  const root = (window.gradio_config?.root ?? "").replace(/\/$/, "");
  const answer = await fetch(`${root}/gradio_api/run/${name}`, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ data }),
  });
  if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
  return (await answer.json()).data[0];
}
