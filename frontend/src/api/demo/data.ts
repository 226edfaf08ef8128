// A made-up company for development and screenshots. Never part of the shipped pages.
import type {
  Activity, Bucket, CheckView, CleanRule, Column, DecisionView, DeskView, Difference, FieldMapView, FieldView, Figure, Filter, FindingView, PilotView,
  ManifestRow, MappingView, ObjectView, Phase, Problem, ReportView, Table, VersionView,
} from "../types";
import type { LaterView } from "../types-clean";

export const fig = (value: number, filter: Filter | null = null, exact = true): Figure => ({ value, exact, filter });
export const open = (value: number, filter: Filter, words = ""): Figure => fig(value, words === "" ? filter : { ...filter, words });

export const TITLES: Record<string, string> = {
  organization: "Companies", group: "Groups", agent: "Agents", contact: "Customers", ticket: "Tickets", message: "Messages", attachment: "Attachments",
};

function manifest(object: string, n: [number, number, number, number, number, number]): ManifestRow {
  const [moved, merged, archived, leftOut, held, pending] = n;
  const f = (v: number, fate: string) => open(v, { object, fate }, `${TITLES[object] ?? object}, ${fate.replace("_", " ")}`);
  const source = moved + merged + archived + leftOut + held + pending;
  return {
    object, title: TITLES[object] ?? object, source: open(source, { object }, TITLES[object]),
    moved: f(moved, "moved"), merged: f(merged, "merged"), archived: f(archived, "archived"), left_out: f(leftOut, "left_out"), held: f(held, "held"), pending: f(pending, "pending"),
    target: open(moved, { object, fate: "moved" }), erased: 0, adds: true, balances: held === 0 && pending === 0,
  };
}

export const manifestRows = (): ManifestRow[] => [
  manifest("organization", [147, 3, 0, 0, 0, 0]),
  manifest("group", [9, 0, 0, 0, 0, 0]),
  manifest("agent", [24, 0, 0, 0, 0, 0]),
  manifest("contact", [1_127, 46, 0, 19, 8, 0]),
  manifest("ticket", [12_401, 31, 40, 8, 57, 0]),
  manifest("message", [41_876, 0, 112, 23, 141, 0]),
  manifest("attachment", [3_204, 0, 18, 0, 12, 0]),
];

export const doneRows = (): ManifestRow[] => manifestRows().map((r) => ({
  ...r, moved: open(r.moved.value + r.held.value, { object: r.object, fate: "moved" }), target: open(r.moved.value + r.held.value, { object: r.object, fate: "moved" }), held: fig(0), balances: true,
}));

const task = (id: string, title: string, state: string, page: string, note = "") => ({ id, title, state, page, note });
export const phases = (): Phase[] => [
  { number: 1, title: "Discover", state: "done", done: 3, total: 3, tasks: [task("s", "Give the source", "done", "source"), task("i", "Read everything", "done", "source"), task("p", "Look at the inventory", "done", "inventory")] },
  { number: 2, title: "Plan", state: "done", done: 1, total: 1, tasks: [task("scope", "What moves and what does not", "done", "mapping")] },
  { number: 3, title: "Prepare and map", state: "current", done: 2, total: 4, tasks: [
    task("clean", "Clean", "attention", "clean", "3 open"), task("map", "Map the fields", "current", "mapping", "5 left"), task("xl", "Have it reviewed", "todo", "mapping/versions"), task("acc", "Accept a version", "done", "mapping/versions"),
  ] },
  { number: 4, title: "Set up the target", state: "todo", done: 1, total: 2, tasks: [task("desk", "Connect the target", "done", "target"), task("gaps", "Fill its gaps", "todo", "target", "4 gaps")] },
  { number: 5, title: "Rehearse", state: "todo", done: 0, total: 3, tasks: [task("plan", "Plan a run", "todo", "plan"), task("run", "Run it", "todo", "run"), task("chk", "Check what arrived", "todo", "check")] },
  { number: 6, title: "Cut over", state: "todo", done: 0, total: 2, tasks: [task("go", "Run for real", "todo", "run"), task("held", "Mend what is held back", "attention", "held", "218")] },
  { number: 7, title: "Prove and settle", state: "todo", done: 0, total: 2, tasks: [task("sign", "Sign off", "todo", "report"), task("pdf", "Write the report", "todo", "report")] },
];

export const minutesAgo = (m: number) => new Date(Date.now() - m * 60_000).toISOString();
const act = (m: number, person: string, what: string, detail: string): Activity => ({ at: minutesAgo(m), person, what, detail, hash: `h${m}` });
export const activity = (): Activity[] => [
  act(2, "Anna Meyer", "Checked what arrived", "58,788 records looked at, 9 differ"),
  act(14, "Anna Meyer", "Run R-0004 finished", "12,401 tickets created, 57 held back"),
  act(31, "Anna Meyer", "Merged 46 customers with the same address", "Agreed with support, 12 March"),
  act(52, "Jonas Weber", "Accepted mapping version 3", "Priorities agreed with support leads"),
  act(97, "Anna Meyer", "Took back run R-0003", "the target is as it was before"),
  act(1_480, "Anna Meyer", "Read the source", "57,265 records from 6 files, 21 rows not readable"),
  act(1_502, "Anna Meyer", "Made the project", "Acme moves to Front"),
];

const col = (name: string, type: Column["type"], o: Partial<Column> = {}): Column => ({
  name, type, format: "", zone: "", separator: "", empty: [], filled: 12_537, blank: 0, nothing: {}, distinct: 12_537, distinct_exact: true, longest: 24, samples: [], options: [], date_orders: {}, sure: 100, why: "All values fit.", ...o,
});

const PREVIEW = [
  ["10001", "VPN drops every 20 minutes", "New", "High", "03.04.2016 09:12", "lena.fischer@blautal.example", "4", "vpn, network", ""],
  ["10002", "Invoice 4711 shows the old address", "waiting on customer", "2 - Medium", "03/04/2016 11:40", "o.brien@harbour.example", "7", "billing", ""],
  ["10003", "لا أستطيع تسجيل الدخول", "CLOSED", "Low", "14.04.2016 16:03", "samir@nour.example", "4", "login,مهم", ""],
  ["10004", "Re: Re: Fwd: printer 🖨 offline again", "Resovled", "?", "21.04.2016 07:55", "", "9", "hardware", ""],
  ["10005", "Request for data export, GDPR article 15", "open", "High", "2016-04-22", "anna.ndiaye@teranga.example", "2", "legal, \"export, full\"", "legal"],
];

export const problem = (code: string, what: string, why: string, next: string, where: Problem["where"] = {}, detail = ""): Problem => ({ code, what, why, next, where, detail });

export const tables = (): Table[] => {
  const base = { entry: "", part: "", kind: "csv", compression: "", sha256: "9f2c…", bytes: 0, encoding: "UTF-8", encoding_sure: 100, delimiter: ",", quote: '"', header_row: 1, broken: 0, blank_rows: 0, broken_examples: [], notes: [], preview: [] as string[][] };
  const output = (object: string, key: string[], links: Table["outputs"][number]["links"] = [], why = "The name and the columns fit; the key is different in every row.") => ({ object, key, repeats: "count", columns: [], as: {}, where: null, links, file_column: "", why });
  const ticketColumns: Column[] = [
    col("id", "integer", { longest: 5, samples: ["10001", "10002", "10003"] }),
    col("subject", "text", { distinct: 11_904, longest: 214, samples: ["VPN drops every 20 minutes", "Invoice 4711 shows the old address"] }),
    col("status", "option", { distinct: 40, longest: 24, samples: ["New", "waiting on customer", "Resovled"], options: ["New", "open", "CLOSED", "Resovled", "waiting on customer", "on-hold"], sure: 97, why: "40 different values that repeat." }),
    col("priority", "option", { distinct: 9, empty: ["?"], filled: 11_802, blank: 735, samples: ["High", "2 - Medium", "?"], sure: 95 }),
    col("created_at", "datetime", { format: "DD.MM.YYYY HH:mm", zone: "Europe/Berlin", sure: 71, samples: ["03.04.2016 09:12", "03/04/2016 11:40"], date_orders: { "DD.MM.YYYY HH:mm": 8_911, "MM/DD/YYYY HH:mm": 1_204, "YYYY-MM-DD": 402, ambiguous: 2_020 }, why: "Two orders of day and month occur; 2,020 dates fit both." }),
    col("requester_email", "email", { distinct: 1_143, filled: 12_480, blank: 57, sure: 99, samples: ["lena.fischer@blautal.example"] }),
    col("assignee_id", "integer", { distinct: 24, filled: 12_102, blank: 435, samples: ["4", "7", "9"] }),
    col("tags", "tags", { separator: ",", distinct: 212, filled: 9_330, blank: 3_207, samples: ["vpn, network", "billing"], sure: 92 }),
    col("legacy_flag", "text", { distinct: 3, filled: 212, blank: 12_325, samples: ["legal", "vip"] }),
  ];
  return [
    { ...base, name: "companies.csv", file: "/home/anna/export/companies.csv", size: 18_204, rows: 150, columns: [col("id", "integer"), col("name", "text"), col("domain", "url"), col("tier", "option")], outputs: [output("organization", ["id"])] },
    { ...base, name: "people.xlsx / Customers", file: "/home/anna/export/people.xlsx", part: "Customers", kind: "xlsx", delimiter: "", size: 312_876, rows: 1_200, columns: [col("id", "integer"), col("e-mail", "email"), col("name", "text"), col("company", "integer"), col("phone", "phone")], outputs: [output("contact", ["id"], [{ column: "company", to: ["organization"], by: "", matched: 1_171, orphans: 6, why: "1,171 of 1,177 values are numbers of companies." }])] },
    { ...base, name: "people.xlsx / Agents", file: "/home/anna/export/people.xlsx", part: "Agents", kind: "xlsx", delimiter: "", size: 312_876, rows: 24, columns: [col("id", "integer"), col("name", "text"), col("group", "text"), col("left", "bool")], outputs: [output("agent", ["id"]), output("group", ["group"], [], "9 different values; each stands for a group.")] },
    {
      ...base, name: "tickets.csv", file: "/home/anna/export/tickets.csv", size: 8_412_990, encoding: "windows-1252", encoding_sure: 88, delimiter: ";", rows: 12_537, broken: 3, columns: ticketColumns, preview: PREVIEW,
      outputs: [output("ticket", ["id"], [
        { column: "requester_email", to: ["contact"], by: "e-mail", matched: 12_423, orphans: 57, why: "12,423 of 12,480 addresses are those of customers." },
        { column: "assignee_id", to: ["agent"], by: "", matched: 12_090, orphans: 12, why: "12,090 of 12,102 values are numbers of agents." },
      ])],
      notes: [{ code: "dates.mixed", message: "created_at holds two orders of day and month. 2,020 dates fit both; say which is meant." }],
      broken_examples: [
        problem("file.row_width", "Row 8,113 has 11 cells, but the file has 9 columns.", "Waybill cannot tell which cell belongs to which column, so the row is held back.", "Correct the row in the export, or leave it held back.", { file: "tickets.csv", line: 8_113 }),
        problem("file.quote", "A quotation mark opens in row 9,270 and does not close.", "Only the damaged lines are held back; reading went on behind them.", "Correct the row in the export, or leave it held back.", { file: "tickets.csv", line: 9_270 }),
      ],
    },
    { ...base, name: "messages.ndjson", file: "/home/anna/export/messages.ndjson", kind: "ndjson", delimiter: "", header_row: 0, size: 96_884_121, rows: 42_152, columns: [col("id", "text"), col("ticket", "integer"), col("body", "html"), col("author", "email"), col("at", "datetime"), col("private", "bool")], outputs: [output("message", ["id"], [{ column: "ticket", to: ["ticket"], by: "", matched: 42_011, orphans: 141, why: "42,011 of 42,152 values are numbers of tickets." }])] },
    { ...base, name: "attachments.zip / index.csv", file: "/home/anna/export/attachments.zip", entry: "index.csv", size: 1_204_882_113, rows: 3_234, broken: 0, columns: [col("file", "text"), col("message", "text"), col("mime", "text")], outputs: [output("attachment", ["file"], [{ column: "message", to: ["message"], by: "", matched: 3_222, orphans: 12, why: "3,222 of 3,234 values are numbers of messages." }])], notes: [{ code: "file.outside", message: "1 file name points outside the ZIP (../etc/passwd). It is held back and never written." }] },
    { ...base, name: "survey_results.csv", file: "/home/anna/export/survey_results.csv", size: 44_100, rows: 812, columns: [col("ticket", "integer"), col("score", "integer")], outputs: [] },
  ];
};

function field(object: string, name: string, type: string, rows: number, empty: number, distinct: number, longest: number, top: [string, number][], more: Partial<FieldView> = {}): FieldView {
  const at = (op: string) => ({ object, field: name, op });
  return {
    name, type, filled: open(rows - empty, at("filled"), `${name} is filled`), blank: fig(0), empty: open(empty, at("empty"), `${name} is empty`), distinct: fig(distinct), longest, shortest: 1,
    top: top.map(([value, n]) => ({ value, count: open(n, { object, field: name, op: "equals", value }) })), format: "", min: "", max: "", ...more,
  };
}

const AGES: [string, number][] = [["2014", 310], ["2015", 702], ["2016", 934], ["2017", 1_120], ["2018", 1_288], ["2019", 1_402], ["2020", 1_633], ["2021", 1_507], ["2022", 1_204], ["2023", 1_111], ["2024", 890], ["2025", 436]];
const finding = (code: string, object: string, f: string, severity: string, n: number, what: string, means: string, fix: string, page: string, examples: string[]): FindingView => ({ code, object, field: f, severity, what, means, fix, page, count: open(n, { object, code }, what), examples });

export const findings = (): FindingView[] => [
  finding("link.broken", "ticket", "requester_email", "stop", 57, "57 tickets have no customer", "Their address belongs to nobody in the export. The target refuses a ticket without a customer.", "Use one customer for all of them, or add the missing people.", "mapping/ticket?field=requester", ["10204: gone.person@old.example", "10877: (empty)", "11290: m.krause@blautal"]),
  finding("dates.mixed", "ticket", "created_at", "warn", 2_020, "2,020 dates fit two orders of day and month", "03/04/2016 may be the third of April or the fourth of March.", "Say which order is meant, once for the file.", "source/tickets.csv", ["03/04/2016 11:40", "07/08/2019 08:01"]),
  finding("values.alike", "ticket", "status", "warn", 311, "The status is written in 40 ways", "Among them are typing errors such as “Resovled”. The target knows 5.", "Decide each of the 40 values once.", "mapping/ticket?field=status", ["Resovled", "waiting on custmer", "CLOSED"]),
  finding("duplicate.email", "contact", "e-mail", "warn", 46, "46 customers share their address with another", "In the target they would be refused, or would split one person's history.", "Merge them into the customer that wrote last.", "clean", ["Lena Fischer, L. Fischer: lena.fischer@blautal.example"]),
  finding("text.mojibake", "message", "body", "info", 84, "84 messages hold damaged letters", "“MÃ¼ller” should be “Müller”: text was once read with the wrong character set.", "Repair them on the way; the source stays as it is.", "clean", ["MÃ¼ller", "StraÃŸe"]),
];

export const objects = (): ObjectView[] => {
  const make = (object: string, rows: number, held: number, fields: FieldView[], broken: ObjectView["broken_links"] = [], ages: Bucket[] = []): ObjectView => ({
    object, title: TITLES[object] ?? object, rows: open(rows, { object }, TITLES[object]), repeated_keys: open(object === "contact" ? 4 : 0, { object, op: "repeated_key" }), held: open(held, { object, fate: "held" }),
    broken_links: broken, fields, ages, findings: findings().filter((f) => f.object === object),
  });
  const link = (object: string, f: string, to: string, linked: number, n: number) => ({ field: f, to, linked: open(linked, { object, field: f, op: "filled" }), broken: open(n, { object, field: f, op: "broken_link" }, `${TITLES[object] ?? ""}: ${f} leads nowhere`) });
  return [
    make("organization", 150, 0, [field("organization", "id", "integer", 150, 0, 150, 4, [["101", 1]]), field("organization", "name", "text", 150, 0, 149, 41, [["Blautal GmbH", 2]]), field("organization", "domain", "url", 150, 31, 117, 28, [["blautal.example", 2]]), field("organization", "tier", "option", 150, 12, 4, 6, [["Gold", 61], ["Silver", 50], ["gold", 18]])]),
    make("group", 9, 0, [field("group", "name", "text", 9, 0, 9, 18, [["First line", 1]])]),
    make("agent", 24, 0, [field("agent", "name", "text", 24, 0, 24, 22, [["Jonas Weber", 1]]), field("agent", "left", "bool", 24, 0, 2, 3, [["no", 17], ["yes", 7]])]),
    make("contact", 1_200, 8, [field("contact", "id", "integer", 1_200, 0, 1_196, 5, [["2004", 2]]), field("contact", "e-mail", "email", 1_200, 23, 1_131, 44, [["lena.fischer@blautal.example", 3]]), field("contact", "name", "text", 1_200, 4, 1_174, 38, [["Ø. Åsen", 2]]), field("contact", "phone", "phone", 1_200, 611, 570, 22, [["+49 7344 1200", 9]])], [link("contact", "company", "organization", 1_171, 6)]),
    make("ticket", 12_537, 57, [
      field("ticket", "id", "integer", 12_537, 0, 12_537, 5, [["10001", 1]]),
      field("ticket", "subject", "text", 12_537, 12, 11_904, 214, [["Password reset", 88], ["Invoice", 41], ["(no subject)", 36]]),
      field("ticket", "status", "option", 12_537, 0, 40, 24, [["closed", 7_310], ["open", 1_922], ["CLOSED", 1_204], ["waiting on customer", 804], ["on-hold", 510], ["Resovled", 112]]),
      field("ticket", "priority", "option", 12_537, 735, 9, 10, [["Low", 5_100], ["High", 3_004], ["2 - Medium", 2_811], ["?", 620]]),
      field("ticket", "created_at", "datetime", 12_537, 0, 12_466, 16, [["03.04.2016 09:12", 2]], { min: "2014-01-07 08:31", max: "2025-11-02 17:20", format: "DD.MM.YYYY HH:mm" }),
      field("ticket", "requester_email", "email", 12_537, 57, 1_143, 44, [["lena.fischer@blautal.example", 212]]),
      field("ticket", "assignee_id", "integer", 12_537, 435, 24, 2, [["4", 2_120], ["7", 1_904]]),
      field("ticket", "tags", "tags", 12_537, 3_207, 212, 61, [["billing", 2_004], ["vpn", 911], ["login", 800]]),
      field("ticket", "legacy_flag", "text", 12_537, 12_325, 3, 6, [["vip", 160], ["legal", 40]]),
    ], [link("ticket", "requester_email", "contact", 12_423, 57), link("ticket", "assignee_id", "agent", 12_090, 12)], AGES.map(([label, n]) => ({ label, count: open(n, { object: "ticket", field: "created_at", op: "equals", value: label }) }))),
    make("message", 42_152, 141, [field("message", "id", "text", 42_152, 0, 42_152, 12, []), field("message", "body", "html", 42_152, 211, 41_020, 88_113, [["Thanks!", 302]]), field("message", "private", "bool", 42_152, 0, 2, 5, [["false", 37_004], ["true", 5_148]])], [link("message", "ticket", "ticket", 42_011, 141)]),
    make("attachment", 3_234, 12, [field("attachment", "file", "text", 3_234, 0, 3_234, 61, []), field("attachment", "mime", "text", 3_234, 3, 19, 71, [["image/png", 1_902]])], [link("attachment", "message", "message", 3_222, 12)]),
  ];
};

export const rules = (): CleanRule[] => [
  { id: "merge.contact.email", object: "contact", does: "merge", title: "Customers with the same e-mail address", why: "One person, several records. Their tickets all go to the record that wrote last.", count: open(46, { object: "contact", code: "duplicate.email" }, "Customers that share an address"), examples: ["Lena Fischer and L. Fischer: lena.fischer@blautal.example", "Sean O'Brien and sean obrien: o.brien@harbour.example"], settings: {}, applied: 11 },
  { id: "archive.ticket.age", object: "ticket", does: "archive", title: "Tickets closed more than 10 years ago", why: "They are older than what you must keep. They stay readable in the archive file.", count: open(40, { object: "ticket", code: "old" }, "Tickets closed more than 10 years ago"), examples: ["10007 Fax does not answer (2014-02-11)", "10019 Modem (2014-02-20)"], settings: { older_than_years: "10" }, applied: 0 },
  { id: "leave_out.ticket.spam", object: "ticket", does: "leave_out", title: "Tickets that look like spam", why: "Subject or sender match what spam looks like, and nobody ever answered.", count: open(8, { object: "ticket", code: "spam" }, "Tickets that look like spam"), examples: ["11871 CONGRATULATIONS you won", "12004 cheap meds online"], settings: { words: "won, meds, casino" }, applied: 0 },
  { id: "leave_out.contact.test", object: "contact", does: "leave_out", title: "Test customers", why: "Their address ends in @test.invalid or their name is “Test”.", count: open(19, { object: "contact", code: "test" }, "Test customers"), examples: ["Test Test: test@test.invalid"], settings: {}, applied: 0 },
];

export const cameLater = (): LaterView[] => [
  { decision: 11, title: "Merged customers with the same e-mail address", object: "contact", does: "merge", by: "Anna Meyer", at: minutesAgo(31), count: open(12, { object: "contact", rule: "later 11" }, "Customers that came later"), also: [], examples: ["8123 Lena Fischer → 5001 Lena Fischer"] },
];

export const decisions = (): DecisionView[] => [
  { id: 11, title: "Merged customers with the same e-mail address", object: "contact", does: "merge", by: "Anna Meyer", at: minutesAgo(31), why: "Agreed with support, 12 March", count: open(46, { object: "contact", decision: 11 }), also: [], undone: false },
  { id: 9, title: "Left out tickets that look like spam", object: "ticket", does: "leave_out", by: "Anna Meyer", at: minutesAgo(210), why: "First try; too many were real", count: open(61, { object: "ticket", decision: 9 }), also: [open(141, { object: "message", decision: 9 })], undone: true },
];

const STATUS = ["new", "open", "pending", "solved", "closed"].map((v) => ({ value: v, title: v.charAt(0).toUpperCase() + v.slice(1) }));
const mapRow = (target: FieldMapView["target"], map: Partial<FieldMapView["map"]>, words: string, samples: [string, string, string?][], problems: Problem[] = []): FieldMapView => ({
  map: { target: target.name, rule: "copy", state: "reviewed", ...map }, target, words, problems,
  samples: samples.map(([before, after, p], i) => ({ record: `1000${i + 1}`, before, after, problem: p ? problem("map.unknown", p, "", "") : null })),
});

export const mappingView = (): MappingView => {
  const f = (name: string, type: FieldMapView["target"]["type"], more: Partial<FieldMapView["target"]> = {}): FieldMapView["target"] => ({ name, title: name.charAt(0).toUpperCase() + name.slice(1).replaceAll("_", " "), type, ...more });
  const tickets: FieldMapView[] = [
    mapRow(f("subject", "text", { required: true, max_length: 150 }), { sources: ["subject"], confidence: 99 }, "Copy subject; cut nothing, hold what is longer than 150", [["VPN drops every 20 minutes", "VPN drops every 20 minutes"], ["Invoice 4711 shows the old address", "Invoice 4711 shows the old address"]]),
    mapRow(f("status", "option", { required: true, options: STATUS }), { rule: "values", sources: ["status"], state: "proposed", confidence: 84, reason: "Same name; 31 of 40 values are alike or known as synonyms.", values: [{ from: "closed", to: "closed", count: 7_310, decided: true }, { from: "open", to: "open", count: 1_922, decided: true }, { from: "CLOSED", to: "closed", count: 1_204, decided: true }, { from: "waiting on customer", to: "pending", count: 804, decided: true }, { from: "on-hold", to: "", count: 510, decided: false }, { from: "Resovled", to: "", count: 112, decided: false }] }, "Value list of status: 31 of 40 values decided", [["New", "new"], ["on-hold", "", "“on-hold” is not in the value list."]]),
    mapRow(f("priority", "option", { options: ["urgent", "high", "normal", "low"].map((v) => ({ value: v, title: v })) }), { rule: "formula", sources: ["priority", "legacy_flag"], formula: 'IF([legacy_flag]="vip","urgent",LOWER([priority]))', state: "open" }, "Formula", [["High", "high"], ["2 - Medium", "", "“2 - medium” is not one of the target's choices."]], [problem("map.option", "The formula gives “2 - medium”, which the target does not know.", "2,811 tickets would be held back.", "Use a value list, or change the formula.")]),
    mapRow(f("requester", "link", { required: true, to: ["contact"] }), { sources: ["requester_email"], state: "proposed", confidence: 96, reason: "99.5 % of the values are addresses of customers.", if_unknown: "hold" }, "The customer whose e-mail is requester_email; hold the record when there is none", [["lena.fischer@blautal.example", "Lena Fischer"], ["gone.person@old.example", "", "There is no such customer."]]),
    mapRow(f("assignee", "link", { to: ["agent"] }), { sources: ["assignee_id"], state: "proposed", confidence: 98, reason: "Same meaning; all but 12 values are numbers of agents.", if_unknown: "leave" }, "The agent with the number assignee_id; leave empty when there is none", [["4", "Jonas Weber"], ["7", "Aïcha Diallo"]]),
    mapRow(f("tags", "tags"), { sources: ["tags"] }, "Copy tags, each of the values between commas", [["vpn, network", "vpn, network"], ["billing", "billing"]]),
    mapRow(f("created_at", "datetime", { required: true }), { sources: ["created_at"] }, "Copy created_at as a date in Europe/Berlin", [["03.04.2016 09:12", "2016-04-03 07:12 UTC"], ["2016-04-22", "2016-04-21 22:00 UTC"]]),
    mapRow(f("channel", "option", { options: [{ value: "import" }, { value: "email" }] }), { rule: "fixed", fixed: "import" }, "Always “import”", [["", "import"], ["", "import"]]),
    mapRow(f("external_reference", "text"), { rule: "join", sources: ["id", "legacy_flag"], separator: "-", state: "proposed", confidence: 93, reason: "An old number people may search for." }, "Join id and legacy_flag with “-”", [["10001", "10001"], ["10005, legal", "10005-legal"]]),
    mapRow(f("satisfaction", "option"), { rule: "leave_out" }, "Leave out", []),
  ];
  const other = (source: string, target: string, rows: number, left: number): MappingView["objects"][number] => ({
    id: source, when: "", source, source_title: TITLES[source] ?? source, target, target_title: TITLES[target] ?? "", why: target === "" ? "The new desk has its own surveys" : "", rows: open(rows, { object: source }), left, unused: [],
    fields: target === "" ? [] : [mapRow(f("name", "text", { required: true }), { sources: ["name"] }, "Copy name", [["Blautal GmbH", "Blautal GmbH"]])],
    source_fields: [{ name: "id", type: "integer" }, { name: "name", type: "text" }],
  });
  return {
    version: 3, hash: "b41c09aa21", changed: true, changes: ["Tickets, Priority: Formula instead of Value list", "Tickets, Assignee: leave empty when there is no such agent (was: hold)"], left: 5, approved: "Jonas Weber", undo: "Tickets, Assignee", redo: "", dry: { at: minutesAgo(14), held: 412, ready: 12_125, stale: false },
    source_objects: Object.entries(TITLES).map(([name, value]) => ({ name, value })), target_objects: Object.entries(TITLES).map(([name, value]) => ({ name, value })), problems: [], versions: versions(),
    objects: [
      other("organization", "organization", 150, 0), other("group", "group", 9, 0), other("agent", "agent", 24, 0), other("contact", "contact", 1_200, 1),
      {
        id: "ticket", when: "", source: "ticket", source_title: "Tickets", target: "ticket", target_title: "Tickets", why: "", rows: open(12_537, { object: "ticket" }), left: 4, fields: tickets, unused: ["legacy_flag", "survey_score", "old_queue"],
        source_fields: ["id", "subject", "status", "priority", "created_at", "requester_email", "assignee_id", "tags", "legacy_flag"].map((name) => ({ name, type: "text" as const })),
      },
      other("message", "message", 42_152, 0), other("attachment", "attachment", 3_234, 0), { ...other("survey", "", 812, 0), source_title: "Surveys" },
    ],
  };
};

/** wideView is a mapping of 200 fields, to see whether the studio stays readable. */
export const wideView = (): MappingView => {
  const view = mappingView();
  const ticket = view.objects.find((o) => o.source === "ticket");
  if (!ticket) return view;
  const area = ["billing", "contract", "device", "site", "survey", "warranty", "legal", "shipping"];
  for (let i = 0; i < 190; i++) {
    const name = `${area[i % area.length] ?? ""}_${["code", "date", "level", "owner", "note"][i % 5] ?? ""}_${i}`;
    if (i % 11 !== 3) ticket.source_fields.push({ name, type: i % 5 === 1 ? "date" : "text" });
    const rule: Partial<FieldMapView["map"]> = i % 11 === 3 ? { rule: "leave_out" } : i % 23 === 5 ? { rule: "join", sources: [name, "legacy_flag"], state: "proposed", confidence: 71 } : { sources: [name], state: i % 3 === 0 ? "proposed" : i % 17 === 2 ? "open" : "reviewed", confidence: 60 + (i % 40) };
    ticket.fields.push(mapRow({ name: `cf_${name}`, title: name.replaceAll("_", " "), type: i % 5 === 1 ? "date" : "text" }, rule, i % 11 === 3 ? "Left out." : `The same as [${name}].`, i % 11 === 3 ? [] : [[`value ${i}`, `value ${i}`]]));
  }
  for (let i = 0; i < 12; i++) { ticket.source_fields.push({ name: `old_system_${i}`, type: "text" }); ticket.unused.push(`old_system_${i}`); }
  return view;
};

export const versions = (): VersionView[] => [
  { number: 3, hash: "b41c09aa21f07d", author: "Jonas Weber", at: minutesAgo(52), reason: "Priorities agreed with support leads", changes: ["Tickets, Priority: 4 values changed", "Tickets, Channel: always “import”"], approved: "Jonas Weber" },
  { number: 2, hash: "77ee01c3ab5512", author: "Anna Meyer", at: minutesAgo(1_420), reason: "Workbook from the business, 11 March", changes: ["Tickets, Status: 12 values decided", "Customers, Phone: left out"], approved: "" },
  { number: 1, hash: "0c5d1f8e44a390", author: "Anna Meyer", at: minutesAgo(1_460), reason: "What Waybill proposed", changes: [], approved: "" },
];

export const COUNTS: [string, number][] = [["closed", 7_310], ["open", 1_922], ["CLOSED", 1_204], ["waiting on customer", 804], ["on-hold", 510], ["New", 402], ["Resovled", 112], ["waiting on custmer", 41], ["in progress", 38], ["geschlossen", 22], ["escalated", 19], ["", 12], ["solved ", 9], ["done", 3]];

export const desk = (): DeskView => ({
  connected: true, kind: "practice", title: "Practice desk", address: "http://127.0.0.1:41877", account: "Acme practice", as: "Waybill (administrator)", practice: true, error: null,
  rights: ["Read and write tickets and messages", "Set the original times", "Create fields, choices and groups"], missing: ["Silence mails to customers for single tickets"],
  objects: [{ name: "Companies", value: "147" }, { name: "Customers", value: "1,127" }, { name: "Tickets", value: "12,401" }, { name: "Messages", value: "41,876" }],
  gaps: [
    { id: "field.ticket.external_reference", object: "ticket", field: "external_reference", what: "Field “External reference” on tickets", why: "The mapping fills it, and the target does not have it.", can_create: true, count: open(12_537, { object: "ticket" }) },
    { id: "option.ticket.priority.urgent", object: "ticket", field: "priority", what: "Choice “urgent” of Priority", why: "160 tickets become urgent.", can_create: true, count: open(160, { object: "ticket", field: "legacy_flag", op: "equals", value: "vip" }) },
    { id: "group.second", object: "group", field: "", what: "Group “Second line”", why: "Two agents belong to it.", can_create: true, count: open(2, { object: "agent" }) },
    { id: "agent.aicha", object: "agent", field: "", what: "A place for the agent Aïcha Diallo", why: "She owns 1,904 tickets; places cost money, so only you can add one.", can_create: false, count: open(1_904, { object: "ticket", field: "assignee_id", op: "equals", value: "7" }) },
  ],
});

const check = (code: string, object: string, title: string, why: string, looked: number, failed: number, threshold = 0, examples: string[] = []) => ({
  code, object, title, why, looked_at: looked, failed: open(failed, { object, check: code }, title), threshold, passed: looked === 0 || (failed / looked) * 100 <= threshold, examples,
  good: looked - failed, scope: `all ${looked.toLocaleString("en")}`, stop: code === "private", waives: code === "private" ? "" : "the business owner", waiver: null,
  parts: code === "bucket_counts" ? [{ by: "status", of: "open", expected: "1,204", found: "1,203", same: false }, { by: "month", of: "2025-03", expected: "310", found: "310", same: true }] : [],
});
export const pilotView = (): PilotView => ({
  chosen: true, records: 1_240, needed: 86, features: 412, covered: 412, percent: 100, missing: [], more: true, out: [],
  groups: [{ name: "option", all: 96, covered: 96 }, { name: "status by option", all: 140, covered: 140 }, { name: "letters", all: 6, covered: 6 }, { name: "finding", all: 31, covered: 31 }],
  picks: [
    { object: "ticket", id: "10871", name: "Printer on fire", why: ["size: longest conversation, 214 messages", "option: priority is urgent", "letters: Cyrillic"], hand: false },
    { object: "ticket", id: "10002", name: "Invoice of the CEO", why: ["asked for by Bea Borg"], hand: true },
  ],
});
export const checkView = (): CheckView => ({
  at: minutesAgo(2), passed: false, ran: true, words: "58,788 records were read back. 1 of 10 checks did not pass: the time of 9 messages differs.",
  mode: "full", deep: "Of 58,788 records one checksum was the same to the letter; 11 were compared field by field.", breached: [],
  equal: [
    { code: "line_ends", title: "line ends", why: "Systems end a line in three ways; people see the same line.", count: 412, on: true },
    { code: "html_form", title: "HTML wrapping", why: "A desk puts a rich text into its own frame; it shows the same.", count: 41_876, on: true },
  ],
  not_possible: [{ object: "", title: "Everybody in copy and every follower is there", why: "the practice desk has no field for people in copy or followers, or none is mapped" }],
  checks: [
    check("bucket_counts", "ticket", "As many in each month, status, group and channel", "Reports and queues are counted by these.", 84, 1, 0, ["status open: 1,204 were meant, 1,203 are there"]),
    check("counts", "", "As many as were moved", "The target holds exactly the records that were created.", 58_788, 0),
    check("fields", "contact", "Every field of every customer", "Each field holds what the mapping said.", 1_127, 0),
    check("fields", "ticket", "Every field of every ticket", "Each field holds what the mapping said.", 12_401, 2, 0.5, ["10871 Subject"]),
    check("thread.order", "message", "Conversations in the right order", "Messages stand in the order in which they were written.", 12_401, 0),
    check("authors", "message", "Every message by its author", "Author and side are those of the source.", 41_876, 0),
    check("times", "message", "Original times", "Each message bears the time of the source.", 41_876, 9, 0, ["m-40117"]),
    check("private", "message", "Private notes stayed private", "No note for colleagues is visible to customers.", 5_148, 0),
    check("links", "ticket", "Customers and agents of tickets", "Each ticket belongs to the right people.", 12_401, 0),
    check("files", "attachment", "Files, byte for byte", "Each file was fetched and compared by its fingerprint.", 3_204, 0),
    check("once", "", "Nothing twice", "No record of the source is in the target more than once.", 58_788, 0),
  ],
});
export const differences = (): Difference[] => Array.from({ length: 9 }, (_, i) => ({ object: "message", id: `m-4011${i}`, name: `Re: VPN drops every 20 minutes (${i + 1})`, target_id: `88${i}12`, field: "Time", expected: `2019-03-31 02:${10 + i} Europe/Berlin`, found: `2019-03-31 03:${10 + i} Europe/Berlin` }));

export const report = (done: boolean): ReportView => ({
  verdict: done ? "balances" : "fails", words: done ? "All 59,306 records are accounted for, nothing waits, and the target agrees." : "218 records are held back, and one check did not pass. Mend them, or have each exception accepted by name.",
  missing: done ? [] : ["57 tickets are held back: no customer", "141 messages are held back: their ticket is not there", "The check “Original times” did not pass", "Nobody has approved mapping version 3 for the business"],
  approvals: [{ kind: "mapping", name: "Jonas Weber", role: "Head of support", at: minutesAgo(50), statement: "I have read the mapping and agree with it.", drawn: "" }],
  files: [{ name: "Acme-2026-11-21-rehearsal.pdf", path: "/home/anna/Acme.waybill/reports/Acme-2026-11-21-rehearsal.pdf", at: minutesAgo(12), sha256: "4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce" }],
  can_sign: done, cannot_sign: done ? "" : "The manifest does not balance: 218 records are held back. An approver may accept a named exception in writing.", audit_hash: "4b227777d4dd1fc61c6f884f48641d02b4d121d3fd328cb08b5531fcacdabf8a", audit_count: 1_284, logo: "",
});
