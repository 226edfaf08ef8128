package store

import (
	"database/sql/driver"
	"fmt"

	"modernc.org/sqlite"

	"waybill/backend/model"
)

// The SQL function waybill_field(raw, name) gives a record's value as model.Values
// reads it, so that what a filter finds is what the profile counted.
//
//nolint:gochecknoinits // the driver keeps functions per process, and only registers them before the first connection
func init() {
	sqlite.MustRegisterDeterministicScalarFunction("waybill_field", 2, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		var raw []byte
		switch x := args[0].(type) {
		case []byte:
			raw = x
		case string:
			raw = []byte(x)
		default:
			return nil, nil
		}
		name, ok := args[1].(string)
		if !ok {
			return nil, fmt.Errorf("waybill_field: the name is %T", args[1])
		}
		values, err := model.Values(raw)
		if err != nil {
			return nil, nil //nolint:nilerr // a broken row has no fields
		}
		v, ok := values[name]
		if !ok || v == nil {
			return nil, nil
		}
		return model.Plain(v), nil
	})
	// waybill_phone(text, digits) says whether a text has a telephone number with these last digits.
	sqlite.MustRegisterDeterministicScalarFunction("waybill_phone", 2, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		digits, ok := args[1].(string)
		if !ok {
			return nil, fmt.Errorf("waybill_phone: the digits are %T", args[1])
		}
		has := false
		switch x := args[0].(type) {
		case []byte:
			has = model.HasPhone(x, digits)
		case string:
			has = model.HasPhone([]byte(x), digits)
		}
		if has {
			return int64(1), nil
		}
		return int64(0), nil
	})
}
