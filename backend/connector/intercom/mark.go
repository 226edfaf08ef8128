package intercom

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"regexp"
	"strings"

	"github.com/tidwall/gjson"

	"waybill/backend/model"
)

// markAttribute is the custom attribute of conversations and tickets that holds the mark.
const markAttribute = "Waybill"

// standIn is the first message of a conversation that has none which can open it.
const standIn = "(no text)"

// word is the mark as one word of letters and digits: the search of conversations looks at
// each word of the first message by itself (OpenAPI 2.16, searchConversations, source.body).
func word(m model.Mark) string {
	sum := sha256.Sum256([]byte(m))
	return "wb" + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:10]))
}

// withWord puts the word behind a first message.
func withWord(text string, m model.Mark) string { return text + "\n\n[" + word(m) + "]" }

var ourWord = regexp.MustCompile(`(?:\s|<br\s*/?>|</p>\s*<p[^>]*>)*\[wb[a-z2-7]{16}\]`)

// withoutWord takes the word off again; ours says that it was there.
func withoutWord(body string) (text string, ours bool) {
	text = ourWord.ReplaceAllString(body, "")
	return text, text != body
}

// MarkOf reads our mark.
func (c *conn) MarkOf(r model.Record) model.Mark {
	var x struct {
		CompanyID  string                     `json:"company_id"`
		ExternalID string                     `json:"external_id"`
		Custom     map[string]json.RawMessage `json:"custom_attributes"`
		Ticket     map[string]json.RawMessage `json:"ticket_attributes"`
	}
	switch r.Key.Object {
	case model.Organization, model.Contact:
		name := "external_id"
		if r.Key.Object == model.Organization {
			name = "company_id"
		}
		return model.Mark(gjson.GetBytes(r.Raw, name).Str)
	}
	if json.Unmarshal(r.Raw, &x) != nil {
		return ""
	}
	for _, m := range []map[string]json.RawMessage{x.Custom, x.Ticket} {
		var s string
		if json.Unmarshal(m[markAttribute], &s) == nil && s != "" {
			return model.Mark(s)
		}
	}
	return ""
}

// VersionOf is the stamp of the record's last change.
func (c *conn) VersionOf(r model.Record) string { return r.Version }
