"use strict";
// The page's only script. Log text is set with textContent, never as markup.
(() => {
  const $ = (id) => document.getElementById(id);
  const data = JSON.parse($("data").textContent);
  const total = data.text.length;
  const ROW = 20;
  const OVERSCAN = 12;

  // -- theme ---------------------------------------------------------------

  const root = document.documentElement;
  const stored = (() => { try { return localStorage.getItem("unstuck-theme"); } catch { return null; } })();
  if (stored) root.dataset.theme = stored;
  const isDark = () => root.dataset.theme
    ? root.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  const switchTheme = () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    try { localStorage.setItem("unstuck-theme", root.dataset.theme); } catch { /* file: may forbid it */ }
  };
  $("theme").addEventListener("click", switchTheme);

  // -- showing what can't be seen --------------------------------------------

  // An ANSI sequence stays in one piece; any other control, format or
  // direction character, and a lone surrogate, is an escape of its own.
  const UNSEEN = /\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
  const escaped = (text) => text.replace(/[^\x20-\x7e]/g, (c) => {
    const code = c.charCodeAt(0);
    return code < 256 ? "\\x" + code.toString(16).padStart(2, "0") : "\\u" + code.toString(16).padStart(4, "0");
  });

  /** Append text to an element, unseen characters as dim escapes. */
  const put = (element, text) => {
    let end = 0;
    for (const match of text.matchAll(UNSEEN)) {
      if (match.index > end) element.append(text.slice(end, match.index));
      const span = document.createElement("span");
      span.className = "esc";
      span.textContent = escaped(match[0]);
      element.append(span);
      end = match.index + match[0].length;
    }
    if (end < text.length) element.append(text.slice(end));
  };

  /** Like `put`, with what the search found marked. */
  const putMarked = (element, text) => {
    const pattern = state.marker;
    if (!pattern) { put(element, text); return; }
    let end = 0, count = 0;
    pattern.lastIndex = 0;
    for (let match; count < 200 && (match = pattern.exec(text));) {
      if (!match[0]) { pattern.lastIndex += 1; continue; }
      put(element, text.slice(end, match.index));
      const mark = document.createElement("mark");
      put(mark, match[0]);
      element.append(mark);
      end = match.index + match[0].length;
      count += 1;
    }
    put(element, text.slice(end));
  };

  const two = (n) => String(n).padStart(2, "0");
  const clock = (index) => {
    const at = new Date(data.base * 1000 + data.ms[index]);
    return `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}.${String(at.getUTCMilliseconds()).padStart(3, "0")}`;
  };
  const when = (seconds) => new Date(seconds * 1000).toISOString().slice(11, 19);

  // -- filter ------------------------------------------------------------------

  const state = {
    view: Uint32Array.from({ length: total }, (_, i) => i),
    count: total,
    selected: -1, // a place in the view
    marker: null,
    off: new Set(), // services that are not shown
    from: null, // seconds since the epoch
    to: null,
  };
  let lower = null;
  const lowered = () => (lower ??= data.text.map((text) => text.toLowerCase()));

  /** Return a test for the query, null for none; throws on a bad expression. */
  const matcher = (query) => {
    state.marker = null;
    if (!query) return null;
    const expression = /^\/(.+)\/(i?)$/.exec(query);
    if (expression) {
      const test = new RegExp(expression[1], expression[2]);
      state.marker = new RegExp(expression[1], "g" + expression[2]);
      return (i) => test.test(data.text[i]);
    }
    const word = query.toLowerCase();
    const texts = lowered();
    state.marker = new RegExp(query.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "gi");
    return (i) => texts[i].includes(word);
  };

  const apply = () => {
    const began = performance.now();
    const keep = state.selected >= 0 ? state.view[state.selected] : -1;
    const query = $("query").value;
    let found = null;
    try {
      found = matcher(query);
      $("query").removeAttribute("aria-invalid");
    } catch {
      $("query").setAttribute("aria-invalid", "true");
      return;
    }
    const level = Number($("level").value);
    const shown = data.services.map((service) => !state.off.has(service));
    const first = state.from === null ? -Infinity : (state.from - data.base) * 1000;
    const last = state.to === null ? Infinity : (state.to - data.base) * 1000;
    const { ms, container, level: levels } = data;
    let count = 0;
    for (let i = 0; i < total; i += 1) {
      if (levels[i] < level || !shown[container[i]]) continue;
      if (ms[i] < first || ms[i] > last) continue;
      if (found && !found(i)) continue;
      state.view[count] = i;
      count += 1;
    }
    state.count = count;
    state.selected = keep >= 0 ? placeOf(keep) : -1;
    $("count").textContent = count === total
      ? `${total.toLocaleString("en")} lines`
      : `${count.toLocaleString("en")} of ${total.toLocaleString("en")} lines`;
    resize();
    if (state.selected >= 0) reveal(state.selected); else if (stick) list.scrollTop = list.scrollHeight;
    draw(true);
    root.dataset.filterMs = (performance.now() - began).toFixed(1);
  };

  /** Return the place in the view of a line, or -1. */
  const placeOf = (line) => {
    let low = 0, high = state.count - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      if (state.view[middle] === line) return middle;
      if (state.view[middle] < line) low = middle + 1; else high = middle - 1;
    }
    return -1;
  };

  // -- the list ------------------------------------------------------------------

  const list = $("list"), rows = $("rows"), spacer = $("spacer");
  let drawnFrom = -1, drawnTo = -1;
  let stick = true; // at the end until the reader scrolls
  const resize = () => { spacer.style.height = `${Math.max(state.count * ROW, 1)}px`; };

  const makeRow = (place) => {
    const line = state.view[place];
    const row = document.createElement("div");
    row.className = `row ${data.levels[data.level[line]]}`;
    row.id = `row-${place}`;
    row.setAttribute("role", "option");
    row.setAttribute("aria-selected", String(place === state.selected));
    row.setAttribute("aria-setsize", String(state.count));
    row.setAttribute("aria-posinset", String(place + 1));
    for (const [name, text] of [["at", clock(line)], ["from", data.services[data.container[line]]]]) {
      const cell = document.createElement("span");
      cell.className = name;
      cell.textContent = text;
      row.append(cell);
    }
    const cell = document.createElement("span");
    cell.className = "text";
    putMarked(cell, data.text[line].slice(0, 1000));
    row.append(cell);
    return row;
  };

  const draw = (force) => {
    const first = Math.max(0, Math.floor(list.scrollTop / ROW) - OVERSCAN);
    const last = Math.min(state.count, Math.ceil((list.scrollTop + list.clientHeight) / ROW) + OVERSCAN);
    if (!force && first === drawnFrom && last === drawnTo) return;
    drawnFrom = first;
    drawnTo = last;
    const made = document.createDocumentFragment();
    for (let place = first; place < last; place += 1) made.append(makeRow(place));
    if (!state.count) {
      const empty = document.createElement("p");
      empty.className = "empty";
      empty.textContent = total ? "No line matches. Esc shows all of them." : "The bundle holds no log lines.";
      made.append(empty);
    }
    rows.replaceChildren(made);
    rows.style.transform = `translateY(${first * ROW}px)`;
    if (state.selected >= first && state.selected < last) list.setAttribute("aria-activedescendant", `row-${state.selected}`);
    else list.removeAttribute("aria-activedescendant");
  };

  const reveal = (place) => {
    const top = place * ROW;
    if (top < list.scrollTop) list.scrollTop = top;
    else if (top + ROW > list.scrollTop + list.clientHeight) list.scrollTop = top + ROW - list.clientHeight;
  };
  const center = (place) => { list.scrollTop = place * ROW - list.clientHeight / 2; };

  const select = (place, { middle = false } = {}) => {
    if (!state.count) return;
    state.selected = Math.min(Math.max(place, 0), state.count - 1);
    stick = false;
    if (middle) center(state.selected); else reveal(state.selected);
    draw(true);
    if (!$("detail").hidden) showDetail();
  };

  let queued = false;
  list.addEventListener("scroll", () => {
    stick = list.scrollTop + list.clientHeight >= list.scrollHeight - ROW;
    if (queued) return;
    queued = true;
    requestAnimationFrame(() => { queued = false; draw(false); });
  }, { passive: true });
  new ResizeObserver(() => draw(true)).observe(list);
  list.addEventListener("click", (event) => {
    const row = event.target.closest(".row");
    if (row) select(Number(row.id.slice(4)));
  });
  list.addEventListener("dblclick", () => showDetail());

  const nextError = (step) => {
    let place = state.selected < 0 ? (step > 0 ? -1 : state.count) : state.selected;
    for (place += step; place >= 0 && place < state.count; place += step) {
      if (data.level[state.view[place]] === 4) { select(place, { middle: true }); return; }
    }
  };

  // -- the whole of one line --------------------------------------------------------

  const showDetail = () => {
    if (state.selected < 0) return;
    const line = state.view[state.selected];
    $("detail-where").textContent = `${clock(line)} UTC · ${data.containers[data.container[line]]}`;
    const text = $("detail-text");
    text.replaceChildren();
    putMarked(text, data.text[line]);
    $("detail").hidden = false;
  };
  const hideDetail = () => { $("detail").hidden = true; list.focus({ preventScroll: true }); };
  const switchWrap = () => {
    const on = $("wrap").getAttribute("aria-pressed") !== "true";
    $("wrap").setAttribute("aria-pressed", String(on));
    $("detail").classList.toggle("wrap", on);
    $("logs").classList.toggle("wrap", on);
    if (on) showDetail();
  };
  $("wrap").addEventListener("click", switchWrap);
  $("detail-close").addEventListener("click", hideDetail);

  const copy = async (button, text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch { // file: has no clipboard in some browsers
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    const said = button.textContent;
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = said; }, 1200);
  };
  $("detail-copy").addEventListener("click", (event) => copy(event.currentTarget, data.text[state.view[state.selected]] ?? ""));
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.addEventListener("click", () => copy(button, $(button.dataset.copy).textContent));
  }

  // -- tools ------------------------------------------------------------------------

  const services = [...new Set(data.services)];
  for (const service of services) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = service;
    button.setAttribute("aria-pressed", "true");
    button.addEventListener("click", (event) => {
      // With Alt or Shift: this one alone.
      if (event.altKey || event.shiftKey) state.off = new Set(services.filter((s) => s !== service));
      else if (!state.off.delete(service)) state.off.add(service);
      pressServices();
      apply();
    });
    $("services").append(button);
  }
  const pressServices = () => {
    for (const button of $("services").querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(!state.off.has(button.textContent)));
    }
  };

  /** Return the moment that hh:mm[:ss] or a full time means, null for none. */
  const moment = (text, end) => {
    if (!text.trim()) return null;
    const parts = /^(\d{1,2}):(\d{2})(?::(\d{2})(\.\d+)?)?$/.exec(text.trim());
    if (!parts) {
      const full = Date.parse(/[zZ]|[+-]\d\d:?\d\d$/.test(text) ? text : `${text.trim().replace(" ", "T")}Z`);
      return Number.isNaN(full) ? undefined : full / 1000;
    }
    // Of the days that the lines span, the last on which this time has passed.
    const newest = total ? data.base + data.ms[total - 1] / 1000 : data.end;
    const day = Math.floor(newest / 86400) * 86400;
    const seconds = Number(parts[1]) * 3600 + Number(parts[2]) * 60 + Number(parts[3] ?? (end ? 59 : 0)) + Number(parts[4] ?? (end && !parts[4] ? 0.999 : 0));
    return day + seconds > newest + 60 ? day - 86400 + seconds : day + seconds;
  };
  const readTimes = () => {
    for (const [id, end] of [["from", false], ["to", true]]) {
      const at = moment($(id).value, end);
      $(id).toggleAttribute("aria-invalid", at === undefined);
      if (at !== undefined) state[id] = at;
    }
    brushTo(state.from, state.to);
    apply();
  };
  const setTimes = (from, to) => {
    const days = from !== null && Math.floor(from / 86400) !== Math.floor(data.end / 86400);
    const said = (at) => (at === null ? "" : days ? new Date(at * 1000).toISOString().slice(0, 19).replace("T", " ") : when(at));
    $("from").value = said(from);
    $("to").value = said(to);
    state.from = from;
    state.to = to;
    brushTo(from, to);
    apply();
  };
  const reset = () => {
    $("query").value = "";
    $("level").value = "0";
    state.off.clear();
    pressServices();
    setTimes(null, null);
  };
  // At once while that is quick; else when the typing pauses.
  let typing = 0;
  $("query").addEventListener("input", () => {
    clearTimeout(typing);
    if (Number(root.dataset.filterMs ?? 0) < 40) apply();
    else typing = setTimeout(apply, 60);
  });
  $("level").addEventListener("change", apply);
  $("from").addEventListener("change", readTimes);
  $("to").addEventListener("change", readTimes);
  $("reset").addEventListener("click", reset);

  // -- timeline ----------------------------------------------------------------------

  const volume = $("volume"), brush = $("brush");
  const length = data.end - data.start;
  const brushTo = (from, to) => {
    const left = from === null ? 0 : Math.max(0, (from - data.start) / length * 100);
    const right = to === null ? 100 : Math.min(100, (to - data.start) / length * 100);
    const none = from === null && to === null;
    brush.setAttribute("x", `${none ? 0 : left}%`);
    brush.setAttribute("width", `${none ? 0 : Math.max(0, right - left)}%`);
  };
  let drag = null;
  const momentAt = (event) => {
    const box = volume.getBoundingClientRect();
    const part = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    return data.start + part * length;
  };
  volume.addEventListener("pointerdown", (event) => {
    drag = { at: momentAt(event), x: event.clientX };
    volume.setPointerCapture(event.pointerId);
  });
  volume.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const now = momentAt(event);
    brushTo(Math.min(drag.at, now), Math.max(drag.at, now));
  });
  volume.addEventListener("pointerup", (event) => {
    if (!drag) return;
    const now = momentAt(event), moved = Math.abs(event.clientX - drag.x) > 3;
    const [from, to] = moved ? [Math.min(drag.at, now), Math.max(drag.at, now)] : [now - length / 192, now + length / 192];
    drag = null;
    setTimes(from, to);
  });
  for (const lane of document.querySelectorAll("svg.lane")) {
    lane.addEventListener("click", (event) => {
      const mark = event.target.closest("[data-at]");
      if (!mark) return;
      const at = (Number(mark.dataset.at) - data.base) * 1000 - 1;
      const wanted = data.containers.indexOf(lane.dataset.container);
      let place = 0;
      while (place < state.count && (data.ms[state.view[place]] < at || data.container[state.view[place]] !== wanted)) place += 1;
      select(Math.min(place, state.count - 1), { middle: true });
      $("logs").scrollIntoView();
      list.focus({ preventScroll: true });
    });
  }

  // -- keys ---------------------------------------------------------------------------

  const dialog = $("dialog");
  const help = () => { if (dialog.open) dialog.close(); else dialog.showModal(); };
  $("help").addEventListener("click", help);
  $("dialog-close").addEventListener("click", () => dialog.close());

  const page = () => Math.max(1, Math.floor(list.clientHeight / ROW) - 1);
  const move = (by) => select(state.selected < 0 ? (by > 0 ? Math.ceil(list.scrollTop / ROW) : state.count - 1) : state.selected + by);
  const everywhere = {
    "/": () => { $("query").focus(); $("query").select(); },
    j: () => move(1), k: () => move(-1),
    e: () => nextError(1), E: () => nextError(-1),
    g: () => select(0), G: () => select(state.count - 1),
    w: switchWrap, t: switchTheme, "?": help,
  };
  const inList = {
    ArrowDown: () => move(1), ArrowUp: () => move(-1),
    PageDown: () => move(page()), PageUp: () => move(-page()),
    Home: () => select(0), End: () => select(state.count - 1),
    Enter: showDetail,
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || dialog.open) return;
    const field = event.target.closest("input, select, textarea");
    if (event.key === "Escape") {
      if (!$("detail").hidden) hideDetail();
      else { reset(); if (field) list.focus({ preventScroll: true }); }
      event.preventDefault();
      return;
    }
    if (field) {
      if (event.key === "Enter" && field.id === "query") { list.focus(); move(1); event.preventDefault(); }
      return;
    }
    const act = (event.target === list && inList[event.key]) || everywhere[event.key];
    if (!act) return;
    if ("jkeEgG".includes(event.key)) list.focus({ preventScroll: true });
    act();
    event.preventDefault();
  });

  // -- begin -----------------------------------------------------------------------------

  resize();
  draw(true);
  list.scrollTop = list.scrollHeight;
  draw(true);
  // The first search should not have to wait for this.
  (globalThis.requestIdleCallback ?? setTimeout)(lowered);
  addEventListener("beforeprint", () => { $("last").open = true; });
  root.dataset.readyMs = performance.now().toFixed(1);
})();
