/** What the formula editor says. */
export const words = {
  proposals: "Proposals",
  kinds: { function: "function", field: "field", table: "table", column: "column", name: "name" } as Record<string, string>,
  count: (n: number) => (n === 1 ? "1 proposal. Enter takes it." : `${n} proposals. Arrow keys choose, Enter takes one.`),
  keys: "Ctrl+Space shows what can stand here.",
  functions: "All functions",
  find: "Find a function",
  nothing: "No function is called so.",
  differs: "Differs from Excel:",
  own: "Not in Excel",
  differences: "How formulas differ from Excel's",
  insert: (name: string) => `Put ${name} into the formula`,
};
