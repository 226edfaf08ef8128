import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, beforeEach, expect, test } from "vitest";
import { setBackend } from "../../api/call";
import type { FormulaFunction, FormulaLook } from "../../api/types-formula";
import { expectAccessible, show } from "../../test/render";
import { FormulaEditor } from "./formula-editor";
import { argumentsOf, common, found, paint, typed } from "./formula-model";

const trim: FormulaFunction = { name: "TRIM", use: "TRIM(text)", help: "Without blanks at both ends.", group: "Text", own: false, differs: "", argument: 0 };
const ifs: FormulaFunction = { name: "IFS", use: "IFS(condition1, value1, [condition2, value2], …)", help: "The value behind the first true one.", group: "Logic", own: true, differs: "It is ours.", argument: 1 };

/** answer is a small engine: it knows TRIM, the field Subject and one mistake. */
function answer(text: string, cursor: number): FormulaLook {
  const look: FormulaLook = { pieces: [], mistake: null, from: cursor, to: cursor, proposals: [], within: null };
  if (text.startsWith("TRIM(")) {
    look.pieces.push({ kind: "function", from: 0, to: 4 }, { kind: "bracket", from: 4, to: 5 });
    look.within = cursor > 4 ? trim : null;
  }
  const word = /[A-Za-z]+$/.exec(text.slice(0, cursor))?.[0] ?? "";
  if (word !== "" && "trim".startsWith(word.toLowerCase())) {
    look.from = cursor - word.length;
    look.proposals = [
      { kind: "function", label: "TRIM", insert: "TRIM()", back: 1, use: trim.use, help: trim.help },
      { kind: "field", label: "Trial", insert: "[Trial]", back: 0, use: "", help: "" },
    ];
  }
  if (text === "TRMI(1)") {
    look.mistake = { problem: { code: "formula.unknown_function", what: "There is no function TRMI.", why: "", next: "Did you mean TRIM?" }, from: 0, to: 4, fixes: [{ label: "Use TRIM instead", from: 0, to: 4, text: "TRIM" }] };
  }
  return look;
}

beforeEach(() => {
  setBackend({
    Mapping: {
      LookFormula: (_object, text, cursor) => Promise.resolve(answer(String(text), Number(cursor))),
      FormulaHelp: () => Promise.resolve({ functions: [trim, ifs], differences: "How formulas differ" }),
    },
  });
});
afterEach(() => setBackend(undefined));

function Page({ start = "" }: { start?: string }) {
  const [value, setValue] = useState(start);
  return (
    <>
      <FormulaEditor object="ticket" label="Formula" value={value} onChange={setValue} />
      <p>{value}</p>
    </>
  );
}

test("a proposal is taken with the keyboard, and the cursor stands between the brackets", async () => {
  const { container } = show(<Page />);
  const input = screen.getByRole("textbox", { name: "Formula" });
  await userEvent.type(input, "tr");
  const list = await screen.findByRole("listbox");
  expect(list).toHaveTextContent("TRIM");
  expect(screen.getByRole("status")).toHaveTextContent("2 proposals");
  await userEvent.keyboard("{ArrowDown}");
  expect(screen.getByRole("option", { name: /Trial/ })).toHaveAttribute("aria-selected", "true");
  expect(input).toHaveAttribute("aria-activedescendant", screen.getByRole("option", { name: /Trial/ }).id);
  await expectAccessible(container);
  await userEvent.keyboard("{ArrowUp}{Enter}");
  expect(input).toHaveValue("TRIM()");
  await userEvent.keyboard("x");
  expect(input).toHaveValue("TRIM(x)");
  expect(await screen.findByText("Without blanks at both ends.")).toBeVisible();
});

test("Escape closes the list and keeps the text; Ctrl and the blank open it again", async () => {
  show(<Page start="tri" />);
  const input = screen.getByRole("textbox", { name: "Formula" });
  await userEvent.click(input);
  expect(screen.queryByRole("listbox")).not.toBeInTheDocument();
  await userEvent.keyboard("{Control>} {/Control}");
  expect(await screen.findByRole("listbox")).toBeVisible();
  await userEvent.keyboard("{Escape}");
  expect(screen.queryByRole("listbox")).not.toBeInTheDocument();
  expect(input).toHaveValue("tri");
});

test("a mistake is said under the text, and one click mends it", async () => {
  const { container } = show(<Page start="TRMI(1)" />);
  expect(await screen.findByText("There is no function TRMI.")).toBeVisible();
  expect(screen.getByRole("textbox", { name: "Formula" })).toBeInvalid();
  expect(container.querySelector("[data-wrong=true]:not(div)")).toHaveTextContent("TRMI");
  await expectAccessible(container);
  await userEvent.click(screen.getByRole("button", { name: "Use TRIM instead" }));
  expect(screen.getByRole("textbox", { name: "Formula" })).toHaveValue("TRIM(1)");
});

test("all functions are listed with how they differ, and a click puts one into the formula", async () => {
  show(<Page />);
  await userEvent.click(screen.getByText("All functions"));
  expect(await screen.findByText(/Not in Excel/)).toBeVisible();
  await userEvent.type(screen.getByRole("textbox", { name: "Find a function" }), "blanks");
  expect(screen.queryByText(/Not in Excel/)).not.toBeInTheDocument();
  await userEvent.click(screen.getByRole("button", { name: "Put TRIM into the formula" }));
  expect(screen.getByRole("textbox", { name: "Formula" })).toHaveValue("TRIM()");
});

test("what was typed since the last look is shown plain, the rest keeps its colours", () => {
  const look: FormulaLook = { ...answer("TRIM(1)", 0), mistake: null };
  expect(common("abc", "abd")).toBe(2);
  expect(paint("TRIM(12", look, "TRIM(1").map((p) => p.text + ":" + p.kind)).toEqual(["TRIM:function", "(:bracket", "12:"]);
  expect(paint("TRXM(", look, "TRIM(").map((p) => p.text + ":" + p.kind)).toEqual(["TRXM(:"]);
  const wrong = { ...look, mistake: { problem: { code: "", what: "", why: "", next: "" }, from: 5, to: 6, fixes: [] } };
  expect(paint("TRIM(", wrong, "TRIM(").at(-1)).toEqual({ text: " ", kind: "", wrong: true });
});

test("the argument at the cursor is marked, also where any number may follow", () => {
  const here = (f: FormulaFunction, argument: number) => argumentsOf({ ...f, argument }).find((a) => a.here)?.text;
  expect(here(trim, 0)).toBe("text");
  expect(here(ifs, 1)).toBe("value1");
  expect(here(ifs, 9)).toBe("…");
  expect(here({ ...ifs, use: "SWITCH(value, case1, …, [otherwise])" }, 1)).toBe("case1");
  expect(found([trim, ifs], "if")).toEqual([ifs]);
});

test("proposals are wanted behind a letter or a bracket, not behind a number", () => {
  expect(typed("TR", 2)).toBe(true);
  expect(typed("[", 1)).toBe(true);
  expect(typed("12", 2)).toBe(false);
  expect(typed("a ", 2)).toBe(false);
});
