// A person starts Waybill for the first time: the start screen is there, says what one
// can do, and nothing complains.

import assert from "node:assert/strict";

export const name = "the start screen opens on a fresh computer";

export async function run({ page, shot }) {
  await page.getByRole("heading").first().waitFor();
  const words = await page.locator("body").innerText();
  assert.match(words, /sample/i, "the start screen offers the sample project");
  assert.match(words, /new project/i, "the start screen offers a new project");
  assert.equal(await page.title(), "Waybill");

  // Nothing of the page may come from elsewhere or run what is not ours.
  const policy = (await page.request.get(page.url())).headers()["content-security-policy"];
  assert.match(policy ?? "", /default-src 'none'/);
  assert.match(policy ?? "", /script-src 'self'(;|$)/);

  await shot("light");
  await page.emulateMedia({ colorScheme: "dark" });
  await shot("dark");
}
