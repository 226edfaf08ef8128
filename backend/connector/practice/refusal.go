package practice

import (
	"fmt"
	"strings"

	"waybill/backend/connector"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// notThere is what a refused record means.
const notThere = "The record is not in the desk, and neither is what depends on it."

// refusal says in words why the desk did not accept an item: by its first reason,
// naming field and value. s gives the fields' titles; nil: their names.
func refusal(errs []fieldError, s *model.ObjectSchema) *problem.Problem {
	if len(errs) == 0 {
		return problem.New(connector.CodeRefused, desk+" refused the record without saying why.",
			"The record is not in the desk.", "Retry it. If it is refused again, look at its values one by one.")
	}
	e := errs[0]
	title := e.Field
	if s != nil {
		if f, ok := s.Field(e.Field); ok && f.Title != "" {
			title = f.Title
		}
	}
	code, what, next := words(e, title)
	why := notThere
	if n := len(errs) - 1; n > 0 {
		others := make([]string, 0, n)
		for _, x := range errs[1:] {
			others = append(others, fmt.Sprintf("%q (%s)", x.Field, x.Reason))
		}
		why += " Also refused: " + strings.Join(others, ", ") + "."
	}
	return problem.Wrap(fmt.Errorf("%s: %s: %s", e.Field, e.Code, e.Reason), code, what, why, next).
		At(problem.Place{Field: e.Field, Value: e.Value})
}

func words(e fieldError, title string) (code problem.Code, what, next string) {
	switch e.Code {
	case "required":
		return connector.CodeRequired, fmt.Sprintf("%q is empty, and the desk requires it.", title),
			"Fill it in the source, or give the field a fixed value or an \"otherwise\" in the mapping."
	case "too_long":
		return connector.CodeTooLong, fmt.Sprintf("%q is too long: %s.", title, e.Reason),
			"Shorten it with a formula in the mapping, or move the rest into another field."
	case "taken":
		return connector.CodeTaken, fmt.Sprintf("%q must be unique, and %q is already used: %s.", title, e.Value, e.Reason),
			"Merge the two records in Clean, or change one of the values."
	case "no_such_record":
		return connector.CodeNoRecord, fmt.Sprintf("%q points to a record that is not in the desk.", title),
			"See why that record did not arrive, then retry this one."
	case "unknown":
		return connector.CodeUnknownField, fmt.Sprintf("The desk has no field %q.", title),
			"Create the field in the desk, or leave it out in the mapping."
	case "read_only", "import_only":
		return connector.CodeUnknownField, fmt.Sprintf("The desk does not let %q be written.", title),
			"Leave the field out in the mapping."
	case "too_large":
		return connector.CodeTooLarge, "The file is larger than the desk allows.",
			"Leave it out, or keep it elsewhere and put a link into the message."
	default:
		return connector.CodeInvalid, fmt.Sprintf("%q does not accept %q: %s.", title, e.Value, e.Reason),
			"Correct the value in the source, or map it to one that the desk accepts."
	}
}
