package connector

import (
	"context"
	"encoding/json"

	"waybill/backend/model"
)

// Rule kinds: what a desk's own configuration is made of. It is not moved as it is, but
// listed so that people can build it again and test it.
const (
	RuleTrigger    = "trigger"
	RuleAutomation = "automation" // runs by time
	RuleMacro      = "macro"      // a canned answer or a set of actions
	RuleSLA        = "sla"
	RuleView       = "view"
	RuleWebhook    = "webhook"
	RuleApp        = "app"
	RuleForm       = "form"
	RuleHours      = "business_hours"
	RuleRouting    = "routing"
)

// Rule is one piece of a desk's configuration, in plain words.
type Rule struct {
	ID, Kind, Name, Description string
	Active                      bool
	// Place in the order in which the desk applies rules of this kind, from 1; 0: no order.
	Place int
	// When lists the conditions, each a sentence with names instead of numbers: "Status is
	// Open". AnyOf are those of which one is enough.
	When, AnyOf []string
	// Does lists the actions as sentences: "Set priority to High".
	Does []string
	// Text is the content of a macro or canned answer, as the desk has it.
	Text string
	// HTML: Text is rich text.
	HTML bool
	// Uses is how often it was used lately, when the desk says; -1: it does not say.
	Uses int64
	Raw  json.RawMessage
}

// Ruler reads a desk's configuration. What the account may not see is left out, and said
// in missing, in words.
type Ruler interface {
	Rules(ctx context.Context) (rules []Rule, missing []string, err error)
}

// Linker knows the web addresses of a desk, so that links between tickets and articles in
// texts lead to the new desk after the move.
type Linker interface {
	// KeyOf says which record a web address of this desk leads to; false: none, or not of this desk.
	KeyOf(address string) (model.Key, bool)
	// AddressOf gives the web address of a record, as people open it; empty: it has none.
	AddressOf(k model.Key) string
}
