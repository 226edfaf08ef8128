// What is not moved, as one file: it is opened from the disk as somebody would in ten
// years, searched, read, and nothing in it runs or leaves this computer.

import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";

export const name = "the archive opens from disk, finds what is asked for, and is safe";
export const timeout = 180_000;

const EVIL = `</script><script>window.hit=1</script><img src=http://203.0.113.9/x.png onerror="window.hit=2"><iframe src=javascript:parent.hit=3></iframe>`;
const cell = (s) => `"${s.replaceAll('"', '""')}"`;
const table = (rows) => rows.map((r) => r.map(cell).join(",")).join("\n") + "\n";
// The smallest picture there is: one red point.
const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

/** makeProject stages a small desk by the terminal program; nothing of it moves. */
async function makeProject(t) {
  const dir = path.join(t.tmp, "old");
  await mkdir(path.join(dir, "files"), { recursive: true });
  const put = (file, rows) => writeFile(path.join(dir, file), table(rows));
  await put("customers.csv", [
    ["Customer ID", "Name", "E-mail"],
    ["c1", "Zoë Müller", "zoe@kunde.example"],
    ["c2", `Bo ${EVIL}`, "bo@kunde.example"],
  ]);
  await put("tickets.csv", [
    ["Ticket ID", "Subject", "Status", "Requester ID", "Opened"],
    ["4711", "Der Drucker brennt", "Closed", "c1", "2016-03-04T10:00:00Z"],
    ["4712", `Invoice ${EVIL} \u202egpj.exe`, "Closed", "c2", "2017-05-06T11:00:00Z"],
    ...Array.from({ length: 60 }, (_, i) => [String(5000 + i), `Routine question ${i}`, "Closed", "c1", "2018-01-01T00:00:00Z"]),
  ]);
  await put("messages.csv", [
    ["Message ID", "Ticket ID", "Author", "Body", "Public", "Created"],
    ["m2", "4711", "zoe@kunde.example", "<p>Es raucht <b>immer noch</b>. Kennwort: Flugzeugträger</p>", "yes", "2016-03-05T09:00:00Z"],
    ["m1", "4711", "zoe@kunde.example", "Hilfe, der Drucker brennt!", "yes", "2016-03-04T10:00:00Z"],
    ["m3", "4711", "bo@kunde.example", "Only among us: replace it.", "no", "2016-03-05T10:00:00Z"],
    ...[5001, 5002, 5003].map((n) => [`long${n}`, String(n), "zoe@kunde.example", `${n} ${"a long log ".repeat(60_000)}`, "yes", "2018-01-01T00:00:00Z"]),
    ["m4", "4712", "bo@kunde.example", `Look: ${EVIL}`, "yes", "2017-05-06T11:00:00Z"],
  ]);
  await put("attachments.csv", [
    ["Attachment ID", "Message ID", "File name", "Type", "Size", "Path"],
    ["a1", "m2", "rauch.png", "image/png", "70", "files/a1.png"],
    ["a2", "m4", "evil.html", "text/html", String(EVIL.length), "files/a2.html"],
  ]);
  await writeFile(path.join(dir, "files", "a1.png"), Buffer.from(PNG, "base64"));
  await writeFile(path.join(dir, "files", "a2.html"), EVIL);
  const project = path.join(t.tmp, "Kept.waybill");
  const run = async (...args) => {
    const done = await t.cli(...args, "--json", "--quiet", "--as", "Anna Meyer");
    assert.equal(done.code, 0, `waybill ${args.join(" ")}: ${done.stdout}${done.stderr}`);
    return done.json();
  };
  await run("new", project, "--name", "Kestrelmoor");
  await run("connect", project, "source", dir);
  await run("extract", project);
  return { project, run };
}

/** look opens a file from the disk in a page of its own, and notes every request that leaves it. */
async function look(t, file) {
  const page = await t.context.newPage();
  const left = [];
  const errors = [];
  page.on("request", (r) => {
    if (!/^(file|blob):/.test(r.url())) left.push(r.url());
  });
  page.on("pageerror", (e) => errors.push(String(e)));
  page.on("console", (m) => m.type() === "error" && errors.push(m.text()));
  await page.goto(pathToFileURL(file).href);
  return { page, left, errors };
}

const hits = (page) => page.getByRole("region", { name: "Found" }).getByRole("listitem");
const found = (page, n) => page.getByRole("status").getByText(new RegExp(`^${n} records?\\.$`)).waitFor();
const record = (page) => page.getByRole("region", { name: "Record" });

export async function run(t) {
  const { project, run } = await makeProject(t);
  const file = path.join(t.tmp, "Old desk.html");
  const made = await run("archive", project, file, "--fates", "pending");
  assert.equal(made.files.length, 1);
  assert.equal(made.attachments, 2);
  assert.equal(made.documents, 64, "62 tickets and 2 customers; messages and files stand inside");
  await whole(t, file);

  const parts = path.join(t.tmp, "Parts.html");
  const split = await run("archive", project, parts, "--fates", "pending", "--part-size", "1M");
  assert.ok(split.files.length >= 3, `an index and two parts: ${split.files}`);
  const { page, left, errors } = await look(t, parts);
  await page.getByText("Words inside the conversations are searched part by part").waitFor();
  await page.getByRole("searchbox").fill("5003");
  await hits(page).filter({ hasText: "5003" }).first().getByRole("link").click();
  await record(page).getByRole("heading", { name: "Routine question 3" }).waitFor();
  assert.match(page.url(), /Parts\.part\d\.html#ticket\/5003$/);
  assert.deepEqual(left, []);
  assert.deepEqual(errors, []);
  await page.close();
}

async function whole(t, file) {
  const { page, left, errors } = await look(t, file);
  await found(page, 64);
  const q = page.getByRole("searchbox");

  // By old number.
  await q.fill("4711");
  await hits(page).first().getByText("Der Drucker brennt").waitFor();
  // By person, without accents; by date; by words that stand only in a message.
  await q.fill("zoe muller");
  await found(page, 62);
  await q.fill("2016-03-04 drucker");
  await found(page, 1);
  await q.fill("flugzeugtrager");
  await found(page, 1);
  await hits(page).first().getByRole("link", { name: /Der Drucker brennt/ }).click();

  // The thread as people read it: in order, notes marked, rich text as text.
  const doc = record(page);
  await doc.getByRole("heading", { name: "Der Drucker brennt" }).waitFor();
  const messages = await doc.getByRole("article").allInnerTexts();
  assert.equal(messages.length, 3);
  assert.match(messages[0], /Zoë Müller.*\n.*Hilfe, der Drucker brennt!/s);
  assert.match(messages[1], /Es raucht \*?immer noch\*?\. Kennwort/);
  assert.match(messages[2], /private note/);
  await doc.getByRole("button", { name: "Show rauch.png" }).click();
  const img = doc.getByRole("img", { name: "rauch.png" });
  await img.waitFor();
  assert.equal(await img.evaluate((i) => i.decode().then(() => i.naturalWidth)), 1, "the picture shows");
  await page.screenshot({ path: path.join(t.root, "build/bin/shots", "archive-thread.png") });
  await doc.getByText("As the old desk gave it").click();
  await doc.getByText(/"Ticket ID": "4711"/).waitFor();

  // What is hostile is shown, and does nothing.
  await q.fill("4712");
  await hits(page).first().getByRole("link", { name: /Invoice/ }).click();
  await doc.getByRole("heading", { name: /^Invoice <\/script>/ }).waitFor();
  await doc.getByText("U+202E", { exact: true }).first().waitFor();
  const download = page.waitForEvent("download");
  await doc.getByRole("button", { name: "Save evil.html" }).click();
  const saved = await download;
  assert.equal(saved.suggestedFilename(), "evil.html");
  assert.equal(await readFile(await saved.path(), "utf8"), EVIL, "an attachment is saved as it was");
  await page.screenshot({ path: path.join(t.root, "build/bin/shots", "archive-hostile.png") });
  assert.equal(await page.evaluate(() => window.hit), undefined, "something hostile ran");
  assert.equal(await page.locator("#doc iframe, #doc script, #list iframe").count(), 0);
  assert.equal(await page.locator("img[src^='http']").count(), 0);

  // A link to one record opens it; the address is what somebody keeps.
  const again = await look(t, file);
  await again.page.goto(`${pathToFileURL(file).href}#ticket/4711`);
  await again.page.reload();
  await record(again.page).getByRole("heading", { name: "Der Drucker brennt" }).waitFor();
  for (const p of [{ left, errors }, again]) {
    assert.deepEqual(p.left, [], "a request left the archive");
    assert.deepEqual(p.errors, [], "the archive complained");
  }
  await again.page.close();
  await page.close();
}
