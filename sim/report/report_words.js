// Words, numbers, colours and the hover text that every part of the page shares.
const data = JSON.parse(document.getElementById("data").textContent);

// Okabe and Ito's palette: told apart by people with any kind of colour vision.
const colour = { orange: "#e69f00", sky: "#56b4e9", green: "#009e73", yellow: "#f0e442", blue: "#0072b2",
  vermillion: "#d55e00", purple: "#cc79a7", black: "#1b1f24", grey: "#d0d7de", pale: "#eef1f4" };
const vmColours = [colour.green, colour.purple, colour.vermillion, colour.yellow];

const number = (n) => n === null ? "-" : Number(n).toLocaleString("en-US");
const plural = (n, one, many = one + "s") => `${number(n)} ${n === 1 ? one : many}`;
// One cycle is a nanosecond (sim/config/preset.h).
function time(cycles) {
  if (cycles >= 1e9) return `${(cycles / 1e9).toFixed(3)} s`;
  if (cycles >= 1e6) return `${(cycles / 1e6).toFixed(3)} ms`;
  if (cycles >= 1e4) return `${(cycles / 1e3).toFixed(1)} µs`;
  return `${number(cycles)} ns`;
}

function activityColour(name) {
  if (name === "waiting") return colour.grey;
  if (name === "off" || name === "unknown") return colour.pale;
  const vm = /^VM(?:ID)? (\d+)/.exec(name) || /VMID (\d+)/.exec(name);
  const user = /EL0/.test(name);
  if (vm) return shade(vmColours[(Number(vm[1]) + vmColours.length - 1) % vmColours.length], user);
  if (name === "KCore" || /^EL2/.test(name)) return colour.blue;
  if (/EL1/.test(name)) return colour.orange;
  return user ? (name.startsWith("KServ") ? shade(colour.orange, true) : colour.sky) : colour.black;
}
// Half way to white: user mode beside its kernel.
function shade(hex, lighter) {
  if (!lighter) return hex;
  const parts = [1, 3, 5].map((at) => Math.round((parseInt(hex.slice(at, at + 2), 16) + 255) / 2));
  return "#" + parts.map((part) => part.toString(16).padStart(2, "0")).join("");
}

function ownerName(owner) {
  if (owner === 0) return "nobody";
  if (owner === 1) return "KCore";
  if (owner === 2) return "KServ";
  return owner >= 0x100 ? `VM ${owner - 0x100}` : `principal ${owner}`;
}
function ownerColour(owner) {
  if (owner === 0) return colour.pale;
  if (owner === 1) return colour.blue;
  if (owner === 2) return colour.orange;
  return vmColours[(owner - 0x100 + vmColours.length - 1) % vmColours.length];
}

// ---- elements
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}
function svg(name, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}
const sections = [];
function section(id, title, ...children) {
  const made = element("section", { id, "aria-label": title }, element("h2", {}, title), ...children);
  document.querySelector("main").append(made);
  sections.push([id, title]);
  return made;
}
function table(heads, rows) {
  const numeric = heads.map((_, column) => rows.every((row) => /^[\d,.\-]*$/.test(String(row[column]))));
  const cell = (tag, content, column) => element(tag, numeric[column] ? { class: "number" } : {}, content);
  return element("table", {},
    element("thead", {}, element("tr", {}, ...heads.map((head, n) => cell("th", head, n)))),
    element("tbody", {}, ...rows.map((row) => element("tr", {}, ...row.map((value, n) => cell("td", value, n))))));
}

// ---- hover text: the same for pointer and keyboard
const tip = document.getElementById("tip");
function showTip(text, x, y) {
  tip.textContent = text;
  tip.hidden = false;
  tip.style.left = `${Math.max(8, Math.min(x + 14, innerWidth - tip.offsetWidth - 8))}px`;
  tip.style.top = `${y + 18 + tip.offsetHeight > innerHeight ? Math.max(8, y - tip.offsetHeight - 10) : y + 18}px`;
}
function hideTip() { tip.hidden = true; }
function explain(shape, text) {
  shape.setAttribute("tabindex", "0");
  shape.setAttribute("role", "img");
  shape.setAttribute("aria-label", text.replace(/\n/g, "; "));
  shape.classList.add("focusable");
  shape.addEventListener("pointermove", (event) => showTip(text, event.clientX, event.clientY));
  shape.addEventListener("pointerleave", hideTip);
  shape.addEventListener("focus", () => {
    const box = shape.getBoundingClientRect();
    showTip(text, box.left, box.bottom - 12);
  });
  shape.addEventListener("blur", hideTip);
  return shape;
}
addEventListener("keydown", (event) => { if (event.key === "Escape") hideTip(); });
