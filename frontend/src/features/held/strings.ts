export const words = {
  title: "Held back",
  lead: "Records that could not be moved, grouped by what mends them. None of them is lost: mend the cause, then try them again.",
  none: "Nothing is held back",
  noneBody: "Every record that was tried has moved. When one cannot be moved, it waits here with the reason and the way to mend it.",
  retry: "Try all of them again",
  retryHint: "Plans and moves the held records once more, with today's mapping and decisions.",
  fix: "Go to the fix",
  show: "Show them",
  examples: "For example",
  total: (n: string) => `${n} records wait for a repair`,
  share: "Of all held records",
};
