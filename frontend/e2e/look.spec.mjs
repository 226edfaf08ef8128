// Every screen, in light and in dark, as a person with a screen reader, a keyboard or weak
// eyes meets it: axe finds nothing to object to.
//
//   SHOTS=dir node frontend/e2e/run.mjs look     also takes a picture of each, in two sizes

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import axe from "axe-core";
import * as person from "./steps.mjs";

export const name = "every screen can be read and used by everybody, in light and in dark";
export const timeout = process.env.SHOTS ? 600_000 : 240_000;

const SIZES = [{ width: 1280, height: 800 }, { width: 1920, height: 1080 }];
const found = [];

export async function run(t) {
  const { page } = t;
  await look(t, "start");
  await page.getByRole("button", { name: "Who are you?" }).click();
  await page.getByLabel("Your name").waitFor();
  await look(t, "who");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "New project" }).click();
  await person.dialog(page).getByLabel("Name of the project").fill("Acme");
  await look(t, "new-project");
  await page.keyboard.press("Escape");
  await person.dialog(page).waitFor({ state: "hidden" });

  await person.startSample(page);
  await look(t, "home-fresh");
  for (const [label, title] of EMPTY) {
    await person.go(page, label, title);
    await look(t, `${label.toLowerCase().replace(" ", "-")}-empty`);
  }
  await person.go(page, "Source");
  await look(t, "source");
  await person.main(page).getByRole("link", { name: "tickets.csv" }).click();
  await person.heading(page, "tickets.csv");
  await person.main(page).getByRole("button", { name: "Opened", exact: true }).click();
  await page.getByRole("complementary", { name: "Opened" }).waitFor();
  await look(t, "source-table");
  await page.getByRole("complementary", { name: "Opened" }).getByRole("button", { name: "Close" }).click();
  await person.main(page).getByRole("link", { name: "All files" }).click();
  await person.readEverything(page);
  await look(t, "source-read");
  await discovered(t);
  await mapped(t);
  await moved(t);
  assert.deepEqual(found, []);
}

const EMPTY = [["Connect", "Connect the help desks"], ["Rebuild", "Rules to rebuild"], ["Inventory", "Inventory"], ["Clean", "Clean"], ["Mapping", "Mapping"], ["Run", "Run"], ["Held back", "Held back"], ["Check", "Check"], ["What changed", "What changed"], ["Records", "Records"]];

async function discovered(t) {
  const { page } = t;
  await person.go(page, "Inventory");
  await person.main(page).getByRole("region", { name: "What was found" }).waitFor();
  await look(t, "inventory");
  await person.main(page).getByRole("navigation", { name: "Inventory" }).getByRole("link", { name: /^Tickets/ }).click();
  await person.main(page).getByRole("link", { name: "Status", exact: true }).click();
  await page.getByRole("complementary", { name: "Status" }).waitFor();
  await look(t, "inventory-field");
  await person.go(page, "Records");
  await person.main(page).getByRole("option", { name: /^Return of Fjell 65 rucksack/ }).first().click();
  const record = page.getByRole("complementary", { name: "Return of Fjell 65 rucksack" });
  await record.getByRole("article").first().waitFor();
  await look(t, "record-thread");
  for (const tab of ["Fields", "Becomes", "As written", "History"]) {
    await record.getByRole("tab", { name: tab }).click();
    await record.getByRole("tabpanel").waitFor();
    await look(t, `record-${tab.toLowerCase().replace(" ", "-")}`);
  }
  await person.go(page, "Clean");
  await person.main(page).getByRole("button", { name: /^Merge \d+ customers…$/ }).click();
  await look(t, "clean-ask");
  await person.dialog(page).getByLabel(/^Why/).fill("As proposed");
  await person.dialog(page).getByRole("button", { name: /^Merge/ }).click();
  await person.dialog(page).waitFor({ state: "hidden" });
  await person.main(page).getByText("In force").waitFor();
  await look(t, "clean");
  for (const tab of ["Duplicates", "Your own rules"]) {
    await person.main(page).getByRole("link", { name: new RegExp(`^${tab}`) }).click();
    await look(t, `clean-${tab.toLowerCase().replaceAll(" ", "-")}`);
  }
  await person.go(page, "Profile");
  await person.main(page).getByRole("heading", { name: "How ready the data is" }).waitFor();
  await look(t, "profile");
  await person.go(page, "Backup and archive");
  for (const tab of ["Backup", "Archive", "Erase a person"]) {
    await person.main(page).getByRole("link", { name: tab }).click();
    await look(t, `keep-${tab.toLowerCase().replaceAll(" ", "-")}`);
  }
}

async function mapped(t) {
  const { page } = t;
  await person.go(page, "Target", "Set up the target");
  await person.main(page).getByRole("region", { name: "What the target lacks" }).waitFor();
  await look(t, "target");
  await person.go(page, "Mapping");
  await person.main(page).getByRole("link", { name: "Status", exact: true }).waitFor();
  await look(t, "mapping");
  const list = await person.openRule(page, "Tickets", "Status");
  await list.getByRole("heading", { name: "Value list" }).waitFor();
  await look(t, "mapping-values");
  const rule = await person.openRule(page, "Tickets", "Subject");
  await person.formula(rule, "UPPER([Subject])");
  await rule.getByRole("heading", { name: "On real records" }).waitFor();
  await look(t, "mapping-formula");
  await person.go(page, "Run");
  await person.settleSample(page);
  await person.main(page).getByRole("link", { name: /^Versions/ }).click();
  await person.main(page).getByRole("button", { name: "Approve version 1" }).waitFor();
  await look(t, "mapping-versions");
}

/** parts looks at the parts of a move and at when a run stops, and goes back to the plan. */
async function parts(t) {
  const { page } = t;
  await person.main(page).getByRole("link", { name: "Pace and stops" }).click();
  await person.main(page).getByLabel("Who decides then").waitFor();
  await look(t, "rules");
  await person.main(page).getByRole("link", { name: "In parts" }).click();
  await person.main(page).getByRole("button", { name: "Add the first part" }).click();
  await person.dialog(page).getByRole("button", { name: "Add a condition" }).click();
  await look(t, "part-form");
  await person.dialog(page).getByRole("button", { name: "Remove this condition" }).click();
  await person.dialog(page).getByRole("textbox", { name: "Name" }).fill("Everything");
  await person.dialog(page).getByRole("button", { name: "Save this part" }).click();
  await person.dialog(page).waitFor({ state: "hidden" });
  await person.main(page).getByRole("button", { name: "Plan this part: Everything" }).waitFor();
  await look(t, "parts");
  await person.main(page).getByRole("link", { name: "Plan and run" }).click();
  await person.main(page).getByRole("button", { name: /^Create [\d,]+ records/ }).waitFor();
}

async function moved(t) {
  const { page } = t;
  await person.go(page, "Run");
  const number = await person.plan(page);
  await person.main(page).getByRole("region", { name: "Before the start" }).getByText("Fine").first().waitFor();
  await look(t, "plan");
  await parts(t);
  await person.main(page).getByRole("button", { name: /^Create [\d,]+ records/ }).click();
  await person.dialog(page).getByLabel(/^To go ahead, type/).waitFor();
  await look(t, "plan-confirm");
  await page.keyboard.press("Escape");
  await person.dialog(page).waitFor({ state: "hidden" });
  await person.startRun(page, number);
  await person.canary(page);
  await look(t, "canary");
  await person.goOn(page);
  await person.main(page).getByRole("region", { name: "Moving the rest" }).getByRole("button", { name: "Pause" }).click();
  await person.main(page).getByRole("region", { name: "Running now" }).getByText("Paused", { exact: true }).waitFor();
  await look(t, "run-paused");
  await person.main(page).getByRole("button", { name: "Go on" }).click();
  await person.jobDone(page, "Moving the rest");
  await look(t, "run-done");
  await person.go(page, "Held back");
  await person.main(page).getByRole("article").first().waitFor();
  await look(t, "held");
  await person.main(page).getByRole("button", { name: /^Put right/ }).first().click();
  await person.main(page).getByText(/^This concerns/).waitFor();
  await look(t, "held-repair");
  await person.go(page, "What changed");
  await person.main(page).getByRole("button", { name: "Read what changed" }).click();
  await person.main(page).getByText(/^read /).waitFor({ timeout: 60_000 });
  await look(t, "delta");
  await person.go(page, "Check");
  await person.check(page);
  await look(t, "check");
  await person.overview(page);
  await look(t, "home-moved");
  await person.go(page, "Report", "Report and sign-off");
  await look(t, "report");
  await page.keyboard.press("Control+k");
  await person.dialog(page).waitFor();
  await look(t, "palette");
}

/** look examines the screen as it is now, in both schemes, and takes its pictures when asked to. */
async function look({ page }, screen) {
  for (const scheme of ["light", "dark"]) {
    // Only the colours differ in the dark.
    const only = scheme === "dark" ? { runOnly: ["color-contrast"] } : {};
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    await page.locator(`html[data-mantine-color-scheme="${scheme}"]`).waitFor({ state: "attached" });
    // The frames with messages hold what others wrote and run nothing, so axe stays outside of them.
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate((o) => window.axe.run(document, { iframes: false, resultTypes: ["violations"], ...o }), only);
    for (const v of violations) {
      for (const n of v.nodes.slice(0, 3)) found.push(`${screen}, ${scheme}: ${v.id}: ${n.target.join(" ")}: ${n.html.slice(0, 140)}: ${(n.any[0] ?? n.all[0] ?? n.none[0])?.message ?? v.help}`);
    }
    if (process.env.SHOTS) await pictures(page, screen, scheme);
  }
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
}

async function pictures(page, screen, scheme) {
  await mkdir(process.env.SHOTS, { recursive: true });
  for (const size of SIZES) {
    await page.setViewportSize(size);
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    await page.screenshot({ path: path.join(process.env.SHOTS, `${screen}-${scheme}-${size.width}.png`) });
  }
  await page.setViewportSize(SIZES[0]);
}
