// Lanes of the cores and counts over time, on one canvas with a cursor for pointer and keys.
function showTimeline() {
  const line = data.timeline;
  const buckets = line.cores[0].length;
  const names = line.activities;
  const left = 118, right = 12, laneHeight = 26, laneGap = 4, countHeight = 40, countGap = 10;
  const lanesBottom = 8 + line.cores.length * (laneHeight + laneGap);
  const counts = line.counts.filter((count) => count.values.some((value) => value > 0));
  const height = lanesBottom + 6 + counts.length * (countHeight + countGap) + 22;
  const canvas = element("canvas", { tabindex: 0, role: "img", "aria-label": "what each core does over time; arrow keys move the cursor" });
  let cursor = -1;

  const totals = names.map((_, n) => line.cores.reduce((sum, lane) => sum + lane.reduce((s, shares) =>
    s + shares.reduce((t, [id, cycles]) => t + (id === n ? cycles : 0), 0), 0), 0));
  const whole = totals.reduce((a, b) => a + b, 0) || 1;

  function draw() {
    const width = canvas.clientWidth || 1190;
    const scale = devicePixelRatio || 1;
    canvas.width = width * scale;
    canvas.height = height * scale;
    canvas.style.height = `${height}px`;
    const ink = canvas.getContext("2d");
    ink.scale(scale, scale);
    ink.font = '12px system-ui, "DejaVu Sans", sans-serif';
    ink.textBaseline = "middle";
    const plot = width - left - right;
    const x = (bucket) => Math.round((left + (bucket / buckets) * plot) * scale) / scale;
    line.cores.forEach((lane, core) => {
      const top = 8 + core * (laneHeight + laneGap);
      ink.fillStyle = colour.black;
      ink.fillText(`core ${core}`, 8, top + laneHeight / 2);
      ink.fillStyle = "#fafbfc";
      ink.fillRect(left, top, plot, laneHeight);
      lane.forEach((shares, bucket) => {
        const sum = shares.reduce((total, [, cycles]) => total + cycles, 0);
        let at = top + laneHeight;
        for (const [id, cycles] of shares) {
          const part = (cycles / Math.max(sum, line.bucket)) * laneHeight;
          ink.fillStyle = activityColour(names[id]);
          ink.fillRect(x(bucket), at - part, x(bucket + 1) - x(bucket), part);
          at -= part;
        }
      });
    });
    counts.forEach((count, n) => {
      const top = lanesBottom + 6 + n * (countHeight + countGap);
      const most = Math.max(...count.values);
      ink.fillStyle = colour.black;
      ink.fillText(count.name, 8, top + countHeight / 2 - 7);
      ink.fillStyle = "#57606a";
      ink.fillText(number(count.values.reduce((a, b) => a + b, 0)), 8, top + countHeight / 2 + 9);
      ink.fillStyle = colour.grey;
      ink.fillRect(left, top + countHeight, plot, 1);
      ink.fillStyle = colour.blue;
      count.values.forEach((value, bucket) => {
        const tall = (value / most) * countHeight;
        ink.fillRect(x(bucket), top + countHeight - tall, Math.max(1, x(bucket + 1) - x(bucket)), tall);
      });
    });
    ink.fillStyle = "#57606a";
    const bottom = height - 9;
    for (let tick = 0; tick <= 4; tick += 1) {
      ink.textAlign = tick === 4 ? "right" : tick === 0 ? "left" : "center";
      ink.fillText(time(Math.round((buckets * line.bucket * tick) / 4)), left + (plot * tick) / 4, bottom);
    }
    ink.textAlign = "left";
    if (cursor >= 0) {
      ink.fillStyle = "#1b1f2499";
      ink.fillRect(x(cursor + 0.5) - 0.5, 4, 1.5, height - 26);
    }
  }

  function describe(bucket) {
    const from = bucket * line.bucket;
    const lines = [`${time(from)} to ${time(from + line.bucket)}`];
    line.cores.forEach((lane, core) => {
      const shares = lane[bucket];
      const sum = shares.reduce((total, [, cycles]) => total + cycles, 0);
      const words = [...shares].sort((a, b) => b[1] - a[1]).slice(0, 4).map(([id, cycles]) => `${names[id]} ${Math.round((100 * cycles) / sum)} %`);
      lines.push(`core ${core}: ${words.join(", ") || "nothing known"}`);
    });
    lines.push(counts.map((count) => `${count.name} ${number(count.values[bucket])}`).join(", "));
    return lines.join("\n");
  }
  function move(bucket, clientX, clientY) {
    cursor = Math.max(0, Math.min(buckets - 1, bucket));
    draw();
    showTip(describe(cursor), clientX, clientY);
  }
  canvas.addEventListener("pointermove", (event) => {
    const box = canvas.getBoundingClientRect();
    const bucket = Math.floor(((event.clientX - box.left - left) / (box.width - left - right)) * buckets);
    if (bucket >= 0 && bucket < buckets) move(bucket, event.clientX, event.clientY);
  });
  canvas.addEventListener("pointerleave", () => { cursor = -1; draw(); hideTip(); });
  canvas.addEventListener("blur", () => { cursor = -1; draw(); hideTip(); });
  canvas.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1, PageUp: -32, PageDown: 32, Home: -buckets, End: buckets }[event.key];
    if (!by) return;
    event.preventDefault();
    const box = canvas.getBoundingClientRect();
    const next = Math.max(0, Math.min(buckets - 1, Math.max(cursor, 0) + by));
    move(next, box.left + left + (next / buckets) * (box.width - left - right), box.top + 40);
  });
  addEventListener("resize", draw);

  const legend = element("div", { class: "legend" }, ...names.map((name, n) => [name, totals[n]]).sort((a, b) => b[1] - a[1]).map(([name, cycles]) =>
    element("span", {}, svg("svg", { width: 16, height: 12 }, svg("rect", { width: 16, height: 12, fill: activityColour(name), stroke: "#8b949e" })),
      `${name} ${((100 * cycles) / whole).toFixed(1)} %`)));
  section("timeline", "Timeline", legend, element("figure", {}, canvas, element("figcaption", {},
    `One column is ${time(line.bucket)}; a cycle is a nanosecond. Point at it, or focus it and use the arrow keys.`)));
  draw();
}
