package job

import "errors"

// NeedsPerson is the state of a job that ended because somebody must confirm
// something before the next one goes on, such as what a canary record looks like.
// Status.Question says what.
const NeedsPerson = "needs-person"

type question struct{ what string }

func (q question) Error() string { return q.what }

// Ask is what a job returns to end in the state NeedsPerson. what is the question, a
// whole sentence.
func Ask(what string) error { return question{what} }

// Asked gives the question in an error that Ask made, wrapped or not.
func Asked(err error) (what string, ok bool) {
	var q question
	ok = errors.As(err, &q)
	return q.what, ok
}
