export const words = {
  title: "Where the move stands",
  manifest: "Manifest",
  manifestHint: "Every record of the source ends in exactly one place. Every figure opens its records.",
  empty: "The manifest fills as soon as the source is read",
  emptyBody:
    "It is the account of your move: for tickets, messages, customers and everything else, how many there were, how many moved, and where each of the others is. Nothing can get lost unseen.",
  next: "Next step",
  needs: "What needs you",
  noNeeds: "Nothing waits for a decision.",
  open: "Open",
  activity: "What happened lately",
  noActivity: "Whatever you decide or run is noted here, with its time and your name.",
  balances: "The manifest balances",
  open_: "Not finished yet",
};
