package freshdesk

import (
	"fmt"
	"slices"
	"strings"

	"waybill/backend/connector"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// refusal says in words why the desk did not accept a record: by its first reason, naming
// the field. s gives the fields' titles; nil: their names.
func refusal(errs []fieldError, s *model.ObjectSchema) *problem.Problem {
	if len(errs) == 0 {
		return problem.New(connector.CodeRefused, desk+" refused the record without saying why.",
			"The record is not in the desk.", "Retry it. If it is refused again, look at its values one by one.")
	}
	e := errs[0]
	title, field := e.Field, model.Field{}
	if s != nil {
		if f, ok := s.Field(e.Field); ok {
			field = f
			if f.Title != "" {
				title = f.Title
			}
		}
	}
	code, what, next := words(e, title, field)
	why := "The record is not in the desk, and neither is what depends on it."
	if len(errs) > 1 {
		others := make([]string, 0, len(errs)-1)
		for _, x := range errs[1:] {
			others = append(others, fmt.Sprintf("%q (%s)", x.Field, strings.TrimSuffix(x.Message, ".")))
		}
		why += " Also refused: " + strings.Join(others, ", ") + "."
	}
	return problem.Wrap(fmt.Errorf("%s: %s: %s", e.Field, e.Code, e.Message), code, what, why, next).At(problem.Place{Field: e.Field})
}

// words by the codes that freshdesk.md lists under Errors.
func words(e fieldError, title string, field model.Field) (code problem.Code, what, next string) {
	message := strings.TrimSuffix(e.Message, ".")
	switch {
	case e.Code == "missing_field":
		return connector.CodeRequired, fmt.Sprintf("%q is empty, and Freshdesk requires it.", title),
			"Fill it in the source, give the field a fixed value in the mapping, or let Freshdesk not require it while the move runs."
	case e.Code == "duplicate_value":
		return connector.CodeTaken, fmt.Sprintf("%q must be unique, and another record in Freshdesk has the same.", title),
			"Merge the two records in Clean, or change one of the values."
	case e.Code == "invalid_field" || e.Code == "inaccessible_field" || e.Code == "readonly_field":
		return connector.CodeUnknownField, fmt.Sprintf("Freshdesk has no field %q that can be written.", title),
			"Create the field in Freshdesk, or leave it out in the mapping."
	case e.Code == "invalid_size":
		return connector.CodeTooLarge, "The files are larger than Freshdesk takes with one ticket (20 MB in all).",
			"Leave them out, or keep them elsewhere and put a link into the message."
	case e.Code == "invalid_value" && strings.Contains(message, "maximum of") && strings.Contains(message, "characters"):
		return connector.CodeTooLong, fmt.Sprintf("%q is too long: %s.", title, message),
			"Shorten it with a formula in the mapping, or move the rest into another field."
	case e.Field == "responder_id" && strings.Contains(message, "group"):
		return connector.CodeInvalid, "The ticket's agent is not a member of its group, and Freshdesk wants that.",
			"Add the agent to the group in Freshdesk (Admin > Groups), or leave out one of the two in the mapping, then retry."
	case field.Type == model.LinkType || strings.HasPrefix(message, "There is no"):
		return connector.CodeNoRecord, fmt.Sprintf("%q points to a record that is not in Freshdesk.", title),
			"See why that record did not arrive, then retry this one."
	default:
		return connector.CodeInvalid, fmt.Sprintf("%q does not accept its value: %s.", title, message),
			"Correct the value in the source, or map it to one that Freshdesk accepts."
	}
}

// about says whether a refusal is only about some field.
func about(errs []fieldError, field string) bool {
	return len(errs) > 0 && !slices.ContainsFunc(errs, func(e fieldError) bool { return e.Field != field })
}
