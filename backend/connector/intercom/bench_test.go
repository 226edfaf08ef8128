package intercom_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"waybill/backend/connector"
	"waybill/backend/connector/conform"
	"waybill/backend/connector/intercom"
	"waybill/backend/connector/intercom/fake"
	"waybill/backend/model"
	"waybill/backend/pace"
	"waybill/backend/secret"
)

// table is a workspace with a connection to it.
type table struct {
	*testing.T
	fake  *fake.Server
	conn  connector.Connector
	files *conform.Files
	salt  string
	made  map[model.Object][]model.Key
}

// sit serves a workspace, perhaps behind something that looks on, and connects to it.
func sit(t *testing.T, o fake.Options, cfg map[string]string, wrap func(http.Handler) http.Handler) *table {
	t.Helper()
	o.Token = token
	x := &table{T: t, fake: fake.New(o), files: &conform.Files{}, salt: "s", made: map[model.Object][]model.Key{}}
	var h http.Handler = x.fake
	if wrap != nil {
		h = wrap(h)
	}
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	x.conn = x.connect(s.URL, cfg)
	return x
}

func (x *table) connect(address string, cfg map[string]string) connector.Connector {
	x.Helper()
	settings := map[string]string{intercom.SettingAddress: address}
	for k, v := range cfg {
		settings[k] = v
	}
	v := secret.Memory()
	if err := v.Put(intercom.SettingToken, token); err != nil {
		x.Fatal(err)
	}
	k := intercom.Kind()
	k.Limits.PerMinute, k.Limits.Allowed = 0, nil
	c, err := k.Open(x.Context(), settings, v, pace.Transport(nil, k.Limits, nil))
	if err != nil {
		x.Fatal(err)
	}
	x.Cleanup(func() {
		if err := c.Close(); err != nil {
			x.Error(err)
		}
	})
	return c
}

// all reads every record of an object, and what was broken.
func (x *table) all(o model.Object) (list []model.Record, broken []connector.Broken) {
	x.Helper()
	seen := map[string]bool{}
	err := x.conn.Pages(x.Context(), o, "", func(p connector.Page) error {
		for _, r := range p.Records {
			if !seen[r.Key.ID] {
				seen[r.Key.ID] = true
				list = append(list, r)
			}
		}
		broken = append(broken, p.Broken...)
		return nil
	})
	if err != nil {
		x.Fatalf("read %s: %v", o, err)
	}
	return list, broken
}

func (x *table) maker() conform.Maker {
	return conform.Maker{Files: x.files, Salt: x.salt, First: true, Have: func(o model.Object) []model.Key { return x.made[o] }}
}

// write writes one draft and gives its outcome.
func (x *table) write(d model.Draft) connector.Outcome {
	x.Helper()
	out, err := x.conn.(connector.Writer).Write(x.Context(), []model.Draft{d}, x.files)
	if err != nil {
		x.Fatalf("write %s: %v", d.Object, err)
	}
	if out[0].State == connector.Created || out[0].State == connector.Existed {
		x.made[d.Object] = append(x.made[d.Object], out[0].Key)
	}
	return out[0]
}

// draft makes the i-th draft of an object as conform's rig does, with marks.
func (x *table) draft(o model.Object, i int, as string) model.Draft {
	d := draft(x.maker(), o, i, as)
	x.name(&d, string(o)+"-"+string(rune('a'+i)))
	return d
}

func (x *table) name(d *model.Draft, id string) {
	d.Mark, d.Source = model.Mark("wb:abcd1234:"+string(d.Object)+":"+id), model.Key{Object: d.Object, ID: id}
	for i := range d.Parts {
		x.name(&d.Parts[i], id+string(rune('0'+i)))
	}
}

// staff matches the people and teams that drafts name.
func (x *table) staff() {
	x.Helper()
	x.fake.AddAdmin("Lee Ott", "lee@acme.test")
	x.fake.AddAdmin("Ann Bo", "ann@acme.test")
	x.fake.AddTeam("Support")
	for _, o := range []model.Object{model.Group, model.Agent} {
		for i := range 2 {
			if out := x.write(x.draft(o, i, "")); out.State != connector.Existed {
				x.Fatalf("%s: %d %v", o, out.State, out.Err)
			}
		}
	}
}
