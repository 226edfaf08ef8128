// An incident log that no help desk ever exported as such, and a list of customers: the
// whole way from one file, with the mapping sent out as a workbook and read back.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import * as person from "./steps.mjs";

export const name = "an incident log and a customer list arrive, with an Excel round trip in between";
export const timeout = 180_000;

const DATA = process.env.WAYBILL_DATA ?? "/work/shared/data";
const INCIDENTS = path.join(DATA, "itsm_incidents/incident_event_log.csv");
const CUSTOMERS = path.join(DATA, "telco_customers/telco-customer-churn.csv");

const FIRST = 'SUBSTITUTE(LOWER([name])," ","-")&"@legacy.example"';
const SECOND = 'SUBSTITUTE(LOWER([name])," ",".")&"@legacy.example"';

export async function run(t) {
  if (!existsSync(INCIDENTS) || !existsSync(CUSTOMERS)) {
    console.log(`        left out: ${DATA} is not on this computer`);
    return;
  }
  await incidents(t);
  await t.page.getByRole("button", { name: "Close this project" }).click();
  await t.page.getByRole("heading", { level: 1, name: "Waybill" }).waitFor();
  await customers(t);
}

/** begin makes a project from one file and connects the practice desk. */
async function begin(t, title, file) {
  const { page } = t;
  await person.newProject(page, title);
  await t.answerOpen(file);
  await person.main(page).getByRole("button", { name: "Choose files" }).click();
  await person.main(page).getByRole("link", { name: path.basename(file) }).waitFor({ timeout: 60_000 });
}

async function practiceDesk({ page }) {
  await person.go(page, "Target", "Set up the target");
  await person.main(page).getByRole("button", { name: "Start the practice desk" }).click();
  await person.main(page).getByRole("region", { name: "Practice desk" }).getByText("Connected", { exact: true }).waitFor();
}

async function openMapping(page) {
  await person.go(page, "Mapping");
  const propose = person.main(page).getByRole("button", { name: "Propose a mapping" });
  const tabs = person.main(page).getByRole("navigation", { name: "Mapping" });
  await propose.or(tabs).first().waitFor();
  if (await propose.isVisible()) await propose.click();
  await tabs.waitFor();
}

async function copyFrom(page, panel, field) {
  await person.chooseRule(panel, "Copy");
  await panel.getByRole("combobox", { name: "Source field", exact: true }).click();
  // Beside its name each field shows some of its values.
  await page.getByRole("option", { name: new RegExp(`^${field}\\b`) }).click();
}

async function incidents(t) {
  const { page } = t;
  await begin(t, "Incidents", INCIDENTS);

  // One file holds tickets, their messages, agents and customers: the person confirms it.
  await person.main(page).getByRole("link", { name: "incident_event_log.csv" }).click();
  await person.heading(page, "incident_event_log.csv");
  await person.main(page).getByRole("region", { name: "What it becomes" }).waitFor();
  await person.main(page).getByRole("link", { name: "All files" }).click();
  await person.readEverything(page);
  await practiceDesk(t);
  await openMapping(page);

  let rule = await person.openRule(page, "Agents", "E-mail");
  await person.formula(rule, FIRST);
  await person.acceptRule(rule);
  rule = await person.openRule(page, "Messages", "Text");
  await person.formula(rule, '"State: "&[incident_state]&", priority "&[priority]');
  await person.acceptRule(rule);
  rule = await person.openRule(page, "Messages", "Author");
  await copyFrom(page, rule, "sys_updated_by");
  await person.acceptRule(rule);
  rule = await person.openRule(page, "Messages", "Created");
  await copyFrom(page, rule, "sys_updated_at");
  await person.acceptRule(rule);
  await person.acceptMapping(page, "First look at the log");
  await roundTrip(t);
  await move(t);
}

/** roundTrip sends the mapping out as a workbook, changes one cell of it, and takes it back. */
async function roundTrip(t) {
  const { page } = t;
  const book = path.join(t.tmp, "mapping.xlsx");
  await t.answerSave(book);
  await person.main(page).getByRole("button", { name: "Excel" }).click();
  await page.getByRole("menuitem", { name: "Write the workbook…" }).click();
  await person.dialog(page).getByText("The workbook is written").waitFor();
  await person.dialog(page).getByRole("button", { name: "Close" }).click();
  await person.dialog(page).waitFor({ state: "hidden" });

  // What a colleague does in a spreadsheet program: one formula is written anew.
  await edit(t, book, FIRST, SECOND);

  await t.answerOpen(book);
  await person.main(page).getByRole("button", { name: "Excel" }).click();
  await page.getByRole("menuitem", { name: "Read a workbook that came back…" }).click();
  const back = person.dialog(page);
  await back.getByText("1 change", { exact: true }).waitFor();
  assert.match(await back.innerText(), /e-?mail.*legacy\.example/i, "the change names the field");
  await back.getByLabel(/^What changed, and why/).fill("The agents' addresses, as agreed");
  await back.getByRole("button", { name: "Accept these changes as a version" }).click();
  await back.waitFor({ state: "hidden" });
  await person.main(page).getByText("Version 2 is in force.").waitFor();
}

/** edit changes one cell of a workbook, and all the others stay as they are. */
async function edit(t, book, from, to) {
  const child = spawn("go", ["run", "./frontend/e2e/edit", book, from, to], { cwd: t.root, stdio: ["ignore", "ignore", "pipe"] });
  let errors = "";
  child.stderr.on("data", (part) => (errors += part));
  const code = await new Promise((resolve) => child.once("close", resolve));
  assert.equal(code, 0, `the workbook could not be edited: ${errors}`);
}

/** move plans, runs and checks, and the manifest balances. */
async function move({ page, shot }) {
  await person.go(page, "Run");
  await person.move(page, await person.plan(page));
  await person.go(page, "Check");
  await person.check(page);
  await person.overview(page);
  await shot("moved");
  await person.main(page).getByText("The manifest balances").waitFor();
  person.mustBalance(await person.manifest(page));
}

async function customers(t) {
  const { page } = t;
  await begin(t, "Customers", CUSTOMERS);
  await person.readEverything(page);
  await practiceDesk(t);
  await openMapping(page);
  const rule = await person.openRule(page, "Customers", "Name");
  await copyFrom(page, rule, "customerID");
  await person.acceptRule(rule);
  await person.acceptMapping(page, "A customer is called by their number");
  await move(t);
  const lines = await person.manifest(page);
  assert.equal(lines.Customers.moved, 7043, "every customer moved");
}

