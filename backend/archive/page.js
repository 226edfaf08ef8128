"use strict";
// The page of an archive. It needs nothing but itself: the data stands in script elements
// of type application/json, one JSON document a line. Nothing of it ever becomes HTML.
const $ = (id) => document.getElementById(id);
const meta = JSON.parse($("meta").textContent);
const lines = (name) => [...document.querySelectorAll("script." + name)].flatMap((s) => s.textContent.split("\n").filter(Boolean));
const index = lines("index").map((l) => JSON.parse(l));
const fold = (s) => String(s).normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
const shown = 200;

// make builds an element with text; text only.
function make(tag, text, attrs) {
  const e = document.createElement(tag);
  if (text !== undefined && text !== null) say(e, text);
  for (const [k, v] of Object.entries(attrs || {})) e.setAttribute(k, v);
  return e;
}

// say puts a customer's text into an element; signs that turn the reading direction over or
// show nothing become marks.
function say(e, text) {
  let from = 0;
  const s = String(text);
  for (const m of s.matchAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g)) {
    if (m[0] === "\r") continue;
    e.append(s.slice(from, m.index));
    const mark = document.createElement("span");
    mark.className = "mark";
    mark.textContent = "U+" + m[0].codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
    e.append(mark);
    from = m.index + 1;
  }
  e.append(s.slice(from));
  e.dir = "auto";
  return e;
}

const when = (at) => (at || "").slice(0, 16).replace("T", " ");
const kind = (k) => meta.kinds[k] || k;
const state = (s) => meta.states[s] || s;
const key = (x) => encodeURIComponent(x.k) + "/" + encodeURIComponent(x.id);

// Where a document is: on this page by the number of its line, else in another part.
const chunks = [...document.querySelectorAll("script.docs")].map((s) => ({ first: Number(s.dataset.first), script: s }));
function docOf(entry) {
  if (entry.p !== meta.part) return null;
  for (let i = chunks.length - 1; i >= 0; i--) {
    if (chunks[i].first <= entry.n) return JSON.parse(chunks[i].script.textContent.split("\n").filter(Boolean)[entry.n - chunks[i].first]);
  }
  return null;
}

let numbers = null;
function oldNumbers(q) {
  if (!q) return [];
  if (!numbers) {
    numbers = new Map();
    for (const l of lines("numbers")) {
      const n = JSON.parse(l);
      for (const k of [n.old, n.old_address]) {
        if (!k) continue;
        const at = String(k).toLowerCase();
        numbers.set(at, [...(numbers.get(at) || []), n]);
      }
    }
  }
  return numbers.get(q.toLowerCase()) || numbers.get(q.toLowerCase().replace(/^#/, "")) || [];
}

function whereNow(n) {
  const box = make("div", null, { class: "moved" });
  const p = make("p");
  p.append(make("b", kind(n.object) + " " + n.old), " ");
  if (n.new) {
    p.append("is now ");
    if (/^https?:\/\//i.test(n.new_address || "")) {
      const a = make("a", n.new, { href: n.new_address, rel: "noopener noreferrer", target: "_blank" });
      p.append(a);
    } else p.append(make("b", n.new));
    p.append(" in the new desk.");
  } else p.append("is not in the new desk: " + state(n.state) + ".");
  box.append(p);
  return box;
}

function item(entry) {
  const li = make("li");
  const here = entry.p === meta.part;
  const a = make("a", null, { href: (here ? "" : meta.parts[entry.p - 1]) + "#" + key(entry) });
  a.append(make("b", entry.t || entry.id));
  a.append(make("span", [kind(entry.k) + " " + entry.id, when(entry.at), state(entry.s)].filter(Boolean).join(" · "), { class: "soft" }));
  if (entry.w && entry.w.length) a.append(make("span", entry.w.slice(0, 4).join(", "), { class: "soft" }));
  li.append(a);
  return li;
}

let turn = 0;
async function search() {
  const mine = ++turn;
  const q = $("q").value.trim();
  const terms = fold(q).split(/\s+/).filter(Boolean);
  const fits = (e) => (!$("kind").value || e.k === $("kind").value) && (!$("state").value || e.s === $("state").value);
  const found = [];
  const seen = new Set();
  const add = (e) => {
    if (seen.has(e)) return;
    seen.add(e);
    found.push(e);
  };
  const bare = q.toLowerCase().replace(/^#/, "");
  for (const e of index) if (bare && e.id.toLowerCase() === bare && fits(e)) add(e);
  for (const e of index) {
    if (!fits(e)) continue;
    if (!e.f) e.f = fold([e.id, e.t, e.at, ...(e.w || [])].join(" "));
    if (terms.every((t) => e.f.includes(t))) add(e);
  }
  $("now").replaceChildren(...oldNumbers(q).map(whereNow));
  const draw = (more) => {
    $("hits").replaceChildren(...found.slice(0, shown).map(item));
    const n = found.length;
    $("count").textContent = (n > shown ? "The first " + shown + " of " + n : n === 1 ? "1 record" : n + " records") + (more ? ", still searching the texts…" : ".");
  };
  draw(terms.length > 0 && chunks.length > 0);
  if (!terms.length) return;
  const byLine = new Map(index.filter((e) => e.p === meta.part).map((e) => [e.n, e]));
  for (const c of chunks) {
    await new Promise((go) => setTimeout(go));
    if (mine !== turn) return;
    let n = c.first;
    for (const l of c.script.textContent.split("\n")) {
      if (!l) continue;
      const e = byLine.get(n++);
      if (!e || seen.has(e) || !fits(e)) continue;
      const f = fold(l);
      if (terms.every((t) => f.includes(t))) add(e);
    }
  }
  draw(false);
}

function bytes(n) {
  return n < 1000 ? n + " bytes" : n < 1e6 ? (n / 1000).toFixed(1) + " kB" : (n / 1e6).toFixed(1) + " MB";
}

// content decodes an attachment; it becomes a file of no kind, which no browser runs.
function content(hash, type) {
  const pieces = [...document.querySelectorAll('script.file[data-hash="' + hash + '"]')].map((s) => {
    const raw = atob(JSON.parse(s.textContent));
    const b = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i++) b[i] = raw.charCodeAt(i);
    return b;
  });
  return pieces.length ? URL.createObjectURL(new Blob(pieces, { type })) : "";
}

const pictures = { png: "image/png", jpg: "image/jpeg", jpeg: "image/jpeg", gif: "image/gif", webp: "image/webp" };

function fileRow(f) {
  const row = make("div");
  row.append(make("span", f.name + " (" + bytes(f.size) + ") "));
  if (!f.hash) {
    row.append(make("span", f.problem || "Its content is not in the archive.", { class: "soft" }));
    return row;
  }
  const save = make("button", "Save", { type: "button", "aria-label": "Save " + f.name });
  save.addEventListener("click", () => {
    const url = content(f.hash, "application/octet-stream");
    const a = make("a", null, { href: url, download: f.name.replace(/[\u0000-\u001f<>:"/\\|?*\u202a-\u202e\u2066-\u2069]/g, "_") || "attachment" });
    a.click();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
  });
  row.append(save);
  const type = pictures[(f.name.split(".").pop() || "").toLowerCase()];
  if (type) {
    const show = make("button", "Show", { type: "button", "aria-label": "Show " + f.name });
    show.addEventListener("click", () => row.append(make("img", null, { src: content(f.hash, type), alt: f.name })), { once: true });
    row.append(" ", show);
  }
  return row;
}

function files(list) {
  const box = make("div", null, { class: "files" });
  box.append(...(list || []).map(fileRow));
  return box;
}

function open() {
  const [k, id] = location.hash.slice(1).split("/").map(decodeURIComponent);
  const entry = index.find((e) => e.k === k && e.id === id);
  for (const a of document.querySelectorAll("#list a[aria-current]")) a.removeAttribute("aria-current");
  for (const a of document.querySelectorAll("#list a")) if (a.hash === location.hash) a.setAttribute("aria-current", "true");
  if (!entry) return;
  const d = docOf(entry);
  const box = $("doc");
  box.replaceChildren();
  if (!d) {
    box.append(make("p", "This record is in another part of the archive."), make("a", meta.parts[entry.p - 1], { href: meta.parts[entry.p - 1] + location.hash }));
    return;
  }
  box.append(make("h2", d.title || d.id));
  box.append(make("p", [kind(d.k) + " " + d.id, when(d.at), state(d.state)].filter(Boolean).join(" · "), { class: "soft" }));
  if (d.why) box.append(make("p", d.why, { class: "soft" }));
  if (d.people && d.people.length) box.append(make("p", d.people.join(", ")));
  if (d.text) box.append(make("div", d.text, { class: "text" }));
  box.append(files(d.files));
  for (const m of d.thread || []) {
    const a = make("article", null, m.private ? { class: "private" } : {});
    const p = make("p");
    p.append(make("b", m.by || "Unknown"), " ", make("span", when(m.at) + (m.private ? " · private note" : ""), { class: "soft" }));
    a.append(p, make("div", m.text, { class: "text" }), files(m.files));
    box.append(a);
  }
  const dl = make("dl");
  for (const [name, value] of d.fields || []) if (value !== "") dl.append(make("dt", name), make("dd", value));
  const more = make("details");
  more.append(make("summary", "All fields"), dl);
  if (!d.thread && !d.text) more.open = true;
  const raw = make("details");
  raw.append(make("summary", "As the old desk gave it"));
  raw.addEventListener("toggle", () => raw.open && raw.childElementCount < 2 && raw.append(make("pre", JSON.stringify(d.raw, null, 1))));
  box.append(more, raw);
  box.scrollIntoView({ block: "nearest" });
}

for (const [id, map, of] of [["kind", meta.kinds, "k"], ["state", meta.states, "s"]]) {
  const used = new Set(index.map((e) => e[of]));
  for (const [v, title] of Object.entries(map)) if (used.has(v)) $(id).append(make("option", title, { value: v }));
}
let timer = 0;
$("q").addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(search, 120);
});
for (const id of ["kind", "state"]) $(id).addEventListener("change", search);
$("ask").addEventListener("submit", (e) => {
  e.preventDefault();
  search();
});
addEventListener("hashchange", open);
if (meta.parts.length > 0) {
  const p = $("parts");
  p.hidden = false;
  p.append(meta.part === 0 ? "Words inside the conversations are searched part by part: " : "This is one part of the archive. All of it: ");
  for (const [i, f] of (meta.part === 0 ? meta.parts : [meta.main]).entries()) p.append(i ? ", " : "", make("a", f, { href: f }));
}
search();
open();
