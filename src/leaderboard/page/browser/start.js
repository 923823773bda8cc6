// Begins once Gradio has laid the page out.

window.ranking600m = { edition: () => "", renew: () => {}, go: (text) => go(new URLSearchParams(text)) };

async function start() {
  const masthead = await present(".masthead");
  document.documentElement.lang = masthead.dataset.language;
  listenToReader();
  const form = await present("#ranking-controls");
  const words = JSON.parse((await present("#ranking-words")).textContent);
  await present("#ranking-rows");
  const ranking = new Ranking(words, form);
  window.ranking600m.edition = () => ranking.edition();
  window.ranking600m.renew = () => ranking.renew();
  remembered.set(tabOf(address()), lookedAt(address()));
  await present(`#show-${FIRST_TAB}`);
  const chosen = tabName(await present("#tabs [role=tab][aria-selected=true]"));
  if (chosen !== FIRST_TAB) ranking.sheet(ranking.wish().view).then((sheet) => ranking.offerChoices(sheet));
  // Whoever was quicker than this script has chosen another tab than the address names.
  byId(`tab-${chosen}-button`)?.scrollIntoView({ inline: "nearest", block: "nearest" });
  if (chosen === tabOf(address())) show(chosen);
  else tabChosen(chosen);
}

start();
