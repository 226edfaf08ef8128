// The mapping as a person works on it: a field is found, filled by the keyboard, taken back
// and done again; what is sure is accepted together; a text is parted, a value list decided;
// everything is tried without sending, and a value of the result says where it comes from.
//
//   SHOTS=dir node frontend/e2e/run.mjs studio     also takes pictures

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import axe from "axe-core";
import * as person from "./steps.mjs";

export const name = "a mapping is made in the studio: by keyboard, with undo, sure suggestions, parts, values, a dry check and lineage";
export const timeout = process.env.SHOTS ? 400_000 : 240_000;

const SIZES = [{ width: 1280, height: 800 }, { width: 1920, height: 1080 }];
const found = [];

export async function run(t) {
  const { page } = t;
  const main = person.main(page);
  await person.startSample(page);
  await person.go(page, "Source");
  await person.readEverything(page);
  await person.go(page, "Mapping");
  const rows = main.locator("tr[data-target]");
  await rows.first().waitFor();
  const all = await rows.count();

  // Lines are drawn, and a field that is pointed at lights its own.
  await main.getByRole("link", { name: "Subject", exact: true }).hover();
  await page.locator('g[data-on="true"]').first().waitFor({ state: "attached" });
  await look(t, "studio");

  // A search finds a field on either side.
  await main.getByRole("textbox", { name: "Find a field" }).fill("subject");
  await page.waitForFunction((n) => document.querySelectorAll("tr[data-target]").length < n, all);
  await main.getByRole("textbox", { name: "Find a field" }).fill("");
  await page.waitForFunction((n) => document.querySelectorAll("tr[data-target]").length === n, all);

  await byKeyboard(t);
  await sure(t);
  await parted(t);
  await columns(t);
  await person.settleSample(page);
  await pages(t);
  await dry(t);
  await lineage(t);
  assert.deepEqual(found, []);
}

/** byKeyboard fills a field from a source field without the mouse, takes that back and does it again. */
async function byKeyboard(t) {
  const { page } = t;
  const main = person.main(page);
  const source = main.getByRole("button", { name: /^Subject\s*, fills/ });
  await source.focus();
  await page.keyboard.press("Enter");
  await main.getByText(/is in your hand/).waitFor();
  const target = main.getByRole("link", { name: "Subject", exact: true });
  for (let i = 0; i < 80 && !(await target.evaluate((el) => el === document.activeElement)); i++) await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  const rule = page.getByRole("complementary", { name: "Subject", exact: true });
  await rule.waitFor();
  assert.equal(await rule.getByRole("radio", { name: "Copy" }).isChecked(), true);
  await page.keyboard.press("Control+Enter");
  await rule.waitFor({ state: "hidden" });
  const row = main.locator("tr[data-target]").filter({ has: page.getByRole("link", { name: "Subject", exact: true }) });
  await row.getByText("Accepted").waitFor();

  await page.keyboard.press("Control+z");
  await main.getByText(/^Taken back: Tickets, Subject/).waitFor();
  await row.getByText("Accepted").waitFor({ state: "hidden" });
  await page.keyboard.press("Control+Shift+Z");
  await main.getByText(/^Done again: Tickets, Subject/).waitFor();
  await row.getByText("Accepted").waitFor();
  await page.keyboard.press("Control+z");
  await row.getByText("Accepted").waitFor({ state: "hidden" });
}

/** sure accepts what is 95 % sure and more, after seeing what that is. */
async function sure(t) {
  const { page } = t;
  const main = person.main(page);
  await main.getByRole("button", { name: /^Accept what is sure/ }).click();
  const ask = person.dialog(page);
  await ask.getByRole("checkbox").first().waitFor();
  const n = await ask.getByRole("checkbox").count();
  assert.ok(n > 3, `${n} suggestions are sure`);
  await look(t, "studio-sure");
  await ask.getByRole("checkbox").first().uncheck();
  await ask.getByRole("button", { name: new RegExp(`^Accept ${n - 1} suggestions?$`) }).click();
  await ask.waitFor({ state: "hidden" });
  await main.getByRole("button", { name: /^Accept what is sure/ }).click();
  await ask.getByRole("button", { name: "Accept 1 suggestion" }).waitFor();
  await page.keyboard.press("Escape");
  await ask.waitFor({ state: "hidden" });
}

/** parted makes a name of the first part of another field, and looks at it on real records. */
async function parted(t) {
  const { page } = t;
  const rule = await person.openRule(page, "Tickets", "Subject");
  await person.chooseRule(rule, "Split");
  await rule.getByRole("textbox", { name: "Separator" }).fill(" ");
  await person.choose(page, rule.getByRole("combobox", { name: "Which part" }), "the first");
  await rule.getByRole("heading", { name: "On real records" }).waitFor();
  const cells = rule.getByRole("table").last().getByRole("cell");
  await page.waitForFunction(() => [...document.querySelectorAll("aside table tbody tr")].some((r) => r.children[1] && r.children[0] && r.children[1].textContent !== "" && r.children[0].textContent.startsWith(`${r.children[1].textContent} `)));
  assert.ok((await cells.count()) >= 2);
  await look(t, "studio-split");
  await rule.getByRole("button", { name: "Cancel" }).click();
  await rule.waitFor({ state: "hidden" });
}

/** columns shows everything of every field. */
async function columns(t) {
  const { page } = t;
  const main = person.main(page);
  await main.getByText("All columns", { exact: true }).click();
  await main.getByRole("columnheader", { name: "If unknown" }).waitFor();
  await look(t, "studio-columns");
  await main.getByText("Lines", { exact: true }).click();
  const list = await person.openRule(page, "Tickets", "Status");
  await list.getByRole("table", { name: "Value list" }).waitFor();
  await look(t, "studio-values");
  await page.keyboard.press("Escape");
  await list.waitFor({ state: "hidden" });
}

/** pages opens the people map and the target's shape, and freezes it. */
async function pages(t) {
  const { page } = t;
  const main = person.main(page);
  const sections = main.getByRole("navigation", { name: "Sections of this page" });
  await sections.getByRole("link", { name: /^People/ }).click();
  await main.getByRole("button", { name: "Ask the target who is there" }).click();
  await person.jobDone(page, "Asking the target who is there");
  await main.getByRole("columnheader", { name: "Role before and after" }).first().waitFor();
  await look(t, "studio-people");
  await sections.getByRole("link", { name: "Target's shape" }).click();
  await main.getByRole("button", { name: "Freeze the shape…" }).click();
  await person.dialog(page).getByLabel(/^What this shape is/).fill("As agreed with support");
  await person.dialog(page).getByRole("button", { name: "Freeze the shape" }).click();
  await person.dialog(page).waitFor({ state: "hidden" });
  await main.getByText(/^Frozen .* by Anna Meyer$/).waitFor();
  await main.getByRole("button", { name: "Compare with the target now" }).click();
  await main.getByText("Nothing changed in the target since.").waitFor();
  await look(t, "studio-shape");
}

/** dry tries the mapping on everything, and opens the records of what would be held. */
async function dry(t) {
  const { page } = t;
  const main = person.main(page);
  await main.getByRole("navigation", { name: "Sections of this page" }).getByRole("link", { name: /^Dry check/ }).click();
  await main.getByRole("button", { name: "Try it on every record" }).click();
  await main.getByRole("heading", { name: /records would be held,|records are ready$/ }).waitFor({ timeout: 60_000 });
  await main.getByRole("columnheader", { name: "Would be held" }).waitFor();
  await look(t, "studio-dry");
  const figure = main.getByRole("listitem").getByRole("link", { name: /records/ }).first();
  if ((await figure.count()) === 0) return;
  const count = (await figure.innerText()).trim();
  await figure.click();
  await person.heading(page, "Records");
  await main.getByText(new RegExp(`^${count} records?$`)).waitFor();
}

/** lineage says where a value comes from. */
async function lineage(t) {
  const { page } = t;
  await person.go(page, "Records");
  await person.main(page).getByRole("option", { name: /^Return of Fjell 65 rucksack/ }).first().click();
  const record = page.getByRole("complementary", { name: "Return of Fjell 65 rucksack" });
  await record.getByRole("tab", { name: "Becomes" }).click();
  await record.getByRole("button", { name: /^Subject/ }).click();
  await record.getByText(/^version 1, accepted by Anna Meyer/).waitFor();
  await record.getByText("“Return of Fjell 65 rucksack”").first().waitFor();
  await look(t, "studio-lineage");
}

/** look examines the screen as it is now, in both schemes, and takes its pictures when asked to. */
async function look({ page }, screen) {
  for (const scheme of ["light", "dark"]) {
    const only = scheme === "dark" ? { runOnly: ["color-contrast"] } : {};
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    await page.locator(`html[data-mantine-color-scheme="${scheme}"]`).waitFor({ state: "attached" });
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate((o) => window.axe.run(document, { iframes: false, resultTypes: ["violations"], ...o }), only);
    for (const v of violations) {
      for (const n of v.nodes.slice(0, 3)) found.push(`${screen}, ${scheme}: ${v.id}: ${n.target.join(" ")}: ${n.html.slice(0, 140)}`);
    }
    if (!process.env.SHOTS) continue;
    await mkdir(process.env.SHOTS, { recursive: true });
    for (const size of SIZES) {
      await page.setViewportSize(size);
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      await page.screenshot({ path: path.join(process.env.SHOTS, `${screen}-${scheme}-${size.width}.png`) });
    }
    await page.setViewportSize(SIZES[0]);
  }
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
}
