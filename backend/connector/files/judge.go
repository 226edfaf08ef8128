package files

import (
	"fmt"
	"sort"
	"strings"

	"waybill/backend/model"
)

// column says what the rows showed. rows is how many the table has: a JSON
// element that lacks a column counts as blank there.
func (s *stat) column(name string, rows int64) Column {
	c := newColumn(name)
	c.Filled, c.Blank, c.Longest = s.filled, rows-s.filled, s.longest
	c.Samples = append(c.Samples, s.samples...)
	c.DistinctExact = s.set != nil
	if s.set != nil {
		c.Distinct = int64(s.set.Len())
	} else {
		c.Distinct = min(int64(s.sketch.Estimate()), s.filled)
	}
	var nothing int64
	for _, v := range sortedKeys(s.nothing) {
		c.Empty = append(c.Empty, v)
		c.Nothing[v] = s.nothing[v]
		nothing += s.nothing[v]
	}
	n := s.filled - nothing
	if n == 0 {
		c.Sure, c.Why = 100, "No row has a value here."
		return c
	}
	s.judge(&c, n)
	return c
}

// share is part of n in percent, rounded down so that 100 means all.
func share(part, n int64) int { return int(part * 100 / n) }

func (s *stat) judge(c *Column, n int64) {
	id := isIDName(c.Name)
	switch {
	case s.dateColumn(c, n):
	case s.bools == n && c.Distinct-int64(len(s.nothing)) <= 2:
		c.Type, c.Sure, c.Why = model.Bool, 100, "Every value says yes or no."
	case s.objects*10 >= n*9:
		c.Type, c.Sure, c.Why = model.JSONType, share(s.objects, n), "The values are structured data."
	case s.lists > 0 && (s.lists+s.nothingLists())*10 >= n*9:
		s.listColumn(c, n)
	case s.emails*100 >= n*80 && (!id || anyWord(c.Name, mailWords)):
		c.Type, c.Sure, c.Why = model.Email, share(s.emails, n), count(s.emails, n)+" are e-mail addresses."
	case s.urls*100 >= n*90:
		c.Type, c.Sure, c.Why = model.URL, share(s.urls, n), count(s.urls, n)+" are web addresses."
	case s.html*5 >= n && s.html > 0:
		c.Type, c.Sure, c.Why = model.HTML, min(99, 50+share(s.html, n)/2), count(s.html, n)+" have HTML in them."
	case isPhoneName(c.Name) && s.phones*100 >= n*60:
		c.Type, c.Sure, c.Why = model.Phone, share(s.phones, n), count(s.phones, n)+" look like phone numbers."
	case s.integers == n && (s.zeros > 0 || s.longNumbers > 0):
		c.Sure, c.Why = 100, "Digits with leading zeros, or more than 15 of them: kept as text so that none is lost."
	case s.integers == n && id:
		c.Sure, c.Why = 95, "Numbers that name something: kept as text."
	case s.integers == n:
		c.Type, c.Sure, c.Why = model.Integer, 100, "Every value is a whole number."
	case s.integers+s.decimals == n && s.zeros == 0 && s.longNumbers == 0:
		c.Type, c.Sure, c.Why = model.Number, 100, "Every value is a number."
	case s.wordsColumn(c, n):
	case s.lines > 0 || s.longest > 255:
		c.Type, c.Sure, c.Why = model.LongText, 95, "Some values are long or have several lines."
	case s.optionColumn(c, n):
	default:
		c.Sure, c.Why = 90, "Short texts that differ."
		if s.integers+s.decimals > 0 && (s.integers+s.decimals)*100 >= n*90 {
			odd := n - s.integers - s.decimals
			c.Sure, c.Why = 60, fmt.Sprintf("%s are numbers, the other %d not, so all are kept as text.", count(s.integers+s.decimals, n), odd)
		}
		if s.commas == n {
			c.Sure, c.Why = 70, "The values are numbers with a decimal comma. They are kept as text; a formula can turn them into numbers."
		} else if s.grouped*2 > n {
			c.Sure, c.Why = 60, count(s.grouped, n)+" are digits with commas in them: it is not certain what number they stand for, so they are kept as text."
		}
	}
}

func count(part, n int64) string {
	if part == n {
		return "All values"
	}
	return fmt.Sprintf("%d of %d values", part, n)
}

func (s *stat) nothingLists() int64 { return s.listWords[""] }

func (s *stat) listColumn(c *Column, n int64) {
	c.Type, c.Sure, c.Why = model.Tags, share(s.lists, n), "The values are lists."
	if len(s.listWords) > 0 && len(s.listWords) <= fewValues && !isTagName(c.Name) && repeats(s.listWords) {
		c.Type = model.Options
		c.Options = sortedKeys(s.listWords)
	}
}

func repeats(words map[string]int64) bool {
	var total int64
	for _, n := range words {
		total += n
	}
	return total >= 3*int64(len(words))
}

// wordsColumn recognises cells of several words: one separator, and words that
// come again in other cells.
func (s *stat) wordsColumn(c *Column, n int64) bool {
	named := isTagName(c.Name)
	for _, sep := range separators {
		p := s.parts[sep]
		if p.seen == nil || p.cells < 2 || p.longest > 60 {
			continue
		}
		enough := p.cells*20 >= n
		if named {
			enough = p.cells*100 >= n
		}
		// Splitting must explain the column: fewer words than there were values,
		// each seen again and again, and no value that is mostly prose.
		again := repeats(p.seen) || named && 2*p.words >= 3*int64(len(p.seen))
		if !enough || !again || s.values != nil && int64(len(p.seen))*10 > int64(len(s.values))*9 && !named {
			continue
		}
		if sep == "," && !named && (p.words < p.cells*2 || s.wordsStandAlone(p) < len(p.seen)/2) {
			continue
		}
		c.Separator = sep
		c.Type = model.Tags
		if len(p.seen) <= fewValues && !named {
			c.Type = model.Options
			c.Options = sortedKeys(p.seen)
		}
		c.Sure = 85
		c.Why = fmt.Sprintf("%d cells hold several values, parted by %q; there are %d different ones.", p.cells, sep, len(p.seen))
		return true
	}
	return false
}

// wordsStandAlone counts the words that also fill a cell by themselves.
func (s *stat) wordsStandAlone(p *partCount) int {
	n := 0
	for w := range p.seen {
		if s.values[w] > 0 {
			n++
		}
	}
	return n
}

func (s *stat) optionColumn(c *Column, n int64) bool {
	if s.values == nil || len(s.values) > fewValues || s.longest > 80 || anyWord(c.Name, freeWords) {
		return false
	}
	distinct := int64(0)
	for v := range s.values {
		if _, no := s.nothing[v]; !no {
			c.Options = append(c.Options, v)
			distinct++
		}
	}
	if n < 2*distinct || n < 4 || isIDName(c.Name) && distinct*4 > n {
		c.Options = []string{}
		return false
	}
	sort.Strings(c.Options)
	c.Type = model.Option
	c.Sure = 90
	c.Why = fmt.Sprintf("Only %d different values, and they repeat.", distinct)
	if distinct == 1 {
		c.Why = "Always the same value."
	}
	return true
}

// dateColumn decides from all cells: the pattern that most have, and whether the
// day comes first. When the cells do not say, neither does it (P-37).
func (s *stat) dateColumn(c *Column, n int64) bool {
	dates, total := s.dates, int64(0)
	for _, d := range dates {
		total += d.total()
	}
	named := isDateName(c.Name)
	if total == 0 && named && s.integers == n {
		dates = s.compact
		for _, d := range dates {
			total += d.total()
		}
		if total < n {
			return false
		}
	}
	if total == 0 || total*100 < n*90 && !(named && total*100 >= n*60) {
		return false
	}
	patterns := sortedKeys(dates)
	sort.SliceStable(patterns, func(i, j int) bool { return dates[patterns[i]].total() > dates[patterns[j]].total() })
	clock := int64(0)
	for _, p := range patterns {
		d := dates[p]
		if d.clock {
			clock += d.total()
		}
		if d.fixed > 0 {
			c.DateOrders[d.layout(p, true)] += d.fixed
		}
		if d.day > 0 {
			c.DateOrders[d.layout(p, true)] += d.day
		}
		if d.month > 0 {
			c.DateOrders[d.layout(p, false)] += d.month
		}
		if d.both > 0 {
			c.DateOrders[ambiguousOrder] += d.both
		}
	}
	c.Type = model.Date
	if clock > 0 {
		c.Type = model.DateTime
	}
	s.dateFormat(c, dates, patterns, n, total)
	return true
}

func (s *stat) dateFormat(c *Column, dates map[string]*dateCount, patterns []string, n, total int64) {
	main := dates[patterns[0]]
	var iso int64
	for _, p := range patterns {
		if dates[p].iso {
			iso += dates[p].total()
		}
	}
	if iso > 0 && iso >= total-iso {
		c.Sure = share(iso, n)
		c.Why = count(iso, n) + " are dates written year, month, day."
		return
	}
	day, month, both := main.day, main.month, main.both
	if main.fixed > 0 {
		c.Format, c.Sure = main.layout(patterns[0], true), share(main.fixed, n)
		c.Why = fmt.Sprintf("%s are dates like %s.", count(main.fixed, n), c.Format)
		return
	}
	few := (day + month) / 50
	switch {
	case day > 0 && month <= few:
		c.Format = main.layout(patterns[0], true)
		c.Why = fmt.Sprintf("Day first: in %d rows the first number is above 12.", day)
	case month > 0 && day <= few:
		c.Format = main.layout(patterns[0], false)
		c.Why = fmt.Sprintf("Month first: in %d rows the second number is above 12.", month)
	case day == 0 && month == 0:
		c.Sure = 0
		c.Why = fmt.Sprintf("Cannot tell the day from the month: all %d dates fit both orders. Please choose.", both)
		return
	default:
		c.Sure = 0
		c.Why = fmt.Sprintf("Mixed: %d dates have the day first, %d the month first, and %d fit both orders. Please choose; no date is guessed.", day, month, both)
		return
	}
	fits := main.day + main.both
	if strings.HasPrefix(c.Why, "Month") {
		fits = main.month + main.both
	}
	c.Sure = share(fits, n)
	if fits < n {
		c.Why += fmt.Sprintf(" %d values do not fit.", n-fits)
	}
}

// nameWords cuts a column's name into lower-case words: "Ticket_ID", "ticketId"
// and "Ticket No." alike.
func nameWords(name string) []string {
	var words []string
	var w strings.Builder
	flush := func() {
		if w.Len() > 0 {
			words = append(words, strings.ToLower(w.String()))
			w.Reset()
		}
	}
	prev := rune(0)
	for _, r := range name {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r > 127
		up := r >= 'A' && r <= 'Z'
		if !letter {
			flush()
		} else {
			if up && prev >= 'a' && prev <= 'z' {
				flush()
			}
			w.WriteRune(r)
		}
		prev = r
	}
	flush()
	return words
}

var idWords = map[string]bool{
	"id": true, "ids": true, "key": true, "no": true, "nr": true, "number": true, "code": true, "ref": true, "reference": true,
	"uid": true, "guid": true, "uuid": true, "zip": true, "postcode": true, "plz": true, "sku": true, "phone": true, "fax": true, "mobile": true,
	"nummer": true, "identifier": true,
}

func isIDName(name string) bool {
	words := nameWords(name)
	if len(words) == 0 {
		return false
	}
	last := words[len(words)-1]
	return idWords[last] || idWords[words[0]] && len(words) <= 2 && words[0] != "no" || strings.HasSuffix(last, "id") && len(last) > 4 && last != "paid" && last != "valid"
}

var (
	phoneWords = map[string]bool{"phone": true, "telephone": true, "tel": true, "mobile": true, "cell": true, "fax": true, "telefon": true, "handy": true, "phones": true}
	mailWords  = map[string]bool{"email": true, "mail": true, "address": true, "login": true}
	// freeWords name what is never chosen from a list.
	freeWords = map[string]bool{
		"name": true, "firstname": true, "lastname": true, "surname": true, "subject": true, "title": true, "note": true, "notes": true, "description": true,
		"comment": true, "comments": true, "body": true, "text": true, "address": true, "street": true, "vorname": true, "nachname": true,
	}
	tagWords  = map[string]bool{"tags": true, "tag": true, "labels": true, "label": true, "keywords": true, "cc": true, "ccs": true, "topics": true, "schlagworte": true}
	dateWords = map[string]bool{
		"date": true, "time": true, "at": true, "on": true, "created": true, "updated": true, "closed": true, "opened": true, "solved": true,
		"due": true, "since": true, "by": true, "start": true, "end": true, "birthday": true, "dob": true, "datum": true, "modified": true, "resolved": true, "until": true, "valid": true,
	}
)

func anyWord(name string, set map[string]bool) bool {
	for _, w := range nameWords(name) {
		if set[w] {
			return true
		}
	}
	return false
}

func isPhoneName(name string) bool { return anyWord(name, phoneWords) }
func isTagName(name string) bool   { return anyWord(name, tagWords) }
func isDateName(name string) bool  { return anyWord(name, dateWords) }

var fileWords = map[string]bool{"path": true, "file": true, "filename": true, "filepath": true, "attachment": true, "attachments": true, "datei": true, "location": true, "url": true}

func isFileName(name string) bool { return anyWord(name, fileWords) }
