package rt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// partsSuffix ends the mark of the second ticket, through which messages come.
const partsSuffix = ":parts"

// linkOf is a mark as the address of a link. Marks of ours are addresses already.
func linkOf(m model.Mark) string {
	s := string(m)
	if !strings.HasPrefix(s, markScheme) {
		s = markScheme + "x:" + s
	}
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte(":._+-@~", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// markOf reads a mark back from a link; "" where it is none of ours.
func markOf(link string) model.Mark {
	if !strings.HasPrefix(link, markScheme) {
		return ""
	}
	var b strings.Builder
	for i := 0; i < len(link); i++ {
		var c byte
		if link[i] == '%' && i+2 < len(link) {
			if n, err := fmt.Sscanf(link[i+1:i+3], "%02X", &c); err == nil && n == 1 {
				b.WriteByte(c)
				i += 2
				continue
			}
		}
		b.WriteByte(link[i])
	}
	return model.Mark(strings.TrimPrefix(b.String(), markScheme+"x:"))
}

// writeTicket creates a ticket with all its messages and mails nobody: see the comment of
// the package. The ticket itself comes last but one, so that who finds it finds the rest.
func (c *conn) writeTicket(ctx context.Context, d model.Draft, files connector.Files, out *connector.Outcome) error {
	queue := target(d, "Queue")
	if !isID(queue) {
		return refuse(out, required(d, model.Field{Name: "Queue"}))
	}
	m := body(d)
	m["Queue"], m["RefersTo"], m["_RecordTransaction"] = queue, linkOf(d.Mark), 0
	if err := c.addPeople(ctx, d, m); err != nil {
		return refuse(out, err)
	}
	for _, p := range d.Parts {
		if err := c.checked(ctx, p); err != nil {
			if problem.From(err).Where.Record == "" {
				return err
			}
			return refuse(out, inPart(err, d))
		}
	}
	second := ""
	var parts []connector.Outcome
	if len(d.Parts) > 0 {
		var err error
		if second, parts, err = c.second(ctx, queue, d, d.Parts, files, out); err != nil || second == "" {
			return err
		}
	}
	s, stop := c.send(ctx, http.MethodPost, "ticket", m, d, out)
	if s.State != connector.Created {
		if out.State == connector.Refused && second != "" {
			return errors.Join(stop, c.forget(ctx, second))
		}
		return stop
	}
	key := model.Key{Object: model.Ticket, ID: gjson.GetBytes(s.Body, "id").String()}
	got, err := c.Read(ctx, model.Ticket, []string{key.ID})
	r, ok := got[key.ID]
	if err != nil || !ok {
		out.State, out.Err = connector.Unknown, connector.NoAnswer(err, desk)
		return ctx.Err()
	}
	if lost := dropped(d, m, r); lost != nil {
		if err := errors.Join(c.forget(ctx, key.ID), c.forget(ctx, second)); err != nil {
			return err
		}
		return refuse(out, lost)
	}
	if second != "" {
		s, stop := c.send(ctx, http.MethodPut, "ticket/"+second, map[string]any{"MergeInto": key.ID}, d, out)
		if s.State != connector.Created {
			out.State = connector.Unknown // the ticket is there: FindParts merges
			return stop
		}
	}
	out.State, out.Key, out.Version, out.Parts, out.Err = connector.Created, key, r.Version, parts, nil
	return nil
}

// inPart places a problem of a part at the record that takes it along.
func inPart(err error, d model.Draft) error {
	p := problem.From(err)
	at := p.Where
	at.Object, at.Record = string(d.Object), d.Source.ID
	return p.At(at)
}

// addPeople adds the people of a ticket by their numbers.
func (c *conn) addPeople(ctx context.Context, d model.Draft, m map[string]any) error {
	var ask []string
	for _, l := range d.Links {
		if l.Field != "Queue" && l.Target.ID != "" && !slices.Contains(ask, l.Target.ID) {
			ask = append(ask, l.Target.ID)
		}
	}
	number, err := c.numbers(ctx, ask)
	if err != nil {
		return err
	}
	var requestors []string
	for _, l := range d.Links {
		if l.Field == "Queue" || l.Target.ID == "" {
			continue
		}
		id, ok := number[l.Target.ID]
		if !ok {
			return problem.New(connector.CodeNoRecord, fmt.Sprintf("%q points to somebody who is not in Request Tracker.", l.Field),
				"The ticket is not in the desk.", "See why that person did not arrive, then retry this one.").At(where(d, l.Field))
		}
		switch l.Field {
		case "Requestor":
			requestors = append(requestors, id)
		case "Owner":
			m["Owner"] = l.Target.ID
		case "Creator":
			m["Creator"] = id
		}
	}
	further, _ := m["FurtherRequestors"].([]string)
	delete(m, "FurtherRequestors")
	if requestors = append(requestors, further...); len(requestors) > 0 {
		m["Requestor"] = requestors
	}
	return nil
}

// dropped finds what RT threw away without a word: an owner without the right to own, a
// field that is not on the queue, an address that is none.
func dropped(d model.Draft, m map[string]any, r model.Record) *problem.Problem {
	x := gjson.ParseBytes(r.Raw)
	if o := target(d, "Owner"); o != "" && !strings.EqualFold(x.Get("Owner").Str, o) {
		return problem.New(connector.CodeInvalid, fmt.Sprintf("%q may not own tickets in this queue.", o),
			"Request Tracker would have left the ticket without an owner, so it was taken back.",
			"Give this person the right OwnTicket on the queue, or choose a stand-in in the mapping.").At(where(d, "Owner"))
	}
	for _, role := range []string{"Cc", "AdminCc"} {
		want, _ := m[role].([]string)
		if len(x.Get(role).Array()) < len(slices.Compact(slices.Sorted(slices.Values(lower(want))))) {
			p := where(d, role)
			p.Value = strings.Join(want, ", ")
			return problem.New(connector.CodeInvalid, fmt.Sprintf("Not all of %q can be added as %s.", p.Value, role),
				"One of them is no address, or lacks a right; Request Tracker would have left it out, so the ticket was taken back.",
				"Correct the addresses in Clean, or leave them out in the mapping.").At(p)
		}
	}
	for name, v := range d.Fields {
		if strings.HasPrefix(name, "cf_") && v != nil && v != "" && !x.Get(name).Exists() && len(texts(v)) != 0 {
			return problem.New(connector.CodeUnknownField, "The custom field "+name+" is not on this ticket's queue.",
				"Request Tracker would have left its value out, so the ticket was taken back.",
				"Apply the custom field to the queue under Admin, Custom Fields, or leave it out in the mapping.").At(where(d, name))
		}
	}
	return nil
}

func lower(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = strings.ToLower(strings.TrimSpace(s))
	}
	return out
}

// forget takes back a ticket that was made on the way; "" is none.
func (c *conn) forget(ctx context.Context, id string) error {
	if id == "" {
		return nil
	}
	s := c.client.Write(ctx, http.MethodDelete, "ticket/"+id, nil, nil, refusals...)
	return s.Stop
}

// second makes the ticket through which messages come, and writes them into it. "" says
// that it is not complete, and out why.
func (c *conn) second(ctx context.Context, queue string, d model.Draft, messages []model.Draft, files connector.Files,
	out *connector.Outcome,
) (id string, parts []connector.Outcome, err error) {
	s, stop := c.send(ctx, http.MethodPost, "ticket", map[string]any{
		"Queue": queue, "Subject": "Waybill: messages on their way", "Status": "new",
		"RefersTo": linkOf(d.Mark) + partsSuffix, "_RecordTransaction": 0,
	}, d, out)
	if s.State != connector.Created {
		return "", nil, stop
	}
	id = gjson.GetBytes(s.Body, "id").String()
	for _, p := range messages {
		var o connector.Outcome
		stop := c.say(ctx, id, p, files, &o)
		switch {
		case o.State == connector.Created:
			parts = append(parts, o)
			continue
		case o.State == connector.Refused:
			if err := c.forget(ctx, id); err != nil {
				return "", nil, err
			}
			out.State, out.Err = connector.Refused, problem.From(inPart(o.Err, d))
		default:
			// What is half done is taken back when the desk is asked what arrived.
			out.State, out.Err = connector.Unknown, o.Err
		}
		return "", nil, stop
	}
	if err := c.keysOfFiles(ctx, messages, parts); err != nil {
		out.State, out.Err = connector.Unknown, connector.NoAnswer(err, desk)
		return "", nil, ctx.Err()
	}
	return id, parts, nil
}

// say writes one message into a ticket that has no people.
func (c *conn) say(ctx context.Context, ticket string, d model.Draft, files connector.Files, out *connector.Outcome) error {
	out.Mark = d.Mark
	how := "correspond"
	if private, _ := d.Fields["Private"].(bool); private {
		how = "comment"
	}
	text, _ := d.Fields["Content"].(string)
	if text == "" {
		text = "<br>" // RT takes no message without a word
	}
	m := map[string]any{"Content": text, "ContentType": "text/html"}
	if n := num(d.Fields["TimeTaken"]); n > 0 {
		m["TimeTaken"] = n
	}
	b, err := messageBody(m, d.Parts, files)
	if err != nil {
		p := problem.From(err)
		if p.Where.Record != "" {
			out.State, out.Err = connector.Refused, p
			return nil
		}
		return err
	}
	s, stop := c.sendBody(ctx, http.MethodPost, "ticket/"+ticket+"/"+how, b, d, out)
	if s.State != connector.Created {
		return stop
	}
	id := path.Base(s.Header.Get("Location"))
	if !isID(id) {
		out.State, out.Err = connector.Unknown, connector.NoAnswer(nil, desk)
		return nil
	}
	out.State, out.Version, out.Key = connector.Created, unchanging, model.Key{Object: model.Message, ID: id}
	return nil
}

// messageBody makes the request of a message: with files it is a form, in which names may
// hold any letter and content needs no room in memory.
func messageBody(m map[string]any, parts []model.Draft, files connector.Files) (*wire.Body, error) {
	if len(parts) == 0 {
		return wire.JSON(m)
	}
	head, err := wire.JSON(m)
	if err != nil {
		return nil, err
	}
	kinds := make([]string, len(parts))
	for i, p := range parts {
		if p.File == nil {
			return nil, problem.New(connector.CodeRefused, "The file has no content.", "Without content there is nothing to move.",
				"Leave it out.").At(where(p, "content"))
		}
		if kinds[i], err = kindOf(p, files); err != nil {
			return nil, problem.Wrap(err, connector.CodeRefused, fmt.Sprintf("The file %q could not be read from the project.", p.File.Name),
				"It was not sent.", "Extract the attachments again, then retry this record.").At(where(p, "content"))
		}
	}
	boundary := multipart.NewWriter(io.Discard).Boundary()
	return &wire.Body{
		Kind: "multipart/form-data; boundary=" + boundary, Size: -1,
		Open: func() (io.ReadCloser, error) {
			r, w := io.Pipe()
			go func() { w.CloseWithError(writeForm(w, boundary, head, parts, kinds, files)) }()
			return r, nil
		},
	}, nil
}

// kindOf is the type that a file is sent with. RT rewrites what is called text into UTF-8;
// a text that is not is sent as bytes.
func kindOf(d model.Draft, files connector.Files) (kind string, err error) {
	kind = d.File.Type
	base, _, err := mime.ParseMediaType(kind)
	if err != nil || base == "" {
		return "application/octet-stream", readable(files, d.File.Hash)
	}
	if !strings.HasPrefix(base, "text/") && !strings.HasPrefix(base, "message/") && !strings.HasPrefix(base, "multipart/") {
		return base, readable(files, d.File.Hash)
	}
	f, err := files.Open(d.File.Hash)
	if err != nil {
		return "", err
	}
	ok, err := isUTF8(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return "", err
	}
	if !ok || !strings.HasPrefix(base, "text/") {
		return "application/octet-stream", nil
	}
	return base, nil
}

func readable(files connector.Files, hash string) error {
	if files == nil {
		return errors.New("no files were given")
	}
	f, err := files.Open(hash)
	if err != nil {
		return err
	}
	return f.Close()
}

// isUTF8 reads a text to its end, without holding it.
func isUTF8(r io.Reader) (bool, error) {
	buf := make([]byte, 0, 64<<10)
	for {
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		rest := buf
		for len(rest) > 0 {
			c, size := utf8.DecodeRune(rest)
			if c == utf8.RuneError && size == 1 {
				if !utf8.FullRune(rest) && err == nil {
					break // the rest of it comes
				}
				return false, nil
			}
			rest = rest[size:]
		}
		buf = buf[:copy(buf[:cap(buf)], rest)]
		if errors.Is(err, io.EOF) {
			return len(buf) == 0, nil
		}
		if err != nil {
			return false, err
		}
	}
}

func writeForm(w io.Writer, boundary string, head *wire.Body, parts []model.Draft, kinds []string, files connector.Files) error {
	m := multipart.NewWriter(w)
	if err := m.SetBoundary(boundary); err != nil {
		return err
	}
	f, err := m.CreateFormField("JSON")
	if err != nil {
		return err
	}
	r, err := head.Open()
	if err != nil {
		return err
	}
	if _, err = io.Copy(f, r); err != nil {
		return err
	}
	for i, p := range parts {
		h := textproto.MIMEHeader{}
		h.Set("Content-Disposition", `form-data; name="Attachments"; filename="`+fileName(p.File.Name)+`"`)
		h.Set("Content-Type", kinds[i])
		pw, err := m.CreatePart(h)
		if err != nil {
			return err
		}
		if p.File.Size == 0 {
			if _, err := io.WriteString(pw, "\n"); err != nil { // RT takes no empty file
				return err
			}
			continue
		}
		content, err := files.Open(p.File.Hash)
		if err != nil {
			return err
		}
		_, err = io.Copy(pw, content)
		if err = errors.Join(err, content.Close()); err != nil {
			return err
		}
	}
	return m.Close()
}

// fileName is a name as it stands in the form: no path, no quotes, one line.
func fileName(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r < ' ' || r == 0x7f:
			return '_'
		case r == '"':
			return '\''
		case r == '\\':
			return '/'
		}
		return r
	}, s)
	if s = path.Base(s); s == "." || s == "/" || s == "" {
		return "unnamed"
	}
	return s
}

// keysOfFiles finds the numbers of the files of messages that were just written.
func (c *conn) keysOfFiles(ctx context.Context, messages []model.Draft, out []connector.Outcome) error {
	var ask []string
	for i, d := range messages {
		if len(d.Parts) > 0 {
			ask = append(ask, out[i].Key.ID)
		}
	}
	if len(ask) == 0 {
		return nil
	}
	parts, err := c.parts(ctx, ask)
	if err != nil {
		return err
	}
	for i, d := range messages {
		_, there := sortParts(parts[out[i].Key.ID])
		for _, f := range d.Parts {
			o := connector.Outcome{Mark: f.Mark, State: connector.Refused}
			if n := fileAt(there, f); n >= 0 {
				o.State, o.Version, o.Key = connector.Created, unchanging, model.Key{Object: model.Attachment, ID: there[n].id}
				there = slices.Delete(there, n, n+1)
			} else {
				o.Err = problem.New(connector.CodeRefused, fmt.Sprintf("Request Tracker did not keep the file %q.", f.File.Name),
					"Its message is there without it.", "Attach it by hand in Request Tracker.").At(where(f, "content"))
			}
			out[i].Parts = append(out[i].Parts, o)
		}
	}
	return nil
}

// fileAt finds a file among those of a message, by name and size.
func fileAt(there []part, d model.Draft) int {
	if d.File == nil {
		return -1
	}
	name, size := fileName(d.File.Name), max(d.File.Size, 1)
	return slices.IndexFunc(there, func(p part) bool { return p.name == name && p.size == size })
}

// writeLate adds a message to a ticket that is there, through a second ticket as well.
func (c *conn) writeLate(ctx context.Context, d model.Draft, files connector.Files, out *connector.Outcome) error {
	ticket := target(d, "Ticket")
	if !isID(ticket) {
		return refuse(out, required(d, model.Field{Name: "Ticket"}))
	}
	a, err := c.client.Get(ctx, "ticket/"+ticket, nil)
	if err != nil {
		if gone(err) {
			return refuse(out, problem.New(connector.CodeNoRecord, "The ticket of this message is not in Request Tracker.",
				"The message has nowhere to go.", "See why the ticket did not arrive, then retry this one.").At(where(d, "Ticket")))
		}
		return err
	}
	id, parts, err := c.second(ctx, gjson.GetBytes(a.Body, "Queue.id").String(), d, []model.Draft{d}, files, out)
	if err != nil || id == "" {
		return err
	}
	s, stop := c.send(ctx, http.MethodPut, "ticket/"+id, map[string]any{"MergeInto": ticket}, d, out)
	if s.State != connector.Created {
		return stop
	}
	*out = parts[0]
	return nil
}

// gone tells the problem of a record that is not there.
func gone(err error) bool {
	p := problem.From(err)
	return p != nil && p.Code == connector.CodeRefused && strings.Contains(p.What, "Not Found")
}
