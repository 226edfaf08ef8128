// What goes wrong, and what must not: files that are none are refused in plain words, and
// a message that somebody else wrote runs nothing and asks nobody.

import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import * as person from "./steps.mjs";

export const name = "wrong files are refused in plain words, and a hostile message does nothing";

const HOSTILE = `<p>Hello <b>there</b></p><script>parent.document.title="owned"</script>
<img src="http://tracker.example/pixel.gif" onerror="parent.document.title='owned'"><svg onload="parent.document.title='owned'"></svg>
<iframe src="http://tracker.example/"></iframe><style>@import "http://tracker.example/a.css"; body{background:url(http://tracker.example/b.png)}</style>
<link rel="stylesheet" href="http://tracker.example/c.css"><form action="http://tracker.example/"><button>Send</button></form>
<a href="javascript:parent.document.title='owned'">press</a> <a href="http://tracker.example/away">away</a> <meta http-equiv="refresh" content="0;url=http://tracker.example/">`;

export async function run(t) {
  const { page } = t;
  // The harness fails the test on every request that leaves the app; this one counts them too.
  const asked = [];
  await page.route(/tracker\.example/, (route) => {
    asked.push(route.request().url());
    return route.abort();
  });
  await person.newProject(page, "Wrong files");
  await files(t);
  await message(t);
  assert.deepEqual(asked, [], "nobody was asked for anything");
  assert.notEqual(await page.title(), "owned");
}

async function files(t) {
  const { page } = t;
  const make = async (file, content) => {
    const at = path.join(t.tmp, file);
    await writeFile(at, content);
    return at;
  };
  const binary = Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 7 + (i >> 3)) % 256));
  const cases = [
    [await make("empty.csv", ""), /empty/i],
    [await make("picture.csv", Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), binary])), /picture|not (a )?text|not a table|binary/i],
    [await make("old.xls", Buffer.concat([Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]), binary])), /xlsx|Excel/i],
  ];
  for (const [file, words] of cases) {
    const base = path.basename(file);
    await t.answerOpen(file);
    await person.main(page).getByRole("button", { name: /^(Choose|Add) files$/ }).click();
    const alert = person.main(page).getByRole("alert").filter({ hasText: base });
    const listed = person.main(page).getByRole("link", { name: base });
    await alert.or(listed).first().waitFor();
    if (await listed.isVisible()) await listed.click();
    await alert.first().waitFor();
    const said = (await alert.allInnerTexts()).join("\\n");
    assert.match(said, words, `${base} is refused in plain words: ${said}`);
    assert.doesNotMatch(said, /\b(null|undefined|EOF|panic|nil|422)\b/, `${base}: no jargon: ${said}`);
    if (await person.main(page).getByRole("link", { name: "All files" }).isVisible()) {
      await person.main(page).getByRole("button", { name: "Take this file out" }).click();
      await person.dialog(page).getByRole("button", { name: "Take it out" }).click();
      await person.heading(page, "Source");
    }
  }
}

async function message(t) {
  const { page } = t;
  const folder = path.join(t.tmp, "export");
  await mkdir(folder);
  await writeFile(path.join(folder, "contacts.csv"), "id,name,email\nC1,Ann Lee,ann@example.com\nC2,Bo Ek,bo@example.com\n");
  await writeFile(path.join(folder, "tickets.csv"), "id,subject,requester_id,status,created_at\nT1,A hostile message,C1,open,2024-03-01T10:00:00Z\nT2,A calm one,C2,open,2024-03-02T10:00:00Z\n");
  const rows = [
    { id: "M1", ticket_id: "T1", author_id: "C1", body: HOSTILE, created_at: "2024-03-01T10:00:00Z" },
    { id: "M2", ticket_id: "T2", author_id: "C2", body: "<p>Thank you</p>", created_at: "2024-03-02T10:00:00Z" },
  ];
  await writeFile(path.join(folder, "messages.ndjson"), rows.map((r) => JSON.stringify(r)).join("\n") + "\n");
  await t.answerOpen(["contacts.csv", "tickets.csv", "messages.ndjson"].map((f) => path.join(folder, f)));
  await person.main(page).getByRole("button", { name: /^(Choose|Add) files$/ }).click();
  await person.main(page).getByRole("link", { name: "messages.ndjson" }).waitFor();
  await person.readEverything(page);

  await person.go(page, "Records");
  await person.main(page).getByRole("navigation", { name: "Records" }).getByRole("link", { name: /^Tickets/ }).click();
  await person.main(page).getByRole("option", { name: /^A hostile message/ }).click();
  const record = page.getByRole("complementary", { name: "A hostile message" });
  const frame = record.getByRole("article", { name: /^Message by / }).locator("iframe");
  await frame.waitFor();
  assert.equal(await frame.getAttribute("sandbox"), "", "the frame may do nothing");
  const inside = frame.contentFrame();
  await inside.getByText("there").waitFor();
  assert.equal(await inside.locator("script, iframe, form, link, meta[http-equiv=refresh], svg, [onerror], [onload], [href^='javascript']").count(), 0, "nothing of it is left that could act");
  assert.equal(await inside.locator("img[src^='http']").count(), 0, "no picture is fetched from elsewhere");
}
