// What is held back is put right by one decision for all of a kind, and just these
// records are tried again.

import assert from "node:assert/strict";
import path from "node:path";
import * as person from "./steps.mjs";

export const name = "held records are put right group by group, and their workbook goes out";
export const timeout = 240_000;

export async function run(t) {
  const { page } = t;
  await person.startSample(page);
  await person.go(page, "Source");
  await person.readEverything(page);
  await person.settleSample(page);
  await person.go(page, "Run");
  await person.move(page, await person.plan(page));
  await person.go(page, "Held back");
  await workbook(t);
  await split(t);
}

async function workbook(t) {
  const { page } = t;
  const book = path.join(t.tmp, "held.xlsx");
  await t.answerSave(book);
  await person.main(page).getByRole("button", { name: "Excel" }).click();
  await page.getByRole("menuitem", { name: "Write a workbook of what is held…" }).click();
  await person.dialog(page).getByText(/^The workbook is written/).waitFor();
  await person.dialog(page).getByRole("button", { name: "Close" }).last().click();
  await person.dialog(page).waitFor({ state: "hidden" });
  await t.answerOpen(book);
  await person.main(page).getByRole("button", { name: "Excel" }).click();
  await page.getByRole("menuitem", { name: "Read a workbook that came back…" }).click();
  await person.dialog(page).getByText("It answers nothing: no repair was chosen in it.").waitFor();
  await person.dialog(page).getByRole("button", { name: "Cancel" }).click();
  await person.dialog(page).waitFor({ state: "hidden" });
}

async function split({ page, shot }) {
  const group = person.main(page).getByRole("article").filter({ hasText: "is longer than the" });
  await group.getByRole("button", { name: /^Put right/ }).click();
  await group.getByRole("radio", { name: /^Split/ }).click();
  await group.getByText(/^This concerns/).waitFor();
  await shot("repair");
  await group.getByRole("button", { name: "Fix and try these again" }).click();
  await group.waitFor({ state: "hidden", timeout: 60_000 });

  await person.overview(page);
  const line = (await person.manifest(page)).Messages;
  assert.equal(line.source, line.moved + line.merged + line.archived + line.leftOut + line.held + line.waiting, "every message is accounted for");
  await person.go(page, "Run");
  const history = person.main(page).getByRole("region", { name: "Runs so far" });
  await history.getByRole("button", { name: /^Held records again/ }).first().waitFor();
}
