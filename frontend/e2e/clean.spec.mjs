// Duplicates are looked for, reviewed side by side, merged and taken back; a rule of one's
// own shows whom it hits before it is in force.

import assert from "node:assert/strict";
import * as person from "./steps.mjs";

export const name = "duplicates are reviewed side by side, and values corrected by a rule of one's own";
export const timeout = 300_000;

export async function run(t) {
  const { page } = t;
  const main = person.main(page);
  await person.startSample(page);
  await person.go(page, "Source");
  await main.getByRole("button", { name: "Read everything" }).click();
  await person.jobDone(page, "Reading the source", 180_000);
  await person.go(page, "Clean");
  await main.getByRole("link", { name: /Duplicates/ }).click();
  await main.getByRole("button", { name: /Look for duplicates among/ }).click();
  const cards = main.getByRole("article");
  await cards.first().waitFor();
  await t.shot("duplicates");
  const before = await cards.count();
  assert.ok(before > 0);
  await cards.first().getByRole("button", { name: /^Merge / }).click();
  await main.getByRole("button", { name: /^Merged\s*[1-9]/ }).click();
  const merged = cards.first();
  await merged.getByRole("button", { name: "Take back" }).waitFor();
  await t.shot("merged");
  await merged.getByRole("button", { name: "Take back" }).click();
  await main.getByRole("button", { name: /^Merged\s*0$/ }).waitFor();

  await main.getByRole("link", { name: "Your own rules" }).click();
  await main.getByLabel("Field", { exact: true }).click();
  await page.getByRole("option", { name: "First name" }).click();
  await main.getByLabel("How", { exact: true }).click();
  await page.getByRole("option", { name: "Set capital and small letters" }).click();
  await main.getByLabel("Becomes").click();
  await page.getByRole("option", { name: "CAPITALS" }).click();
  await main.getByRole("button", { name: "Show whom it hits" }).click();
  await main.getByLabel("Why").fill("The new desk wants it so.");
  await t.shot("own-rule");
  await main.getByRole("button", { name: /^Decide for/ }).click();
  await main.getByRole("button", { name: "Take back" }).waitFor();
  await t.shot("own-rule-in-force");
  await main.getByRole("button", { name: "Take back" }).click();
  await main.getByText("No correction is in force.").waitFor();
}
