import { afterEach, expect, test } from "vitest";
import { call, Failure, isCode, setBackend, toProblem } from "./call";
import { newer } from "./jobs";
import type { JobView } from "./types";

afterEach(() => setBackend(undefined));

test("a Problem arrives whole, as JSON text inside an Error", async () => {
  setBackend({ App: { Home: () => Promise.reject(new Error('{"code":"project.locked","what":"It is open elsewhere.","why":"w","next":"n","detail":"d"}')) } });
  const thrown = await call("App", "Home").catch((e: unknown) => e);
  expect(thrown).toBeInstanceOf(Failure);
  expect(isCode(thrown, "project.locked")).toBe(true);
  expect((thrown as Failure).problem).toMatchObject({ what: "It is open elsewhere.", next: "n", detail: "d" });
});

test("what nobody wrote words for still says what to do, with the detail below", () => {
  for (const thrown of [new Error("runtime error: index out of range"), "boom", new Error("[object Object]")]) {
    const p = toProblem(thrown);
    expect(p.code).toBe("window.unexpected");
    expect(p.next).not.toBe("");
    expect(p.detail).toBeTruthy();
  }
});

test("a method that does not exist fails instead of waiting for ever", async () => {
  setBackend({ App: {} });
  await expect(call("App", "Nothing")).rejects.toBeInstanceOf(Failure);
});

test("arguments and results pass unchanged", async () => {
  setBackend({ Records: { List: (...args) => Promise.resolve(args) } });
  expect(await call("Records", "List", { object: "ticket" }, ["a"], "", 100)).toEqual([{ object: "ticket" }, ["a"], "", 100]);
});

test("an older state never replaces a newer one of the same work", () => {
  const job = (id: string, seq: number) => ({ id, seq }) as JobView;
  expect(newer(job("a", 5), job("a", 4)).seq).toBe(5);
  expect(newer(job("a", 5), job("a", 6)).seq).toBe(6);
  expect(newer(job("a", 5), job("b", 1)).id).toBe("b");
  expect(newer(undefined, job("a", 1)).seq).toBe(1);
});
