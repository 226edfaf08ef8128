// The old desk is connected: with a wrong address, a sign-in page and a wrong token first.
// Then it says what is in there, and its rules are tracked until they are built again.
//
//   SHOTS=dir node frontend/e2e/run.mjs connect     also takes pictures, in light and dark

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { createServer } from "node:http";
import path from "node:path";
import { promisify } from "node:util";
import axe from "axe-core";
import * as person from "./steps.mjs";

export const name = "a desk is connected after three mistakes, and its rules are tracked until they are rebuilt";
export const timeout = 240_000;

const found = [];

export async function run(t) {
  const desk = await t.practice("--token", "right-token", "--limit", "6000");
  await seed(desk);
  const signIn = createServer((_request, answer) => answer.writeHead(200, { "Content-Type": "text/html" }).end("<form>Please sign in</form>"));
  await new Promise((ready) => signIn.listen(0, "127.0.0.1", ready));
  try {
    await person.newProject(t.page, "Connect");
    await mistakes(t, desk, `http://127.0.0.1:${signIn.address().port}`);
    await connected(t, desk);
    await rules(t, desk);
    await workbook(t);
  } finally {
    signIn.close();
    await desk.stop();
  }
  assert.deepEqual(found, []);
}

/** ask sends something to the practice desk. */
async function ask(desk, method, what, body) {
  const answer = await fetch(`${desk.address}/api/v1/${what}`, { method, headers: { Authorization: `Bearer ${desk.token}`, "Content-Type": "application/json" }, body: JSON.stringify(body) });
  assert.ok(answer.ok, `${method} ${what}: ${answer.status} ${await answer.clone().text()}`);
  return answer.json();
}

async function seed(desk) {
  const contact = await ask(desk, "POST", "contacts", { name: "Ann Lee", email: "ann@example.com", import: true });
  for (const subject of ["The printer is offline", "Invoice 4711"]) await ask(desk, "POST", "tickets", { subject, requester: contact.id, status: "open", import: true });
  await ask(desk, "POST", "triggers", { kind: "macro", name: "Thanks and goodbye", on: ["ticket"], when: "", does: "answers the customer", text: "<p>Hello {{customer.first_name}},</p><p>thank you. {{customer.shoe_size}}</p>" });
}

async function mistakes({ page }, desk, elsewhere) {
  await person.main(page).getByRole("link", { name: "Connect the help desk" }).click();
  await person.heading(page, "Connect the help desks");
  const desks = await person.main(page).getByRole("radiogroup").getByRole("radio").evaluateAll((all) => all.map((r) => r.value));
  assert.ok(desks.includes("zendesk") && desks.includes("practice"), `the desks to choose from: ${desks}`);
  for (const kind of desks) {
    const radio = person.main(page).locator(`input[type="radio"][value="${kind}"]`);
    await radio.check();
    if (kind === "files") continue;
    await person.main(page).getByRole("heading", { name: "How to get what is asked for" }).waitFor();
    await person.main(page).getByRole("button", { name: "Connect and test" }).waitFor();
    if (kind === "zendesk" || process.env.SHOTS) await look(page, `connect-form-${kind}`);
  }
  await person.main(page).getByRole("radio", { name: "Practice desk" }).check();
  await person.main(page).getByRole("heading", { name: "How to get what is asked for" }).waitFor();
  await look(page, "connect-form");
  const address = person.main(page).getByLabel("Address");
  const token = person.main(page).getByRole("textbox", { name: "Token" });
  const go = person.main(page).getByRole("button", { name: "Connect and test" });
  assert.equal(await go.isDisabled(), true, "nothing is tried before everything is filled in");
  for (const [where, key, words] of [
    ["ftp://desk.example", "x", /is not an address/],
    ["127.0.0.1:1", "x", /does not answer/],
    [elsewhere, "right-token", /Something answers at .*It may be a sign-in page/s],
    [desk.address, "wrong-token", /does not accept the token/],
  ]) {
    await address.fill(where);
    await token.fill(key);
    await go.click();
    const alert = person.main(page).getByRole("alert");
    await alert.waitFor({ timeout: 60_000 });
    const said = await alert.innerText();
    assert.match(said, words, `${where}: ${said}`);
    assert.doesNotMatch(said.split("Technical detail")[0], /\b(null|undefined|EOF|panic|nil|401|dial tcp)\b/, `no jargon: ${said}`);
    assert.doesNotMatch(said, /(right|wrong)-token/, "no token is shown");
  }
  await look(page, "connect-wrong");
  await address.fill(`${desk.address.replace("http://", "")}/tickets/7`);
  await person.main(page).getByText(`Waybill connects to ${desk.address}`).waitFor();
  await token.fill("right-token");
  await go.click();
}

async function connected({ page, shot }, desk) {
  await person.main(page).getByRole("region", { name: "Practice desk", exact: true }).getByText(desk.address, { exact: true }).waitFor();
  await person.main(page).getByText("6,000 requests a minute").waitFor();
  await person.main(page).getByText("No right is missing.").waitFor();
  const holds = person.main(page).getByRole("region", { name: "What is in there" });
  await holds.getByRole("row", { name: /^Tickets 2 exact$/ }).waitFor();
  await holds.getByRole("heading", { name: /^Reading all of it takes / }).waitFor();
  await look(page, "connect-done");
  await shot("done");
  await person.main(page).getByRole("link", { name: "Target" }).click();
  await person.main(page).getByRole("radio", { name: "Practice desk" }).check();
  await look(page, "connect-target");
  await person.main(page).getByRole("button", { name: "Start the practice desk" }).click();
  await person.main(page).getByText("On this computer, inside the project").waitFor();
  await person.main(page).getByRole("link", { name: "Source" }).click();
  await person.main(page).getByRole("link", { name: "Read everything" }).click();
  await person.heading(page, "Source");
  await look(page, "source-desk");
  await person.readEverything(page);
}

async function rules({ page, shot }, desk) {
  await person.go(page, "Rebuild", "Rules to rebuild");
  await person.main(page).getByRole("heading", { name: "6 of 6 are still to do" }).waitFor();
  await look(page, "rebuild");
  await person.main(page).getByRole("link", { name: "Thanks and goodbye" }).click();
  const panel = page.getByRole("complementary", { name: "Thanks and goodbye" });
  await panel.getByRole("region", { name: "Placeholders" }).getByText(/^Dead/).first().waitFor();
  await panel.getByRole("region", { name: "How to test it" }).getByText("Where {{customer.first_name}} stood there is the customer's first name.").waitFor();
  await panel.getByRole("radio", { name: "Rebuilt" }).check();
  await panel.getByLabel("Owner").fill("Bea Borg");
  await panel.getByLabel("Note").fill("Template 12 of the new desk");
  await panel.getByRole("button", { name: "Save" }).click();
  await panel.getByText(/^Stated by Anna Meyer/).waitFor();
  await look(page, "rebuild-rule");
  await shot("rule");
  await panel.getByRole("button", { name: "Close" }).click();
  await person.main(page).getByRole("heading", { name: "5 of 6 are still to do" }).waitFor();

  // Several at once.
  await person.main(page).getByRole("checkbox", { name: "Choose Welcome mail to new customers" }).check();
  await person.main(page).getByRole("checkbox", { name: "Choose Tell the billing system about companies" }).check();
  await look(page, "rebuild-chosen");
  await person.choose(page, person.main(page).getByRole("combobox", { name: "Set state" }), "Not needed");
  await person.main(page).getByRole("button", { name: "Set", exact: true }).click();
  await person.main(page).getByRole("heading", { name: "3 of 6 are still to do" }).waitFor();

  // What changes in the old desk is seen.
  await ask(desk, "PATCH", "triggers/1", { active: false });
  await person.main(page).getByRole("button", { name: "Read again" }).click();
  await person.main(page).getByText("Since the reading before: 1 changed").waitFor();
  await person.main(page).getByRole("button", { name: /^Show them: Since the reading before/ }).click();
  await person.main(page).getByRole("link", { name: "Welcome mail to new customers" }).click();
  const changed = page.getByRole("complementary", { name: "Welcome mail to new customers" });
  await changed.getByText("It was switched off.").waitFor();
  await look(page, "rebuild-drift");
  await changed.getByRole("button", { name: "It is still right" }).click();
  await changed.getByText("It changed in the old desk after somebody stated its state: look at it again.").waitFor({ state: "hidden" });
  await changed.getByRole("button", { name: "Close" }).click();
}

async function workbook(t) {
  const { page } = t;
  const book = path.join(t.tmp, "rules.xlsx");
  const excel = person.main(page).getByRole("button", { name: "Excel" });
  await t.answerSave(book);
  await excel.click();
  await page.getByRole("menuitem", { name: "Write a workbook of all rules…" }).click();
  await person.dialog(page).getByText(/^The workbook is written/).waitFor();
  await person.dialog(page).getByRole("button", { name: "Close" }).last().click();
  await person.dialog(page).waitFor({ state: "hidden" });
  await promisify(execFile)("go", ["run", "./frontend/e2e/edit", book, "Template 12 of the new desk", "Template 14 of the new desk"], { cwd: t.root });
  await t.answerOpen(book);
  await excel.click();
  await page.getByRole("menuitem", { name: "Read a workbook that came back…" }).click();
  await person.dialog(page).getByRole("row", { name: /Thanks and goodbye.*Template 14 of the new desk/ }).waitFor();
  await look(page, "rebuild-import");
  await person.dialog(page).getByRole("button", { name: "Take it over" }).click();
  await person.dialog(page).waitFor({ state: "hidden" });
  await person.main(page).getByRole("button", { name: "Show all of them" }).or(person.main(page).getByRole("textbox", { name: "Search" })).first().waitFor();
  await person.go(page, "Rebuild", "Rules to rebuild");
  await person.main(page).getByRole("textbox", { name: "Search" }).fill("template 14");
  await person.choose(page, person.main(page).getByRole("combobox", { name: "Show" }), "All rules");
  await person.main(page).getByRole("link", { name: "Thanks and goodbye" }).waitFor();
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Overview" }).click();
  await page.getByText("Took over a workbook of rules").waitFor();
}

/** look lets axe examine the screen in both schemes, and takes its pictures when asked to. */
async function look(page, screen) {
  for (const scheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    await page.locator(`html[data-mantine-color-scheme="${scheme}"]`).waitFor({ state: "attached" });
    await page.evaluate(axe.source);
    const only = scheme === "dark" ? { runOnly: ["color-contrast"] } : {};
    const { violations } = await page.evaluate((o) => window.axe.run(document, { resultTypes: ["violations"], ...o }), only);
    for (const v of violations) for (const n of v.nodes.slice(0, 3)) found.push(`${screen}, ${scheme}: ${v.id}: ${n.html.slice(0, 160)}: ${(n.any[0] ?? n.all[0] ?? n.none[0])?.message ?? v.help}`);
    if (process.env.SHOTS) {
      await mkdir(process.env.SHOTS, { recursive: true });
      await page.screenshot({ path: path.join(process.env.SHOTS, `${screen}-${scheme}.png`) });
    }
  }
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
}
