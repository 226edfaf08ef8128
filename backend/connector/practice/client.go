package practice

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"waybill/backend/connector/wire"
	"waybill/backend/secret"
)

// client makes the calls.
type client struct{ *wire.Client }

func newClient(base *url.URL, token secret.Text, rt http.RoundTripper) client {
	c := wire.New(desk, base, rt, func(r *http.Request) {
		r.Header["Authorization"] = []string{"Bearer " + token.Reveal()}
		if r.Method != http.MethodGet {
			r.Header["X-Import"] = []string{"true"} // silence: see the package comment
		}
	}, said)
	c.Judge, c.Refuses = judge, refuses
	return client{c}
}

// get reads JSON into v.
func (c client) get(ctx context.Context, path string, query url.Values, v any) error {
	return c.Read(ctx, path, query, func(body []byte) error { return json.Unmarshal(body, v) })
}

// failure is the body of an error.
type failure struct {
	Error struct {
		Code    string       `json:"code"`
		Message string       `json:"message"`
		Fields  []fieldError `json:"fields"`
	} `json:"error"`
}

type fieldError struct {
	Field  string `json:"field"`
	Code   string `json:"code"`
	Reason string `json:"reason"`
	Value  string `json:"value"`
}

func readFailure(body []byte) failure {
	var f failure
	_ = json.Unmarshal(body, &f) // an answer without our shape has no message
	return f
}

func said(body []byte) string {
	f := readFailure(body)
	if f.Error.Message == "" {
		return f.Error.Code
	}
	return f.Error.Message
}

// judge explains a request that is wrong as a whole by its first field.
func judge(a wire.Answer) error {
	switch {
	case a.Status < 400, a.Status >= 500, a.Status == http.StatusUnauthorized, a.Status == http.StatusForbidden, a.Status == http.StatusTooManyRequests:
		return nil
	}
	if f := readFailure(a.Body); len(f.Error.Fields) > 0 {
		return refusal(f.Error.Fields, nil)
	}
	return nil
}

// refuses tells an answer about the records of a request, which did nothing.
func refuses(a wire.Answer) bool {
	return a.Status == http.StatusRequestEntityTooLarge || a.Status == http.StatusUnprocessableEntity
}
