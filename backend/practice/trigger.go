package practice

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"waybill/backend/model"
)

// When a trigger goes off.
const (
	whenAny     = ""        // a record is created or changed
	whenCreated = "created" // a record is created
	whenUpdated = "updated" // a record is changed
	whenPublic  = "public"  // a public message is created
	whenEmail   = "email"   // a record with an e-mail address is created
	whenTime    = "time"    // hours or days later, never at a write
)

// kindMacro is a canned answer: people use it, it never goes off by itself.
const kindMacro = "macro"

var (
	triggerKinds = []string{"trigger", "automation", "webhook", "mail", kindMacro}
	triggerTimes = []string{whenAny, whenCreated, whenUpdated, whenPublic, whenEmail, whenTime}
)

// Trigger is something that the desk does by itself. Each time it goes off counts
// as a message sent.
type Trigger struct {
	ID string `json:"id"`
	// Kind is "trigger", "automation", "webhook", "mail" or "macro".
	Kind string `json:"kind"`
	Name string `json:"name"`
	// On lists the objects that set it off.
	On []model.Object `json:"on"`
	// When is "created", "updated", "public" (a public message is created), "email" (a
	// record with an address is created), "time" (later, by the clock) or empty: each
	// creation and each change.
	When string `json:"when,omitempty"`
	// Does says in words what happens.
	Does string `json:"does"`
	// Text of a macro, as agents send it.
	Text   string `json:"text,omitempty"`
	Active bool   `json:"active"`
	// Silenced triggers are not set off by imports.
	Silenced bool `json:"silenced_by_import"`
}

// triggers are those that a new desk has.
func triggers() []Trigger {
	return []Trigger{
		{
			ID: "1", Kind: "mail", Name: "Welcome mail to new customers", On: []model.Object{model.Contact}, When: whenEmail,
			Does: "sends a welcome mail to the customer", Active: true, Silenced: true,
		},
		{
			ID: "2", Kind: "trigger", Name: "Tell the customer about a reply", On: []model.Object{model.Message}, When: whenPublic,
			Does: "sends the public message to the customer", Active: true, Silenced: true,
		},
		{
			ID: "3", Kind: "trigger", Name: "Tell the customer that the ticket was changed", On: []model.Object{model.Ticket}, When: whenUpdated,
			Does: "sends a mail to the customer", Active: true, Silenced: true,
		},
		{
			ID: "4", Kind: "automation", Name: "Close tickets that were solved four days ago", On: []model.Object{model.Ticket}, When: whenTime,
			Does: "closes the ticket", Active: true, Silenced: true,
		},
		{
			ID: "5", Kind: "webhook", Name: "Tell the billing system about companies", On: []model.Object{model.Organization},
			Does: "calls https://billing.example/hook", Active: false, Silenced: true,
		},
	}
}

// goesOff tells whether a write sets it off.
func (t Trigger) goesOff(it *item, when string) bool {
	if !t.Active || t.Kind == kindMacro || it.imp && t.Silenced || !slices.Contains(t.On, it.shape.Object) {
		return false
	}
	switch t.When {
	case whenAny:
		return true
	case whenPublic:
		return when == whenCreated && it.get("public") == "true"
	case whenEmail:
		return when == whenCreated && it.get("email") != ""
	}
	return t.When == when
}

// fire counts what a write sets off; d.mu is held.
func (d *Desk) fire(it *item, when string) error {
	var n int64
	for _, t := range d.triggers {
		if t.goesOff(it, when) {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return d.countMail(n)
}

func (t Trigger) check() []FieldError {
	var errs []FieldError
	if strings.TrimSpace(t.Name) == "" {
		errs = append(errs, FieldError{Field: "name", Code: "required", Reason: "this field is required"})
	}
	if !slices.Contains(triggerKinds, t.Kind) {
		errs = append(errs, FieldError{Field: "kind", Code: "invalid", Reason: "use one of " + strings.Join(triggerKinds, ", "), Value: t.Kind})
	}
	if !slices.Contains(triggerTimes, t.When) {
		errs = append(errs, FieldError{Field: "when", Code: "invalid", Reason: "use one of " + strings.Join(triggerTimes[1:], ", "), Value: t.When})
	}
	if len(t.On) == 0 {
		errs = append(errs, FieldError{Field: "on", Code: "required", Reason: "name one object at least"})
	}
	for _, o := range t.On {
		if !slices.Contains(model.Known(), o) || o == model.Article {
			errs = append(errs, FieldError{Field: "on", Code: "invalid", Reason: "there is no such object", Value: string(o)})
		}
	}
	return errs
}

// keepTrigger adds or replaces a trigger; d.mu is held, or the desk is not open yet.
func (d *Desk) keepTrigger(t Trigger) {
	i := slices.IndexFunc(d.triggers, func(x Trigger) bool { return x.ID == t.ID })
	if i < 0 {
		d.triggers = append(d.triggers, t)
	} else {
		d.triggers[i] = t
	}
}

func (c call) getTriggers() {
	c.mu.RLock()
	out := slices.Clone(c.triggers)
	c.mu.RUnlock()
	c.answer(http.StatusOK, out)
}

func (c call) postTrigger() {
	t := Trigger{Active: true, Silenced: true}
	if !c.read(&t) {
		return
	}
	if errs := t.check(); errs != nil {
		invalid(c.w, errs)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	t.ID = strconv.Itoa(len(c.triggers) + 1)
	c.storeTrigger(t, http.StatusCreated)
}

func (c call) patchTrigger(parts []string) {
	var in struct {
		Active   *bool `json:"active"`
		Silenced *bool `json:"silenced_by_import"`
	}
	if !c.read(&in) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.IndexFunc(c.triggers, func(x Trigger) bool { return len(parts) == 1 && x.ID == parts[0] })
	if i < 0 {
		fail(c.w, http.StatusNotFound, "not_found", "There is no such trigger.")
		return
	}
	t := c.triggers[i]
	if in.Active != nil {
		t.Active = *in.Active
	}
	if in.Silenced != nil {
		t.Silenced = *in.Silenced
	}
	c.storeTrigger(t, http.StatusOK)
}

// storeTrigger writes a trigger down and answers with it; c.mu is held.
func (c call) storeTrigger(t Trigger, status int) {
	line, err := json.Marshal([]any{"trigger", t})
	if err == nil {
		_, err = c.heap.append(append(line, '\n'))
	}
	if err != nil {
		fail(c.w, http.StatusInternalServerError, "internal", err.Error())
		return
	}
	c.keepTrigger(t)
	c.answer(status, t)
}
