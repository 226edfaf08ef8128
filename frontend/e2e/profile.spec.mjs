// What a lead does in the first ten minutes: sees how ready the data is, follows a figure
// to its records, opens a field, and takes a finding upon herself.
//
//   SHOTS=dir node frontend/e2e/run.mjs profile     also takes pictures

import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import axe from "axe-core";
import * as person from "./steps.mjs";

export const name = "the data is understood in pictures, field by field, and a finding is accepted by name";
export const timeout = 240_000;

export async function run(t) {
  const { page } = t;
  await person.startSample(page);
  await person.go(page, "Source");
  await person.readEverything(page);
  await person.go(page, "Profile");
  const main = person.main(page);
  const ready = main.getByRole("region", { name: "How ready the data is" });
  await ready.getByText(/clean enough/i).first().waitFor();
  await main.getByRole("img", { name: /^What hangs on what: 1 / }).waitFor();
  await look(t, "overview");

  const before = Number(await ready.locator("strong").innerText());
  await ready.getByText(/^What costs points/).click();
  assert.ok((await ready.getByRole("row").count()) > 1, "open findings cost points");
  await main.getByRole("button", { name: /^Accept as it is: / }).first().click();
  await person.dialog(page).getByLabel("Why it may stay as it is").fill("Known, and fine for us");
  await person.dialog(page).getByRole("button", { name: "Accept as Anna Meyer" }).click();
  await person.dialog(page).waitFor({ state: "hidden" });
  await main.getByRole("button", { name: /^Accepted 1$/ }).click();
  await main.getByText(/Anna Meyer · .*Known, and fine for us/).waitFor();
  await page.waitForFunction((n) => Number(document.querySelector("section strong").textContent) >= n, before);

  await main.getByRole("button", { name: "As a table" }).first().click();
  await main.getByRole("columnheader", { name: "Hangs on" }).waitFor();
  const tickets = main.getByRole("region", { name: "Tickets", exact: true });
  const all = tickets.getByRole("button", { name: /^All \d+ fields$/ });
  if (await all.isVisible()) await all.click();
  await tickets.getByRole("link", { name: "Status", exact: true }).click();
  await person.heading(page, "Status");
  const looks = main.getByRole("region", { name: "What the values look like" });
  await looks.waitFor();
  await look(t, "field");
  const figure = looks.getByRole("link").first();
  const count = (await figure.innerText()).replace(/\D/g, "");
  await figure.click();
  await person.heading(page, "Records");
  await main.getByText(new RegExp(`^${Number(count).toLocaleString("en")} records?$`)).or(main.getByText(Number(count).toLocaleString("en"), { exact: false })).first().waitFor();

  await person.go(page, "Profile");
  const pdf = path.join(t.tmp, "profile.pdf");
  t.answerSave(pdf);
  await main.getByRole("button", { name: "Print as PDF" }).click();
  await main.getByText(`Written: ${pdf}`).waitFor();
  assert.equal((await readFile(pdf)).subarray(0, 4).toString(), "%PDF");
}

async function look(t, name) {
  const { page } = t;
  await page.evaluate(axe.source);
  const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  assert.deepEqual(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(" ")}`), []);
  if (!process.env.SHOTS) return;
  await mkdir(process.env.SHOTS, { recursive: true });
  await page.setViewportSize({ width: 1280, height: 2600 });
  await page.screenshot({ path: path.join(process.env.SHOTS, `profile-${name}.png`) });
  await page.setViewportSize({ width: 1280, height: 800 });
}
