package connector_test

import (
	"errors"
	"regexp"
	"testing"
	"time"

	"waybill/backend/connector"
	"waybill/backend/problem"
)

// Every problem speaks to a person: three sentences, no jargon.
func TestProblemsSpeakPlainly(t *testing.T) {
	cause := errors.New("422 null entity")
	jargon := regexp.MustCompile(`(?i)\b(null|entity|orphan|422|4\d\d|500|HTTP status|payload|endpoint|JSON)\b`)
	for _, p := range []*problem.Problem{
		connector.NeedSetting("The desk", connector.FormField{Name: "address", Title: "Address"}),
		connector.BadAddress(cause, "The desk", "x"),
		connector.Unreachable(cause, "The desk", "x"),
		connector.Unauthorized(cause, "The desk"),
		connector.Forbidden(cause, "The desk", "writing."),
		connector.OtherThing(cause, "the desk", "x"),
		connector.Busy(cause, "The desk", time.Now()),
		connector.Failing(cause, "The desk"),
		connector.NoAnswer(cause, "The desk"),
		connector.NotSent(cause, "the desk"),
	} {
		for _, s := range []string{p.What, p.Why, p.Next} {
			if s == "" || jargon.MatchString(s) {
				t.Errorf("%s: not a plain sentence: %q", p.Code, s)
			}
		}
	}
}
