package project

import (
	"context"
	"errors"
	"net/http"

	"waybill/backend/connector"
	"waybill/backend/model"
	"waybill/backend/secret"
)

// sourceLinkers know the web addresses of all sources, by the name of the source.
type sourceLinkers map[string]connector.Linker

// sourceLinker gives what knows the web addresses of the old desks; nil when none does.
func (p *Project) sourceLinker(ctx context.Context) connector.Linker {
	sides, err := p.sides(ctx)
	if err != nil {
		return nil
	}
	all := sourceLinkers{}
	for _, side := range sides {
		if l := p.linker(ctx, side); l != nil {
			all[sourceOf(side)] = l
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all
}

// KeyOf implements connector.Linker.
func (all sourceLinkers) KeyOf(address string) (model.Key, bool) {
	for name, l := range all {
		if k, ok := l.KeyOf(address); ok {
			k.Object = k.Object.From(name)
			return k, true
		}
	}
	return model.Key{}, false
}

// AddressOf implements connector.Linker.
func (all sourceLinkers) AddressOf(k model.Key) string {
	l, ok := all[k.Object.Source()]
	if !ok {
		return ""
	}
	k.Object = k.Object.Kind()
	return l.AddressOf(k)
}

// linker gives what knows the web addresses of a side; nil when its desk has none. It needs
// no network and no token: the old desk may be gone by the time that somebody asks.
func (p *Project) linker(ctx context.Context, side string) connector.Linker {
	if d, err := p.open(ctx, side); err == nil {
		l, _ := d.conn.(connector.Linker) // not every desk knows its addresses
		return l
	}
	c, ok, err := p.Connection(ctx, side)
	if err != nil || !ok {
		return nil
	}
	k, err := p.env.Kind(c.Kind)
	if err != nil || c.Settings[BuiltIn] != "" {
		return nil
	}
	vault := secret.Memory()
	for _, f := range k.Form {
		if f.Secret {
			if err := vault.Put(f.Name, "not used"); err != nil {
				return nil
			}
		}
	}
	conn, err := k.Open(ctx, c.Settings, vault, offline{})
	if err != nil {
		return nil
	}
	l, _ := conn.(connector.Linker) // as above
	return l
}

// offline sends nothing.
type offline struct{}

func (offline) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("this connection only knows addresses")
}
