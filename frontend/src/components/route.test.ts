import { expect, test } from "vitest";
import { formatRoute, parseRoute, recordsRoute } from "./route";

test("a route survives being written and read", () => {
  const to = formatRoute("source", ["export.zip / tickets.csv"], { field: "a=b&c", none: "" });
  expect(parseRoute(to)).toEqual({ page: "source", rest: ["export.zip / tickets.csv"], query: { field: "a=b&c" } });
});

test("pages as Go names them are found; unknown ones are the front page", () => {
  expect(parseRoute("#/plan").page).toBe("run");
  expect(parseRoute("mapping/ticket?field=status")).toEqual({ page: "mapping", rest: ["ticket"], query: { field: "status" } });
  expect(parseRoute("").page).toBe("home");
  expect(parseRoute("#/nowhere").page).toBe("home");
});

test("a records route carries the filter as data", () => {
  const filter = { object: "ticket", fate: "held", words: "Tickets held back: 100 % “odd”" };
  const route = parseRoute(recordsRoute(filter, "17"));
  expect(JSON.parse(route.query["f"] ?? "")).toEqual(filter);
  expect(route.query["id"]).toBe("17");
});
