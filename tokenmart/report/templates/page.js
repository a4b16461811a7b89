"use strict";
// What the filters change, said as overview.py says it; a browser compares the two in test_report.py.
// Money is a BigInt of picodollars, so that it adds up exactly. null is a figure that is not known.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  if (!data.periods.length) return;
  const form = document.getElementById("filters");
  const UNIT = 10n ** 12n;
  const DIMENSIONS = ["provider", "model", "organization", "project"];
  const COUNTS = ["tokens", "unpriced", "input", "cached", "unlisted"];
  const MONEY = ["cost", "personal", "token_cost", "billed", "contracted", "list", "caching", "processing"];
  const SERIES = 6, SHOWN = 10, MOST_BARS = 100, HEIGHT = 1000, LABELS = 8;

  const columns = {};
  for (const [name, text] of Object.entries(data.columns)) {
    const values = text.split(",");
    if (name === "day") columns[name] = values.map(Number);
    else if (DIMENSIONS.includes(name)) columns[name] = values.map(v => (v === "" ? null : Number(v)));
    else if (COUNTS.includes(name)) columns[name] = values.map(v => BigInt(v || 0));
    else columns[name] = values.map(v => (v === "" ? null : BigInt(v.replace("u", "000000"))));
  }

  // -- figures in words: words.py
  const abs = n => (n < 0n ? -n : n);
  const divide = (top, bottom) => {
    const sign = top < 0n !== bottom < 0n ? -1n : 1n;
    return sign * ((2n * abs(top) + abs(bottom)) / (2n * abs(bottom)));
  };
  const grouped = n => String(n).replace(/\B(?=(\d{3})+$)/g, ",");
  const usd = amount => {
    if (amount === null) return "not known";
    const cents = divide(abs(amount), UNIT / 100n), sign = amount < 0n ? "−" : "";
    if (amount !== 0n && cents === 0n) return sign + "<$0.01";
    return `${sign}$${grouped(cents / 100n)}.${String(cents % 100n).padStart(2, "0")}`;
  };
  const tenth = n => `${grouped(abs(n) / 10n)}.${abs(n) % 10n}%`;
  const percent = (part, whole) => {
    const tenths = divide(1000n * part, whole);
    return (tenths < 0n ? "−" : "") + tenth(tenths);
  };
  const change = (now, before) => {
    if (now === null || before === null) return "not known";
    if (before <= 0n) return now > 0n ? "new" : "–";
    const tenths = divide(1000n * (now - before), before);
    return tenths === 0n ? "unchanged" : `${tenths > 0n ? "▲" : "▼"} ${tenth(tenths)}`;
  };
  const compact = (number, [billion, million] = ["billion", "million"]) => {
    for (const [size, word] of [[10n ** 9n, billion], [10n ** 6n, million]]) {
      if (number >= size) {
        const hundredths = divide(100n * number, size);
        return `${grouped(hundredths / 100n)}.${String(hundredths % 100n).padStart(2, "0")} ${word}`;
      }
    }
    return grouped(number);
  };

  // -- adding up: cube.py
  const cell = () => {
    const made = { rows: 0 };
    COUNTS.forEach(name => { made[name] = 0n; });
    MONEY.forEach(name => { made[name] = null; });
    return made;
  };
  const add = (sum, row) => {
    sum.rows += 1;
    for (const name of COUNTS) sum[name] += columns[name][row];
    for (const name of MONEY) {
      if (columns[name][row] !== null) sum[name] = (sum[name] || 0n) + columns[name][row];
    }
  };
  const merge = (sum, other) => {
    sum.rows += other.rows;
    for (const name of COUNTS) sum[name] += other[name];
    for (const name of MONEY) if (other[name] !== null) sum[name] = (sum[name] || 0n) + other[name];
  };
  const money = (sum, name) => (sum.rows ? sum[name] : 0n);
  const isIn = (row, span) => span && columns.day[row] >= span[0] && columns.day[row] <= span[1];
  const total = (rows, span) => {
    const sum = cell();
    for (const row of rows) if (isIn(row, span)) add(sum, row);
    return sum;
  };
  const by = (rows, dimension, span) => {
    const found = new Map();
    for (const row of rows) {
      const member = columns[dimension][row];
      if (member === null || !isIn(row, span)) continue;
      if (!found.has(member)) found.set(member, cell());
      add(found.get(member), row);
    }
    return found;
  };
  const rate = sum => {
    const cost = money(sum, "token_cost"), tokens = sum.tokens - sum.unpriced;
    return cost === null || tokens === 0n ? null : divide(cost * 10n ** 6n, tokens);
  };

  // -- what they say: overview.py
  const compared = (now, before, period) =>
    period.before ? [`${change(now, before)} against ${period.compared}`] : ["no earlier days to compare with"];
  const share = (amount, largest) => {
    if (amount === null || amount <= 0n) return 0;
    const found = (100n * amount) / largest;
    return Number(found < 1n ? 1n : found);
  };
  const highest = amounts => amounts.reduce((most, each) => (each !== null && each > most ? each : most), 1n);

  function cards(rows, period) {
    const all = total(rows, period.span), now = total(rows, period.now), before = total(rows, period.before);
    const notes = compared(money(now, "cost"), money(before, "cost"), period);
    if (all.personal) notes.push(`employees paid ${usd(all.personal)} more themselves`);
    if (all.unpriced) notes.push(`cost not known for ${percent(all.unpriced, all.tokens)} of the tokens`);
    const caching = money(all, "caching"), processing = money(all, "processing");
    const saved = caching === null && processing === null ? null : (caching || 0n) + (processing || 0n);
    const most = highest([all.billed, all.contracted, all.list]);
    const gap = all.billed === null || all.contracted === null || all.contracted <= 0n ? null : all.billed - all.contracted;
    return {
      spend: { value: usd(money(all, "cost")), notes },
      tokens: { value: compact(all.tokens), notes: compared(now.tokens, before.tokens, period) },
      rate: {
        value: usd(rate(all)),
        notes: [...compared(rate(now), rate(before), period), "of the tokens whose cost is known"],
      },
      cache: all.input === 0n ? { value: "not known", notes: [] } : {
        value: percent(all.cached, all.input),
        notes: [`${compact(all.cached)} of ${compact(all.input)} input tokens`],
      },
      savings: {
        value: usd(saved),
        notes: [`${usd(caching)} by caching`, `${usd(processing)} by batch and service tiers`],
      },
      bill: {
        value: gap === null ? "nothing to compare" : `${usd(abs(gap))} ${gap >= 0n ? "over" : "under"} your prices`,
        notes: gap !== null && all.unlisted ? [`${compact(all.unlisted)} billed tokens have no list price`] : [],
        bars: ["billed", "contracted", "list"].map(name => [share(all[name], most), usd(all[name])]),
      },
    };
  }

  const ranked = (cells, other) => [...cells.keys()].sort((a, b) => {
    const one = cells.get(a), two = cells.get(b);
    const cost = (two.cost || 0n) - (one.cost || 0n), tokens = two.tokens - one.tokens;
    return (a === other) - (b === other) || Number(cost > 0n) - Number(cost < 0n)
      || Number(tokens > 0n) - Number(tokens < 0n) || a - b;
  });

  function spend(rows, period) {
    const cells = by(rows, "model", period.span);
    const order = ranked(cells, data.others.model);
    const shown = order.length > SERIES + 1 ? order.slice(0, SERIES) : order;
    const rest = order.slice(shown.length);
    const days = period.span[1] - period.span[0] + 1;
    const width = [1, 7, 28, 364, days].find(each => days <= each * MOST_BARS);
    const labels = barLabels(period, days, width);
    const names = shown.map(member => data.labels.model[member]);
    const values = shown.map(() => labels.map(() => null));
    const others = labels.map(() => null);
    for (const row of rows) {
      if (!isIn(row, period.span) || columns.cost[row] === null) continue;
      const at = Math.floor((columns.day[row] - period.span[0]) / width);
      const place = shown.indexOf(columns.model[row]);
      const into = place < 0 ? others : values[place];
      into[at] = (into[at] || 0n) + columns.cost[row];
    }
    let gray = shown.indexOf(data.others.model);
    if (rest.length) {
      names.push("all others");
      values.push(others);
      gray = names.length - 1;
    }
    return { names, values, labels, gray, advice: spendAdvice(cells, order, total(rows, period.span)) };
  }

  function barLabels(period, days, width) {
    const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    const isLong = period.first.slice(0, 4) !== period.last.slice(0, 4);
    const labels = [];
    for (let at = 0; at < days; at += width) {
      const day = new Date(Date.parse(period.first) + at * 864e5);
      labels.push(`${months[day.getUTCMonth()]} ${day.getUTCDate()}${isLong ? `, ${day.getUTCFullYear()}` : ""}`);
    }
    return labels;
  }

  function spendAdvice(cells, order, all) {
    const cost = money(all, "cost");
    if (!order.length) return "Nothing was used in this selection: widen the period or clear a filter.";
    if (cost === null) return "No cost is known here: add the prices that the section Unpriced lists.";
    const first = cells.get(order[0]).cost;
    if (cost <= 0n || !first || first <= 0n) return "There is hardly any spend here; nothing needs to be done.";
    return `${data.labels.model[order[0]]} is ${percent(first, cost)} of this spend. Start there: would a smaller model do, and is its input cached?`;
  }

  const ASK = {
    model: "Compare its cost per million with its neighbors' before it becomes a habit.",
    organization: "Ask what is new there, and set a budget for it.",
    project: "Ask its owner what is new, and set a budget for it.",
    provider: "Check that its bill agrees, below.",
  };
  const NAMELESS = {
    "no model named": "Look at which usage and lines of bills name none, and name the model there.",
    "no project named": "Look at which keys it is on: seeds/cost_owners.csv gives them owners.",
  };

  function tops(rows, period, dimension) {
    const cells = by(rows, dimension, period.span);
    const now = by(rows, dimension, period.now), before = by(rows, dimension, period.before);
    const order = ranked(cells, data.others[dimension]);
    const largest = highest([...cells.values()].map(each => each.cost));
    const shown = order.length > SHOWN + 1 ? order.slice(0, SHOWN) : order;
    const groups = shown.map(member => [data.labels[dimension][member], [member]]);
    const rest = order.slice(shown.length);
    if (rest.length) groups.push([`${rest.length} more lines`, rest]);
    const sum = (side, members) => {
      const made = cell();
      for (const member of members) if (side.has(member)) merge(made, side.get(member));
      return made;
    };
    let rise = null, riser = "";
    const lines = groups.map(([name, members]) => {
      const all = sum(cells, members), late = sum(now, members), early = sum(before, members);
      const more = (money(late, "cost") || 0n) - (money(early, "cost") || 0n);
      if (members.length === 1 && (rise === null || more > rise)) [rise, riser] = [more, name];
      return {
        name,
        share: share(money(all, "cost"), largest),
        cells: [
          usd(money(all, "cost")),
          period.before ? change(money(late, "cost"), money(early, "cost")) : "–",
          ...(dimension === "organization" ? [usd(money(all, "personal"))] : []),
          compact(all.tokens, ["B", "M"]),
          ...(dimension === "organization" ? [] : [usd(rate(all))]),
        ],
      };
    });
    let advice = `${riser} rose most, by ${usd(rise)}. ${NAMELESS[riser] || ASK[dimension]}`;
    if (!groups.length) advice = "Nothing in this selection has one.";
    else if (!period.before) advice = "There are no earlier days to compare with yet; come back when there are.";
    else if (rise === null || rise <= 0n) advice = "Nothing here rose; nothing needs to be done.";
    return { lines, advice };
  }

  // -- drawing: charts.py
  function scale(low, high) {
    const extent = Math.max(high - low, 1e-9), power = 10 ** Math.floor(Math.log10(extent / 4));
    const step = power * ([1, 2, 5].find(times => extent / (times * power) <= 5) || 10);
    const bottom = Math.floor(low / step + 1e-9) * step;
    const top = Math.max(Math.ceil(high / step - 1e-9) * step, bottom + step);
    const y = value => Math.floor((HEIGHT * (value - bottom)) / (top - bottom) + 0.5);
    const decimals = Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
    const ticks = [];
    for (let at = 0; at <= Math.round((top - bottom) / step); at += 1) {
      const value = bottom + step * at;
      const [whole, part] = Math.abs(value).toFixed(decimals).split(".");
      ticks.push([y(value), `${value < -step / 2 ? "−" : ""}$${grouped(whole)}${part ? `.${part}` : ""}`]);
    }
    return { y, ticks };
  }

  const element = (tag, text, name) => {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    if (name) made.className = name;
    return made;
  };
  const svgElement = tag => document.createElementNS("http://www.w3.org/2000/svg", tag);
  const named = name => {
    const made = element("th");
    made.scope = "row";
    made.append(element("bdi", name));
    return made;
  };
  const fill = (parent, children) => parent.replaceChildren(...children);

  function drawSpend({ names, values, labels, gray, advice }) {
    const section = document.getElementById("spend");
    const dollars = amount => Number(amount) / 1e12;
    const sums = labels.map((_, at) => values.map(row => (row[at] === null ? 0 : dollars(row[at]))));
    const sumOf = (each, isKept) => each.filter(isKept).reduce((a, b) => a + b, 0);
    const { y, ticks } = scale(
      Math.min(0, ...sums.map(each => sumOf(each, v => v < 0))),
      Math.max(0, ...sums.map(each => sumOf(each, v => v > 0))));
    let color = 0;
    const styles = names.map((_, at) => (at === gray ? "rest" : `s${color++}`));
    const paths = names.map(() => "");
    sums.forEach((parts, at) => {
      const ends = [0, 0];
      parts.forEach((part, row) => {
        if (!part) return;
        const side = part > 0 ? 0 : 1, from = y(ends[side]);
        ends[side] += part;
        const to = y(ends[side]), top = HEIGHT - Math.max(from, to), bottom = HEIGHT - Math.min(from, to);
        paths[row] += `M${10 * at + 1} ${top}h8v${bottom - top}h-8z`;
      });
    });
    const frame = section.querySelector(".frame"), svg = frame.querySelector("svg");
    svg.setAttribute("viewBox", `0 0 ${10 * Math.max(1, labels.length)} 1000`);
    fill(svg, paths.map((path, at) => {
      const made = svgElement("path");
      made.setAttribute("class", styles[at]);
      made.setAttribute("d", path);
      return made;
    }));
    fill(frame, [...ticks.map(([height, label]) => {
      const line = element("i", undefined, height === y(0) ? "line zero" : "line");
      line.style.bottom = `${height / 10}%`;
      line.append(element("b", label));
      return line;
    }), svg]);
    const every = Math.max(1, Math.ceil(labels.length / LABELS));
    fill(section.querySelector(".across"), labels.flatMap((label, at) => {
      if (at % every) return [];
      const made = element("b", label);
      made.style.left = `${(((at + 0.5) * 100) / labels.length).toFixed(2)}%`;
      return [made];
    }));
    fill(section.querySelector(".legend"), names.map((name, at) => {
      const item = element("li"), known = values[at].filter(each => each !== null);
      item.append(element("i", undefined, styles[at]), element("bdi", name), " ",
        element("span", usd(known.length ? known.reduce((a, b) => a + b, 0n) : null)));
      return item;
    }));
    section.querySelector("figcaption").textContent = advice;
    const head = element("tr");
    head.append(...["Day", ...names].map((name, at) => {
      const made = element("th", undefined, at ? "n" : "");
      made.scope = "col";
      made.append(element("bdi", name));
      return made;
    }));
    fill(section.querySelector("thead"), [head]);
    fill(section.querySelector("tbody"), labels.map((label, at) => {
      const row = element("tr");
      row.append(named(label), ...values.map(each => {
        const made = element("td", undefined, "n");
        made.append(element("bdi", each[at] === null ? "–" : usd(each[at])));
        return made;
      }));
      return row;
    }));
  }

  function drawCards(made) {
    for (const [key, { value, notes, bars }] of Object.entries(made)) {
      const card = document.getElementById(`card-${key}`);
      if (!card) continue;
      card.querySelector(".value").textContent = value;
      fill(card.querySelector(".notes"), notes.map(note => element("p", note)));
      (bars || []).forEach(([width, text], at) => {
        const bar = card.querySelectorAll(".bars dd")[at];
        bar.querySelector("rect").setAttribute("width", width);
        bar.querySelector("span").textContent = text;
      });
    }
  }

  function drawTops(section, { lines, advice }) {
    fill(section.querySelector("tbody"), lines.map(line => {
      const row = element("tr"), bar = element("td", undefined, "n bar"), svg = svgElement("svg"), rect = svgElement("rect");
      for (const [name, value] of [["viewBox", "0 0 100 1"], ["preserveAspectRatio", "none"], ["aria-hidden", "true"]]) svg.setAttribute(name, value);
      rect.setAttribute("width", line.share);
      rect.setAttribute("height", 1);
      svg.append(rect);
      bar.append(element("span", line.cells[0]), svg);
      row.append(named(line.name), bar, ...line.cells.slice(1).map(text => element("td", text, "n")));
      return row;
    }));
    section.querySelector(".advice").textContent = advice;
  }

  function update() {
    const chosen = Object.fromEntries(new FormData(form));
    const period = data.periods[chosen.period];
    const wanted = DIMENSIONS.filter(each => (chosen[each] || "") !== "");
    const rows = [];
    for (let row = 0; row < data.rows; row += 1) {
      if (wanted.every(each => columns[each][row] === Number(chosen[each]))) rows.push(row);
    }
    const figures = cards(rows, period);
    drawCards(figures);
    drawSpend(spend(rows, period));
    for (const dimension of DIMENSIONS) {
      const section = document.getElementById(`top-${dimension}`);
      if (section) drawTops(section, tops(rows, period, dimension));
    }
    for (const each of document.querySelectorAll("[data-period]")) each.hidden = each.dataset.period !== chosen.period;
    for (const each of document.querySelectorAll(".unfiltered")) each.hidden = !wanted.length;
    document.getElementById("said").textContent = `Spend ${figures.spend.value}, ${figures.tokens.value} tokens`;
  }

  form.hidden = false;
  form.addEventListener("change", update);
  form.addEventListener("submit", event => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(update));

  // a day's figures beside the pointer, from the table
  const tip = document.getElementById("tip"), frame = document.querySelector("#spend .frame");
  frame.addEventListener("pointermove", event => {
    const box = frame.getBoundingClientRect(), table = document.querySelector("#spend table");
    const days = table.tBodies[0].rows, share = (event.clientX - box.left) / box.width;
    const row = days[Math.min(days.length - 1, Math.max(0, Math.floor(share * days.length)))];
    if (!row) return;
    const names = [...table.tHead.rows[0].cells].map(each => each.textContent);
    fill(tip, [element("p", row.cells[0].textContent), ...[...row.cells].flatMap((each, at) => {
      if (!at || each.textContent === "–") return [];
      const line = element("p");
      line.append(element("bdi", names[at].slice(0, 32)), element("span", each.textContent));
      return [line];
    })]);
    tip.hidden = false;
    const left = event.clientX + 16, width = tip.offsetWidth;
    tip.style.left = `${left + width > innerWidth - 8 ? Math.max(8, event.clientX - width - 16) : left}px`;
    tip.style.top = `${Math.max(8, Math.min(event.clientY, innerHeight - tip.offsetHeight - 8))}px`;
  });
  frame.addEventListener("pointerleave", () => { tip.hidden = true; });

  // served by tokenmart report --serve: another page replaces this one
  if (data.version) {
    setInterval(async () => {
      try {
        const answer = await fetch("version", { cache: "no-store" });
        if (answer.ok && (await answer.text()) !== data.version) location.reload();
      } catch { /* the server has stopped; the page stays */ }
    }, 2000);
  }
})();
