package store

import (
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"waybill/backend/model"
	"waybill/backend/problem"
)

// States of a rule that is to be built again.
const (
	RuleOpen      = "open"
	RuleRebuilt   = "rebuilt"
	RuleNotNeeded = "not_needed"
)

// Rule is a piece of the source's configuration, and how far it is built again.
type Rule struct {
	ID int64
	// Kind and RID name it in the source.
	Kind, RID string
	Place     int
	Name      string
	// Body is the rule in words, as JSON; Was the body before its last change.
	Body, Hash, Was string
	// First, Seen and Changed are numbers of readings.
	First, Seen, Changed int64
	// Uses is how often it was used lately, -1 when the desk does not say.
	Uses               int64
	State, Owner, Note string
	// Built is the hash for which the state was stated.
	Built string
	By    model.Person
	At    string
}

// Stale says that the rule changed in the source since a person stated its state.
func (r Rule) Stale() bool { return r.State != RuleOpen && r.Built != r.Hash }

// RuleReading is one reading of all rules. The zero value: none yet.
type RuleReading struct {
	N       int64
	At      string
	Account string
	Hash    string
	// Rules there were; Added, Changed and Gone since the reading before.
	Rules, Added, Changed, Gone int
	// Missing says in words what the account may not see.
	Missing []string
}

// ReadRule is a rule as a reading found it.
type ReadRule struct {
	Kind, RID  string
	Place      int
	Name, Body string
	Uses       int64
}

func (r ReadRule) hash() string {
	h := sha256.Sum256([]byte(r.Body))
	return hex.EncodeToString(h[:])
}

// KeepRules keeps a reading of all rules and compares it with the one before: what was
// stated about a rule stays, what is not there any more stays listed as gone.
func (tx *Tx) KeepRules(account string, found []ReadRule, missing []string) (RuleReading, error) {
	before, err := tx.RuleReading()
	if err != nil {
		return RuleReading{}, err
	}
	old, err := tx.Rules()
	if err != nil {
		return RuleReading{}, err
	}
	known := map[[2]string]Rule{}
	for _, r := range old {
		known[[2]string{r.Kind, r.RID}] = r
	}
	now := RuleReading{N: before.N + 1, At: model.Stamp(time.Now()), Account: account, Rules: len(found), Missing: missing}
	all := sha256.New()
	there := map[[2]string]bool{}
	for _, f := range found {
		k, hash := [2]string{f.Kind, f.RID}, f.hash()
		if there[k] { // a page that overlaps another
			now.Rules--
			continue
		}
		there[k] = true
		all.Write([]byte(f.Kind + "\x00" + f.RID + "\x00" + hash + "\n"))
		r, ok := known[k]
		switch {
		case !ok:
			now.Added++
			_, err = tx.exec(`INSERT INTO rule (kind, rid, place, name, body, hash, uses, first, seen) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, f.Kind, f.RID, f.Place, f.Name, f.Body, hash, f.Uses, now.N, now.N)
		case r.Hash != hash:
			now.Changed++
			_, err = tx.exec(`UPDATE rule SET place = ?, name = ?, was = body, body = ?, hash = ?, uses = ?, seen = ?, changed = ? WHERE id = ?`, f.Place, f.Name, f.Body, hash, f.Uses, now.N, now.N, r.ID)
		default:
			if r.Seen < before.N { // it was gone, and is back
				now.Added++
			}
			_, err = tx.exec(`UPDATE rule SET seen = ?, uses = ? WHERE id = ?`, now.N, f.Uses, r.ID)
		}
		if err != nil {
			return now, err
		}
	}
	for k, r := range known {
		if r.Seen == before.N && !there[k] {
			now.Gone++
		}
	}
	now.Hash = hex.EncodeToString(all.Sum(nil))
	list, err := json.Marshal(missing)
	if err != nil {
		return now, err
	}
	_, err = tx.exec(`INSERT INTO rule_reading VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, now.N, now.At, now.Account, now.Hash, now.Rules, now.Added, now.Changed, now.Gone, string(list))
	return now, err
}

// RuleReading is the newest reading of the rules.
func (tx *Tx) RuleReading() (r RuleReading, err error) {
	r.Missing = []string{}
	missing := ""
	err = tx.row(`SELECT n, at, account, hash, rules, added, changed, gone, missing FROM rule_reading ORDER BY n DESC LIMIT 1`).
		Scan(&r.N, &r.At, &r.Account, &r.Hash, &r.Rules, &r.Added, &r.Changed, &r.Gone, &missing)
	if errors.Is(err, sql.ErrNoRows) {
		return r, nil
	}
	if err != nil {
		return r, err
	}
	return r, json.Unmarshal([]byte(missing), &r.Missing)
}

const ruleColumns = `id, kind, rid, place, name, body, hash, was, first, seen, changed, state, owner, note, built, by_name, by_role, at, uses`

func scanRule(r *sql.Rows) (x Rule, err error) {
	return x, r.Scan(&x.ID, &x.Kind, &x.RID, &x.Place, &x.Name, &x.Body, &x.Hash, &x.Was, &x.First, &x.Seen, &x.Changed, &x.State, &x.Owner, &x.Note, &x.Built, &x.By.Name, &x.By.Role, &x.At, &x.Uses)
}

// Rules lists all rules, also those that are gone, in the order of the source.
func (tx *Tx) Rules() ([]Rule, error) {
	rows, err := tx.rows(`SELECT ` + ruleColumns + ` FROM rule ORDER BY kind, place, name, id`)
	return collect(rows, err, scanRule)
}

// Rule finds one by its number.
func (tx *Tx) Rule(id int64) (Rule, error) {
	rows, err := tx.rows(`SELECT `+ruleColumns+` FROM rule WHERE id = ?`, id)
	found, err := collect(rows, err, scanRule)
	if err != nil {
		return Rule{}, err
	}
	if len(found) == 0 {
		return Rule{}, problem.New("rebuild.none", "There is no such rule in this project.", "The list may be older than the last reading.", "Look at the list again.")
	}
	return found[0], nil
}

// CountRules says how many rules there are in the newest reading, and how many of them
// wait: open, or changed since they were built again.
func (tx *Tx) CountRules() (all, left int64, err error) {
	err = tx.row(`SELECT count(*), coalesce(sum(state = 'open' OR built <> hash), 0) FROM rule WHERE seen = (SELECT max(n) FROM rule_reading)`).Scan(&all, &left)
	return all, left, err
}

// StateRule states how far a rule is built again, by whom and with which note. confirm: the
// state was said about the rule as it is now, also when it is the same as before.
func (tx *Tx) StateRule(r Rule, confirm bool, by model.Person) error {
	before, err := tx.Rule(r.ID)
	if err != nil {
		return err
	}
	built := before.Built
	switch {
	case r.State == RuleOpen:
		built = ""
	case confirm || r.State != before.State:
		built = before.Hash
	}
	if before.State == r.State && before.Owner == r.Owner && before.Note == r.Note && before.Built == built {
		return nil
	}
	_, err = tx.exec(`UPDATE rule SET state = ?, owner = ?, note = ?, built = ?, by_name = ?, by_role = ?, at = ? WHERE id = ?`,
		r.State, r.Owner, r.Note, built, by.Name, by.Role, model.Stamp(time.Now()), r.ID)
	if err != nil {
		return err
	}
	return tx.Audit(by, "rule.stated", map[string]any{"rule": before.Kind + "/" + before.RID, "name": before.Name, "state": r.State, "was": before.State, "owner": r.Owner, "note": r.Note, "hash": before.Hash})
}
