// Puts the page together. "#only=stale" shows one section alone, for pictures.
showSummary();
showVerdicts();
showTimeline();
showHeld();
showShootdowns();
showFills();
showOwners();
showRest();

document.querySelector("nav").append(...sections.map(([id, title]) => element("a", { href: `#${id}` }, title)));
const only = /^#only=(\w+)/.exec(location.hash);
if (only) {
  document.body.classList.add("only");
  document.getElementById(only[1])?.classList.add("chosen");
}
document.documentElement.dataset.overflow = document.documentElement.scrollWidth - innerWidth;
document.documentElement.dataset.ready = "1";
