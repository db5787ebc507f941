"use strict";
(() => {
  const charts = [...document.querySelectorAll(".chart")];
  const narrow = matchMedia("(max-width: 620px)");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const touch = matchMedia("(pointer: coarse)");
  const config = { responsive: true, displaylogo: false, showSendToCloud: false, displayModeBar: touch.matches || narrow.matches ? false : "hover", doubleClick: "reset", modeBarButtonsToRemove: ["select2d", "lasso2d"] };

  const colours = () => {
    const style = getComputedStyle(document.documentElement);
    const of = (name) => style.getPropertyValue(name).trim();
    return { text: of("--soft"), grid: of("--grid"), line: of("--line"), panel: of("--panel") };
  };

  // Flat keys ("xaxis.gridcolor"), so that the same settings serve a first drawing and a change of colours.
  const theme = (layout) => {
    const c = colours();
    const patch = { paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", "font.color": c.text };
    Object.assign(patch, { "modebar.bgcolor": "rgba(0,0,0,0)", "modebar.color": c.line, "modebar.activecolor": c.text });
    for (const axis of Object.keys(layout).filter((key) => /^[xy]axis/.test(key))) {
      Object.assign(patch, { [`${axis}.gridcolor`]: c.grid, [`${axis}.linecolor`]: c.line, [`${axis}.zerolinecolor`]: c.line });
    }
    for (const axis of layout.scene ? ["xaxis", "yaxis", "zaxis"] : []) {
      Object.assign(patch, { [`scene.${axis}.gridcolor`]: c.line, [`scene.${axis}.zerolinecolor`]: c.line });
    }
    (layout.sliders ?? []).forEach((_, index) => {
      const part = `sliders[${index}]`;
      Object.assign(patch, { [`${part}.bgcolor`]: c.grid, [`${part}.activebgcolor`]: c.text, [`${part}.bordercolor`]: c.text });
      Object.assign(patch, { [`${part}.font.color`]: c.text, [`${part}.tickcolor`]: c.line });
    });
    (layout.updatemenus ?? []).forEach((_, index) => {
      const part = `updatemenus[${index}]`;
      Object.assign(patch, { [`${part}.bgcolor`]: c.panel, [`${part}.bordercolor`]: c.line, [`${part}.font.color`]: c.text });
    });
    return patch;
  };

  const set = (target, path, value) => {
    const keys = path.replace(/\[(\d+)\]/g, ".$1").split(".");
    const last = keys.pop();
    let here = target;
    for (const key of keys) here = here[key] ??= {};
    here[last] = value;
  };

  const figure = (chart) => {
    const drawn = JSON.parse(document.getElementById(chart.dataset.figure).textContent);
    const layout = drawn.layout;
    layout.xaxis ??= {};
    layout.yaxis ??= {};
    layout.autosize = true;
    const legend = drawn.data.filter((trace) => trace.showlegend !== false).length > 1;
    layout.margin = { l: narrow.matches ? 48 : 62, r: 14, t: 26, b: legend ? 54 : 34 };
    // What a figure needs for its own controls and words.
    Object.assign(layout.margin, layout.meta?.room);
    // Below the chart: above it, the tool bar would cover it.
    layout.legend = { orientation: "h", x: 0, xanchor: "left", yref: "container", y: 0, yanchor: "bottom" };
    layout.font = { ...layout.font, size: narrow.matches ? 11 : 12, family: getComputedStyle(document.body).fontFamily };
    if (narrow.matches) layout.yaxis.title = undefined;
    layout.xaxis.automargin = layout.yaxis.automargin = true;
    // One finger scrolls the page on a phone; it would otherwise zoom the chart.
    if (touch.matches) layout.dragmode = false;
    for (const [path, value] of Object.entries(theme(layout))) set(layout, path, value);
    return drawn;
  };

  const draw = (chart) => {
    const { data, layout } = figure(chart);
    return Plotly.react(chart, data, layout, config);
  };

  // Zooming one chart over time zooms all of them.
  let following = false;
  const follow = (source, change) => {
    const from = change["xaxis.range[0]"] ?? change["xaxis.range"]?.[0];
    const to = change["xaxis.range[1]"] ?? change["xaxis.range"]?.[1];
    const reset = change["xaxis.autorange"] === true;
    if (following || !(reset || from)) return;
    following = true;
    const patch = reset ? { "xaxis.autorange": true } : { "xaxis.range": [from, to], "xaxis.autorange": false };
    const others = charts.filter((chart) => chart !== source && chart.dataset.time === "1");
    Promise.all(others.map((chart) => Plotly.relayout(chart, patch))).finally(() => { following = false; });
  };

  const recolour = () => charts.forEach((chart) => Plotly.relayout(chart, theme(chart.layout)));

  for (const chart of charts) {
    draw(chart);
    if (chart.dataset.time === "1") chart.on("plotly_relayout", (change) => follow(chart, change));
  }
  dark.addEventListener("change", recolour);
  addEventListener("beforeprint", () => {
    // A4 or Letter less its margins.
    charts.forEach((chart) => Plotly.relayout(chart, { ...theme(chart.layout), width: 660, autosize: false }));
  });
  addEventListener("afterprint", () => {
    charts.forEach((chart) => Plotly.relayout(chart, { ...theme(chart.layout), width: null, autosize: true }));
  });

  for (const chooser of document.querySelectorAll("[data-choose]")) {
    const chart = document.getElementById(`chart-${chooser.dataset.choose}`);
    chooser.addEventListener("change", () => {
      chart.dataset.figure = chooser.value;
      draw(chart);
    });
  }

  for (const button of document.querySelectorAll("[data-log]")) {
    const chart = document.getElementById(`chart-${button.dataset.log}`);
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => {
      const log = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(log));
      Plotly.relayout(chart, { "yaxis.type": log ? "log" : "linear", "yaxis.autorange": true });
    });
  }

  const table = document.querySelector("table.sortable");
  const search = document.getElementById("search");
  if (!table) {
    if (search) search.closest("label").hidden = true;
    return;
  }
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const heads = [...table.tHead.rows[0].cells];
  const value = (row, column, kind) => {
    const cell = row.cells[column];
    if (kind !== "number") return cell.textContent;
    return cell.dataset.v === "" ? -Infinity : Number(cell.dataset.v);
  };
  heads.forEach((head, column) => {
    const button = head.querySelector("button");
    button.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      for (const other of heads) other.setAttribute("aria-sort", "none");
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const keyed = rows.map((row) => [value(row, column, button.dataset.kind), row]);
      keyed.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0) * (up ? 1 : -1));
      body.append(...keyed.map(([, row]) => row));
    });
  });
  if (!search) return;
  const texts = rows.map((row) => row.textContent.toLowerCase());
  search.addEventListener("input", () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    rows.forEach((row, index) => {
      row.hidden = !words.every((word) => texts[index].includes(word));
      if (!row.hidden) count += 1;
    });
    document.getElementById("matches").textContent = words.length ? `${count} of ${rows.length}` : "";
  });
})();
