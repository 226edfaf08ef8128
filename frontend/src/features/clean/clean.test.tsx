import { QueryClient } from "@tanstack/react-query";
import { expect, test } from "vitest";
import { decisions, rules } from "../../api/demo/data";
import type { CleanRule, DecisionView } from "../../api/types";
import { showDecided, showUndone } from "./clean-page";

test("a decision stands on the page at once, before everything is counted anew", () => {
  const client = new QueryClient();
  const open = rules().find((r) => r.applied === 0);
  if (!open) throw new Error("the demo has no open rule");
  client.setQueryData(["clean", "rules"], rules());
  client.setQueryData(["clean", "decisions"], decisions());
  const made: DecisionView = { id: 99, title: open.title, object: open.object, does: open.does, by: "Anna Meyer", at: "", why: "As proposed", count: open.count, also: [], undone: false };
  showDecided(client, open.id, made);
  const of = () => client.getQueryData<CleanRule[]>(["clean", "rules"])?.find((r) => r.id === open.id)?.applied;
  expect(of()).toBe(99);
  expect(client.getQueryData<DecisionView[]>(["clean", "decisions"])?.[0]?.id).toBe(99);
  showUndone(client, 99);
  expect(of()).toBe(0);
  expect(client.getQueryData<DecisionView[]>(["clean", "decisions"])?.[0]?.undone).toBe(true);
});
