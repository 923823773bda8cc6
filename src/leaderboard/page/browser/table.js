// The table: only the rows in view are in the page, so that five thousand models scroll like fifty.

const AHEAD = 12; // rows kept ready above and below what is in view

const escaped = (text) => String(text).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** Draws what it is given into #ranking-rows. */
class Table {
  constructor(frame, onSort) {
    this.frame = frame;
    this.head = frame.querySelector("thead");
    this.body = frame.querySelector("tbody");
    this.places = [];
    this.rowHeight = 0;
    frame.addEventListener("scroll", () => this.scheduleRows(), { passive: true });
    new ResizeObserver(() => this.scheduleRows(true)).observe(frame);
    this.head.addEventListener("click", (event) => {
      const key = event.target.closest("button[data-key]")?.dataset.key;
      if (key) onSort(key);
    });
  }

  /** Show columns ({key, title, cell, numeric}) over rows (places), sorted by a column one way or the other. */
  show(columns, places, sort) {
    this.columns = columns;
    this.places = places;
    const table = this.head.parentElement;
    table.setAttribute("aria-rowcount", places.length + 1);
    table.setAttribute("aria-colcount", columns.length);
    const cells = columns.map((column) => {
      const by = sort.key === column.key ? (sort.descending ? "descending" : "ascending") : "none";
      const mark = by === "none" ? "" : by === "descending" ? " ▾" : " ▴";
      const focused = document.activeElement?.dataset?.key === column.key ? " data-focused" : "";
      return `<th scope="col" class="${column.numeric ? "number" : ""} col-${escaped(column.kind)}" aria-sort="${by}">`
        + `<button type="button" data-key="${escaped(column.key)}"${focused}>${escaped(column.title)}<span aria-hidden="true">${mark}</span></button></th>`;
    });
    this.head.innerHTML = `<tr aria-rowindex="1">${cells.join("")}</tr>`;
    this.head.querySelector("[data-focused]")?.focus();
    this.drawn = null;
    this.drawRows();
    this.frame.classList.add("filled");
  }

  scheduleRows(anew = false) {
    if (anew) this.drawn = null;
    if (this.scheduled) return;
    this.scheduled = requestAnimationFrame(() => { this.scheduled = 0; this.drawRows(); });
  }

  drawRows() {
    if (!this.columns) return;
    const height = this.rowHeight || 46;
    const first = Math.max(0, Math.floor(this.frame.scrollTop / height) - AHEAD);
    const last = Math.min(this.places.length, Math.ceil((this.frame.scrollTop + this.frame.clientHeight) / height) + AHEAD);
    if (this.drawn && this.drawn[0] === first && this.drawn[1] === last) return;
    this.drawn = [first, last];
    const spacer = (rows) => (rows ? `<tr class="spacer" aria-hidden="true"><td colspan="${this.columns.length}" style="height:${rows * height}px"></td></tr>` : "");
    const rows = this.places.slice(first, last).map((row, at) => this.rowHtml(row, first + at));
    this.body.innerHTML = spacer(first) + rows.join("") + spacer(this.places.length - last);
    const seen = this.body.querySelector("tr:not(.spacer)")?.getBoundingClientRect().height;
    if (seen && Math.abs(seen - height) > 0.5) {
      this.rowHeight = seen;
      this.scheduleRows(true);
    }
  }

  rowHtml(row, place) {
    const cells = this.columns.map((column) => {
      const tag = column.key === "model" ? "th scope=\"row\"" : "td";
      return `<${tag} class="${column.numeric ? "number" : ""} col-${escaped(column.kind)}">${column.cell(row)}</${tag.slice(0, 2)}>`;
    });
    return `<tr aria-rowindex="${place + 2}">${cells.join("")}</tr>`;
  }
}
