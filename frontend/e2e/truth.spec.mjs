// Two sources that know some of the same people: who is right is decided, and taken back.

import assert from "node:assert/strict";
import { mkdtemp, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import * as person from "./steps.mjs";

export const name = "a second source comes along, and who is right is decided field by field";
export const timeout = 150_000;

const rows = (list) => list.map((r) => r.join(",")).join("\n") + "\n";

export async function run(t) {
  const { page } = t;
  const dir = await mkdtemp(path.join(os.tmpdir(), "waybill-truth-"));
  const desk = path.join(dir, "contacts.csv");
  const crm = path.join(dir, "customers.csv");
  const people = Array.from({ length: 40 }, (_, i) => i + 1);
  await writeFile(desk, rows([["id", "name", "email", "phone", "created_at"], ...people.map((i) => [i, `Customer ${i}`, `c${i}@acme.example`, `+49 30 1234${100 + i}`, "2024-01-02 03:04:05"])]));
  await writeFile(crm, rows([["customer_no", "full_name", "email", "phone", "segment"], ...people.slice(0, 25).map((i) => [`K-${i}`, `Customer ${i}`, `c${i}@acme.example`, i % 5 === 0 ? `+49 30 9999${100 + i}` : `+49 30 1234${100 + i}`, i % 2 === 0 ? "Gold" : "Silver"])]));

  await person.newProject(page, "Two sources");
  await t.answerOpen(desk);
  await person.main(page).getByRole("button", { name: "Choose files" }).click();
  await person.main(page).getByRole("link", { name: "contacts.csv" }).waitFor({ timeout: 60_000 });
  await person.readEverything(page);

  await person.go(page, "Source");
  await person.main(page).getByRole("button", { name: "Add another source" }).click();
  await page.getByLabel("What do you call it?").fill("crm");
  await t.answerOpen(crm);
  await page.getByRole("button", { name: "Choose its files" }).click();
  const list = person.main(page).getByRole("region", { name: "Sources" });
  await list.getByText("crm").first().waitFor({ timeout: 60_000 });
  await list.getByText("Read", { exact: true }).nth(1).waitFor({ timeout: 60_000 });
  await t.shot("sources");

  await person.main(page).getByRole("link", { name: "Which source is right" }).first().click();
  await person.heading(page, "Which source is right");
  await person.main(page).getByRole("heading", { name: "Where they disagree" }).waitFor({ timeout: 60_000 });
  await t.shot("truth");
  await person.main(page).getByRole("button", { name: "Put this in force" }).click();
  await person.main(page).getByRole("button", { name: "Take it back" }).waitFor({ timeout: 60_000 });
  await t.shot("truth-decided");
  await person.overview(page);
  const lines = await person.manifest(page);
  assert.equal(lines["Customers (crm)"]?.merged, 25, JSON.stringify(lines));
  assert.equal(lines["Customers"]?.source, 40, JSON.stringify(lines));
}
