package project

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"waybill/backend/connector"
	"waybill/backend/connector/files"
	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/pace"
	"waybill/backend/practice"
	"waybill/backend/problem"
	"waybill/backend/secret"
	"waybill/backend/store"
	"waybill/backend/truth"
)

// Sides of a move.
const (
	Source = "source"
	Target = "target"
)

// BuiltIn is the setting by which a project runs its own practice desk.
const BuiltIn = "built_in"

// Connection says how a side is reached. Secrets are not in it; they are in the vault.
type Connection struct {
	Kind     string            `json:"kind"`
	Settings map[string]string `json:"settings"`
}

type desk struct {
	kind connector.Kind
	conn connector.Connector
	// rt carries its requests.
	rt http.RoundTripper
}

// Connection of a side; ok is false when none was chosen.
func (p *Project) Connection(ctx context.Context, side string) (c Connection, ok bool, err error) {
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		ok, err = tx.Setting(side, &c)
		return err
	})
	return c, ok, err
}

// Connect chooses a side's desk, tries it, and keeps its shape. Settings that the
// form calls secret go to the vault only (invariant 15).
func (p *Project) Connect(ctx context.Context, side, kind string, settings map[string]string) (connector.Account, error) {
	k, err := p.env.Kind(kind)
	if err != nil {
		return connector.Account{}, err
	}
	if (IsSource(side) && !k.Source) || (side == Target && !k.Target) {
		return connector.Account{}, problem.New("desk.wrong_side", k.Title+" cannot be the "+side+" of a move.", "", "Choose another desk.")
	}
	if settings, err = Tidied(k, settings); err != nil {
		return connector.Account{}, err
	}
	same, err := p.sameDesk(ctx, side, k, settings)
	if err != nil {
		return connector.Account{}, err
	}
	if err := p.completeForm(side, k, settings, same); err != nil {
		return connector.Account{}, err
	}
	plain := map[string]string{}
	for name, v := range settings {
		plain[name] = v
	}
	for _, f := range k.Form {
		if f.Secret {
			delete(plain, f.Name)
		}
	}
	putBack, err := p.keepSecrets(side, k.Form, settings, same)
	if err != nil {
		return connector.Account{}, errors.Join(err, putBack())
	}
	p.disconnect(side)
	d, account, schema, err := p.try(ctx, side, Connection{Kind: kind, Settings: plain})
	if err != nil {
		return connector.Account{}, errors.Join(blame(err, k, settings), putBack())
	}
	if err := p.sameAccount(ctx, side, Connection{Kind: kind, Settings: plain}, account); err != nil {
		return connector.Account{}, errors.Join(err, d.conn.Close(), putBack())
	}
	p.mu.Lock()
	p.desks[side] = d
	p.mu.Unlock()
	return account, p.db.Write(ctx, func(tx *store.Tx) error {
		if err := register(tx, side); err != nil {
			return err
		}
		if err := tx.Set(side, Connection{Kind: kind, Settings: plain}); err != nil {
			return err
		}
		if err := tx.Set(side+"_schema", schema); err != nil {
			return err
		}
		if err := tx.Set(side+"_account", account); err != nil {
			return err
		}
		_, ruler := d.conn.(connector.Ruler)
		if err := tx.Set(side+"_rules", ruler); err != nil {
			return err
		}
		if err := tx.Unset(side + "_survey"); err != nil { // it was of what was connected before
			return err
		}
		return tx.Audit(p.Person(), side+".connected", map[string]string{"kind": kind, "account": account.Name})
	})
}

// try opens a connection and asks who we are and what is there.
func (p *Project) try(ctx context.Context, side string, c Connection) (d *desk, a connector.Account, s model.Schema, err error) {
	if d, err = p.dial(ctx, side, c); err != nil {
		return nil, a, s, err
	}
	if a, err = d.conn.Check(ctx); err == nil {
		s, err = d.conn.Schema(ctx)
	}
	if err != nil {
		return nil, a, s, errors.Join(err, d.conn.Close())
	}
	return d, a, s, nil
}

// keepSecrets puts what the form calls secret into the vault. putBack restores what
// was there: a connection that fails must not break the one that worked. Unless it is the
// same desk, a secret that was left free is forgotten: it belongs to another one.
func (p *Project) keepSecrets(side string, form []connector.FormField, settings map[string]string, same bool) (putBack func() error, err error) {
	vault := p.vault(side)
	before := map[string]secret.Text{}
	given := []string{}
	putBack = func() error {
		var errs []error
		for _, name := range given {
			if old, ok := before[name]; ok {
				errs = append(errs, vault.Put(name, old))
			} else {
				errs = append(errs, vault.Delete(name))
			}
		}
		return errors.Join(errs...)
	}
	for _, f := range form {
		v := settings[f.Name]
		if !f.Secret || v == "" && same {
			continue
		}
		old, err := vault.Get(f.Name)
		if err == nil {
			before[f.Name] = old
		} else if !errors.Is(err, secret.ErrNotFound) {
			return putBack, err
		}
		given = append(given, f.Name)
		if v == "" {
			err = vault.Delete(f.Name)
		} else {
			err = vault.Put(f.Name, secret.Text(v))
		}
		if err != nil {
			return putBack, err
		}
	}
	return putBack, nil
}

// ConnectPractice connects the project's own practice desk as the target.
func (p *Project) ConnectPractice(ctx context.Context) (connector.Account, error) {
	return p.Connect(ctx, Target, "practice", map[string]string{BuiltIn: "yes"})
}

func (p *Project) vault(side string) secret.Vault {
	return secret.Scope(p.env.Vault, p.info.ID+"/"+side+"/")
}

// disconnect closes a side's connector, if there is one.
func (p *Project) disconnect(side string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if d := p.desks[side]; d != nil {
		_ = d.conn.Close() // it is not used any more
		delete(p.desks, side)
	}
}

// dial opens a connector with its requests kept inside the desk's limits.
func (p *Project) dial(ctx context.Context, side string, c Connection) (*desk, error) {
	k, err := p.env.Kind(c.Kind)
	if err != nil {
		return nil, err
	}
	settings, vault := c.Settings, p.vault(side)
	if c.Settings[BuiltIn] != "" {
		s, err := p.practiceDesk()
		if err != nil {
			return nil, err
		}
		settings, vault = map[string]string{"address": s.Address}, secret.Memory()
		if err := vault.Put("token", secret.Text(s.Token)); err != nil {
			return nil, err
		}
	}
	limits := k.Limits
	if limits.Schedule, err = p.schedule(ctx, side); err != nil {
		return nil, err
	}
	rt := pace.Transport(nil, limits, p.wait)
	conn, err := k.Open(ctx, settings, vault, rt)
	if err != nil {
		return nil, err
	}
	return &desk{kind: k, conn: conn, rt: rt}, nil
}

// wait shows on the running job why nothing moves.
func (p *Project) wait(e pace.Event) {
	if until := time.Until(e.Until); until > time.Second {
		p.Jobs.Note(e.Why)
		return
	}
	p.Jobs.Note("")
}

// practiceDesk starts the project's own practice desk, once.
func (p *Project) practiceDesk() (*practice.Server, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.server != nil {
		return p.server, nil
	}
	if err := os.MkdirAll(p.folder("practice"), 0o700); err != nil {
		return nil, notWritable(err, p.folder("practice"))
	}
	s, err := practice.Serve(context.Background(), "127.0.0.1:0", practice.Options{
		Account: "practice.example", State: filepath.Join(p.folder("practice"), "desk.jsonl"), SearchLag: 300 * time.Millisecond,
	})
	if err != nil {
		return nil, err
	}
	p.server = s
	return s, nil
}

// open gives a side's connector, connecting it when that was not done yet.
func (p *Project) open(ctx context.Context, side string) (*desk, error) {
	p.mu.Lock()
	d := p.desks[side]
	p.mu.Unlock()
	if d != nil {
		return d, nil
	}
	c, ok, err := p.Connection(ctx, side)
	if err != nil {
		return nil, err
	}
	if !ok {
		if IsSource(side) {
			return nil, problem.New("source.none", "No source was chosen yet.", "Waybill does not know what to move.", "Open Source and choose the export files or the old desk.")
		}
		return nil, problem.New("target.none", "No target is connected yet.", "Waybill does not know where to move to.", "Open Target and connect the new desk, or the practice desk.")
	}
	if d, err = p.dial(ctx, side, c); err != nil {
		return nil, err
	}
	p.mu.Lock()
	p.desks[side] = d
	p.mu.Unlock()
	return d, nil
}

// Desk gives a side's connector with its shape, asked anew.
func (p *Project) Desk(ctx context.Context, side string) (load.Desk, error) {
	d, err := p.open(ctx, side)
	if err != nil {
		return load.Desk{}, err
	}
	schema, err := d.conn.Schema(ctx)
	if err != nil {
		return load.Desk{}, err
	}
	return load.Desk{Conn: d.conn, Kind: d.kind, Schema: schema}, p.db.Write(ctx, func(tx *store.Tx) error { return tx.Set(side+"_schema", schema) })
}

// Schema is a side's shape as it was last seen; it needs no network. Of the source it is
// that of all sources together: the objects of further ones carry their name, and those
// whose records live on have what comes along from others.
func (p *Project) Schema(ctx context.Context, side string) (s model.Schema, err error) {
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		if side != Source {
			_, err := tx.Setting(side+"_schema", &s)
			return err
		}
		if s, err = allSources(tx); err == nil {
			s, err = truth.Enrich(tx, s)
		}
		return err
	})
	return s, err
}

// allSources is the shape of all sources together.
func allSources(tx *store.Tx) (s model.Schema, err error) {
	if _, err := tx.Setting(Source+"_schema", &s); err != nil {
		return s, err
	}
	names, err := furtherSources(tx)
	for _, n := range names {
		var more model.Schema
		if _, err := tx.Setting(SideOf(n)+"_schema", &more); err != nil {
			return s, err
		}
		s.Objects = append(s.Objects, more.From(n).Objects...)
	}
	return s, err
}

// ownSchema is the shape of one side's desk, in its own names.
func (p *Project) ownSchema(ctx context.Context, side string) (s model.Schema, err error) {
	return s, p.setting(ctx, side+"_schema", &s)
}

// Account is who we are at a side, as it was last seen.
func (p *Project) Account(ctx context.Context, side string) (a connector.Account, err error) {
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		_, err := tx.Setting(side+"_account", &a)
		return err
	})
	return a, err
}

// Tables are the export files of the main source as they were understood and corrected.
func (p *Project) Tables(ctx context.Context) ([]files.Table, error) { return p.TablesOf(ctx, Source) }

// TablesOf are the export files of the source of a side.
func (p *Project) TablesOf(ctx context.Context, side string) ([]files.Table, error) {
	c, ok, err := p.Connection(ctx, side)
	if err != nil || !ok || c.Kind != "files" {
		return []files.Table{}, err
	}
	var tables []files.Table
	return tables, json.Unmarshal([]byte(c.Settings["tables"]), &tables)
}

// SetTables chooses the export files as the main source.
func (p *Project) SetTables(ctx context.Context, tables []files.Table) error {
	return p.SetTablesOf(ctx, Source, tables)
}

// SetTablesOf chooses the export files as the source of a side.
func (p *Project) SetTablesOf(ctx context.Context, side string, tables []files.Table) error {
	if len(tables) == 0 {
		p.disconnect(side)
		return p.db.Write(ctx, func(tx *store.Tx) error {
			for _, n := range []string{side, side + "_schema", side + "_account"} {
				if err := tx.Unset(n); err != nil {
					return err
				}
			}
			return tx.Audit(p.Person(), "source.removed", map[string]string{})
		})
	}
	b, err := json.Marshal(tables)
	if err != nil {
		return err
	}
	p.disconnect(side)
	names := []string{}
	for _, t := range tables {
		names = append(names, t.Name)
	}
	schema := files.Schema(tables)
	return p.db.Write(ctx, func(tx *store.Tx) error {
		if err := register(tx, side); err != nil {
			return err
		}
		if err := tx.Set(side, Connection{Kind: "files", Settings: map[string]string{"tables": string(b)}}); err != nil {
			return err
		}
		if err := tx.Set(side+"_schema", schema); err != nil {
			return err
		}
		return tx.Audit(p.Person(), side+".files", map[string]any{"tables": names})
	})
}

// SetKinds keeps which kinds of desk a project was made for.
func (p *Project) SetKinds(ctx context.Context, source, target string) error {
	return p.db.Write(ctx, func(tx *store.Tx) error { return tx.Set("kinds", map[string]string{Source: source, Target: target}) })
}

// ChosenKind is the kind of desk that a side was made for, or is connected to.
func (p *Project) ChosenKind(ctx context.Context, side string) (string, error) {
	c, ok, err := p.Connection(ctx, side)
	if err != nil || ok {
		return c.Kind, err
	}
	kinds := map[string]string{}
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		_, err := tx.Setting("kinds", &kinds)
		return err
	})
	if kinds[side] == "" {
		kinds[side] = "files"
		if side == Target {
			kinds[side] = "practice"
		}
	}
	return kinds[side], err
}
