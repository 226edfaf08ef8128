package journey

import (
	"fmt"

	"waybill/backend/project"
	"waybill/backend/store"
)

// kept is what is known of backups: the newest of each kind counts.
func (s *State) kept(tx *store.Tx) error {
	all, err := project.Backups(tx)
	if err != nil {
		return err
	}
	read, err := lastReading(tx)
	if err != nil {
		return err
	}
	say := func(to *string, format string, args ...any) {
		if *to == "" {
			*to = fmt.Sprintf(format, args...)
		}
	}
	for _, b := range all { // newest first
		m := b.Result.Manifest
		if m.Files.Missing > 0 || m.Records() == 0 {
			continue // it does not hold everything
		}
		what := fmt.Sprintf("%s and %s", plural(m.Records(), "record", "records"), plural(m.Files.Count, "attachment", "attachments"))
		made := fmt.Sprintf("%s, %s by %s: %s", what, day(b.At), b.By.Name, b.Place)
		say(&s.Kept.Made, "%s", made)
		if b.Result.Encrypted {
			say(&s.Kept.Apart, "Encrypted with a passphrase: %s", b.Place)
		}
		last := b.At >= read
		if last {
			say(&s.Kept.Last, "%s", made)
		}
		if b.Test == nil || !b.Test.Passed() {
			continue
		}
		restored := fmt.Sprintf("%s restored and compared, %s opened, %s by %s", plural(b.Test.Records, "record", "records"), plural(b.Test.Opened, "attachment", "attachments"), day(b.TestAt), b.TestBy.Name)
		say(&s.Kept.Restored, "%s", restored)
		if last && s.Kept.LastRestored == "" && s.Kept.Last == made {
			s.Kept.LastRestored = restored
		}
	}
	return nil
}

// lastReading is when the source was last read, whole or what changed.
func lastReading(tx *store.Tx) (at string, err error) {
	for _, what := range []string{"source.read", "source.changes_read"} {
		lines, err := tx.AuditOf(what)
		if err != nil {
			return "", err
		}
		if len(lines) > 0 {
			at = max(at, lines[0].At)
		}
	}
	return at, nil
}

func day(at string) string { return at[:min(len(at), len("2006-01-02"))] }
