package files

import (
	"bytes"
	"context"
	"strings"
)

func openMail(ctx context.Context, t *Table, at position) (rows, error) {
	return nil, unsupported(t.File, t.Name, "mail", "Leave it out.")
}

func (in *inspector) mail(t Table) error {
	return in.refuse(t.content(), unsupported(t.File, t.Name, "mail", "Leave it out."))
}

func (in *inspector) mailFolder(dir, name string) error { return nil }

func (in *inspector) mailEntries(c content, dir string) error { return nil }

func looksMbox(first []byte) bool { return bytes.HasPrefix(first, []byte("From ")) }

func looksMail(first []byte) bool { return strings.HasPrefix(string(first), "Received: ") }

const mailFolderPart = "*"

func (t *Table) sameFolder(ctx context.Context) error { return nil }

func (t *Table) proposeMail() {}
