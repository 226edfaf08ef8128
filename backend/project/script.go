package project

import (
	"strings"

	"github.com/inbucket/html2text"

	"waybill/backend/connector"
)

// Script says how to find out whether a rule that was built again does the same as before.
// It is made from the rule alone: the same rule gives the same script.
type Script struct {
	// Do are the steps, Expect what must then be true.
	Do     []string `json:"do"`
	Expect []string `json:"expect"`
	// But is the counter-test: what must not happen.
	But []string `json:"but"`
}

// Text is the script as one text, for a cell or a mail.
func (s Script) Text() string {
	parts := []string{}
	for _, list := range []struct {
		head  string
		lines []string
	}{{"", s.Do}, {"Expect:", s.Expect}, {"Then the other way round:", s.But}} {
		if len(list.lines) == 0 {
			continue
		}
		if list.head != "" {
			parts = append(parts, list.head)
		}
		for _, l := range list.lines {
			parts = append(parts, "- "+l)
		}
	}
	return strings.Join(parts, "\n")
}

// script makes the test of a rule.
func script(r connector.Rule, words []Placeholder) Script {
	s := Script{Do: []string{}, Expect: []string{}, But: []string{}}
	if !r.Active {
		s.But = append(s.But, "It is switched off in the old desk: if it is built at all, it must stay off, and nothing of the above may happen by itself.")
	}
	does := r.Does
	switch r.Kind {
	case connector.RuleMacro:
		s.Do = append(s.Do, "Open a test ticket of a test customer as an agent.")
		s.condition(r)
		s.Do = append(s.Do, "Use “"+r.Name+"”, and look before it is sent.")
		if r.Text != "" {
			s.Expect = append(s.Expect, "The answer begins with “"+opening(r)+"”.")
		}
		for _, p := range words {
			if p.Means != "" {
				s.Expect = append(s.Expect, "Where "+p.Text+" stood there is "+p.Means+".")
			} else {
				s.Expect = append(s.Expect, "Where "+p.Text+" stood there is the right value, and no bracket is left.")
			}
		}
	case connector.RuleView:
		s.Do = append(s.Do, "Create a test ticket with:")
		s.condition(r)
		s.Do = append(s.Do, "Open the view “"+r.Name+"”.")
		s.Expect = append(s.Expect, "The ticket is in the list.")
		s.counter(r, "it is not in the list")
	case connector.RuleSLA:
		s.Do = append(s.Do, "Create a test ticket with:")
		s.condition(r)
		s.Expect = append(s.Expect, "The ticket shows the target times of “"+r.Name+"”:")
		s.counter(r, "another target applies, or none")
	case connector.RuleAutomation:
		s.Do = append(s.Do, "Create a test ticket with:")
		s.condition(r)
		s.Do = append(s.Do, "Wait until the desk has run its timed rules once; shorten the time of the rule for the test if it is longer than an hour.")
		s.counter(r, "nothing happens")
	case connector.RuleWebhook:
		s.Do = append(s.Do, "Let the webhook call a test address that shows what arrives.", "Do once in a test ticket what sets it off:")
		s.condition(r)
		s.Expect = append(s.Expect, "Exactly one call arrives, with the content that the receiver understands.")
	case connector.RuleApp:
		s.Do = append(s.Do, "Open a test ticket as an agent who used “"+r.Name+"” so far.")
		s.Expect = append(s.Expect, "What the app showed or did can be seen or done there, or somebody decided to do without it.")
	case connector.RuleForm:
		s.Do = append(s.Do, "Open the form “"+r.Name+"” as a customer, leave out what is required, and send it.", "Fill it in and send it again.")
		s.condition(r)
		s.Expect = append(s.Expect, "The first time the form says what is missing; the second time a ticket arrives with every field filled.")
	case connector.RuleHours:
		s.Do = append(s.Do, "Create a test ticket inside these hours, and one outside of them.")
		s.condition(r)
		s.Expect = append(s.Expect, "Time counts for the first at once, and for the second from the next opening on.")
	default:
		s.Do = append(s.Do, "Create a test ticket, or change one, so that:")
		s.condition(r)
		s.counter(r, "nothing happens")
	}
	s.Expect = append(s.Expect, does...)
	if len(s.Expect) == 0 {
		s.Expect = append(s.Expect, "What it does in the old desk happens here too: do the same there and compare.")
	}
	return s
}

// condition writes the conditions as steps.
func (s *Script) condition(r connector.Rule) {
	s.Do = append(s.Do, r.When...)
	switch len(r.AnyOf) {
	case 0:
	case 1:
		s.Do = append(s.Do, r.AnyOf[0])
	default:
		s.Do = append(s.Do, "and, one after another, with a ticket for each: "+strings.Join(r.AnyOf, "; or "))
	}
	if len(r.When)+len(r.AnyOf) == 0 && r.Kind != connector.RuleMacro && r.Kind != connector.RuleApp && r.Kind != connector.RuleForm && r.Kind != connector.RuleHours {
		s.Do = append(s.Do, "what sets it off in the old desk: no condition of it is known here")
	}
}

// counter writes the test with one condition that does not hold.
func (s *Script) counter(r connector.Rule, then string) {
	switch {
	case len(r.When) > 0:
		s.But = append(s.But, "The same, except that this is not so: "+r.When[0]+". Then "+then+".")
	case len(r.AnyOf) > 0:
		s.But = append(s.But, "The same, but with none of them. Then "+then+".")
	}
}

// RuleText is a macro's text without tags, its placeholders in brackets.
func RuleText(r connector.Rule) string {
	if !r.HTML {
		return r.Text
	}
	text, err := html2text.FromString(element.ReplaceAllString(r.Text, "{{$1}}"), html2text.Options{})
	if err != nil { // what cannot be read as rich text is shown as it stands
		return r.Text
	}
	return text
}

// opening is the first line of a text, without tags, cut to what fits a sentence.
func opening(r connector.Rule) string {
	for line := range strings.Lines(RuleText(r)) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if cut := []rune(line); len(cut) > 60 {
			return strings.TrimSpace(string(cut[:60])) + "…"
		}
		return line
	}
	return ""
}
