package main

import (
	"flag"

	"waybill/backend/model"
)

// movingCommands plan a move, carry it out and take it back.
func movingCommands() map[string]command {
	return map[string]command{
		"plan": {use: "plan DIR --scope full|delta|retry|slice [--slice NAME]", help: "what a run would do and lose; writes nothing to the target", min: 1, run: within(doPlan), flags: func(f *flag.FlagSet) {
			f.String("scope", model.RunFull, "full: all that waits; pilot: what was chosen for the rehearsal; slice: a part; retry: what is held; delta: what changed since")
			f.String("slice", "", "the slice to plan")
		}},
		"losses": {use: "losses DIR [PLAN] [--choose CODE/OBJECT/FIELD=CHOICE]", help: "what the target cannot hold as it is, and what becomes of it", min: 1, run: within(doLosses), flags: func(f *flag.FlagSet) {
			f.Var(&multi{}, "choose", "what becomes of such records; may be given several times")
		}},
		"preflight": {use: "preflight DIR [PLAN] [--accept CODE --why TEXT]", help: "what is in the way of a plan; writes nothing", min: 1, run: within(doPreflight), flags: func(f *flag.FlagSet) {
			f.String("accept", "", "take this finding upon yourself, by name")
			f.String("why", "", "the reason")
		}},
		"run": {use: "run DIR PLAN [--yes] [--resume RUN] [--beyond --why TEXT]", help: "execute a plan, or go on with a run; first one record of each kind is sent and shown", min: 1, run: within(doRun), flags: func(f *flag.FlagSet) {
			f.String("resume", "", "the run to go on with")
			f.Bool("yes", false, "the first records are confirmed, or need no look when they come back as meant")
			f.Bool("beyond", false, "go on although a threshold was passed")
			f.String("why", "", "the reason to go on")
		}},
		"canary": {use: "canary DIR RUN", help: "the first records of a run: as they were meant, and as the target has them", min: 2, run: within(doCanary)},
		"delta": {use: "delta DIR [--yes] [--plan-only]", help: "read what changed at the source, plan it and carry it over", min: 1, run: within(doDelta), flags: func(f *flag.FlagSet) {
			f.Bool("yes", false, "first records of a kind that was never sent need no look when they come back as meant")
			f.Bool("plan-only", false, "stop after the plan, to choose about conflicts first")
		}},
		"conflicts": {use: "conflicts DIR [--gone] [--choose keep|take|note|delete] [--record OBJECT/ID | --all]", help: "what both desks changed, or what is gone at the source, in the newest plan of a delta", min: 1, run: within(doConflicts), flags: func(f *flag.FlagSet) {
			f.Bool("gone", false, "what is gone at the source, instead of what both changed")
			f.String("choose", "", "keep the target, take the source, add a private note; of what is gone: keep, delete or note")
			f.Var(&multi{}, "record", "for this record, as object/id; may be given several times")
			f.Bool("all", false, "for all of them")
			f.String("why", "", "the reason")
		}},
		"held": {use: "held DIR [--retry] [--fix GROUP --repair ID --value V] [--export FILE.xlsx] [--import FILE.xlsx]", help: "what is held back, why, and what puts it right", min: 1, run: within(doHeld), flags: func(f *flag.FlagSet) {
			f.Bool("retry", false, "plan and run again with all that is held")
			f.String("fix", "", "the group to repair, as the list names it")
			f.String("repair", "", "the repair")
			f.String("value", "", "what the repair asks for")
			f.String("why", "", "the reason")
			f.String("export", "", "write a workbook to send to somebody")
			f.String("import", "", "take the repairs that were chosen in a workbook")
		}},
		"slices": {use: "slices DIR [--set FILE.json] [--accept NAME --why TEXT]", help: "the parts in which the source is moved, one after the other", min: 1, run: within(doSlices), flags: func(f *flag.FlagSet) {
			f.String("set", "", "a JSON list of slices: name, object, conditions")
			f.String("accept", "", "let this slice start although the one before did not keep what was agreed")
			f.String("why", "", "the reason")
		}},
		"thresholds": {use: "thresholds DIR [--held-percent N] [--in-a-row N] [--at-least N] [--decides NAME] [--checked-first true]", help: "when a run stops by itself, and who decides then", min: 1, run: within(doThresholds), flags: func(f *flag.FlagSet) {
			f.String("held-percent", "", "the share of records that the target may refuse")
			f.String("in-a-row", "", "so many refusals one after the other stop at once")
			f.String("at-least", "", "so many records must have been sent before the share counts")
			f.String("decides", "", "who decides when a threshold was passed")
			f.String("checked-first", "", "true: the next slice starts only after the last was checked and passed")
		}},
		"window": {use: "window DIR [HOURS]", help: "how many hours the cut-over may take; plans say whether they fit", min: 1, run: within(doWindow)},
		"pace": {use: "pace DIR source|target [--share TEXT]", help: "how much of a desk's limit the move uses, and when", min: 2, run: within(doPace), flags: func(f *flag.FlagSet) {
			f.String("share", "", `such as "50%; Mon-Fri 08:00-18:00 20%; 22:00-06:00 100%"`)
		}},
		"clock": {use: "clock DIR", help: "how many records now live only in the target, hour by hour", min: 1, run: within(doClock)},
	}
}
