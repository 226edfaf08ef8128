package main

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"waybill/backend/archive"
	"waybill/backend/backup"
	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/project"
	"waybill/backend/secret"
	"waybill/backend/store"
)

// keepingCommands put the project somewhere else, and get it back.
func keepingCommands() map[string]command {
	place := func(f *flag.FlagSet) {
		f.String("kind", backup.KindFolder, "where: folder, s3 or azure; FILE is a name there, of a folder a path")
		f.Var(&multi{}, "set", "a setting of the place, as key=value: address, bucket, access_key ...; account, container")
		f.Var(&multi{}, "secret-env", "its secret from the environment, as secret_key=VARIABLE")
		f.String("passphrase-env", "", "the variable of the environment with the passphrase")
	}
	return map[string]command{
		"backup": {use: "backup DIR FILE [--passphrase-env VAR] [--part-size 4G] [--test]", help: "everything that was read and decided, into one file or a store", min: 2, run: within(doBackup), flags: func(f *flag.FlagSet) {
			place(f)
			f.String("part-size", "", "split it into parts of this size, such as 700M or 4G")
			f.Bool("test", false, "restore it into a scratch folder at once, and compare")
			f.Int("open-every", 10, "with --test: open every n-th attachment")
		}},
		"archive": {use: "archive DIR FILE.html [--fates archived,left_out,held] [--part-size 200M]", help: "what is not moved, as one page that opens from a disk", min: 2, run: within(doArchive), flags: func(f *flag.FlagSet) {
			f.String("fates", "", "what belongs into it; default: archived,left_out,held")
			f.String("part-size", "", "split it beyond this size")
		}},
		"erase": {use: "erase DIR --person ADDRESS|contact/NUMBER --why TEXT [--look]", help: "remove one person from the project for good, with a certificate", min: 1, run: within(doErase), flags: func(f *flag.FlagSet) {
			f.String("person", "", "the e-mail address, or contact/NUMBER with the number in the old desk")
			f.String("why", "", "who asked for it, and when")
			f.Bool("look", false, "only show what would be erased")
		}},
		"restore": {use: "restore FILE DIR [--passphrase-env VAR]", help: "get a backup back out into a new project folder, and prove it", min: 2, run: doRestore, flags: place},
	}
}

// place gives where a backup lies, and its name there.
func (c *call) place(file string) (backup.Place, string, backup.Options, error) {
	var o backup.Options
	if v := c.text("passphrase-env"); v != "" {
		word, ok := os.LookupEnv(v)
		if !ok || word == "" {
			return nil, "", o, problem.New("use.secret", "The environment has no "+v+".", "The passphrase should come from there.", "Set it before you call waybill.")
		}
		o.Passphrase = secret.Text(word)
	}
	settings, err := pairs(c.list("set"))
	if err != nil {
		return nil, "", o, err
	}
	secrets, err := pairs(c.list("secret-env"))
	if err != nil {
		return nil, "", o, err
	}
	vault := secret.Memory()
	for name, env := range secrets {
		v, ok := os.LookupEnv(env)
		if !ok {
			return nil, "", o, problem.New("use.secret", "The environment has no "+env+".", "The secret "+name+" should come from there.", "Set it before you call waybill.")
		}
		if err := vault.Put(name, secret.Text(v)); err != nil {
			return nil, "", o, err
		}
	}
	kind := c.text("kind")
	if kind == backup.KindFolder {
		abs, err := filepath.Abs(file)
		if err != nil {
			return nil, "", o, err
		}
		settings["folder"], file = filepath.Dir(abs), filepath.Base(abs)
		// Of a backup in parts, the first may be named.
		file = strings.TrimSuffix(file, ".001")
	}
	p, err := backup.Open(kind, settings, vault)
	return p, file, o, err
}

func doBackup(c *call, p *project.Project) (int, error) {
	to, name, o, err := c.place(c.args[1])
	if err != nil {
		return exitFailed, err
	}
	if o.PartSize, err = bytesOf(c.text("part-size")); err != nil {
		return exitUse, err
	}
	var res backup.Result
	if err := c.work("Backing up", func(pr *job.Progress) (err error) {
		res, err = p.Backup(c.ctx, to, name, o, pr)
		return err
	}); err != nil {
		return exitFailed, err
	}
	c.say("%d records and %d attachments are in %s (%s, %d bytes).", res.Manifest.Records(), res.Manifest.Files.Count, name, to.Where(), res.Bytes)
	if n := res.Manifest.Files.Missing; n > 0 {
		c.say("%d attachments could not be backed up: their content is missing from the project.", n)
	}
	out := map[string]any{"file": name, "place": to.Where(), "records": res.Manifest.Records(), "files": res.Manifest.Files.Count, "missing": res.Manifest.Files.Missing, "parts": res.Parts, "bytes": res.Bytes, "encrypted": res.Encrypted, "manifest_sha256": res.ManifestSHA256}
	if !c.has("test") {
		return personIf(res.Manifest.Files.Missing > 0), c.give(out)
	}
	every, err := strconv.Atoi(c.text("open-every"))
	if err != nil {
		return exitUse, err
	}
	var t backup.Test
	if err := c.work("Testing it", func(pr *job.Progress) (err error) {
		t, err = p.TestBackup(c.ctx, to, name, o, every, "", pr)
		return err
	}); err != nil {
		return exitFailed, err
	}
	c.sayTest(t)
	out["test"], out["passed"] = t, t.Passed()
	return personIf(!t.Passed()), c.give(out)
}

func (c *call) sayTest(t backup.Test) {
	for _, l := range t.Objects {
		same := "every one as it was"
		if !l.Same {
			same = "NOT as they were"
		}
		c.say("%-14s %8d of %8d came back, %s", l.Object, l.Restored, l.Backed, same)
	}
	c.say("%d attachments came back, %d of them were opened (%d do not open as what their name says).", t.Files, t.Opened, t.Unopenable)
	for _, w := range t.Wrong {
		c.say("WRONG: %s", w)
	}
	if t.Passed() {
		c.say("The backup restores whole; it took %.1f seconds.", t.Seconds)
	}
}

func doRestore(c *call) (int, error) {
	from, name, o, err := c.place(c.args[0])
	if err != nil {
		return exitFailed, err
	}
	dir := c.args[1]
	if !strings.HasSuffix(dir, project.Extension) {
		dir += project.Extension
	}
	var t backup.Test
	if err := c.work("Restoring", func(pr *job.Progress) (err error) {
		t, err = project.Restore(c.ctx, from, name, o, dir, pr)
		return err
	}); err != nil {
		return exitFailed, err
	}
	c.sayTest(t)
	return personIf(!t.Passed()), c.give(map[string]any{"project": dir, "test": t, "passed": t.Passed()})
}

func doArchive(c *call, p *project.Project) (int, error) {
	limit, err := bytesOf(c.text("part-size"))
	if err != nil {
		return exitFailed, err
	}
	var fates []model.Fate
	for _, w := range strings.Split(c.text("fates"), ",") {
		if w = strings.TrimSpace(w); w == "" {
			continue
		}
		f, ok := model.ParseFate(w)
		if !ok {
			return exitFailed, problem.New("use.fate", fmt.Sprintf("%q is not a reason to be in an archive.", w), "", "Use archived, left_out, held, merged or pending, with commas.")
		}
		fates = append(fates, f)
	}
	var res archive.Result
	if err := c.work("Writing the archive", func(pr *job.Progress) (err error) {
		res, err = p.WriteArchive(c.ctx, c.args[1], fates, limit, time.Now(), pr)
		return err
	}); err != nil {
		return exitFailed, err
	}
	c.say("%d records with %d attachments, and %d old numbers, are in %s.", res.Documents, res.Attachments, res.Numbers, strings.Join(res.Files, ", "))
	return exitDone, c.give(res)
}

func doErase(c *call, p *project.Project) (int, error) {
	if c.has("look") {
		found, err := p.FindPerson(c.ctx, c.text("person"))
		if err != nil {
			return exitFailed, err
		}
		for _, o := range slices.Sorted(maps.Keys(found.Records)) {
			c.say("%-14s %8d would be erased", project.Title(o), found.Records[o])
		}
		return exitDone, c.give(map[string]any{"records": found.Records})
	}
	var cert project.Certificate
	if err := c.work("Erasing", func(pr *job.Progress) (err error) {
		cert, err = p.Erase(c.ctx, c.text("person"), c.text("why"), pr)
		return err
	}); err != nil {
		return exitFailed, err
	}
	c.say("Certificate %d of %s, %s:", cert.Number, cert.At, cert.By.Name)
	for _, o := range slices.Sorted(maps.Keys(cert.Records)) {
		c.say("%-14s %8d erased", project.Title(o), cert.Records[o])
	}
	c.say("%d attachments and %d written files erased. The audit trail has it, without saying who.", cert.Attachments, len(cert.Files))
	if cert.Entries > 0 {
		c.say("%d entries of imported tables and of the target's people erased. Validations keep only their figures.", cert.Entries)
	}
	for _, t := range cert.Target {
		c.say("STILL TO DO in the target: erase %s %s", t.Object, t.ID)
	}
	for _, m := range cert.Mentions {
		c.say("STILL NAMED in %s", mentionWords(m))
	}
	for _, b := range cert.Backups {
		c.say("STILL IN an earlier backup: %s", b)
	}
	return personIf(len(cert.Target)+len(cert.Mentions)+len(cert.Backups) > 0), c.give(cert)
}

func mentionWords(m store.Mention) string {
	if m.Object != "" {
		return fmt.Sprintf("%s %s of somebody else", m.Object, m.ID)
	}
	return fmt.Sprintf("%d of the project's notes (%s)", m.Count, m.Table)
}

// bytesOf reads a size such as 700M; empty is none.
func bytesOf(s string) (int64, error) {
	if s == "" {
		return 0, nil
	}
	number, unit := strings.ToUpper(strings.TrimSuffix(strings.ToUpper(s), "B")), int64(1)
	for u, n := range map[string]int64{"K": 1_000, "M": 1_000_000, "G": 1_000_000_000} {
		if x, ok := strings.CutSuffix(number, u); ok {
			number, unit = x, n
			break
		}
	}
	n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64)
	if err == nil && (n < 1 || n > 1<<40 || n*unit < 1_000_000) {
		err = errors.New("too small or too large")
	}
	if err != nil {
		return 0, problem.Wrap(err, "use.size", fmt.Sprintf("%q is not the size of a part.", s), "It is at least one megabyte.", "Write it like 700M or 4G.")
	}
	return n * unit, nil
}
