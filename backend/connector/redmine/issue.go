package redmine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// noText stands for a message without a word, which Redmine would not keep.
const noText = "(no text)"

func textOf(d model.Draft) string {
	s, _ := d.Fields["notes"].(string)
	if strings.TrimSpace(s) == "" {
		return noText
	}
	return s
}

func isPrivate(d model.Draft) bool {
	b, _ := d.Fields["private_notes"].(bool)
	return b
}

// writeIssue creates an issue with its first public message as the description. Whatever
// Redmine dropped without a word makes it take the issue back and refuse.
func (c *conn) writeIssue(ctx context.Context, d model.Draft, files connector.Files, l *lists, out *connector.Outcome) error {
	project := target(d, "project")
	if !isID(project) {
		return refuse(out, required(d, model.Field{Name: "project"}))
	}
	m := map[string]any{"project_id": project, "start_date": ""}
	for _, name := range []string{"subject", "start_date", "due_date", "done_ratio", "estimated_hours", "is_private"} {
		if v := d.Fields[name]; v != nil {
			m[name] = value(v)
		}
	}
	for name, list := range map[string][]named{"tracker": l.trackers, "priority": l.priorities, "status": l.statuses} {
		if s, _ := d.Fields[name].(string); s != "" {
			m[name+"_id"] = idOf(list, s)
		}
	}
	if a := target(d, "assigned_to"); a != "" {
		m["assigned_to_id"] = a
	}
	custom := customFields(d, false)
	text, along := "", -1
	out.Parts = make([]connector.Outcome, len(d.Parts))
	for i, p := range d.Parts {
		out.Parts[i] = connector.Outcome{Mark: p.Mark, State: connector.Unsent, Err: connector.NotSent(nil, desk)}
		if along >= 0 || isPrivate(p) { // a description is public: a private note never goes there
			continue
		}
		if err := checked(p, l); err != nil {
			out.Parts[i].State, out.Parts[i].Err = connector.Refused, problem.From(err)
			continue
		}
		along, text = i, textOf(p)
		uploads, err := c.upload(ctx, p, files, out)
		if err != nil || out.State != connector.Unsent || out.Err != nil {
			return err
		}
		if len(uploads) > 0 {
			m["uploads"] = uploads
		}
	}
	if l.mark != "" {
		custom = append(custom, map[string]any{"id": l.mark, "value": markText(d.Mark)})
	} else {
		text = sign(text, d.Mark)
	}
	m["description"] = text
	if len(custom) > 0 {
		m["custom_fields"] = custom
	}
	as, err := c.loginFor(ctx, target(d, "author"))
	if err != nil {
		return err
	}
	if m["uploads"] != nil {
		as = "" // an uploaded file is only for who uploaded it
	}
	x, stop := c.createIssue(ctx, m, d, as, out)
	if !x.Exists() {
		return stop
	}
	r := ticketRecord(x, l)
	out.State, out.Key, out.Version, out.Err = connector.Created, r.Key, r.Version, nil
	if along >= 0 {
		p := &out.Parts[along]
		p.State, p.Err, p.Key, p.Version = connector.Created, nil, model.Key{Object: model.Message, ID: r.Key.ID + described}, ""
		messages, there := talk(x)
		for _, y := range messages {
			if y.Key == p.Key {
				p.Version = y.Version
			}
		}
		p.Parts = fileOutcomes(d.Parts[along], there)
	}
	return nil
}

// createIssue creates an issue in somebody's name, or in ours where that person may not, and
// gives it as it is then; nothing where it is not there.
func (c *conn) createIssue(ctx context.Context, m map[string]any, d model.Draft, as string, out *connector.Outcome) (gjson.Result, error) {
	s, stop := c.send(ctx, http.MethodPost, "issues.json", map[string]any{"issue": m}, as, d, out)
	if s.State == connector.Refused && as != "" {
		out.State, out.Err = connector.Unsent, nil
		return c.createIssue(ctx, m, d, "", out)
	}
	if s.State != connector.Created {
		return gjson.Result{}, stop
	}
	id := gjson.GetBytes(s.Body, "issue.id").String()
	if status, ok := m["status_id"]; ok && gjson.GetBytes(s.Body, "issue.status.id").String() != status {
		// A new issue begins with the first status. Setting it twice does no harm.
		b, err := wire.JSON(map[string]any{"issue": map[string]any{"status_id": status}})
		if err != nil {
			return gjson.Result{}, err
		}
		if s := c.client.Write(ctx, http.MethodPut, "issues/"+id+".json", b, nil, refusals...); s.State == connector.Unknown {
			s = c.client.Write(ctx, http.MethodPut, "issues/"+id+".json", b, nil, refusals...)
			if s.State != connector.Created {
				out.State, out.Err = connector.Unknown, s.Err
				return gjson.Result{}, s.Stop
			}
		}
	}
	x, err := c.issue(ctx, id)
	if err != nil || !x.Exists() {
		out.State, out.Err = connector.Unknown, connector.NoAnswer(err, desk)
		return gjson.Result{}, ctx.Err()
	}
	lost := dropped(x, m, d)
	if lost == nil {
		return x, nil
	}
	if err := c.takeBack(ctx, id); err != nil {
		out.State, out.Err = connector.Unknown, connector.NoAnswer(err, desk)
		return gjson.Result{}, ctx.Err()
	}
	if as != "" { // that person may make issues, but not all of this one
		return c.createIssue(ctx, m, d, "", out)
	}
	return gjson.Result{}, refuse(out, lost)
}

// takeBack deletes an issue that was made a moment ago.
func (c *conn) takeBack(ctx context.Context, id string) error {
	s := c.client.Write(ctx, http.MethodDelete, "issues/"+id+".json", nil, nil, refusals...)
	if s.State == connector.Created || s.Status == http.StatusNotFound {
		return nil
	}
	return errors.Join(s.Err, s.Stop)
}

// dropped finds what Redmine threw away without a word.
func dropped(x gjson.Result, m map[string]any, d model.Draft) *problem.Problem {
	for name, at := range map[string]string{"status_id": "status.id", "assigned_to_id": "assigned_to.id", "project_id": "project.id", "tracker_id": "tracker.id", "priority_id": "priority.id"} {
		want, ok := m[name]
		if !ok || x.Get(at).String() == want {
			continue
		}
		field := strings.TrimSuffix(name, "_id")
		return problem.New(connector.CodeInvalid, fmt.Sprintf("Redmine did not set %q as it was asked to.", field),
			"The workflow, or the project, does not allow that value, so the issue was taken back.",
			"Allow it in Redmine (Administration, Workflow), or map it to another value.").At(where(d, field))
	}
	custom, _ := m["custom_fields"].([]map[string]any)
	have := tidyRecord(x)
	for _, f := range custom {
		name := "cf_" + fmt.Sprint(f["id"])
		if len(words(f["value"])) > 0 && strings.Join(words(f["value"]), "") != "" && have[name] == nil {
			return problem.New(connector.CodeUnknownField, "The custom field "+name+" is not on issues of this project and tracker.",
				"Redmine would have left its value out, so the issue was taken back.",
				"Switch the custom field on for the project and the tracker, or leave it out in the mapping.").At(where(d, name))
		}
	}
	if want, _ := m["description"].(string); want != "" && x.Get("description").String() == "" {
		return problem.New(connector.CodeInvalid, "Redmine did not keep the description.", "The issue was taken back.",
			"Switch the field Description on for the tracker (Administration, Trackers).").At(where(d, "description"))
	}
	return nil
}

// loginFor is the login of a user in whose name can be written; "" where not.
func (c *conn) loginFor(ctx context.Context, id string) (string, error) {
	if !isID(id) {
		return "", nil
	}
	a, err := c.client.Get(ctx, "users/"+id+".json", nil)
	if a.Status == http.StatusNotFound || a.Status == http.StatusForbidden {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	x := gjson.GetBytes(a.Body, "user")
	if x.Get("status").Int() != 1 {
		return "", nil
	}
	return x.Get("login").Str, nil
}

// upload sends the files of a message, which nobody sees before the message names them.
func (c *conn) upload(ctx context.Context, d model.Draft, files connector.Files, out *connector.Outcome) ([]map[string]any, error) {
	var uploads []map[string]any
	for _, p := range d.Parts {
		if p.File == nil || files == nil {
			return nil, refuse(out, problem.New(connector.CodeRefused, "The file has no content.", "Without content there is nothing to move.",
				"Leave it out.").At(where(d, "content")))
		}
		name := fileName(p.File.Name)
		body := &wire.Body{
			Kind: "application/octet-stream", Size: p.File.Size,
			Open: func() (io.ReadCloser, error) { return files.Open(p.File.Hash) },
		}
		if f, err := files.Open(p.File.Hash); err != nil {
			return nil, refuse(out, problem.Wrap(err, connector.CodeRefused, fmt.Sprintf("The file %q could not be read from the project.", p.File.Name),
				"It was not sent.", "Extract the attachments again, then retry this record.").At(where(d, "content")))
		} else if err := f.Close(); err != nil {
			return nil, err
		}
		if p.File.Size == 0 {
			body.Open = func() (io.ReadCloser, error) { return http.NoBody, nil }
		}
		a, reached, err := c.client.Call(ctx, http.MethodPost, "uploads.json", url.Values{"filename": {name}}, body, nil)
		token := gjson.GetBytes(a.Body, "upload.token").Str
		if err == nil && token != "" {
			uploads = append(uploads, map[string]any{"token": token, "filename": name, "content_type": p.File.Type})
			continue
		}
		switch {
		case err != nil && !reached, ctx.Err() != nil:
			return nil, c.client.Explain(ctx, err)
		case err == nil && (a.Status == http.StatusUnprocessableEntity || a.Status == http.StatusRequestEntityTooLarge):
			why := said(a.Body)
			code := connector.CodeRefused
			if strings.Contains(why, "size") || strings.Contains(why, "large") {
				code = connector.CodeTooLarge
			}
			return nil, refuse(out, problem.Wrap(errors.New(why), code, fmt.Sprintf("Redmine did not take the file %q: %s.", p.File.Name, why),
				"Its message is not in the desk.", "Leave the file out, or raise the limit under Administration, Settings, Files.").At(where(d, "content")))
		case err == nil && a.Status >= 400 && a.Status < 500:
			return nil, c.client.Verdict(a)
		}
		// Nothing that anybody sees was done: the message can be sent again.
		if err == nil {
			err = c.client.Verdict(a)
		}
		out.State, out.Err = connector.Unsent, connector.NotSent(err, desk)
		return nil, nil
	}
	return uploads, nil
}

// fileName is a name as Redmine keeps it: the last part of a path, without its own signs.
func fileName(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\\':
			return '/'
		case r < ' ' || r == 0x7f || strings.ContainsRune(`?%*:|"'<>`, r):
			return '_'
		}
		return r
	}, s)
	if s = path.Base(s); s == "." || s == "/" || s == ".." {
		return "unnamed"
	}
	return s
}

// fileOutcomes finds the files of a message that was just written.
func fileOutcomes(d model.Draft, there []model.Record) []connector.Outcome {
	there = slices.Clone(there)
	out := make([]connector.Outcome, 0, len(d.Parts))
	for _, p := range d.Parts {
		o := connector.Outcome{Mark: p.Mark, State: connector.Refused}
		if n := fileAt(there, p, ""); n >= 0 {
			o.State, o.Key, o.Version = connector.Created, there[n].Key, there[n].Version
			there = slices.Delete(there, n, n+1)
		} else {
			o.Err = problem.New(connector.CodeRefused, fmt.Sprintf("Redmine did not keep the file %q.", p.File.Name),
				"Its message is there without it.", "Attach it by hand in Redmine.").At(where(p, "content"))
		}
		out = append(out, o)
	}
	return out
}

// fileAt finds the newest file of that name and size, of a message if it is named.
func fileAt(there []model.Record, d model.Draft, message string) int {
	if d.File == nil {
		return -1
	}
	for n, r := range slices.Backward(there) {
		x := gjson.ParseBytes(r.Raw)
		if x.Get("filename").Str == fileName(d.File.Name) && x.Get("filesize").Int() == d.File.Size && (message == "" || x.Get("message").Str == message) {
			return n
		}
	}
	return -1
}

// writeNote adds a note to an issue. The files of a private one would hang on a public
// entry, so they are not sent.
func (c *conn) writeNote(ctx context.Context, d model.Draft, files connector.Files, out *connector.Outcome) error {
	issue := target(d, "issue")
	if !isID(issue) {
		return refuse(out, required(d, model.Field{Name: "issue"}))
	}
	m := map[string]any{"notes": textOf(d), "private_notes": isPrivate(d)}
	if !isPrivate(d) {
		uploads, err := c.upload(ctx, d, files, out)
		if err != nil || out.State != connector.Unsent || out.Err != nil {
			return err
		}
		if len(uploads) > 0 {
			m["uploads"] = uploads
		}
	}
	s, stop := c.send(ctx, http.MethodPut, "issues/"+issue+".json", map[string]any{"issue": m}, "", d, out)
	if s.State != connector.Created {
		return stop
	}
	x, err := c.issue(ctx, issue)
	if err != nil {
		out.State, out.Err = connector.Unknown, connector.NoAnswer(err, desk)
		return ctx.Err()
	}
	messages, there := talk(x)
	for _, r := range slices.Backward(messages) {
		if sameMessage(r, d) && !strings.HasSuffix(r.Key.ID, described) {
			out.State, out.Key, out.Version, out.Err = connector.Created, r.Key, r.Version, nil
			if isPrivate(d) {
				out.Parts = keptBack(d)
			} else {
				out.Parts = fileOutcomes(d, there)
			}
			return nil
		}
	}
	return refuse(out, problem.New(connector.CodeRefused, "Redmine did not keep the note.",
		"It answered that all is well, but the issue does not have it.", "Look whether the user may add notes, private ones too, in this project.").At(where(d, "notes")))
}

// keptBack answers for the files of a private note.
func keptBack(d model.Draft) []connector.Outcome {
	var out []connector.Outcome
	for _, p := range d.Parts {
		out = append(out, connector.Outcome{Mark: p.Mark, State: connector.Refused, Err: problem.New(connector.CodeRefused,
			"A file of a private note was not sent: Redmine would show it to everybody.",
			"Redmine hangs the files of a private note on a public entry of the history.",
			"Leave the file out, so that it stays in the archive, or attach it by hand where it may be seen.").At(where(p, "content"))})
	}
	return out
}

// sameMessage compares what was sent with what is there.
func sameMessage(r model.Record, d model.Draft) bool {
	x := gjson.ParseBytes(r.Raw)
	return x.Get("private_notes").Bool() == isPrivate(d) &&
		strings.Join(strings.Fields(x.Get("notes").Str), " ") == strings.Join(strings.Fields(textOf(d)), " ")
}
