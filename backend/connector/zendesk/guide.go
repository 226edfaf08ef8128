package zendesk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// In the help center a record's text lies in its translations, one for each language, also
// that of its own language; the rest of it is changed at the record itself (reference, Help
// Center, Articles, "Update Article", and Translations, "Update Translation").

// step is one request of a change.
type step struct {
	path, name string
	in         map[string]any
}

// worded are the fields of each object that lie in its translation, by their names there.
var worded = map[model.Object]map[string]string{
	model.Category:    {"name": "title", "description": "body"},
	model.Section:     {"name": "title", "description": "body"},
	model.Article:     {"title": "title", "body": "body", "draft": "draft"},
	model.Translation: {"title": "title", "body": "body", "draft": "draft"},
}

// owner is where the translations of an object lie.
var owner = map[model.Object]string{
	model.Category: "help_center/categories/", model.Section: "help_center/sections/", model.Article: "help_center/articles/",
}

// guideSteps says which requests a change of a record of the help center needs: what Zendesk
// may refuse first, so that no half of it is done.
func guideSteps(k model.Key, in map[string]any, have gjson.Result) ([]step, *problem.Problem) {
	locale := have.Get("locale").String()
	if to, given := in["locale"]; given {
		if !strings.EqualFold(model.Plain(to), locale) {
			return nil, fixed("locale", "the language of a text")
		}
		delete(in, "locale")
	}
	of := owner[k.Object] + k.ID
	if k.Object == model.Translation {
		article := have.Get("source_id").String()
		if to, given := in["source_id"]; given && model.Plain(to) != article {
			return nil, fixed("source_id", "the article of a translation")
		}
		delete(in, "source_id")
		of = owner[model.Article] + article
	}
	text := map[string]any{}
	for from, to := range worded[k.Object] {
		if v, given := in[from]; given {
			if text[to] = v; v == nil {
				text[to] = "" // an empty text; null would leave it as it is
			}
			delete(in, from)
		}
	}
	var out []step
	if len(in) > 0 {
		out = append(out, step{path: of, name: changeable[k.Object][1], in: in})
	}
	if len(text) > 0 {
		out = append(out, step{path: of + "/translations/" + locale, name: "translation", in: text})
	}
	return out, nil
}

func fixed(field, what string) *problem.Problem {
	return problem.New(connector.CodeRefused, "Zendesk does not let "+what+" be changed.", "The record in Zendesk stays as it is.",
		"Leave it as it is, or write it anew in Zendesk by hand.").At(problem.Place{Field: field})
}

// guided changes a record of the help center. Zendesk has no guard there against changes of
// others; the record was looked at right before.
func (c *conn) guided(ctx context.Context, k model.Key, d model.Draft, in map[string]any, have model.Record, o *connector.Outcome) (goOn bool, err error) {
	steps, bad := guideSteps(k, in, gjson.ParseBytes(have.Raw))
	if bad != nil {
		refused(o, d, bad)
		return true, nil
	}
	for i, s := range steps {
		body, err := wire.JSON(map[string]any{s.name: s.in})
		if err != nil {
			return false, err
		}
		_, err = c.send(ctx, http.MethodPut, s.path, nil, body)
		var no *errRefused
		switch {
		case errors.As(err, &no):
			if no.why.Why = "The record in Zendesk stays as it is."; i > 0 {
				no.why.Why = "Its place and settings were changed, its text was not."
			}
			refused(o, d, no.why)
			return true, nil
		case errors.Is(err, errUnknown):
			o.State, o.Err = connector.Unknown, connector.NoAnswer(err, desk)
			return false, ctx.Err()
		case err != nil && i > 0: // a part of it is done: whoever asks finds out
			o.State, o.Err = connector.Unknown, connector.NoAnswer(err, desk)
			return false, err
		case err != nil:
			return false, err
		}
	}
	now, err := c.guideNow(ctx, k, have)
	if err != nil {
		o.State, o.Err = connector.Unknown, connector.NoAnswer(err, desk)
		return false, ctx.Err()
	}
	o.State, o.Version = connector.Updated, now
	return true, nil
}

// guideNow is the stamp of a record of the help center as it is now.
func (c *conn) guideNow(ctx context.Context, k model.Key, have model.Record) (string, error) {
	if k.Object != model.Translation {
		v, _, err := c.client.get(ctx, owner[k.Object]+k.ID, nil)
		return v.Get(changeable[k.Object][1] + ".updated_at").String(), err
	}
	list, err := c.whole(ctx, owner[model.Article]+gjson.GetBytes(have.Raw, "source_id").String()+"/translations", "translations")
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(list, func(x gjson.Result) bool { return x.Get("id").String() == k.ID })
	if i < 0 {
		return "", fmt.Errorf("the translation %s is not there any more", k.ID)
	}
	return list[i].Get("updated_at").String(), nil
}
