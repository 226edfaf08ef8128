package practice_test

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"

	"waybill/backend/connector"
	"waybill/backend/model"
)

func (s spoilt) Update(ctx context.Context, e []connector.Edit, f connector.Files) ([]connector.Outcome, error) {
	if s.update == nil {
		return s.whole.Update(ctx, e, f)
	}
	return s.update(ctx, s.whole, e, f)
}

func (s spoilt) Read(ctx context.Context, o model.Object, ids []string) (map[string]model.Record, error) {
	if s.read == nil {
		return s.whole.Read(ctx, o, ids)
	}
	return s.read(ctx, s.whole, o, ids)
}

func (s spoilt) Now(ctx context.Context, o model.Object) (connector.Cursor, error) {
	if s.now == nil {
		return s.whole.Now(ctx, o)
	}
	return s.now(ctx, s.whole, o)
}

func (s spoilt) Fires(ctx context.Context) ([]connector.Fire, error) {
	if s.fires == nil {
		return s.whole.Fires(ctx)
	}
	return s.fires(ctx, s.whole)
}

func (s spoilt) Fired(ctx context.Context) (int64, bool, error) {
	if s.fired == nil {
		return s.whole.Fired(ctx)
	}
	return s.fired(ctx, s.whole)
}

// pages spoils what Changes gives.
func spoilPages(f func(*connector.Page)) func(*spoilt) {
	return func(s *spoilt) {
		s.changes = func(ctx context.Context, w whole, o model.Object, from connector.Cursor, each func(connector.Page) error) error {
			return w.Changes(ctx, o, from, func(p connector.Page) error { f(&p); return each(p) })
		}
	}
}

// spoilEdits spoils what Update is given, a copy of it.
func spoilEdits(f func(*connector.Edit)) func(*spoilt) {
	return func(s *spoilt) {
		s.update = func(ctx context.Context, w whole, list []connector.Edit, files connector.Files) ([]connector.Outcome, error) {
			list = slices.Clone(list)
			for i := range list {
				list[i].Draft.Fields = maps.Clone(list[i].Draft.Fields)
				f(&list[i])
			}
			return w.Update(ctx, list, files)
		}
	}
}

// spoilOutcomes spoils what Update gives.
func spoilOutcomes(f func([]connector.Outcome)) func(*spoilt) {
	return func(s *spoilt) {
		s.update = func(ctx context.Context, w whole, list []connector.Edit, files connector.Files) ([]connector.Outcome, error) {
			out, err := w.Update(ctx, list, files)
			f(out)
			return out, err
		}
	}
}

func swap(from, to connector.State) func([]connector.Outcome) {
	return func(out []connector.Outcome) {
		for i := range out {
			if out[i].State == from {
				out[i].State = to
			}
		}
	}
}

// loudChanges takes the silence away from changes alone.
type loudChanges struct{ next http.RoundTripper }

func (l loudChanges) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/batch_update") {
		r = r.Clone(r.Context())
		r.Header.Del("X-Import")
	}
	return l.next.RoundTrip(r)
}

const sinceLater = connector.Cursor("later")

func init() {
	more := map[string]wrong{
		"an update ignores the version": {
			notice: "updating/what_people_changed_is_left_alone",
			spoil:  spoilEdits(func(e *connector.Edit) { e.Version = "" }),
		},
		"an update writes the other fields too": {
			notice: "updating/only_what_is_named_changes",
			spoil: spoilEdits(func(e *connector.Edit) {
				if e.Key.Object == model.Ticket {
					e.Draft.Fields["tags"] = nil
				}
			}),
		},
		"an update changes all but the last": {
			notice: "updating/only_what_is_named_changes",
			spoil: func(s *spoilt) {
				s.update = func(ctx context.Context, w whole, list []connector.Edit, files connector.Files) ([]connector.Outcome, error) {
					if len(list) < 2 {
						return w.Update(ctx, list, files)
					}
					last := list[len(list)-1]
					out, err := w.Update(ctx, list[:len(list)-1], files)
					return append(out, connector.Outcome{Key: last.Key, State: connector.Updated, Version: "2"}), err
				}
			},
		},
		"nothing can be emptied": {
			notice: "updating/a_value_and_a_link_can_be_emptied",
			spoil: spoilEdits(func(e *connector.Edit) {
				maps.DeleteFunc(e.Draft.Fields, func(_ string, v any) bool { return v == nil })
				e.Draft.Links = slices.DeleteFunc(slices.Clone(e.Draft.Links), func(l model.DraftLink) bool { return l.Target.ID == "" })
			}),
		},
		"a touched record is called updated": {
			notice: "updating/what_people_changed_is_left_alone",
			spoil:  spoilOutcomes(swap(connector.Touched, connector.Updated)),
		},
		"a touched record tells its old version": {
			notice: "updating/what_people_changed_is_left_alone",
			spoil: spoilOutcomes(func(out []connector.Outcome) {
				for i := range out {
					if out[i].State == connector.Touched {
						out[i].Version = "1"
					}
				}
			}),
		},
		"a lost update counts as made": {
			notice: "updating/nothing_is_claimed_when_the_answer_is_dropped",
			spoil:  spoilOutcomes(swap(connector.Unknown, connector.Updated)),
		},
		"a lost update counts as unsent": {
			notice: "updating/nothing_is_claimed_when_the_connection_is_reset",
			spoil:  spoilOutcomes(swap(connector.Unknown, connector.Unsent)),
		},
		"outcomes of updates come in another order": {
			notice: "updating/one_outcome_for_each_change",
			spoil:  spoilOutcomes(func(out []connector.Outcome) { slices.Reverse(out) }),
		},
		"a refused update counts as made": {
			notice: "updating/one_outcome_for_each_change",
			spoil:  spoilOutcomes(swap(connector.Refused, connector.Updated)),
		},
		"updates mail customers": {
			notice: "updating/nobody_is_mailed",
			rt:     func(rt http.RoundTripper) http.RoundTripper { return loudChanges{rt} },
		},
		"changes forget what is gone": {
			notice: "following/from_now_on_nothing_is_missed",
			spoil:  spoilPages(func(p *connector.Page) { p.Gone = nil }),
		},
		"changes forget the last that is gone on a page": {
			notice: "following/stop_after_every_page",
			spoil: spoilPages(func(p *connector.Page) {
				if n := len(p.Gone); n > 0 {
					p.Gone = p.Gone[:n-1]
				}
			}),
		},
		"what is gone comes as a record too": {
			notice: "following/from_now_on_nothing_is_missed",
			spoil: spoilPages(func(p *connector.Page) {
				for _, g := range p.Gone {
					p.Records = append(p.Records, model.Record{Key: model.Key{ID: g.ID}})
				}
			}),
		},
		"a merge is told as a deletion": {
			notice: "following/what_is_merged",
			spoil: spoilPages(func(p *connector.Page) {
				for i := range p.Gone {
					p.Gone[i].How, p.Gone[i].Into = connector.GoneDeleted, ""
				}
			}),
		},
		"what moved in a merge is forgotten": {
			notice: "following/what_is_merged",
			spoil: spoilPages(func(p *connector.Page) {
				p.Records = slices.DeleteFunc(p.Records, func(r model.Record) bool { return r.Key.Object == model.Message })
			}),
		},
		"a redaction is told as a change only": {
			notice: "following/what_is_redacted",
			spoil: spoilPages(func(p *connector.Page) {
				p.Gone = slices.DeleteFunc(p.Gone, func(g connector.Gone) bool { return g.How == connector.GoneRedacted })
			}),
		},
		"Now is too late": {notice: "following/from_now_on_nothing_is_missed", spoil: func(s *spoilt) {
			s.now = func(context.Context, whole, model.Object) (connector.Cursor, error) { return sinceLater, nil }
			s.changes = func(ctx context.Context, w whole, o model.Object, from connector.Cursor, each func(connector.Page) error) error {
				if from == sinceLater {
					var err error
					if from, err = w.Now(ctx, o); err != nil {
						return err
					}
				}
				return w.Changes(ctx, o, from, each)
			}
		}},
		"Now is the beginning": {notice: "following/from_now_on_nothing_is_missed", spoil: func(s *spoilt) {
			s.now = func(context.Context, whole, model.Object) (connector.Cursor, error) { return "", nil }
		}},
		"reading by ids stops at a hundred": {notice: "reading/records_are_read_by_their_ids", spoil: func(s *spoilt) {
			s.read = func(ctx context.Context, w whole, o model.Object, ids []string) (map[string]model.Record, error) {
				return w.Read(ctx, o, ids[:min(len(ids), 100)])
			}
		}},
		"what is not there is read": {notice: "reading/records_are_read_by_their_ids", spoil: func(s *spoilt) {
			s.read = func(ctx context.Context, w whole, o model.Object, ids []string) (map[string]model.Record, error) {
				out, err := w.Read(ctx, o, ids)
				for _, id := range ids {
					if _, ok := out[id]; !ok {
						out[id] = model.Record{}
					}
				}
				return out, err
			}
		}},
		"an alarm is called silenced": {notice: "firing/a_loud_desk_is_told", spoil: func(s *spoilt) {
			s.fires = func(ctx context.Context, w whole) ([]connector.Fire, error) {
				list, err := w.Fires(ctx)
				for i := range list {
					list[i].Silenced = true
				}
				return list, err
			}
		}},
		"what fired is not counted": {notice: "firing/a_loud_desk_is_told", spoil: func(s *spoilt) {
			s.fired = func(context.Context, whole) (int64, bool, error) { return 0, true, nil }
		}},
		"nothing would fire": {notice: "firing/a_loud_desk_is_told", spoil: func(s *spoilt) {
			s.fires = func(context.Context, whole) ([]connector.Fire, error) { return nil, nil }
		}},
		"the flag of updates is wrong": {
			notice: "set-up/flags_agree", kind: func(k *connector.Kind) { k.Caps.Updates, k.Caps.QuietUpdates = false, false },
		},
		"the flag of reading is wrong": {notice: "set-up/flags_agree", kind: func(k *connector.Kind) { k.Caps.Reads = false }},
		"the flag of fires is wrong":   {notice: "set-up/flags_agree", kind: func(k *connector.Kind) { k.Caps.Fires = false }},
	}
	maps.Copy(sabotage, more)
}
