// Summary, fills and flushes, page owners, verdicts, configuration, statistics.
function showSummary() {
  const run = data.run;
  const violations = data.verdicts.filter((v) => v.severity === "violation").length;
  const notes = data.verdicts.length - violations;
  const events = data.kinds.reduce((sum, kind) => sum + kind[1], 0);
  const card = (value, words, kind = "") => element("div", { class: `card ${kind}` }, element("b", {}, value), element("span", {}, words));
  const of = (name) => (data.kinds.find((kind) => kind[0] === name) || [name, 0])[1];
  document.getElementById("subject").textContent = ` ${run.cores} × ${run.preset}, seed ${run.seed}, quantum ${run.quantum}`;
  const was_checked = data.checkers.length || data.verdicts.length;
  section("summary", "Summary",
    run.complete ? "" : element("p", {}, "The log has no end: its run did not finish."),
    element("div", { class: "cards" },
      ...(was_checked ? [card(number(violations), violations === 1 ? "violation" : "violations", violations ? "bad" : "good"), card(number(notes), notes === 1 ? "note" : "notes")] :
        [card("–", "not checked")]),
      card(time(data.timeline.end), "simulated"), card(number(of("tlb_fill")), "TLB fills"), card(number(of("tlb_drop")), "entries dropped"),
      card(number(of("table_write")), "table writes"), card(number(data.shootdowns.total), "shootdowns"),
      card(number(data.held.stale), "entries went stale", ""), card(number(data.owners.changes), "owner changes"), card(number(events), "events seen")),
    run.ended ? element("p", {}, `The run ended: ${run.ended}.`) : "");
}

function showVerdicts() {
  const made = section("violations", "Violations and notes");
  if (!data.verdicts.length) {
    made.append(element("p", { class: "quiet" }, data.checkers.length ? `${plural(data.checkers.length, "checker")} had nothing to say: ${data.checkers.join(", ")}.` :
      "Nothing was checked: checkers run with --check."));
    return;
  }
  // As events are dumped, without what lines them up and with the words that numbers stand for.
  const domain = { 1: "OSHLD", 2: "OSHST", 3: "OSH", 5: "NSHLD", 6: "NSHST", 7: "NSH", 9: "ISHLD", 10: "ISHST", 11: "ISH", 13: "LD", 14: "ST", 15: "SY" };
  const line = (text) => text.trim().replace(/ +/g, " ").replace(/0x0+(?=[0-9a-f])/g, "0x")
    .replace(/barrier type=(\d) crm=(\d+)/, (_, type, crm) => type === "2" ? "ISB" : `${["DSB", "DMB"][type]} ${domain[crm] || crm}`)
    .replace(/(owner_change .*)old=(\d+) new=(\d+)/, (_, words, from, to) => `${words}from ${ownerName(Number(from))} to ${ownerName(Number(to))}`);
  const verdict = (v) => {
    const proof = element("details", v.severity === "violation" ? { open: "" } : {}, element("summary", {}, `proof: ${plural(v.proof.length, "event")}`), element("ol", { class: "proof" }, ...v.proof.map((text) => element("li", {}, line(text)))));
    return element("div", { class: `verdict ${v.severity}` }, element("h3", {}, `${v.severity}: ${v.rule}`), element("p", {}, v.what),
      element("p", { class: "quiet" }, `object ${v.object}; core ${v.core}, EL${v.el}, pc ${v.pc}, cycle ${number(v.t)}, event ${v.n}. ${v.citation}`),
      proof, v.replay ? element("p", {}, "Again: ", element("code", {}, v.replay)) : "");
  };
  made.append(...data.verdicts.filter((v) => v.severity === "violation").map(verdict));
  // A guest may earn thousands of notes: by rule, closed, the first of each.
  const shown = 20;
  const notes = data.verdicts.filter((v) => v.severity !== "violation");
  for (const rule of new Set(notes.map((v) => v.rule))) {
    const same = notes.filter((v) => v.rule === rule);
    made.append(element("details", {}, element("summary", {}, `${plural(same.length, "note")} of ${rule}`), ...same.slice(0, shown).map(verdict),
      same.length > shown ? element("p", { class: "quiet" }, `${number(same.length - shown)} more are not shown.`) : ""));
  }
}

function showFills() {
  const t = data.table;
  const made = section("fills", "Fills and flushes");
  if (!t.fills.length && !t.flushes.length) {
    made.append(element("p", { class: "quiet" }, "No TLB event was recorded."));
    return;
  }
  const tones = [colour.yellow, colour.sky, colour.blue, colour.green, colour.purple];
  const titles = { l1i: "L1 I", l1d: "L1 D", l2: "L2", walk: "walk cache", ipa: "IPA cache" };
  const rows = t.fills.map((f) => ({ label: `${f.vmid === null ? f.regime : `VMID ${f.vmid}`}, ${f.entry}`, counts: f.counts }));
  rows.push({ label: "replaced", counts: t.evictions }, { label: "flushed", counts: t.drops });
  const sum = (counts) => counts.reduce((a, b) => a + b, 0);
  const most = Math.max(1, ...rows.map((row) => sum(row.counts)));
  const width = 1188, left = 190, bar = 18, step = 26;
  const picture = svg("svg", { width, height: rows.length * step + 8, viewBox: `0 0 ${width} ${rows.length * step + 8}`, role: "group", "aria-label": "TLB fills by VMID and structure" });
  rows.forEach((row, n) => {
    const y = 4 + n * step;
    let x = left;
    picture.append(svg("text", { x: left - 10, y: y + 14, "text-anchor": "end" }, row.label));
    row.counts.forEach((count, s) => {
      const wide = (count / most) * (width - left - 110);
      if (count) picture.append(explain(svg("rect", { x, y, width: Math.max(wide, 1), height: bar, fill: tones[s], stroke: "#fff" }), `${row.label}\n${titles[t.structures[s]]}: ${number(count)}`));
      x += wide;
    });
    picture.append(svg("text", { x: x + 8, y: y + 14, class: "small" }, number(sum(row.counts))));
  });
  made.append(element("h3", {}, "TLB fills by VMID, stages and structure"), element("div", { class: "legend" }, ...t.structures.map((s, n) =>
    element("span", {}, svg("svg", { width: 16, height: 12 }, svg("rect", { width: 16, height: 12, fill: tones[n] })), titles[s]))),
  element("figure", {}, element("div", { class: "scroll" }, picture)));
  const flushes = table(["TLBI", "issued", "broadcast", "applied by cores", "entries dropped"],
    t.flushes.map((f) => [f.op, number(f.issued), number(f.broadcast), number(f.applied), number(f.dropped)]));
  const writes = table(["table", "level", "writer", "writes", "detached"],
    t.writes.map((w) => [`stage ${w.stage}, ${w.regime}`, number(w.level), w.writer, number(w.writes), number(w.detached)]));
  made.append(element("div", { class: "columns" }, element("div", {}, element("h3", {}, "Flushes"), flushes), element("div", {}, element("h3", {}, "Table writes"), writes)));
}

// A square a block of pages; the colour is the owner of most of them.
function showOwners() {
  const made = section("owners", "Page owners");
  const o = data.owners;
  if (!o.runs.length) {
    made.append(element("p", { class: "quiet" }, "No page changed its owner in what was recorded (needs firmware with a manifest)."));
    return;
  }
  const first = Math.floor(o.runs[0][0] / 512) * 512;
  const last = o.runs[o.runs.length - 1];
  const span = last[0] + last[1] - first;
  const columns = 128;
  let block = 1;
  while (Math.ceil(span / block) > columns * 48) block *= 2;
  const cells = Math.ceil(span / block);
  const side = 9;
  const rowsCount = Math.ceil(cells / columns);
  const owners = Array.from({ length: cells }, () => new Map());
  const former = Array.from({ length: cells }, () => new Map());
  for (const [page, pages, owner, vm] of o.runs) {
    for (let at = page; at < page + pages;) {
      const cell = Math.floor((at - first) / block);
      const until = Math.min(page + pages, first + (cell + 1) * block);
      owners[cell].set(owner, (owners[cell].get(owner) || 0) + until - at);
      if (vm && vm !== owner) former[cell].set(vm, (former[cell].get(vm) || 0) + until - at);
      at = until;
    }
  }
  const width = 110 + columns * side;
  const picture = svg("svg", { width, height: rowsCount * side + 8, viewBox: `0 0 ${width} ${rowsCount * side + 8}`, role: "group", "aria-label": "owners of physical pages" });
  owners.forEach((cell, n) => {
    const x = 110 + (n % columns) * side, y = 4 + Math.floor(n / columns) * side;
    const sorted = [...cell].sort((a, b) => b[1] - a[1]);
    const address = "0x" + ((first + n * block) * 4096).toString(16);
    if (n % columns === 0 && Math.floor(n / columns) % 4 === 0) picture.append(svg("text", { x: 100, y: y + 9, class: "small", "text-anchor": "end" }, address));
    if (!sorted.length) return;
    const shape = svg("rect", { x, y, width: side - 1, height: side - 1, fill: ownerColour(sorted[0][0]) });
    const before = [...former[n]].sort((a, b) => b[1] - a[1]);
    const words = `${address}, ${plural(block, "page")}\n` + sorted.map(([owner, pages]) => `${ownerName(owner)}: ${number(pages)}`).join("\n") +
      before.map(([owner, pages]) => `\nbefore, ${ownerName(owner)}: ${number(pages)}`).join("");
    shape.addEventListener("pointermove", (event) => showTip(words, event.clientX, event.clientY));
    shape.addEventListener("pointerleave", hideTip);
    picture.append(shape);
    // What a VM gave back keeps a mark of its colour.
    if (before.length) picture.append(svg("rect", { x: x + 1.5, y: y + 1.5, width: side - 4, height: side - 4, fill: ownerColour(before[0][0]), "pointer-events": "none" }));
  });
  const totals = new Map();
  for (const [, pages, owner] of o.runs) totals.set(owner, (totals.get(owner) || 0) + pages);
  const gaveBack = new Map();
  for (const [, pages, owner, vm] of o.runs) if (vm && vm !== owner) gaveBack.set(vm, (gaveBack.get(vm) || 0) + pages);
  made.append(element("p", {}, `${plural(o.changes, "change")} of owner. At the end, of the pages that ever changed hands; one square is ${plural(block, "page")} of 4 KiB.`),
    element("div", { class: "legend" }, ...[...totals].sort((a, b) => b[1] - a[1]).map(([owner, pages]) => element("span", {},
      svg("svg", { width: 16, height: 12 }, svg("rect", { width: 16, height: 12, fill: ownerColour(owner) })), `${ownerName(owner)}: ${plural(pages, "page")}`)),
    ...[...gaveBack].map(([vm, pages]) => element("span", {}, svg("svg", { width: 16, height: 12 }, svg("rect", { x: 5, y: 3, width: 6, height: 6, fill: ownerColour(vm) })),
      `${ownerName(vm)} before: ${plural(pages, "page")}`))),
    element("figure", {}, element("div", { class: "scroll", tabindex: 0 }, picture)),
    table(["from", "to", "pages"], o.moves.map(([from, to, count]) => [ownerName(from), ownerName(to), number(count)])));
}

function showRest() {
  section("events", "Events", table(["kind", "count", "meaning"], data.kinds.map(([name, count, meaning]) => [name, number(count), meaning])));
  const made = section("configuration", "Configuration");
  made.append(data.configuration ? element("pre", {}, data.configuration) : element("p", { class: "quiet" }, "The log does not hold the configuration."));
  if (data.console) made.append(element("h3", {}, "Console, its end"), element("pre", {}, data.console));
  if (data.statistics.length) {
    made.append(element("details", {}, element("summary", {}, plural(data.statistics.length, "statistic")),
      table(["name", "value", "unit", "description"], data.statistics.map(([name, value, unit, words]) => [element("code", {}, name), unit === "Ratio" && value !== null ? value.toFixed(4) : number(value), unit, words]))));
  }
}
