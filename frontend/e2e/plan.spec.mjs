// What the target cannot hold is known and chosen before anything is written; then one
// record of each kind is shown, and only after a person has looked the rest goes.

import assert from "node:assert/strict";
import * as person from "./steps.mjs";

export const name = "losses are chosen about, the first records are looked at, and a part moves before the rest";
export const timeout = 300_000;

export async function run(t) {
  const { page } = t;
  await person.startSample(page);
  await person.go(page, "Source");
  await person.readEverything(page);
  await person.settleSample(page);
  await person.go(page, "Run");
  await person.plan(page);
  await chooseLoss(t);
  await agree(t);
  await parts(t);
  await move(t);
}

/** Another choice about long texts makes the plan again by itself, and holds fewer back. */
async function chooseLoss({ page, shot }) {
  const losses = person.main(page).getByRole("region", { name: "What the target cannot hold as it is" });
  const line = losses.getByRole("listitem").filter({ hasText: /messages?: .* is longer than [\d,]+ characters/ });
  const held = person.main(page).getByRole("region", { name: "Would be held back" }).getByText(/is longer than the/);
  await held.first().waitFor();
  assert.match(await line.getByRole("link", { name: /^Show \d+ message/ }).getAttribute("href"), /text_too_long/, "its number opens its records");
  await line.getByRole("combobox").click();
  await page.getByRole("option", { name: /^Split into several messages/ }).click();
  await line.getByText(/^Chosen by Anna Meyer/).waitFor({ timeout: 60_000 });
  await held.first().waitFor({ state: "hidden", timeout: 60_000 });
  await person.main(page).getByText("This plan cannot be used any more").waitFor({ state: "hidden" });
  await shot("chosen");

  // The number opens exactly these records.
  const link = line.getByRole("link", { name: /^Show \d+ message/ });
  const n = (await link.innerText()).trim();
  await link.click();
  await person.heading(page, "Records");
  await person.main(page).getByText(new RegExp(`^${n} records?$`)).waitFor();
  await person.go(page, "Run");
}

/** The window of the cut-over, what was looked up in the target, and when a run stops. */
async function agree({ page }) {
  await person.main(page).getByRole("button", { name: "How long may it take?" }).click();
  await page.getByLabel("Hours that the cut-over may take").fill("48");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await person.main(page).getByText("yes, within 2 days").waitFor();
  const before = person.main(page).getByRole("region", { name: "Before the start" });
  await before.getByText("Nothing that Practice desk does by itself goes off for what Waybill writes.").waitFor();
  assert.equal(await before.getByText("In the way").count(), 0, "nothing is in the way");

  await person.main(page).getByRole("link", { name: "Pace and stops" }).click();
  const pace = person.main(page).getByRole("region", { name: "How fast it may go" });
  await pace.getByRole("button", { name: "A fifth by day, all at night" }).click();
  await pace.getByRole("button", { name: "Agree on this" }).click();
  await pace.getByText("Agreed.").waitFor();
  assert.match(await pace.getByLabel("Share of the desk's limit").inputValue(), /20%/);
  const rules = person.main(page).getByRole("region", { name: "When a run stops by itself" });
  await rules.getByLabel("Who decides then").fill("Bea Borg");
  await rules.getByRole("button", { name: "Save", exact: true }).click();
  await rules.getByText("Agreed.").waitFor();
}

/** Two parts: what is open first. The second has to wait for the first. */
async function parts({ page, shot }) {
  await person.main(page).getByRole("link", { name: "In parts" }).click();
  await addPart(page, "Add the first part", "Open first", "Open");
  await addPart(page, "Add a part", "History", "");
  const list = person.main(page).getByRole("listitem");
  await list.filter({ hasText: "Open first" }).getByText("Tickets whose Status is Open").waitFor();
  await list.filter({ hasText: "History" }).getByText("“Open first” comes first and was not moved yet.").waitFor();
  await shot("parts");
  await list.getByRole("button", { name: "Plan this part: Open first" }).click();
  await person.main(page).getByText(/^The part “Open first”/).waitFor({ timeout: 60_000 });
}

async function addPart(page, button, title, status) {
  await person.main(page).getByRole("button", { name: button }).click();
  const form = person.dialog(page);
  await form.getByRole("textbox", { name: "Name" }).fill(title);
  if (status !== "") {
    await form.getByRole("button", { name: "Add a condition" }).click();
    await person.choose(page, form.getByRole("combobox", { name: "Field" }), "Status");
    await form.getByRole("combobox", { name: "Value" }).fill(status);
    await page.keyboard.press("Tab");
  }
  await form.getByRole("button", { name: "Save this part" }).click();
  await form.waitFor({ state: "hidden" });
}

async function move({ page, shot }) {
  const button = person.main(page).getByRole("button", { name: /^Create [\d,]+ records/ });
  await button.waitFor();
  await person.startRun(page, Number((await button.innerText()).replace(/\D/g, "")));
  const first = await person.canary(page);
  await first.getByRole("article", { name: /^Ticket / }).getByText("As meant").first().waitFor();
  await shot("canary");

  // Nothing else was sent, whatever page is opened meanwhile.
  await person.overview(page);
  const before = await person.manifest(page);
  assert.equal(before.Tickets.moved, 1, "one ticket is there before anybody has looked");
  await page.getByRole("contentinfo", { name: "Next step" }).getByText("Look at the first records").waitFor();
  await person.go(page, "Run");
  await person.goOn(page);
  await person.jobDone(page, "Moving the rest");
  await person.main(page).getByRole("button", { name: /^The part “Open first”/ }).waitFor();
  await person.overview(page);
  const after = await person.manifest(page);
  assert.ok(after.Tickets.moved > 1 && after.Tickets.waiting > 0, "only the part has moved");

  await person.go(page, "Run");
  await person.main(page).getByRole("link", { name: "In parts" }).click();
  const list = person.main(page).getByRole("listitem");
  await list.filter({ hasText: "Open first" }).getByText("Moved", { exact: true }).waitFor();
}
