// After the full run both desks go on living: what happened at the source is brought
// over, and what people wrote in the target is never written over by itself.

import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import * as person from "./steps.mjs";

export const name = "what changed at the source is brought over, and a conflict is decided by a person";
export const timeout = 180_000;

export async function run(t) {
  const { page } = t;
  const desk = await t.practice();
  const tickets = await project(t, desk);
  await person.go(page, "Run");
  await person.move(page, await person.plan(page));

  // An agent edits a ticket in the target while the same one, and others, change at the source.
  const there = await list(desk);
  await found(desk);
  await edit(desk, there["The printer is on fire"], "The printer is on fire, called the customer");
  const text = await readFile(tickets, "utf8");
  await writeFile(tickets, text
    .replace("T2,The printer is on fire,", "T2,The printer burns again,")
    .replace("T3,Invoice,", "T3,Invoice for May,")
    .replace(/T4,.*\n/, "") + "T9,A new one,C1,open,2024-03-09T10:00:00Z\n");

  await person.go(page, "What changed");
  await person.main(page).getByRole("button", { name: "Read what changed" }).click();
  const counts = person.main(page).getByRole("region", { name: "1. What happened at the source" });
  const row = counts.getByRole("row").filter({ has: page.getByRole("rowheader", { name: "Tickets" }) });
  await row.getByRole("link", { name: /^Show 1 Tickets waiting/ }).waitFor({ timeout: 60_000 });
  // What is gone is known last of all.
  await row.getByRole("cell").nth(2).getByText("1", { exact: true }).waitFor({ timeout: 60_000 });
  assert.deepEqual((await row.getByRole("cell").allInnerTexts()).slice(0, 3), ["1", "2", "1"], "new, changed, deleted");
  await row.getByRole("link", { name: /^Show 2 / }).click();
  await person.heading(page, "Records");
  await person.main(page).getByText("2 records", { exact: true }).waitFor();
  await person.go(page, "What changed");

  await person.main(page).getByRole("button", { name: "Plan what changed" }).click();
  const both = person.main(page).getByRole("region", { name: "Changed in both desks" });
  const conflict = both.getByRole("listitem").filter({ hasText: "T2" });
  await conflict.getByRole("cell", { name: "The printer burns again" }).waitFor({ timeout: 60_000 });
  await conflict.getByRole("cell", { name: "The printer is on fire, called the customer" }).waitFor();
  const box = conflict.getByRole("combobox");
  assert.equal(await box.inputValue(), "Keep what the target has", "the target is kept unless somebody says otherwise");
  await box.click();
  await page.getByRole("option", { name: /^Take what the source has/ }).click();
  await conflict.getByText(/chosen by Anna Meyer/).waitFor();
  const gone = person.main(page).getByRole("region", { name: "Gone at the source" });
  assert.equal(await gone.getByRole("listitem").getByRole("combobox").inputValue(), "Keep it in the target");
  await t.shot("conflict");

  await person.main(page).getByRole("link", { name: "Look the plan over and start" }).click();
  await person.heading(page, "Run");
  const start = person.main(page).getByRole("button", { name: /^Create 1 record and change 2 in Practice desk/ });
  await start.click();
  await person.dialog(page).getByLabel(/^To go ahead, type/).fill("3");
  await person.dialog(page).getByRole("button", { name: /^Create 1 record and change 2/ }).click();
  await person.dialog(page).waitFor({ state: "hidden" });
  await person.jobDone(page, "Moving records to Practice desk");

  const now = await list(desk);
  assert.deepEqual(Object.keys(now).sort(), ["A new one", "Gone tomorrow", "Hello", "Invoice for May", "The printer burns again"], "what was chosen, and nothing else");

  // Once more: nothing is left to bring over.
  await person.go(page, "What changed");
  await person.main(page).getByRole("button", { name: "Read again" }).click();
  await person.main(page).getByText("Nothing changed since: source and target agree about everything that was moved.").waitFor({ timeout: 60_000 });
}

/** project makes one from two files, moves into a desk outside of it, and gives the file of tickets. */
async function project(t, desk) {
  const { page } = t;
  await person.newProject(page, "Both desks");
  const folder = path.join(t.tmp, "export");
  await mkdir(folder);
  const contacts = path.join(folder, "contacts.csv");
  const tickets = path.join(folder, "tickets.csv");
  await writeFile(contacts, "id,name,email\nC1,Ann Lee,ann@example.com\nC2,Bo Ek,bo@example.com\n");
  await writeFile(tickets, "id,subject,requester_id,status,created_at\nT1,Hello,C1,open,2024-03-01T10:00:00Z\nT2,The printer is on fire,C2,open,2024-03-02T10:00:00Z\nT3,Invoice,C2,open,2024-03-03T10:00:00Z\nT4,Gone tomorrow,C1,closed,2024-03-04T10:00:00Z\n");
  await t.answerOpen([contacts, tickets]);
  await person.main(page).getByRole("button", { name: /^(Choose|Add) files$/ }).click();
  await person.main(page).getByRole("link", { name: "tickets.csv" }).waitFor();
  await person.readEverything(page);
  await person.go(page, "Target", "Set up the target");
  await connect(page, desk);
  await person.go(page, "Mapping");
  const propose = person.main(page).getByRole("button", { name: "Propose a mapping" });
  const tabs = person.main(page).getByRole("navigation", { name: "Mapping" });
  await propose.or(tabs).first().waitFor();
  if (await propose.isVisible()) await propose.click();
  await tabs.waitFor();
  await person.acceptMapping(page, "As proposed");
  return tickets;
}

/** connect takes a practice desk outside of the project, so that this test can be one of its agents: the form offers real desks only. */
async function connect(page, desk) {
  await page.evaluate((d) => window.go.api.Desks.Connect("target", "practice", d), { address: desk.address, token: desk.token });
  await person.main(page).getByRole("region", { name: "Practice desk" }).getByText("Connected", { exact: true }).waitFor();
}

const headers = (desk) => ({ Authorization: `Bearer ${desk.token}`, "Content-Type": "application/json" });

/** list gives the desk's tickets: their numbers by subject. */
async function list(desk) {
  const answer = await fetch(`${desk.address}/api/v1/tickets?limit=100`, { headers: headers(desk) });
  const { items } = await answer.json();
  return Object.fromEntries(items.map((r) => [r.subject, r.id]));
}

/** found waits until the desk's search, which is a second behind, finds what was moved: as on the day after. */
async function found(desk) {
  const answer = await fetch(`${desk.address}/api/v1/tickets?limit=100`, { headers: headers(desk) });
  const { items } = await answer.json();
  const ask = new URLSearchParams([["object", "ticket"], ...items.map((r) => ["external_id", r.external_id])]);
  for (let tries = 0; tries < 100; tries++) {
    const hits = await (await fetch(`${desk.address}/api/v1/search?${ask}`, { headers: headers(desk) })).json();
    if (hits.items.length === items.length) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("the desk's search does not find the tickets");
}

/** edit is what an agent does in the target. */
async function edit(desk, id, subject) {
  const answer = await fetch(`${desk.address}/api/v1/tickets/${id}`, { method: "PATCH", headers: headers(desk), body: JSON.stringify({ subject }) });
  assert.equal(answer.status, 200, await answer.text());
}
