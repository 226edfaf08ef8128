package project

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"waybill/backend/connector"
	"waybill/backend/problem"
	"waybill/backend/secret"
)

// Shown says whether a field of a form counts with these settings: its condition is
// "name=value", several values parted by a bar. A choice that was not made is the first.
func Shown(form []connector.FormField, f connector.FormField, settings map[string]string) bool {
	name, want, ok := strings.Cut(f.When, "=")
	if !ok {
		return true
	}
	have := settings[name]
	for _, x := range form {
		if x.Name != name {
			continue
		}
		if !Shown(form, x, settings) {
			return false
		}
		if have == "" && len(x.Options) > 0 {
			have = x.Options[0].Value
		}
	}
	for v := range strings.SplitSeq(want, "|") {
		if have == strings.TrimSpace(v) {
			return true
		}
	}
	return false
}

// Tidied puts settings right before they are used: spaces around them, the address as the
// desk wants it (P-12), what belongs to another choice of the form left out.
func Tidied(k connector.Kind, settings map[string]string) (map[string]string, error) {
	out := map[string]string{}
	for name, v := range settings {
		out[name] = strings.TrimSpace(v)
	}
	for _, f := range k.Form {
		if !Shown(k.Form, f, out) {
			delete(out, f.Name)
			continue
		}
		if !f.Address || out[f.Name] == "" || k.Tidy == nil {
			continue
		}
		right, err := k.Tidy(out[f.Name])
		if err != nil {
			return nil, atField(err, f.Name)
		}
		out[f.Name] = right
	}
	return out, nil
}

// atField says which field of the form a problem is about, where it does not say so itself.
func atField(err error, field string) error {
	p := problem.From(err)
	if p.Code == problem.Internal || p.Where.Field == field {
		return err
	}
	where := p.Where
	where.Field = field
	return p.At(where)
}

// sameDesk says that settings lead to the desk that a side is connected to already: then a
// secret that was left free is the one that is kept. A token never goes anywhere else.
func (p *Project) sameDesk(ctx context.Context, side string, k connector.Kind, settings map[string]string) (bool, error) {
	before, ok, err := p.Connection(ctx, side)
	if err != nil || !ok || before.Kind != k.Name || before.Settings[BuiltIn] != "" {
		return false, err
	}
	for _, f := range k.Form {
		if f.Address && before.Settings[f.Name] != settings[f.Name] {
			return false, nil
		}
	}
	return true, nil
}

// completeForm refuses settings with a gap.
func (p *Project) completeForm(side string, k connector.Kind, settings map[string]string, same bool) error {
	for _, f := range k.Form {
		if !f.Required || len(f.Options) > 0 || settings[f.Name] != "" || settings[BuiltIn] != "" || !Shown(k.Form, f, settings) {
			continue
		}
		if f.Secret && same {
			_, err := p.vault(side).Get(f.Name)
			if err == nil {
				continue
			}
			if !errors.Is(err, secret.ErrNotFound) {
				return err
			}
		}
		return problem.New("desk.setting_missing", f.Title+" is missing.", "Without it "+k.Title+" cannot be reached.", help(f)).At(problem.Place{Field: f.Name})
	}
	return nil
}

// blame says at which field of the form a refused sign-in is put right: desks call their
// keys by different names.
func blame(err error, k connector.Kind, settings map[string]string) error {
	if !problem.Is(err, connector.CodeUnauthorized) {
		return err
	}
	at := problem.From(err).Where.Field
	first := ""
	for _, f := range k.Form {
		if !f.Secret || !Shown(k.Form, f, settings) {
			continue
		}
		if f.Name == at {
			return err
		}
		if first == "" {
			first = f.Name
		}
	}
	if first == "" {
		return err
	}
	return atField(err, first)
}

// sameAccount refuses a token of another account at the same address while records of this
// project have moved: desks that live at one address for all are told apart by it only.
func (p *Project) sameAccount(ctx context.Context, side string, c Connection, now connector.Account) error {
	before, ok, err := p.Connection(ctx, side)
	if err != nil || !ok || before.Kind != c.Kind || before.Settings[BuiltIn] != c.Settings[BuiltIn] {
		return err
	}
	was, err := p.Account(ctx, side)
	if err != nil || was.Name == "" || was.Name == now.Name {
		return err
	}
	all, err := p.Manifest(ctx)
	if err != nil {
		return err
	}
	for _, m := range all {
		if m.Moved > 0 {
			return problem.New("desk.other_account", "This access belongs to the account “"+now.Name+"”, and records of this project have moved with “"+was.Name+"”.",
				"The manifest would say something untrue about them. The connection that was there is unchanged.", "Use a token of “"+was.Name+"”, take the runs back first, or make a new project for the other account.")
		}
	}
	return nil
}

// help says how to fill a field in.
func help(f connector.FormField) string {
	if f.Help != "" {
		return f.Help
	}
	return fmt.Sprintf("Fill in %q and connect again.", f.Title)
}

// Kinds are the desks that this program knows.
func (p *Project) Kinds() []connector.Kind { return p.env.Kinds }
