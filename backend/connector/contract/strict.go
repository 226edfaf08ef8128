package contract

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// places in lists are all alike.
var places = regexp.MustCompile(`/[0-9]+(/|$)`)

// parts takes an error of the validator apart: "at /author: Value is not nullable".
func parts(err error) (out []string) {
	add := func(says string) {
		if !slices.Contains(out, says) {
			out = append(out, says)
		}
	}
	var several openapi3.MultiError
	var request *openapi3filter.RequestError
	var response *openapi3filter.ResponseError
	var schema *openapi3.SchemaError
	switch {
	case errors.As(err, &request) && request.Err != nil && !errors.Is(err, request.Err):
		return parts(request.Err)
	case isMulti(err, &several):
		for _, e := range several {
			for _, says := range parts(e) {
				add(says)
			}
		}
	case errors.As(err, &schema):
		at := places.ReplaceAllString("/"+strings.Join(schema.JSONPointer(), "/"), "/N$1")
		add("at " + at + ": " + schema.Reason)
	case errors.As(err, &response) && response.Err != nil:
		return parts(response.Err)
	default:
		add(err.Error())
	}
	return out
}

// isMulti finds the outermost list of errors.
func isMulti(err error, into *openapi3.MultiError) bool {
	for e := err; e != nil; e = errors.Unwrap(e) {
		if m, ok := e.(openapi3.MultiError); ok { //nolint:errorlint // each layer is looked at by itself
			*into = m
			return len(m) > 0
		}
	}
	return false
}

// unknown lists what a request says that the description does not know: names in its query,
// and names in its body, in JSON at every depth, in forms at the top.
func unknown(r *http.Request, route *routers.Route, body []byte) (out []string) {
	for name := range r.URL.Query() {
		head, _, _ := strings.Cut(name, "[")
		known := slices.ContainsFunc(slices.Concat(route.PathItem.Parameters, route.Operation.Parameters), func(p *openapi3.ParameterRef) bool {
			return p.Value != nil && p.Value.In == "query" && (p.Value.Name == name || p.Value.Name == head)
		})
		if !known {
			out = append(out, fmt.Sprintf("the query has %q, which the description does not know", name))
		}
	}
	if route.Operation.RequestBody == nil || route.Operation.RequestBody.Value == nil || len(body) == 0 {
		return out
	}
	content := route.Operation.RequestBody.Value.Content.Get("application/json")
	if content == nil || content.Schema == nil {
		return out
	}
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return append(out, "no type of content")
	}
	if kind == "multipart/form-data" {
		return append(out, unknownForm(multipart.NewReader(strings.NewReader(string(body)), params["boundary"]), content.Schema.Value)...)
	}
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return append(out, err.Error())
	}
	return append(out, unknownIn("", v, content.Schema.Value)...)
}

func unknownForm(m *multipart.Reader, s *openapi3.Schema) (out []string) {
	for {
		p, err := m.NextPart()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			return append(out, err.Error())
		}
		head, _, _ := strings.Cut(p.FormName(), "[")
		if property(s, head) == nil && closed(s) {
			out = append(out, fmt.Sprintf("the form has %q, which the description does not know", p.FormName()))
		}
	}
}

// property finds the schema of a property, in the schema itself or in those it is made of.
func property(s *openapi3.Schema, name string) *openapi3.Schema {
	if s == nil {
		return nil
	}
	if p := s.Properties[name]; p != nil {
		return p.Value
	}
	for _, sub := range slices.Concat(s.AllOf, s.OneOf, s.AnyOf) {
		if p := property(sub.Value, name); p != nil {
			return p
		}
	}
	return nil
}

// closed tells a schema that lists its properties from one that allows any.
func closed(s *openapi3.Schema) bool {
	if s == nil {
		return false
	}
	if s.AdditionalProperties.Schema != nil || s.AdditionalProperties.Has != nil && *s.AdditionalProperties.Has {
		return false
	}
	return len(s.Properties) > 0 || slices.ContainsFunc(slices.Concat(s.AllOf, s.OneOf, s.AnyOf), func(x *openapi3.SchemaRef) bool { return closed(x.Value) })
}

func unknownIn(at string, v any, s *openapi3.Schema) (out []string) {
	switch x := v.(type) {
	case map[string]any:
		if !closed(s) {
			return nil
		}
		for name, sub := range x {
			p := property(s, name)
			if p == nil {
				out = append(out, fmt.Sprintf("the body has %q, which the description does not know", at+name))
				continue
			}
			out = append(out, unknownIn(at+name+".", sub, p)...)
		}
	case []any:
		if s == nil || s.Items == nil {
			return nil
		}
		for _, sub := range x {
			out = append(out, unknownIn(at, sub, s.Items.Value)...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
