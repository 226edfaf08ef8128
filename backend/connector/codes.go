package connector

import (
	"fmt"
	"time"

	"waybill/backend/problem"
)

// Codes of what can go wrong with any desk. They are the same for every vendor, so
// that screens, help and the examination know them.
const (
	CodeSetting      problem.Code = "desk.setting_missing" // a required setting is empty
	CodeAddress      problem.Code = "desk.address"         // the address is not one
	CodeUnreachable  problem.Code = "desk.unreachable"     // no such host, nobody answers
	CodeUnauthorized problem.Code = "desk.unauthorized"    // the token is wrong or revoked
	CodeForbidden    problem.Code = "desk.forbidden"       // a right is missing
	CodeOther        problem.Code = "desk.other"           // something answers, but not this desk
	CodeBusy         problem.Code = "desk.busy"            // too many requests, even after waiting
	CodeBroken       problem.Code = "desk.broken"          // the desk failed while reading
	CodeCursor       problem.Code = "desk.cursor"          // a place to continue that the desk does not know
	CodeNoAnswer     problem.Code = "desk.no_answer"       // a write whose outcome nobody knows
	CodeNotSent      problem.Code = "desk.not_sent"        // a write that surely did not happen
	CodeInUse        problem.Code = "desk.in_use"          // a record that others point to
	CodeChanged      problem.Code = "desk.changed"         // people changed a record since

	CodeRequired     problem.Code = "desk.field_required"
	CodeTooLong      problem.Code = "desk.field_too_long"
	CodeTaken        problem.Code = "desk.field_taken"
	CodeInvalid      problem.Code = "desk.field_invalid"
	CodeNoRecord     problem.Code = "desk.field_no_record"
	CodeUnknownField problem.Code = "desk.field_unknown"
	CodeTooLarge     problem.Code = "desk.file_too_large"
	CodeRefused      problem.Code = "desk.refused" // any other reason
)

// NeedSetting is the problem of a required setting that is empty.
func NeedSetting(desk string, f FormField) *problem.Problem {
	return problem.New(CodeSetting, fmt.Sprintf("%s cannot be reached: %q is not filled in.", desk, f.Title),
		"Waybill needs it to connect.", fmt.Sprintf("Fill in %q and connect again.", f.Title)).At(problem.Place{Field: f.Name})
}

// BadAddress is the problem of an address that is not one.
func BadAddress(cause error, desk, address string) *problem.Problem {
	return problem.Wrap(cause, CodeAddress, fmt.Sprintf("%q is not an address that %s could have.", address, desk),
		"Waybill does not know where to connect to.",
		"Give the address as the browser shows it, beginning with https:// (or http:// on this computer).").
		At(problem.Place{Field: "address", Value: address})
}

// Unreachable is the problem of a host that does not answer.
func Unreachable(cause error, desk, host string) *problem.Problem {
	return problem.Wrap(cause, CodeUnreachable, fmt.Sprintf("%s does not answer at %s.", desk, host),
		"Nothing was read or written.",
		"Check the address, your network and whether the desk is running, then try again.")
}

// Unauthorized is the problem of a wrong token.
func Unauthorized(cause error, desk string) *problem.Problem {
	return problem.Wrap(cause, CodeUnauthorized, desk+" does not accept the token.",
		"It may be mistyped, expired or revoked, so nothing can be read or written.",
		"Make a new token in the desk's settings and connect again.").At(problem.Place{Field: "token"})
}

// Forbidden is the problem of a missing right.
func Forbidden(cause error, desk, right string) *problem.Problem {
	return problem.Wrap(cause, CodeForbidden, fmt.Sprintf("%s does not let this token do that: %s", desk, right),
		"The step cannot be done with these rights.",
		"Give the token's owner the missing right in the desk, or connect with another token.")
}

// OtherThing is the problem of an address at which something else answers.
func OtherThing(cause error, desk, host string) *problem.Problem {
	return problem.Wrap(cause, CodeOther, fmt.Sprintf("Something answers at %s, but not as %s does.", host, desk),
		"It may be a sign-in page, a proxy or another program, so its answer is not taken as data.",
		"Check the address, and whether a network sign-in is waiting in your browser.")
}

// Busy is the problem of a desk that keeps refusing requests.
func Busy(cause error, desk string, until time.Time) *problem.Problem {
	return problem.Wrap(cause, CodeBusy, desk+" says that there were too many requests.",
		"Others may be using the same allowance. Nothing is lost.",
		"Wait a while, then continue. Continuing picks up where this stopped.").Retry(until)
}

// Failing is the problem of a desk that fails while it is read.
func Failing(cause error, desk string) *problem.Problem {
	return problem.Wrap(cause, CodeBroken, desk+" reported an error of its own, several times.",
		"What was read before is kept.", "Try again in a few minutes. If it stays so, ask the desk's support with the detail below.")
}

// NoAnswer is the problem of a write whose outcome nobody knows.
func NoAnswer(cause error, desk string) *problem.Problem {
	return problem.Wrap(cause, CodeNoAnswer, desk+" did not answer after a record was sent.",
		"The record may or may not have arrived, so it is not sent again before that is known.",
		"Continue the run: it first asks the desk whether the record is there.")
}

// NotSent is the problem of a write that surely did not happen.
func NotSent(cause error, desk string) *problem.Problem {
	return problem.Wrap(cause, CodeNotSent, "The record was not sent to "+desk+".",
		"Nothing was written, so sending it again does no harm.", "Continue the run to send it.")
}
