// A new person tries the sample and goes the whole way: from the first screen to a signed
// PDF, clicking what the window offers.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import * as person from "./steps.mjs";

export const name = "the sample moves from an export to a signed PDF";
export const timeout = 180_000;

export async function run(t) {
  const { page } = t;
  await person.startSample(page);
  await person.main(page).getByRole("link", { name: "Read the source" }).click();
  await person.heading(page, "Source");
  await person.readEverything(page);
  await inventory(t);
  await clean(t);
  await target(t);
  await person.settleSample(page);
  await runIt(t);
  await checkIt(t);
  await sign(t);
}

/** Every number opens its records, and a record opens with its thread. */
async function inventory({ page }) {
  await person.go(page, "Inventory");
  const row = person.main(page).getByRole("row").filter({ has: page.getByRole("rowheader", { name: "Tickets", exact: true }) });
  await row.getByRole("link", { name: /^Show 2,502 / }).click();
  await person.heading(page, "Records");
  await person.main(page).getByText("2,502 records", { exact: true }).waitFor();

  await person.go(page, "Inventory");
  await person.main(page).getByRole("navigation", { name: "Inventory" }).getByRole("link", { name: /^Tickets/ }).click();
  await person.main(page).getByRole("link", { name: "Status", exact: true }).click();
  const field = page.getByRole("complementary", { name: "Status", exact: true });
  await field.getByRole("link", { name: /^Show 60 / }).click();
  await person.heading(page, "Records");
  await person.main(page).getByText("60 records", { exact: true }).waitFor();

  await person.main(page).getByRole("navigation", { name: "Records" }).getByRole("link", { name: /^Tickets/ }).click();
  await person.main(page).getByText("2,502 records", { exact: true }).waitFor();
  await list(page);
  await person.main(page).getByRole("option", { name: /^Return of Fjell 65 rucksack/ }).first().click();
  const record = page.getByRole("complementary", { name: "Return of Fjell 65 rucksack" });
  await record.getByRole("tab", { name: "Conversation" }).waitFor();
  const messages = record.getByRole("article", { name: /^Message by / });
  assert.ok((await messages.count()) >= 1, "the record shows its thread");
  const frame = messages.first().locator("iframe");
  assert.equal(await frame.getAttribute("sandbox"), "", "a message is shown in a frame that may do nothing");
  await record.getByRole("button", { name: "Close" }).click();
  await record.waitFor({ state: "hidden" });
}

/** A list is sorted, narrowed and walked to its end, and then is as it was. */
async function list(page) {
  const main = person.main(page);
  await main.getByRole("button", { name: "Sort by Name" }).click();
  await main.getByRole("button", { name: /^Sorted by Name, upwards/ }).click();
  await main.getByRole("button", { name: /^Sorted by Name, downwards/ }).waitFor();
  await main.getByRole("listbox", { name: "Records" }).press("End");
  const last = main.getByRole("option", { selected: true });
  await last.waitFor();
  assert.equal(await last.getAttribute("aria-posinset"), "2502", "the last record is reached");
  await page.getByRole("complementary").last().getByRole("button", { name: "Close" }).click();
  await main.getByRole("button", { name: "Add a condition" }).click();
  await page.getByRole("combobox", { name: "Field" }).fill("Status");
  await page.getByRole("option", { name: "Status", exact: true }).click();
  await page.getByRole("textbox", { name: "Value" }).fill("spam");
  await page.getByRole("button", { name: "Narrow the list" }).click();
  await main.getByText("60 records", { exact: true }).waitFor();
  await main.getByRole("button", { name: /^Take away: Status contains/ }).click();
  await main.getByRole("button", { name: /^Sorted by Name, downwards/ }).click();
  await main.getByText("2,502 records", { exact: true }).waitFor();
}

/** Everything proposed is applied, but for archiving by age. */
async function clean({ page }) {
  await person.go(page, "Clean");
  const proposals = person.main(page).getByRole("button", { name: /^(Merge|Leave out) [\d,]+ .*…$/ });
  await proposals.first().waitFor();
  for (let i = 0; ; i++) {
    assert.ok(i < 20, "the proposals do not end");
    const decided = await person.main(page).getByText("In force", { exact: true }).count();
    if ((await proposals.count()) === 0) break;
    await proposals.first().click();
    const ask = person.dialog(page);
    await ask.getByLabel(/^Why/).fill("As proposed");
    await ask.getByRole("button", { name: /^(Merge|Leave out) [\d,]+ / }).click();
    await ask.waitFor({ state: "hidden" });
    await person.main(page).getByText("In force", { exact: true }).nth(decided).waitFor();
  }
  const decisions = person.main(page).getByRole("region", { name: "Decisions so far" });
  assert.ok((await decisions.getByRole("row").count()) > 4, "the decisions are listed");
  assert.ok((await decisions.getByRole("cell", { name: "Anna Meyer" }).count()) > 3, "with who took them");
}

async function target({ page }) {
  await person.go(page, "Target", "Set up the target");
  const desk = person.main(page).getByRole("region", { name: "Practice desk" });
  await desk.getByText("Connected", { exact: true }).waitFor();
  await desk.getByText("import silently, with times of the past").waitFor();
}

async function runIt({ page }) {
  await person.go(page, "Run");
  const number = await person.plan(page);
  assert.ok(number > 10_000, `the plan creates ${number} records`);
  await person.move(page, number);

  // What is held back names its repair: the text that is too long is cut by a formula,
  // and the customers whose addresses are none are left out.
  await person.go(page, "Held back");
  const long = person.main(page).getByRole("article").filter({ hasText: "is longer than the" });
  await long.getByRole("button", { name: /^Put right/ }).click();
  await long.getByRole("link", { name: /^Go to the fix/ }).click();
  const rule = page.getByRole("complementary", { name: "Text", exact: true });
  await person.formula(rule, "LEFT([body],60000)");
  await person.acceptRule(rule);
  await person.acceptMapping(page, "No text is longer than the practice desk takes");

  await person.go(page, "Held back");
  const wrong = person.main(page).getByRole("article").filter({ hasText: "is an e-mail address, but the value is not one" });
  await wrong.getByRole("button", { name: /^Put right/ }).click();
  await wrong.getByRole("link", { name: /^Leave them out/ }).click();
  await person.heading(page, "Clean");
  await person.main(page).getByRole("button", { name: "Leave out 4 customers…" }).click();
  await person.dialog(page).getByLabel(/^Why/).fill("Nobody can write to them, agreed with support");
  await person.dialog(page).getByRole("button", { name: "Leave out 4 customers" }).click();
  await person.dialog(page).waitFor({ state: "hidden" });

  await person.go(page, "Held back");
  await wrong.waitFor({ state: "hidden" });
  await person.retryAll(page);
  await person.main(page).getByText("Nothing is held back").waitFor({ timeout: 60_000 });
}

async function checkIt({ page, shot }) {
  await person.go(page, "Check");
  await person.check(page);
  await person.main(page).getByText("Everything arrived as it was meant to").waitFor();
  assert.equal(await person.main(page).getByText("Not passed", { exact: true }).count(), 0, "every check passed");
  await person.overview(page);
  await person.main(page).getByText("The manifest balances").waitFor();
  person.mustBalance(await person.manifest(page));
  await shot("balanced");
}

/** Somebody else signs for the business, the lead for the technical side; then the PDF. */
async function sign(t) {
  const { page, home } = t;
  await person.sayWho(page, "Bea Borg", "Head of support");
  await person.go(page, "Mapping");
  await person.main(page).getByRole("link", { name: /^Versions/ }).click();
  await person.main(page).getByRole("button", { name: "Approve version 2" }).click();
  await person.dialog(page).getByRole("button", { name: "Approve", exact: true }).click();
  await person.dialog(page).waitFor({ state: "hidden" });

  await person.go(page, "Report", "Report and sign-off");
  await signAs(page, "Bea Borg", "The business");
  await person.sayWho(page, "Anna Meyer", "Migration lead");
  await signAs(page, "Anna Meyer", "The technical side");

  await person.main(page).getByRole("button", { name: "Write the PDF" }).click();
  const files = person.main(page).getByRole("region", { name: "Reports written" });
  const open = files.getByRole("button", { name: /^Open .*\.pdf$/ });
  await open.waitFor();
  const folder = path.join(home, "Documents", "Waybill sample.waybill", "reports");
  const written = (await readdir(folder)).filter((f) => f.endsWith(".pdf"));
  assert.equal(written.length, 1, "one report was written");
  const pdf = await readFile(path.join(folder, written[0]));
  assert.equal(pdf.subarray(0, 5).toString("latin1"), "%PDF-");
  assert.ok(pdf.length > 20_000, "with its font and its pages");

  const numbers = person.main(page).getByRole("region", { name: "Old numbers" });
  const where = path.join(home, "Old numbers.html");
  await t.answerSave(where);
  await numbers.getByRole("button", { name: "Write the table" }).click();
  await numbers.getByText("It is in " + where).waitFor();
  const table = await readFile(where, "utf8");
  assert.match(table, /<title>Old numbers of /, "a page that leads from old numbers to new ones");
}

async function signAs(page, who, side) {
  const form = person.main(page).getByRole("region", { name: "Sign here" });
  await person.choose(page, form.getByRole("combobox", { name: "For" }), side);
  assert.equal(await form.getByLabel(/^Name/).inputValue(), who, "the form knows who works");
  await form.getByRole("button", { name: "Sign", exact: true }).click();
  const row = person.main(page).getByRole("region", { name: "Signatures" }).getByRole("row").filter({ hasText: side });
  await row.getByText(who).waitFor();
}
