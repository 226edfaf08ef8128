package intercom

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
	"waybill/backend/problem"
)

// said reads Intercom's own words from the body of a refusal.
func said(body []byte) string {
	e := gjson.GetBytes(body, "errors.0")
	if gjson.GetBytes(body, "type").Str != "error.list" || !e.Exists() {
		return ""
	}
	if m := e.Get("message").Str; m != "" {
		return m
	}
	return e.Get("code").Str
}

// code reads the kind of an error, and the field it is about.
func code(body []byte) (kind, field string) {
	e := gjson.GetBytes(body, "errors.0")
	return e.Get("code").Str, e.Get("field").Str
}

// get reads an answer.
func (c *conn) get(ctx context.Context, path string, query url.Values) (gjson.Result, error) {
	a, err := c.wire.Get(ctx, path, query)
	if err != nil {
		return gjson.Result{}, err
	}
	return a.JSON(), nil
}

// fetch reads one record; false: it is not there.
func (c *conn) fetch(ctx context.Context, path string) (gjson.Result, bool, error) {
	return c.fetchQuery(ctx, path, nil)
}

// fetchQuery reads one record that a query names; false: there is none.
func (c *conn) fetchQuery(ctx context.Context, path string, q url.Values) (gjson.Result, bool, error) {
	a, err := c.wire.Get(ctx, path, q)
	if err == nil {
		return a.JSON(), true, nil
	}
	if (a.Status == http.StatusNotFound || a.Status == http.StatusGone) && said(a.Body) != "" { // Intercom's word, not a proxy's
		return gjson.Result{}, false, nil
	}
	return gjson.Result{}, false, err
}

// tries is how often something is done that may be done twice; the transport repeats only
// GET by itself.
const tries = 4

// again does something until it is clear what came of it, with growing pauses.
func again(ctx context.Context, once func() (clear bool)) error {
	pause := 500 * time.Millisecond
	for n := 1; !once() && n < tries && ctx.Err() == nil; n++ {
		if err := wire.Pause(ctx, pause); err != nil {
			return err
		}
		pause *= 2
	}
	return ctx.Err()
}

// ask makes a request that only reads although it is a POST: it may be repeated.
func (c *conn) ask(ctx context.Context, path string, query url.Values, body any) (v gjson.Result, err error) {
	b, err := wire.JSON(body)
	if err != nil {
		return v, err
	}
	stop := again(ctx, func() bool {
		var a wire.Answer
		if a, _, err = c.wire.Call(ctx, http.MethodPost, path, query, b, nil); err != nil {
			return errors.Is(err, wire.ErrNotJSON)
		}
		if err = c.wire.Verdict(a); err != nil {
			return a.Status < http.StatusInternalServerError
		}
		if !gjson.ValidBytes(a.Body) {
			err = io.ErrUnexpectedEOF
			return false
		}
		v = a.JSON()
		return true
	})
	if err == nil {
		return v, nil
	}
	if stop != nil {
		return v, stop
	}
	return v, c.wire.Explain(ctx, err)
}

// refuses tells the answers by which Intercom, and no proxy, says no to one record rather
// than to the account (errors page).
func refuses(a wire.Answer) bool {
	switch a.Status {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusConflict, http.StatusGone, http.StatusRequestEntityTooLarge,
		http.StatusUnprocessableEntity, http.StatusNotAcceptable:
		return said(a.Body) != ""
	}
	return false
}

// send makes a writing call. One that may be repeated (twice) is, where no answer came.
func (c *conn) send(ctx context.Context, method, path string, v any, twice bool) wire.Sent {
	var b *wire.Body
	if v != nil {
		var err error
		if b, err = wire.JSON(v); err != nil {
			return wire.Sent{State: connector.Refused, Err: problem.From(err)}
		}
	}
	return c.sendBody(ctx, method, path, b, twice)
}

func (c *conn) sendBody(ctx context.Context, method, path string, b *wire.Body, twice bool) (s wire.Sent) {
	if err := again(ctx, func() bool {
		s = c.wire.Write(ctx, method, path, b, nil)
		return s.State != connector.Unknown || !twice || s.Stop != nil
	}); err != nil && s.State == connector.Unknown {
		s.Stop = err
	}
	return s
}

// place says where a refused record stands.
func place(object, record, field, value string) problem.Place {
	return problem.Place{Object: object, Record: record, Field: field, Value: value}
}

// refusal says in words why Intercom did not take a record.
func refusal(s wire.Sent, object, record string, fieldName func(string) string) *problem.Problem {
	kind, field := code(s.Body)
	if fieldName != nil {
		field = fieldName(field)
	}
	words := strings.TrimSuffix(said(s.Body), ".")
	const notThere = "The record is not in Intercom, and neither is what depends on it."
	cause := fmt.Errorf("status %d: %s", s.Status, kind)
	at := place(object, record, field, "")
	switch {
	case s.Status == http.StatusRequestEntityTooLarge:
		return problem.Wrap(cause, connector.CodeTooLarge, "A file is larger than Intercom takes.", notThere,
			"Leave it out, or keep it elsewhere and put a link into the message.").At(place(object, record, "content", ""))
	case s.Status == http.StatusConflict:
		return problem.Wrap(cause, connector.CodeTaken, "Somebody with the same e-mail address or number is in Intercom already: "+words+".", notThere,
			"Merge the two in Clean, or restore the archived one in Intercom and try again.").At(at)
	case s.Status == http.StatusNotFound || s.Status == http.StatusGone:
		return problem.Wrap(cause, connector.CodeNoRecord, "The record points to something that is not in Intercom: "+words+".", notThere,
			"See why that record did not arrive, or whether somebody deleted it, then retry this one.").At(at)
	case kind == "parameter_not_found" || kind == "missing_parameter":
		return problem.Wrap(cause, connector.CodeRequired, "Something that Intercom requires is empty: "+words+".", notThere,
			"Fill it in the source, or give the field a fixed value in the mapping.").At(at)
	case strings.Contains(words, "does not exist"):
		return problem.Wrap(cause, connector.CodeUnknownField, "Intercom has no such field: "+words+".", notThere,
			"Create the attribute in Intercom, or leave it out in the mapping.").At(at)
	default:
		return problem.Wrap(cause, connector.CodeInvalid, "Intercom does not accept a value: "+words+".", notThere,
			"Correct the value in the source, or map it to one that Intercom accepts.").At(at)
	}
}
