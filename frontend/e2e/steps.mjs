// What a person does in more than one test: by role and name, as they would.

import assert from "node:assert/strict";

/** main is the page's own content, without the frame around it. */
export const main = (page) => page.getByRole("main");

/** dialog is the open dialog. */
export const dialog = (page) => page.getByRole("dialog");

/** heading waits until the page of this title is there. */
export async function heading(page, title) {
  await main(page).getByRole("heading", { level: 1, name: title, exact: true }).waitFor();
}

/** sayWho tells the app who works. */
export async function sayWho(page, name, role) {
  const banner = page.getByRole("button", { name: /^(Who are you\?|Anna Meyer|Bea Borg)$/ });
  await banner.click();
  await page.getByLabel("Your name").fill(name);
  await page.getByLabel("Your role in the move").fill(role);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("button", { name, exact: true }).waitFor();
  await page.getByLabel("Your name").waitFor({ state: "hidden" });
}

/** startSample begins as a new person does: says who works and tries the sample. */
export async function startSample(page) {
  await sayWho(page, "Anna Meyer", "Migration lead");
  await page.getByRole("button", { name: "Try the sample" }).click();
  await heading(page, "Kestrelmoor Outdoor");
}

/** newProject makes a project from the start screen. */
export async function newProject(page, name) {
  await sayWho(page, "Anna Meyer", "Migration lead");
  await page.getByRole("button", { name: "New project" }).click();
  await dialog(page).getByLabel("Name of the project").fill(name);
  await dialog(page).getByLabel("Company").fill("Acme Ltd");
  await dialog(page).getByRole("button", { name: "Create the project" }).click();
  await heading(page, "Source");
}

/** go opens a page by the keyboard: Ctrl K, its name, Enter. */
export async function go(page, name, title = name) {
  await page.keyboard.press("Control+k");
  await dialog(page).getByPlaceholder("Type what you want to do").fill(`${name}:`);
  await page.keyboard.press("Enter");
  await heading(page, title);
}

/** overview opens the front page. */
export async function overview(page) {
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Overview" }).click();
  await main(page).getByRole("region", { name: "Manifest" }).waitFor();
}

/** jobDone waits until long work has ended, and fails with its words when it ended badly. */
export async function jobDone(page, title, timeout = 90_000) {
  const panel = main(page).getByRole("region", { name: title, exact: true }).last();
  const end = panel.getByText(/^(Done|Stopped by a problem|Stopped by you)$/);
  await end.first().waitFor({ timeout });
  const words = await end.first().innerText();
  assert.equal(words, "Done", `${title}: ${await panel.innerText()}`);
  return panel;
}

/** readEverything reads the source from its page. */
export async function readEverything(page) {
  await main(page).getByRole("button", { name: "Read everything" }).click();
  await jobDone(page, "Reading the source");
}

/** nextStep waits until this is the next step, and takes it by its button at the bottom. */
export async function nextStep(page, title) {
  const bar = page.getByRole("contentinfo", { name: "Next step" }).or(page.getByRole("region", { name: "Next step" }));
  await bar.getByText(title).waitFor();
  await bar.getByRole("link").click();
}

/** openRule opens the rule of a target field on the mapping page. */
export async function openRule(page, object, field) {
  await main(page).getByRole("navigation", { name: "Mapping" }).getByRole("link", { name: new RegExp(`^${object}`) }).click();
  await main(page).getByRole("link", { name: field, exact: true }).click();
  const panel = page.getByRole("complementary", { name: field, exact: true });
  await panel.waitFor();
  return panel;
}

/** acceptRule stores the rule that is open. */
export async function acceptRule(panel) {
  await panel.getByRole("button", { name: "Accept this rule" }).click();
  await panel.waitFor({ state: "hidden" });
}

/** choose takes an option of a drop-down list. */
export async function choose(page, box, option) {
  await box.click();
  await page.getByRole("option", { name: option, exact: true }).click();
}

/** chooseRule changes the kind of rule. */
export async function chooseRule(panel, kind) {
  await panel.getByText(kind, { exact: true }).first().click();
}

/** instead says what a field gets when its source is "empty" or its value "unknown". */
export async function instead(page, panel, when, value) {
  const label = when === "empty" ? "If the source is empty" : "If the value is unknown";
  await choose(page, panel.getByRole("combobox", { name: label, exact: true }), "use this value");
  await panel.getByLabel(`${label}: Value to use`).fill(value);
}

/** decideValue says what one value of a value list becomes. */
export async function decideValue(page, panel, from, to) {
  await choose(page, panel.getByRole("combobox", { name: `In the target, for ${from}`, exact: true }), to);
}

/** formula makes the open rule a formula. */
export async function formula(panel, text) {
  await chooseRule(panel, "Formula");
  await panel.getByRole("textbox", { name: "Formula" }).fill(text);
}

/** acceptMapping accepts the working copy as a version. */
export async function acceptMapping(page, reason) {
  await main(page).getByRole("button", { name: /^Accept as a version/ }).click();
  await dialog(page).getByLabel(/^What changed, and why/).fill(reason);
  await dialog(page).getByRole("button", { name: "Accept as a version" }).click();
  await dialog(page).waitFor({ state: "hidden" });
  await main(page).getByText(/Version \d+ is in force\./).waitFor();
}

/** plan makes a plan and gives the number that it asks to type. */
export async function plan(page) {
  await main(page).getByRole("button", { name: /^(Make a plan|Plan again)$/ }).first().click();
  await main(page).getByRole("region", { name: "Plan", exact: true }).waitFor({ timeout: 60_000 });
  const button = main(page).getByRole("button", { name: /^Create [\d,]+ records/ });
  await button.waitFor();
  await main(page).getByText("This plan cannot be used any more").waitFor({ state: "hidden" });
  return Number((await button.innerText()).replace(/\D/g, ""));
}

/** startRun confirms a plan by typing its number; the first records of a kind wait to be looked at. */
export async function startRun(page, number) {
  await main(page).getByRole("button", { name: /^Create [\d,]+ records/ }).click();
  const ask = dialog(page);
  const start = ask.getByRole("button", { name: /^Create/ });
  assert.equal(await start.isDisabled(), true, "nothing starts before the number is typed");
  await ask.getByLabel(/^To go ahead, type/).fill(String(number));
  await start.click();
  await ask.waitFor({ state: "hidden" });
}

/** canary waits until the first records are shown, and gives the part of the page that shows them. */
export async function canary(page) {
  const panel = main(page).getByRole("region", { name: "Look at the first records" });
  await panel.getByText(/^0 messages went to customers: proven with .+ at /).waitFor({ timeout: 60_000 });
  return panel;
}

/** goOn looks at the first records and lets the rest go. */
export async function goOn(page) {
  const panel = await canary(page);
  assert.ok((await panel.getByRole("article").count()) >= 1, "the first records are shown");
  assert.equal(await panel.getByText("Not as meant").count(), 0, "they came back as they were meant");
  await panel.getByRole("button", { name: /^Continue with the other [\d,]+ records$/ }).click();
}

/** move starts a plan, looks at the first records, and waits until all has moved. */
export async function move(page, number) {
  await startRun(page, number);
  await goOn(page);
  await jobDone(page, "Moving the rest");
}

/** retryAll tries everything that is held back once more. */
export async function retryAll(page) {
  await main(page).getByRole("button", { name: "Try all of them again…" }).click();
  await dialog(page).getByRole("button", { name: "Try all of them again" }).click();
  await dialog(page).waitFor({ state: "hidden" });
}

/** check reads the target back. */
export async function check(page) {
  await main(page).getByRole("button", { name: /^Check (now|again)$/ }).click();
  await main(page).getByRole("heading", { name: /arrive(d)? as it was meant to$/ }).waitFor({ timeout: 120_000 });
}

/** manifest reads the account on the front page: a line of figures for each object. */
export async function manifest(page) {
  const rows = main(page).getByRole("table").first().getByRole("row");
  const lines = {};
  for (const row of await rows.all()) {
    const title = row.getByRole("rowheader");
    if ((await title.count()) === 0) continue;
    const cells = (await row.getByRole("cell").allInnerTexts()).map((c) => c.trim());
    const numbers = cells.filter((c) => /^[\d,]+$/.test(c)).map((c) => Number(c.replaceAll(",", "")));
    const [source, moved, merged, archived, leftOut, held, waiting, target] = numbers;
    lines[await title.innerText()] = { source, moved, merged, archived, leftOut, held, waiting, target, account: cells.at(-1) };
  }
  return lines;
}

/** mustBalance fails unless every line of the manifest adds up, nothing waits and the target agrees. */
export function mustBalance(lines) {
  assert.ok(Object.keys(lines).length > 0, "the manifest is empty");
  for (const [title, l] of Object.entries(lines)) {
    assert.equal(l.source, l.moved + l.merged + l.archived + l.leftOut + l.held + l.waiting, `${title} adds up: ${JSON.stringify(l)}`);
    assert.equal(l.account, "Balances", `${title} balances: ${JSON.stringify(l)}`);
    assert.equal(l.target, l.moved, `${title}: the target holds what was moved: ${JSON.stringify(l)}`);
  }
}

/** settleSample decides what the sample's mapping leaves open, and accepts it. */
export async function settleSample(page) {
  await go(page, "Mapping");
  let rule = await openRule(page, "Tickets", "Status");
  await decideValue(page, rule, "Archived", "Closed");
  await rule.getByRole("button", { name: /^Take the (\d+ )?proposals?$/ }).click();
  await rule.getByText("Every value is decided.").waitFor();
  await acceptRule(rule);

  rule = await openRule(page, "Tickets", "Subject");
  await instead(page, rule, "empty", "(no subject)");
  await acceptRule(rule);

  for (const [object, field] of [["Tickets", "Customer"], ["Messages", "Author"]]) {
    rule = await openRule(page, object, field);
    await instead(page, rule, "empty", "000001");
    await instead(page, rule, "unknown", "000001");
    await acceptRule(rule);
  }

  rule = await openRule(page, "Agents", "Role");
  await decideValue(page, rule, "lead", "Admin");
  await acceptRule(rule);

  await main(page).getByText("Nothing is left to decide.").waitFor();
  await acceptMapping(page, "First look at the export");
}
