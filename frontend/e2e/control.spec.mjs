// A run in a person's hands: paused, gone on, stopped, taken up again, and taken back with
// the proof that nothing of it is left.

import assert from "node:assert/strict";
import * as person from "./steps.mjs";

export const name = "a run is paused, stopped, taken up again and taken back";
export const timeout = 150_000;

const RUN = "Moving the rest";

export async function run({ page }) {
  await person.startSample(page);
  await person.go(page, "Source");
  await person.readEverything(page);
  await person.settleSample(page);
  await person.go(page, "Run");
  const number = await person.plan(page);
  await person.startRun(page, number);
  await person.goOn(page);

  const live = person.main(page).getByRole("region", { name: RUN, exact: true });
  await live.getByRole("button", { name: "Pause" }).click();
  await live.getByText("Paused", { exact: true }).waitFor();
  await live.getByRole("button", { name: "Go on" }).click();
  await live.getByRole("button", { name: "Stop" }).click();
  await person.dialog(page).getByText("What is already done stays done and is recorded.").waitFor();
  await person.dialog(page).getByRole("button", { name: "Stop now" }).click();
  const stopped = live.getByText(/^Stopped by (you|a problem)$/);
  await stopped.waitFor();
  const detail = live.getByText("Technical detail");
  if (await detail.isVisible()) await detail.click();
  assert.equal(await stopped.innerText(), "Stopped by you", await live.innerText());

  const history = person.main(page).getByRole("region", { name: "Runs so far" });
  await history.getByText("Stopped", { exact: true }).waitFor();
  await history.getByRole("button", { name: "Go on" }).click();
  await person.jobDone(page, "Going on with run-1");
  await history.getByText("Done", { exact: true }).waitFor();
  await person.overview(page);
  const arrived = await person.manifest(page);
  assert.equal(arrived.Tickets.waiting, 0, "nothing of the run was forgotten");
  assert.equal(arrived.Tickets.target, arrived.Tickets.moved, "nothing came twice");
  assert.ok(arrived.Messages.moved > 7000);

  await person.go(page, "Run");
  await history.getByRole("button", { name: /^Take back/ }).click();
  const ask = person.dialog(page);
  const remove = ask.getByRole("button", { name: /^Remove [\d,]+ records$/ });
  await ask.getByRole("rowheader", { name: "Tickets" }).waitFor();
  assert.equal(await remove.isDisabled(), true, "nothing is removed before the number is typed");
  const all = Number((await remove.innerText()).replace(/\D/g, ""));
  await ask.getByLabel(/^To go ahead, type/).fill(String(all));
  await remove.click();
  await ask.waitFor({ state: "hidden" });
  const back = history.getByRole("button", { name: /^Taken back/ });
  await back.waitFor({ timeout: 60_000 });
  await history.getByRole("row").filter({ has: page.getByRole("button", { name: /^Taken back/ }) }).getByText("Done", { exact: true }).waitFor({ timeout: 60_000 });
  await back.click();
  await history.getByRole("heading", { name: "Proof" }).waitFor();
  await history.getByText(/^All [\d,]+ removed records were looked for afterwards, and none was found$/).waitFor();
  await history.getByText("The source is exactly as before").waitFor();

  await person.overview(page);
  for (const [title, line] of Object.entries(await person.manifest(page))) {
    assert.equal(line.moved, 0, `${title}: taken back`);
    assert.equal(line.target, 0, `${title}: the target is as it was`);
  }
}
