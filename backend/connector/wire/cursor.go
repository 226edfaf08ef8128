package wire

import (
	"encoding/json"
	"errors"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/problem"
	"waybill/backend/secret"
)

// cursorVersion is that of all cursors of desks so far, in their member "v".
const cursorVersion = 1

// ReadCursor reads into a connector's own cursor what CursorOf made; an empty one leaves it
// as it is.
func ReadCursor(from connector.Cursor, into any) error {
	if from == "" {
		return nil
	}
	err := json.Unmarshal([]byte(from), into)
	if err != nil || gjson.Get(string(from), "v").Int() != cursorVersion {
		return BadCursor(err)
	}
	return nil
}

// CursorOf writes a connector's own cursor, which has plain members and its version as "v".
func CursorOf(x any) connector.Cursor {
	b, err := json.Marshal(x)
	if err != nil {
		return "" // plain members: cannot happen
	}
	return connector.Cursor(b)
}

// BadCursor is the problem of a cursor that is not one of this desk.
func BadCursor(cause error) *problem.Problem {
	return problem.Wrap(cause, connector.CodeCursor, "The place where reading stopped cannot be understood.",
		"It was written by another version of Waybill, or for another desk.", "Read this desk again from the beginning.")
}

// Secret reads a setting that must be there from the vault.
func Secret(vault secret.Vault, desk string, f connector.FormField) (secret.Text, error) {
	s, err := vault.Get(f.Name)
	if errors.Is(err, secret.ErrNotFound) || err == nil && s == "" {
		return "", connector.NeedSetting(desk, f)
	}
	return s, err
}
