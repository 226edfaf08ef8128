import { expect, test } from "vitest";
import { ago, between, duration, objectTitle, percent, shortPath, size } from "./format";

test("a share is 0 % or 100 % only when that is exact", () => {
  expect(percent(0, 10)).toBe("0 %");
  expect(percent(10, 10)).toBe("100 %");
  expect(percent(9_999_999, 10_000_000)).toBe(">99.9 %");
  expect(percent(1, 10_000_000)).toBe("<0.1 %");
  expect(percent(1, 3)).toBe("33 %");
  expect(percent(995, 1000)).toBe("99.5 %");
  expect(percent(0, 0)).toBe("–");
});

test("durations read as people say them", () => {
  expect(duration(4.4)).toBe("4 s");
  expect(duration(61)).toBe("1 min");
  expect(duration(3600)).toBe("1 h");
  expect(duration(4_800)).toBe("1 h 20 min");
  expect(duration(260_000)).toBe("3 days");
  expect(duration(-3)).toBe("0 s");
  expect(between("2026-01-01T10:00:00Z", "2026-01-01T10:00:00.400Z")).toBe("under 1 s");
  expect(between("2026-01-01T10:00:00Z", "")).toBe("");
});

test("sizes have a unit that fits", () => {
  expect(size(999)).toBe("999 bytes");
  expect(size(18_204)).toBe("18.2 kB");
  expect(size(1_204_882_113)).toBe("1.2 GB");
});

test("a long path keeps its end", () => {
  expect(shortPath("/home/a/x.waybill")).toBe("/home/a/x.waybill");
  expect(shortPath("/home/anna/Documents/deep/deeper/deepest/Acme moves.waybill", 32)).toMatch(/…\/Acme moves\.waybill$/);
  expect(shortPath("C:\\Users\\anna\\Documents\\Some\\Where\\Else\\Acme.waybill", 30)).toMatch(/…\\Acme\.waybill$/);
});

test("times of the last hour are told from now", () => {
  const now = Date.parse("2026-11-21T12:00:00Z");
  expect(ago("2026-11-21T11:59:30Z", now)).toBe("just now");
  expect(ago("2026-11-21T11:46:00Z", now)).toBe("14 min ago");
  expect(ago("no time", now)).toBe("no time");
});

test("objects have names of the business; unknown ones keep theirs", () => {
  expect(objectTitle("contact")).toBe("Customers");
  expect(objectTitle("survey")).toBe("Survey");
});
