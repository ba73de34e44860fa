// Pictures of what happened in which order: a lane for the descriptor, a lane a core. Columns are
// events in the order of execution, not equal times: a shootdown of a hundred cycles and a pause of
// a million are both readable. Things that happen on different cores for one reason share a column.
const tlbRows = ["l1i", "l1d", "l2", "walk", "ipa"];

// points: {n, kind, core, ...}. Returns column numbers by event number and how many there are.
function columnsOf(points) {
  const column = new Map();
  let last = null;
  let count = 0;
  const sorted = [...points].sort((a, b) => a.n - b.n);
  for (const point of sorted) {
    if (column.has(point.n)) continue;
    const key = { fill: "fill", applied: `applied ${point.tlbi}`, drop: `applied ${point.tlbi}`, done: `done ${point.core}` }[point.kind];
    const who = `${point.core} ${point.structure}`;
    const joins = last && key && last.key === key && (point.kind !== "fill" || !last.who.has(who));
    if (!joins) {
      last = { key, who: new Set() };
      count += 1;
    }
    last.who.add(who);
    column.set(point.n, count - 1);
  }
  return { column, count };
}

function markShape(kind, x, y, filled = true) {
  const fill = filled ? colour.blue : colour.grey;
  if (kind === "tlbi") return svg("path", { d: `M${x - 7} ${y - 6}h14l-7 12z`, fill: colour.blue });
  if (kind === "done") return svg("rect", { x: x - 6, y: y - 6, width: 12, height: 12, fill: colour.black });
  if (kind === "write") return svg("path", { d: `M${x} ${y - 8}l8 8l-8 8l-8 -8z`, fill: colour.vermillion });
  return svg("circle", { cx: x, cy: y, r: filled ? 6 : 4.5, fill, stroke: filled ? fill : colour.blue, "stroke-width": 1.5 });
}

const isValid = (descriptor) => (Number(BigInt(descriptor) & 1n)) === 1;
const outputOf = (descriptor) => "0x" + (BigInt(descriptor) & 0xfffffffff000n).toString(16);
function writeWord(mark) {
  if (mark.old === mark.new) return "rewrite";
  if (isValid(mark.old) && !isValid(mark.new)) return "unmap";
  if (!isValid(mark.old) && isValid(mark.new)) return "map";
  return isValid(mark.new) ? "change" : "write";
}

function arrow(x1, y1, x2, y2, strong) {
  const line = svg("path", { fill: "none", stroke: strong ? colour.blue : "#8ba3b8", "stroke-width": strong ? 1.8 : 1.1,
    "marker-end": strong ? "url(#head)" : "url(#paleHead)", d: `M${x1} ${y1}C${(x1 + x2) / 2} ${y1} ${(x1 + x2) / 2} ${y2} ${x2} ${y2}` });
  line.setAttribute("class", "arrow");
  return line;
}
function arrowHeads() {
  const head = (id, fill) => svg("marker", { id, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto",
    markerUnits: "userSpaceOnUse" }, svg("path", { d: "M0 0L8 4L0 8z", fill }));
  const stripes = svg("pattern", { id: "stripes", width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    svg("rect", { width: 7, height: 7, fill: "#f6c9a8" }), svg("rect", { width: 3, height: 7, fill: colour.vermillion }));
  return svg("defs", {}, head("head", colour.blue), head("paleHead", "#8ba3b8"), stripes);
}

// marks: {kind tlbi|applied|done|write, n, t, core, tlbi, dropped, text, label}; holders as in the data.
function drawOrder({ cores, marks, holders = [], descriptor = null, label }) {
  const points = marks.map((mark) => ({ ...mark }));
  for (const holder of holders) {
    points.push({ n: holder.fill, kind: "fill", core: holder.core, structure: holder.structure, t: holder.from });
    // The write that made it stale has a column even when a long life has forgotten the mark.
    if (holder.stale && !marks.some((mark) => mark.n === holder.staleN)) points.push({ n: holder.staleN, kind: "write", core: holder.core, t: holder.stale });
    if (holder.to) points.push({ n: holder.end, kind: holder.tlbi ? "drop" : "evict", core: holder.core, tlbi: holder.tlbi, t: holder.to });
  }
  const { column, count } = columnsOf(points);
  const left = 118, right = 26, least = 46;
  const step = Math.max(least, Math.min(150, (1188 - left - right) / Math.max(count, 1)));
  const width = Math.max(1188, left + right + count * step);
  const x = (n) => left + (column.get(n) + 0.5) * step;
  const end = left + count * step + 8;

  // lanes
  const lanes = [];
  let y = 8;
  const table = descriptor === null ? null : { y, height: 46 };
  if (table) y += table.height + 8;
  for (const core of cores) {
    const rows = tlbRows.filter((row) => holders.some((h) => h.core === core && h.structure === row));
    lanes[core] = { y, rows, height: 56 + rows.length * 22 };
    y += lanes[core].height + 6;
  }
  const height = y + 30;
  const picture = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": label }, arrowHeads());
  // The lanes' names lie over the picture and stay when it is scrolled.
  const names = svg("svg", { class: "names", width: left, height }, svg("rect", { width: left, height, fill: "#fff" }));
  const put = (...shapes) => picture.append(...shapes);
  const name = (...shapes) => names.append(...shapes);
  const markY = (core) => lanes[core].y + 40;

  if (table) {
    put(svg("rect", { x: 0, y: table.y, width, height: table.height, fill: "#fbfcfd" }));
    name(svg("text", { x: 8, y: table.y + 19 }, "descriptor"), svg("text", { x: 8, y: table.y + 35, class: "small" }, descriptor));
    drawContent(put, marks.filter((mark) => mark.kind === "write"), table, x, left, end);
  }
  for (const core of cores) {
    const lane = lanes[core];
    put(svg("rect", { x: 0, y: lane.y, width, height: lane.height, fill: core % 2 ? "#fbfcfd" : "#f1f4f7" }));
    name(svg("text", { x: 8, y: lane.y + 44 }, `core ${core}`));
    lane.rows.forEach((row, n) => name(svg("text", { x: left - 12, y: lane.y + 71 + n * 22, class: "small", "text-anchor": "end" },
      { l1i: "L1 I TLB", l1d: "L1 D TLB", l2: "L2 TLB", walk: "walk cache", ipa: "IPA cache" }[row])));
  }
  for (const mark of marks.filter((m) => m.kind === "write")) {
    put(svg("line", { x1: x(mark.n), x2: x(mark.n), y1: 8, y2: y - 6, stroke: colour.vermillion, "stroke-dasharray": "4 4", opacity: 0.7 }));
  }
  for (const holder of holders) drawHolder(put, holder, lanes[holder.core], x, end, step);
  drawArrows(put, marks, x, markY);
  drawMarks(put, marks, x, markY, lanes);

  // time below: the cycle of the first event of a column
  const shown = new Map();
  for (const point of points) {
    const at = column.get(point.n);
    if (!shown.has(at) || point.n < shown.get(at).n) shown.set(at, point);
  }
  let free = 0;
  for (const [at, point] of [...shown].sort((a, b) => a[0] - b[0])) {
    const place = left + (at + 0.5) * step;
    put(svg("line", { x1: place, x2: place, y1: y - 6, y2: y, stroke: colour.grey }));
    if (place < free) continue;
    const text = svg("text", { x: place, y: y + 14, class: "small", "text-anchor": "middle" }, number(point.t));
    put(text);
    free = place + number(point.t).length * 6.6 + 10;
  }
  name(svg("text", { x: 8, y: y + 14, class: "small" }, "cycle"));
  return element("div", { class: "order" }, names, picture);
}

// What the descriptor said from write to write.
function drawContent(put, writes, lane, x, left, end) {
  const spans = [];
  let from = left;
  let value = writes.length ? writes[0].old : null;
  for (const mark of writes) {
    spans.push([from, x(mark.n), value]);
    from = x(mark.n);
    value = mark.new;
  }
  spans.push([from, end, value]);
  for (const [begin, until, descriptor] of spans) {
    if (until - begin < 2) continue;
    const valid = descriptor !== null && isValid(descriptor);
    put(explain(svg("rect", { x: begin + 1, y: lane.y + 10, width: until - begin - 2, height: 26, rx: 3, fill: valid ? "#cdeee2" : "#fff",
      stroke: valid ? colour.green : "#8b949e", "stroke-dasharray": valid ? "" : "3 3" }),
      descriptor === null ? "not written while it was watched" : `descriptor ${descriptor}`));
    const words = descriptor === null ? "" : valid ? `maps to ${outputOf(descriptor)}` : "invalid";
    const room = (until - begin - 8) / 6.6;
    const text = words.length <= room ? words : valid && outputOf(descriptor).length <= room ? outputOf(descriptor) : "";
    if (text) put(svg("text", { x: (begin + until) / 2, y: lane.y + 27, "text-anchor": "middle", "pointer-events": "none" }, text));
  }
}

function drawHolder(put, holder, lane, x, end, step) {
  const y = lane.y + 57 + lane.rows.indexOf(holder.structure) * 22;
  const from = x(holder.fill) - step * 0.32;
  const until = holder.to ? x(holder.end) : end;
  const turns = holder.stale ? Math.min(Math.max(x(holder.staleN), from), until) : until;
  const text = `${holder.structure} entry of core ${holder.core} (${holder.kind})\n${holder.input} → ${holder.output}, ${number(holder.size)} bytes\n`
    + `VMID ${holder.vmid}, ASID ${holder.asid}\nfilled at cycle ${number(holder.from)} by pc ${holder.pc}\n`
    + (holder.stale ? `stale from cycle ${number(holder.stale)}: its descriptor has changed\n` : "")
    + (holder.to ? `${holder.tlbi ? `removed by TLBI #${holder.tlbi}` : "replaced"} at cycle ${number(holder.to)}` : "still held at the end");
  if (turns > from) put(explain(svg("rect", { x: from, y, width: turns - from, height: 18, fill: "#b9dcf3", stroke: colour.sky }), text));
  if (holder.stale && until > turns) {
    const bar = svg("rect", { x: turns, y, width: until - turns, height: 18, fill: "url(#stripes)", stroke: colour.vermillion });
    bar.setAttribute("data-stale", (holder.to || data.timeline.end) - holder.stale);
    put(explain(bar, text));
  }
  const words = `→ ${holder.output}`;
  if (turns - from > words.length * 6.8) put(svg("text", { x: from + 5, y: y + 13, "pointer-events": "none" }, words));
  const stale = `stale → ${holder.output}`;
  if (holder.stale && until - turns > stale.length * 6.8 + 6) {
    put(svg("rect", { x: turns + 4, y: y + 2, width: stale.length * 6.5 + 4, height: 14, fill: "#fff", "pointer-events": "none" }),
      svg("text", { x: turns + 6, y: y + 13, "pointer-events": "none" }, stale));
  }
}

// From each TLBI to what every core did for it, and on to the DSB that completes it.
function drawArrows(put, marks, x, markY) {
  for (const tlbi of marks.filter((m) => m.kind === "tlbi")) {
    const done = marks.find((m) => m.kind === "done" && m.tlbis.includes(tlbi.n));
    for (const applied of marks.filter((m) => m.kind === "applied" && m.tlbi === tlbi.n)) {
      const strong = applied.dropped > 0;
      put(arrow(x(tlbi.n) + 5, markY(tlbi.core), x(applied.n) - 7, markY(applied.core), strong));
      if (done) put(arrow(x(applied.n) + 7, markY(applied.core), x(done.n) - 8, markY(done.core), strong));
    }
  }
}

function drawMarks(put, marks, x, markY, lanes) {
  const taken = {};  // by core: where the two rows of labels end
  for (const mark of [...marks].sort((a, b) => a.n - b.n)) {
    const place = x(mark.n);
    put(explain(markShape(mark.kind, place, markY(mark.core), mark.kind !== "applied" || mark.dropped > 0), mark.text));
    if (!mark.label) continue;
    const wide = mark.label.length * 6.4;
    const rows = (taken[mark.core] ??= [0, 0]);
    const row = rows.findIndex((end) => place - wide / 2 >= end);
    if (row < 0) continue;
    rows[row] = place + wide / 2 + 10;
    put(svg("text", { x: place, y: lanes[mark.core].y + (row ? 12 : 26), "text-anchor": "middle", "pointer-events": "none" }, mark.label));
  }
}

function orderLegend(withTable) {
  const shape = (made) => svg("svg", { width: 22, height: 18, viewBox: "0 0 22 18" }, made);
  const entry = (made, text) => element("span", {}, shape(made), text);
  const bar = (fill, stroke) => svg("rect", { x: 1, y: 3, width: 20, height: 12, fill, stroke });
  const parts = [entry(markShape("tlbi", 11, 9), "TLBI issued"), entry(markShape("applied", 11, 9), "applied, entries dropped"),
    entry(markShape("applied", 11, 9, false), "applied, nothing to drop"), entry(markShape("done", 11, 9), "DSB: complete")];
  if (withTable) {
    parts.unshift(entry(markShape("write", 11, 9), "descriptor written"));
    parts.push(entry(bar("#b9dcf3", colour.sky), "held in a TLB"), entry(bar("url(#stripes)", colour.vermillion), "held after the descriptor changed: stale"));
  }
  return element("div", { class: "legend" }, ...parts);
}
