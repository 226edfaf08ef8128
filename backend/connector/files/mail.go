package files

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/mail"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/emersion/go-mbox"
	"github.com/jhillyerd/enmime/v2"

	"waybill/backend/model"
	"waybill/backend/problem"
)

// mailFolderPart marks a table of several messages, one a file.
const mailFolderPart = "*"

// mailColumns are the columns of every table of messages.
var mailColumns = []string{
	"message_id", "thread", "date", "date_as_written", "from", "from_name", "to", "cc", "reply_to",
	"subject", "text", "html", "attachments", "in_reply_to", "warnings",
}

// letters is a source of messages, one after another.
type letters interface {
	// next gives one message; its bytes end after a bound.
	next() (io.Reader, error)
	Close() error
}

// mailRows reads messages as rows.
type mailRows struct {
	*columnsOf
	table  *Table
	src    letters
	number int64
}

func openMail(ctx context.Context, t *Table, at position) (rows, error) {
	r := &mailRows{columnsOf: newColumnsOf(t), table: t}
	for _, n := range mailColumns {
		r.index(n)
	}
	var err error
	switch {
	case t.Kind == KindMbox:
		var c io.ReadCloser
		if c, err = t.content().open(ctx, 0); err == nil {
			r.src = &mboxLetters{r: mbox.NewReader(c), src: c}
		}
	case t.Part == mailFolderPart:
		r.src, err = openMailFolder(ctx, t)
	default:
		var c io.ReadCloser
		if c, err = t.content().open(ctx, 0); err == nil {
			r.src = &oneLetter{c}
		}
	}
	if err != nil {
		return nil, err
	}
	if err := skipRows(r, at.Row); err != nil {
		return nil, errors.Join(pastEnd(err, t), r.Close())
	}
	return r, nil
}

// Next gives the next message.
func (r *mailRows) Next() (*row, error) {
	src, err := r.src.next()
	if errors.Is(err, mbox.ErrInvalidFormat) {
		return nil, damaged(err, r.table.File, r.table.Name, "a mailbox")
	}
	if err != nil {
		return nil, err
	}
	r.number++
	raw, long, err := readAtMost(src, maxRow)
	if err != nil {
		return nil, err
	}
	out := &row{line: r.number, end: r.number}
	if long {
		out.raw, out.why = clip(raw), longElement(r.table, r.number)
		return out, nil
	}
	values, err := readMessage(raw)
	if err != nil {
		out.raw = clip(raw)
		out.why = problem.Wrap(err, codeMail, fmt.Sprintf("%s cannot be read as a message.", upper(r.table.place(r.number))),
			"Its headers or its parts do not fit together.", "Open it in a mail program to see what is wrong, or leave it out.").At(r.table.where(r.number))
		return out, nil
	}
	if values["thread"] == "" {
		values["thread"] = fmt.Sprintf("%s#%d", r.table.Name, r.number)
	}
	out.raw = mailObject(values)
	r.flatten(out)
	return out, nil
}

func (r *mailRows) names() []string { return r.list }
func (r *mailRows) Close() error    { return r.src.Close() }

// mailObject writes a message's values as JSON in the order of the columns.
func mailObject(values map[string]any) []byte {
	b := []byte{'{'}
	for i, n := range mailColumns {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendText(b, n), ':')
		switch v := values[n].(type) {
		case string:
			b = appendText(b, v)
		case []string:
			b = append(b, '[')
			for j, w := range v {
				if j > 0 {
					b = append(b, ',')
				}
				b = appendText(b, w)
			}
			b = append(b, ']')
		default:
			b = append(b, `null`...)
		}
	}
	return append(b, '}')
}

var (
	fromLine = regexp.MustCompile(`\A>?From [^\n]*\n`)
	quoted   = regexp.MustCompile(`(?m)^>(>+From )`)
	header   = regexp.MustCompile(`\A[!-9;-~]+[ \t]*:`)
	idInside = regexp.MustCompile(`<[^<>\s]+>`)
)

// readMessage takes a message apart. Line ends are made uniform first, and a
// mailbox's own first line is dropped: both are common, and neither is a fault.
func readMessage(raw []byte) (map[string]any, error) {
	raw = bytes.TrimLeft(raw, "\r\n\t \uFEFF")
	raw = bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n"))
	raw = bytes.ReplaceAll(raw, []byte("\r"), []byte("\n"))
	raw = fromLine.ReplaceAll(raw, nil)
	if !header.Match(raw) {
		return nil, errors.New("there are no headers")
	}
	env, err := enmime.ReadEnvelope(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	clean := func(s string) string { return strings.ToValidUTF8(strings.TrimSpace(s), "\uFFFD") }
	v := map[string]any{
		"message_id":      clean(strings.Trim(env.GetHeader("Message-ID"), " <>")),
		"subject":         clean(env.GetHeader("Subject")),
		"date_as_written": clean(env.GetHeader("Date")),
		"text":            clean(env.Text),
		"html":            clean(env.HTML),
		"in_reply_to":     "",
		"to":              addresses(env, "To"),
		"cc":              addresses(env, "Cc"),
		"date":            "",
		"from":            "",
		"from_name":       "",
		"reply_to":        first(addresses(env, "Reply-To")),
	}
	if list, err := env.AddressList("From"); err == nil && len(list) > 0 {
		v["from"], v["from_name"] = clean(strings.ToLower(list[0].Address)), clean(list[0].Name)
	} else {
		v["from"] = clean(env.GetHeader("From"))
	}
	if d, err := mail.ParseDate(env.GetHeader("Date")); err == nil {
		v["date"] = d.Format(time.RFC3339)
	}
	if id := idInside.FindString(env.GetHeader("In-Reply-To")); id != "" {
		v["in_reply_to"] = clean(strings.Trim(id, "<>"))
	}
	v["thread"] = v["message_id"]
	if id, ok := v["in_reply_to"].(string); ok && id != "" {
		v["thread"] = id
	}
	if id := idInside.FindString(env.GetHeader("References")); id != "" {
		v["thread"] = clean(strings.Trim(id, "<>"))
	}
	names := []string{}
	for _, parts := range [][]*enmime.Part{env.Attachments, env.Inlines, env.OtherParts} {
		for _, p := range parts {
			if n := clean(p.FileName); n != "" {
				names = append(names, n)
			}
		}
	}
	v["attachments"] = names
	warnings := []string{}
	for _, e := range env.Errors {
		warnings = append(warnings, clean(e.Name))
	}
	v["warnings"] = warnings
	return v, nil
}

func addresses(env *enmime.Envelope, name string) []string {
	out := []string{}
	list, err := env.AddressList(name)
	if err != nil {
		if h := strings.TrimSpace(env.GetHeader(name)); h != "" {
			out = append(out, strings.ToValidUTF8(h, "\uFFFD"))
		}
		return out
	}
	for _, a := range list {
		out = append(out, strings.ToValidUTF8(strings.ToLower(a.Address), "\uFFFD"))
	}
	return out
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

type mboxLetters struct {
	r   *mbox.Reader
	src io.Closer
}

func (m *mboxLetters) next() (io.Reader, error) {
	r, err := m.r.NextMessage()
	if err != nil {
		return nil, err
	}
	b, long, err := readAtMost(r, maxRow)
	if err != nil {
		return nil, err
	}
	if long {
		return io.MultiReader(bytes.NewReader(b), r), nil
	}
	return bytes.NewReader(quoted.ReplaceAll(b, []byte("$1"))), nil
}

func (m *mboxLetters) Close() error { return m.src.Close() }

type oneLetter struct{ r io.ReadCloser }

func (o *oneLetter) next() (io.Reader, error) {
	if o.r == nil {
		return nil, io.EOF
	}
	b, long, err := readAtMost(o.r, maxRow)
	if err != nil {
		return nil, err
	}
	rest := io.Reader(bytes.NewReader(b))
	if long {
		rest = io.MultiReader(rest, o.r)
	} else {
		err = o.r.Close()
		o.r = nil
	}
	return rest, err
}

func (o *oneLetter) Close() error {
	if o.r == nil {
		return nil
	}
	return o.r.Close()
}

// folderLetters reads the .eml files of a folder, or of a folder in a ZIP, by name.
type folderLetters struct {
	ctx   context.Context
	open  func(name string) (io.ReadCloser, error)
	names []string
	end   func() error
	cur   oneLetter
}

func (f *folderLetters) next() (io.Reader, error) {
	if err := f.cur.Close(); err != nil {
		return nil, err
	}
	if err := f.ctx.Err(); err != nil {
		return nil, err
	}
	if len(f.names) == 0 {
		f.cur.r = nil
		return nil, io.EOF
	}
	r, err := f.open(f.names[0])
	if err != nil {
		return nil, err
	}
	f.names = f.names[1:]
	f.cur.r = r
	return f.cur.next()
}

func (f *folderLetters) Close() error { return errors.Join(f.cur.Close(), f.end()) }

func openMailFolder(ctx context.Context, t *Table) (letters, error) {
	f := &folderLetters{ctx: ctx, end: func() error { return nil }}
	if t.Entry == "" {
		entries, err := os.ReadDir(t.File)
		if err != nil {
			return nil, cannotOpen(err, t.File, t.Name)
		}
		for _, e := range entries {
			if e.Type().IsRegular() && extOf(e.Name()) == "eml" {
				f.names = append(f.names, e.Name())
			}
		}
		f.open = func(name string) (io.ReadCloser, error) {
			r, err := os.Open(filepath.Join(t.File, name))
			if err != nil {
				return nil, cannotOpen(err, filepath.Join(t.File, name), t.Name+"/"+name)
			}
			return r, nil
		}
		return f, nil
	}
	zr, err := zip.OpenReader(t.File)
	if err != nil {
		return nil, damaged(err, t.File, t.Name, "a ZIP")
	}
	entries := map[string]*zip.File{}
	for _, e := range zr.File {
		if path.Dir(slashed(e.Name)) == t.Entry && extOf(e.Name) == "eml" && !isBomb(e) {
			entries[e.Name] = e
			f.names = append(f.names, e.Name)
		}
	}
	sort.Strings(f.names)
	f.open = func(name string) (io.ReadCloser, error) {
		r, err := entries[name].Open()
		if err != nil {
			return nil, damaged(err, t.File, t.Name+"/"+name, "a ZIP")
		}
		return r, nil
	}
	f.end = zr.Close
	return f, nil
}

// mail inspects a mailbox or a single message.
func (in *inspector) mail(t Table) error {
	t.Encoding, t.EncodingSure = utf8Name, 100 // each part of a message states its own
	return in.keep(t)
}

// mailFolder makes one table of the messages in a folder.
func (in *inspector) mailFolder(dir, name string) error {
	if name == "." {
		name = filepath.Base(dir)
	}
	t := blank(name, dir)
	t.Kind, t.Part, t.Encoding, t.EncodingSure = KindEML, mailFolderPart, utf8Name, 100
	var err error
	if t.SHA256, t.Size, err = hashFolder(in.ctx, dir, name); err != nil {
		return in.refuse(t.content(), err)
	}
	t.Bytes = t.Size
	return in.keep(t)
}

// mailEntries makes one table of the messages in a folder of a ZIP.
func (in *inspector) mailEntries(c content, dir string) error {
	name := c.name
	if dir != "." {
		name += " / " + dir
	}
	t := blank(name, c.file)
	t.Kind, t.Part, t.Entry, t.Encoding, t.EncodingSure = KindEML, mailFolderPart, dir, utf8Name, 100
	if err := in.stamp(&t, nil); err != nil {
		return in.refuse(c, err)
	}
	t.Bytes = t.Size
	return in.keep(t)
}

// hashFolder is the hash of the names and contents of a folder's messages.
func hashFolder(ctx context.Context, dir, name string) (string, int64, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", 0, cannotOpen(err, dir, name)
	}
	h := sha256.New()
	var size int64
	for _, e := range entries {
		if !e.Type().IsRegular() || extOf(e.Name()) != "eml" {
			continue
		}
		fi, err := e.Info()
		if err != nil {
			return "", 0, cannotOpen(err, dir, name)
		}
		size += fi.Size()
		sum, err := hashFile(ctx.Err, filepath.Join(dir, e.Name()), name+"/"+e.Name())
		if err != nil {
			return "", 0, err
		}
		fmt.Fprintf(h, "%s\x00%s\n", e.Name(), sum)
	}
	return hex.EncodeToString(h.Sum(nil)), size, nil
}

// sameFolder makes sure that a folder of messages is the one that was inspected.
func (t *Table) sameFolder(ctx context.Context) error {
	sum, _, err := hashFolder(ctx, t.File, t.Name)
	if err != nil {
		return err
	}
	if sum != t.SHA256 {
		return changedSince(t.File, t.Name)
	}
	return nil
}

func looksMbox(first []byte) bool {
	return bytes.HasPrefix(first, []byte("From ")) && header.Match(fromLine.ReplaceAll(first[:min(len(first), 4096)], nil))
}

// looksMail says that a text begins with the headers of a message.
func looksMail(first []byte) bool {
	known := 0
	for range 12 {
		line, rest, _ := bytes.Cut(first, []byte{'\n'})
		name, _, ok := bytes.Cut(line, []byte{':'})
		if !ok || !utf8.Valid(name) {
			if len(line) > 0 && (line[0] == ' ' || line[0] == '\t') {
				first = rest
				continue
			}
			break
		}
		switch strings.ToLower(string(name)) {
		case "received", "return-path", "message-id", "mime-version", "date", "from", "to", "subject", "delivered-to", "content-type":
			known++
		}
		first = rest
	}
	return known >= 3
}

// proposeMail makes messages of a mailbox, the tickets that their threads are,
// and the people who wrote them.
func (t *Table) proposeMail() {
	messages := newOutput(model.Message, Count)
	messages.Why = "Each is one e-mail."
	if i := t.column("message_id"); i >= 0 && t.Columns[i].Blank == 0 && t.Columns[i].Distinct == t.Rows {
		messages.Key = []string{"message_id"}
	}
	tickets := newOutput(model.Ticket, First)
	tickets.Key, tickets.Columns = []string{"thread"}, []string{"thread", "subject", "date", "from", "to"}
	tickets.Why = "Messages that answer each other are one ticket."
	people := newOutput(model.Contact, First)
	people.Key, people.Columns = []string{"from"}, []string{"from", "from_name"}
	people.As = map[string]string{"from": "email", "from_name": "name"}
	people.Why = "Whoever wrote a message."
	rows := t.Rows
	messages.Links = []LinkSpec{
		{Column: "thread", To: []model.Object{model.Ticket}, Matched: rows, Why: "The first message that this one refers to."},
		{Column: "from", To: []model.Object{model.Contact}, Matched: t.Columns[t.column("from")].Filled, Why: "Who wrote it."},
	}
	tickets.Links = []LinkSpec{{Column: "from", To: []model.Object{model.Contact}, Matched: t.Columns[t.column("from")].Filled, Why: "Who wrote the first message."}}
	t.Outputs = append(t.Outputs, messages, tickets, people)
}
