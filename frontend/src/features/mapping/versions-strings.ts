/** The words of what leaves the mapping and comes back, and of its versions. */
export const words = {
  back: {
    title: "What came back, and what it would change",
    others: "Beside the mapping",
    conflicts: (n: number) => (n === 1 ? "1 change was made on both sides" : `${n} changes were made on both sides`),
    conflictsHint: "Choose for each which one counts. Nothing is taken over before all of them are decided.",
    here: "Here",
    there: "Came back",
    choose: (what: string) => `Which side counts for ${what}`,
    decided: (n: number, of: number) => `${n} of ${of} decided`,
    review: (name: string, role: string, date: string) => `${name}, ${role}, on ${date}`,
    approves: "approves this mapping",
    objects: "does not approve this mapping",
    becomes: "It becomes an approval of exactly this version, in the audit trail.",
    refused: "It does not become an approval",
    notes: "Good to know",
    nothing: "It changes nothing.",
  },
  menu: {
    document: "Write the mapping document (PDF)…",
    documentExcel: "Write the mapping document (Excel)…",
    hint: "For the hand-over: every field, every rule, every reason.",
  },
  git: {
    title: "As text in a Git folder",
    lead: "Readable text with a commit for each version, by its author and at its time. In an existing repository only this folder is touched; nothing is pushed.",
    export: "Write the versions…",
    import: "Take over what changed there…",
    written: (folder: string) => `The text is in ${folder}.`,
    upToDate: "The folder has every version already.",
  },
  version: {
    runs: "Runs",
    noRuns: "none yet",
    run: (kind: string) => ({ full: "Full run", pilot: "Rehearsal", delta: "Catch-up", rollback: "Rollback" })[kind] ?? kind,
  },
};
