package practice_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"waybill/backend/connector"
	conn "waybill/backend/connector/practice"
	"waybill/backend/practice"
	"waybill/backend/secret"
)

func TestRulesSayWhatTheDeskDoesByItself(t *testing.T) {
	d, err := practice.New(practice.Options{Token: "t"})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(d.Handler())
	t.Cleanup(server.Close)
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, server.URL+"/api/v1/triggers",
		bytes.NewReader([]byte(`{"kind":"macro","name":"Thanks","on":["ticket"],"when":"","does":"answers the customer","text":"Hello {{customer.first_name}}"}`)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer t")
	resp, err := server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close() // only its status is asked for
	if resp.StatusCode != http.StatusCreated {
		t.Fatalf("the macro was not taken: %d", resp.StatusCode)
	}

	vault := secret.Memory()
	if err := vault.Put("token", "t"); err != nil {
		t.Fatal(err)
	}
	c, err := conn.Kind().Open(context.Background(), map[string]string{"address": server.URL}, vault, http.DefaultTransport)
	if err != nil {
		t.Fatal(err)
	}
	rules, missing, err := c.(connector.Ruler).Rules(context.Background())
	if err != nil || len(missing) > 0 {
		t.Fatal(err, missing)
	}
	byName := func(name string) connector.Rule {
		i := slices.IndexFunc(rules, func(r connector.Rule) bool { return r.Name == name })
		if i < 0 {
			t.Fatalf("%q is not among %d rules", name, len(rules))
		}
		return rules[i]
	}
	if r := byName("Tell the customer about a reply"); r.Kind != connector.RuleTrigger || !slices.Equal(r.When, []string{"A message is written to the customer"}) ||
		!slices.Equal(r.Does, []string{"Sends the public message to the customer"}) {
		t.Errorf("a trigger: %+v", r)
	}
	if r := byName("Thanks"); r.Kind != connector.RuleMacro || r.Text != "Hello {{customer.first_name}}" || len(r.When) > 0 {
		t.Errorf("a macro: %+v", r)
	}
	fires, err := c.(connector.Firer).Fires(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if slices.ContainsFunc(fires, func(f connector.Fire) bool { return f.Name == "Thanks" }) {
		t.Error("a macro goes off by itself")
	}
}

func TestP12_AddressOfThePracticeDeskIsTidied(t *testing.T) {
	for in, want := range map[string]string{
		"http://127.0.0.1:8080": "http://127.0.0.1:8080", " 127.0.0.1:8080/ ": "http://127.0.0.1:8080", "localhost:81/api/v1/me?x=1": "http://localhost:81", "HTTPS://Desk.Example/": "https://desk.example",
		"": "", "ftp://x": "", "http://": "",
	} {
		got, err := conn.Kind().Tidy(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q became %q, %v; want %q", in, got, err, want)
		}
	}
}
