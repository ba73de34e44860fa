// The stale translations and the shootdowns of the run as pictures.
function shootdownMarks(s) {
  const marks = [];
  for (const op of s.ops) {
    marks.push({ kind: "tlbi", n: op.n, t: op.t, core: s.core, label: op.op,
      text: `TLBI ${op.op} #${op.n} by core ${s.core}\noperand ${op.operand}\ncycle ${number(op.t)}, pc ${op.pc}\n`
        + (op.all ? "broadcast to all cores" : "this core only: no other core hears of it") });
  }
  let order = Math.max(...s.ops.map((op) => op.n));
  for (const a of s.applied) {
    // Applications have no number of their own in the summary: they come between the TLBI and the DSB.
    order += 0.0001;
    marks.push({ kind: "applied", n: order, t: a.t, core: a.core, tlbi: a.tlbi, dropped: a.dropped,
      text: `core ${a.core} applied TLBI #${a.tlbi} at cycle ${number(a.t)}\n${plural(a.dropped, "entry", "entries")} dropped` });
  }
  if (s.done) {
    marks.push({ kind: "done", n: s.doneN, t: s.done, core: s.core, tlbis: s.ops.map((op) => op.n), label: "DSB",
      text: `DSB by core ${s.core} at cycle ${number(s.done)}, pc ${s.donePc}\ncompletes ${plural(s.ops.length, "TLBI")}` });
  }
  return marks;
}

function showShootdowns() {
  const list = data.shootdowns.list;
  if (!list.length) {
    section("shootdowns", "Shootdowns", element("p", { class: "quiet" }, "No TLB invalidation was recorded in this run."));
    return;
  }
  const all = Array.from({ length: data.run.cores }, (_, core) => core);
  const figure = element("figure", {});
  const choose = element("select", { id: "shootdown", "aria-label": "shootdown" });
  list.forEach((s, n) => {
    const ops = [...new Set(s.ops.map((op) => op.op))].join(", ");
    choose.append(element("option", { value: n }, `cycle ${number(s.ops[0].t)}: core ${s.core}, ${ops}${s.ops.length > 1 ? ` (${s.ops.length})` : ""}, `
      + `${plural(s.dropped, "entry", "entries")} dropped`));
  });
  const show = () => {
    const s = list[Number(choose.value)];
    const cores = all.filter((core) => core === s.core || s.applied.some((a) => a.core === core));
    const picture = drawOrder({ cores, marks: shootdownMarks(s), label: `shootdown by core ${s.core}` });
    const took = s.done ? `from the first TLBI to the DSB: ${time(s.done - s.ops[0].t)}` : "no DSB has completed it by the end of the run";
    figure.replaceChildren(element("div", { class: "scroll", tabindex: 0 }, picture), element("figcaption", {},
      `${plural(s.ops.length, "operation")}, applied on ${plural(cores.length, "core")}; ${took}.`));
  };
  choose.addEventListener("change", show);
  const most = list.reduce((best, s, n) => (s.dropped > list[best].dropped ? n : best), 0);
  choose.value = String(most);
  const kept = list.length < data.shootdowns.total ? ` The first and the last ${list.length / 2} of them can be shown.` : "";
  section("shootdowns", "Shootdowns", element("p", {}, `${plural(data.shootdowns.total, "shootdown")}: TLB invalidations up to the DSB that completes them.${kept}`),
    element("div", { class: "pick" }, element("label", { for: "shootdown" }, "Show"), choose), orderLegend(false), figure);
  show();
}

function lifeMarks(life) {
  const marks = [];
  const done = new Map();
  for (const m of life.marks) {
    if (m.type === "write") {
      marks.push({ kind: "write", n: m.n, t: m.t, core: m.core, old: m.old, new: m.new, label: writeWord(m),
        text: `core ${m.core} writes the descriptor (${writeWord(m)})\n${m.old} → ${m.new}\ncycle ${number(m.t)}, pc ${m.pc}` });
    } else if (m.type === "tlbi") {
      marks.push({ kind: "tlbi", n: m.n, t: m.t, core: m.core, label: m.op,
        text: `TLBI ${m.op} #${m.n} by core ${m.core}\noperand ${m.operand}\ncycle ${number(m.t)}, pc ${m.pc}` });
    } else if (m.type === "applied") {
      marks.push({ kind: "applied", n: m.n, t: m.t, core: m.core, tlbi: m.tlbi, dropped: m.dropped,
        text: `core ${m.core} applied TLBI #${m.tlbi} at cycle ${number(m.t)}\n${plural(m.dropped, "entry", "entries")} of this descriptor dropped` });
    } else if (done.has(m.n)) {
      done.get(m.n).tlbis.push(m.tlbi);
    } else {
      const mark = { kind: "done", n: m.n, t: m.t, core: m.core, tlbis: [m.tlbi], label: "DSB",
        text: `DSB by core ${m.core} at cycle ${number(m.t)}, pc ${m.pc}: the TLBIs before it are complete` };
      done.set(m.n, mark);
      marks.push(mark);
    }
  }
  return marks;
}

function showHeld() {
  const list = data.held.list;
  if (!list.length) {
    section("stale", "Stale translations", element("p", { class: "quiet" },
      "No TLB held an entry beyond a change of its descriptor in what was recorded (needs TLB and table_write events)."));
    return;
  }
  const figure = element("figure", {});
  const choose = element("select", { id: "life", "aria-label": "descriptor" });
  list.forEach((life, n) => {
    const cores = new Set(life.holders.filter((h) => h.stale).map((h) => h.core));
    choose.append(element("option", { value: n }, `${life.holders[0]?.input ?? "?"}: descriptor ${life.descriptor}, stale for at most ${time(life.longest)} on ${plural(cores.size, "core")}`));
  });
  const show = () => {
    const life = list[Number(choose.value)];
    const marks = lifeMarks(life);
    const cores = [...new Set([...life.holders.map((h) => h.core), ...marks.map((m) => m.core)])].filter((core) => core < data.run.cores).sort((a, b) => a - b);
    const picture = drawOrder({ cores, marks: marks.filter((m) => cores.includes(m.core)), holders: life.holders, descriptor: life.descriptor,
      label: `life of descriptor ${life.descriptor}` });
    const scroll = element("div", { class: "scroll", tabindex: 0 }, picture);
    figure.replaceChildren(scroll, element("figcaption", {},
      `Every column is an event, in the order of execution. A striped bar that goes on beyond a DSB is a translation that no TLBI reached.`));
    // The longest stale bar comes into view.
    const bars = [...picture.querySelectorAll("[data-stale]")].sort((a, b) => b.dataset.stale - a.dataset.stale);
    if (bars.length) scroll.scrollLeft = Math.max(0, Number(bars[0].getAttribute("x")) - 0.62 * scroll.clientWidth);
  };
  choose.addEventListener("change", show);
  section("stale", "Stale translations", element("p", {}, `${plural(data.held.stale, "entry", "entries")} stayed in a TLB after the descriptor had changed, until a TLBI or chance removed them. `
    + `That is how a shootdown works; one that lasts is a missing, late or local TLBI. The longest ${plural(list.length, "life", "lives")}:`),
  element("div", { class: "pick" }, element("label", { for: "life" }, "Show"), choose), orderLegend(true), figure);
  show();
}
