// The address is the page's state. Links within the page, forms and tabs change it; what is shown follows from it.

const KEPT = ["lang", "__theme", "__sign"]; // parameters that belong to the visit, not to what is looked at
const FIRST_TAB = "ranking";
const remembered = new Map(); // tab -> the parameters with which it was left
const whenShown = new Map(); // tab -> what shows it, where that is not the server

const byId = (id) => document.getElementById(id);
const address = () => new URLSearchParams(location.search);
const tabName = (button) => button?.id.match(/^tab-(.+)-button$/)?.[1];
const tabOf = (query) => query.get("tab") || FIRST_TAB;

/** Return the parameters of an address that say what is looked at, without those of the visit. */
function lookedAt(query) {
  const rest = new URLSearchParams(query);
  KEPT.forEach((name) => rest.delete(name));
  return rest;
}

/** Change the address without loading the page anew; within a Space's frame, tell the Hub's page around it too. */
function write(query, { push }) {
  const whole = new URLSearchParams(query);
  for (const name of KEPT) {
    const value = address().get(name);
    if (value !== null && !whole.has(name)) whole.set(name, value);
  }
  if (tabOf(whole) === FIRST_TAB) whole.delete("tab");
  const text = whole.toString();
  if (`?${text}` !== location.search && text !== location.search) {
    history[push ? "pushState" : "replaceState"](null, "", text ? `?${text}` : location.pathname);
  }
  remembered.set(tabOf(whole), lookedAt(whole));
  if (spaceId() && window.parent !== window) {
    window.parent.postMessage({ queryString: lookedAt(whole).toString() }, "https://huggingface.co");
  }
}

const spaceId = () => document.querySelector(".masthead")?.dataset.space;

/** Look at something else: change the address, bring its tab into view and have it filled. */
function go(query, { push = true } = {}) {
  write(query, { push });
  selectTab(tabOf(query));
  show(tabOf(query));
}

const PATIENCE_MS = 15000;

/** Resolve with the first element that matches, when it is there; with null where it does not come. */
function present(selector) {
  return new Promise((resolve) => {
    const look = () => document.querySelector(selector);
    if (look()) { resolve(look()); return; }
    const watcher = new MutationObserver(() => { if (look()) end(); });
    const end = () => { watcher.disconnect(); clearTimeout(timer); resolve(look()); };
    const timer = setTimeout(end, PATIENCE_MS);
    watcher.observe(document.documentElement, { childList: true, subtree: true });
  });
}

/** Have a tab filled with what the address asks for; Gradio lays a tab out only when it is first seen. */
async function show(tab) {
  whenShown.get(tab)?.();
  const button = await present(`#show-${tab}`); // a tab with nothing to fill has none
  if (tab === tabOf(address())) button?.click();
}

let choosing = null; // the tab that the script itself brings into view: its event is none of the reader's

function selectTab(tab) {
  const button = byId(`tab-${tab}-button`);
  button?.scrollIntoView({ inline: "nearest", block: "nearest" }); // the row of tabs scrolls on a phone
  if (!button || button.getAttribute("aria-selected") === "true") return;
  choosing = tab;
  button.click();
  choosing = null;
}

/** Follow a reader who chose a tab: its address is the one with which it was left. */
function tabChosen(tab) {
  if (tab === choosing || tab === tabOf(address())) return;
  const query = new URLSearchParams(remembered.get(tab) || "");
  query.set("tab", tab);
  write(query, { push: true });
  show(tab);
}

function linkToThis() {
  const query = lookedAt(address());
  const language = byId("language")?.value;
  if (language) query.set("lang", language);
  const space = spaceId();
  const base = space ? `https://huggingface.co/spaces/${space}` : `${location.origin}${location.pathname}`;
  return `${base}?${query}`;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // A frame of another site may not write to the clipboard: select the text of a field instead.
    const field = Object.assign(document.createElement("textarea"), { value: text });
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
  const told = byId("copied");
  if (told) {
    told.textContent = told.dataset.done;
    setTimeout(() => { told.textContent = ""; }, 2500);
  }
}

function speak(language) {
  const frame = location.protocol === "https:" ? "SameSite=None; Secure" : "SameSite=Lax";
  document.cookie = `lang=${language}; path=/; max-age=31536000; ${frame}`;
  const query = address();
  query.set("lang", language);
  location.search = query.toString();
}

function formQuery(form) {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (String(value).trim()) query.append(name, String(value).trim());
  return query;
}

function listenToReader() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    const href = link?.getAttribute("href");
    if (href?.startsWith("?") && event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey)) {
      event.preventDefault();
      go(new URLSearchParams(href));
      window.scrollTo({ top: 0 });
      return;
    }
    const tab = tabName(event.target.closest?.("[role=tab]"));
    if (tab && event.isTrusted) tabChosen(tab);
    const source = event.target.closest?.("button[data-copy]")?.dataset.copy;
    if (source) copy(document.querySelector(source)?.textContent.trim() ?? "");
    if (event.target.closest?.("#copy-link")) copy(linkToThis());
  }, true);
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form.choices")) return;
    event.preventDefault();
    go(formQuery(event.target));
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("#language")) speak(event.target.value);
    const form = event.target.closest("form.choices[data-auto]");
    if (form) go(formQuery(form));
  });
  window.addEventListener("popstate", () => {
    selectTab(tabOf(address()));
    show(tabOf(address()));
  });
}
