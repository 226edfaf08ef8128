package sample

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/encoding/charmap"
)

func (w *world) writeOrganizations(b *bufio.Writer) error {
	c := csv.NewWriter(b)
	rows := [][]string{{"Organization ID", "Name", "Domain", "Country", "City", "Plan", "Customer since", "Notes"}}
	for i := range organizationCount {
		r := w.random("organization", i)
		p := pick(r, places)
		since := time.Date(firstYear+r.below(12), time.Month(1+r.below(12)), 1+r.below(28), 0, 0, 0, 0, time.UTC)
		note := ""
		switch i % 25 {
		case 3:
			note = "pays late, \"always\""
		case 9:
			note = "two sites:\nvalley and hut"
		case 17:
			note = "café on the ground floor; closed on Mondays"
		}
		rows = append(rows, []string{
			orgID(i), orgFirst[i/len(orgSecond)] + " " + orgSecond[i%len(orgSecond)], orgDomain(i), p[0], p[1],
			pick(r, []string{"Gold", "Silver", "Basic", "Basic", ""}), since.Format("02.01.2006"), note,
		})
	}
	return c.WriteAll(rows)
}

type contact struct {
	first, last, email, phone, language string
}

// duplicates are the last contacts: each repeats an earlier one's e-mail.
func (w *world) duplicates() int { return w.Contacts / 30 }

func ordinaryContact(i int) bool { return i%97 != 13 && i%311 != 5 }

func (w *world) contact(i int) contact {
	r := w.random("contact", i)
	c := contact{first: pick(r, firstNames), last: pick(r, lastNames), language: pick(r, []string{"de", "de", "en", "en", "fr", "es", "nb", ""})}
	host := pick(r, []string{"example.com", "example.net", "example.org", "mail.example", "post.example"})
	if o := w.orgOf(i); o >= 0 {
		host = orgDomain(o)
	}
	c.email = fmt.Sprintf("%s.%s%d@%s", slug(c.first), slug(c.last), i+1, host)
	c.phone = pick(r, []string{"", fmt.Sprintf("+49 171 555%04d", r.below(10000)), fmt.Sprintf("0171/555 %04d", r.below(10000)), fmt.Sprintf("0049171555%04d", r.below(10000))})
	switch {
	case i == 0: // who wrote without saying who they are; a lead gives them the tickets that nobody owns
		c.first, c.last, c.email, c.phone = "Walk-in", "customer", "counter@kestrelmoor.example", ""
	case i%97 == 13:
		c.email = ""
	case i%311 == 5:
		c.email = pick(r, []string{slug(c.last) + "@", slug(c.last) + " at example.com", slug(c.last) + "@@example.net"})
	}
	if i < w.Contacts-w.duplicates() {
		return c
	}
	n := w.Contacts - i
	twin := (n * 29) % (w.Contacts - w.duplicates())
	for !ordinaryContact(twin) {
		twin++
	}
	t := w.contact(twin)
	c.first, c.last, c.email = t.first, t.last, t.email
	switch n % 4 {
	case 0:
		c.email = strings.ToUpper(c.email)
	case 1:
		c.email = " " + c.email
	case 2:
		c.email += "  "
	case 3:
		c.email, c.first = strings.ToUpper(c.email[:1])+c.email[1:], c.first[:1]+"."
		if !isASCII(t.first[:1]) {
			c.first = t.first
		}
	}
	return c
}

// writeContacts writes what an old Windows program would: semicolons, CRLF and
// Windows-1252.
func (w *world) writeContacts(b *bufio.Writer) error {
	c := csv.NewWriter(charmap.Windows1252.NewEncoder().Writer(b))
	c.Comma, c.UseCRLF = ';', true
	if err := c.Write([]string{"Contact ID", "First name", "Last name", "E-mail", "Phone", "Company", "Language", "VIP", "Created", "Notes"}); err != nil {
		return err
	}
	for i := range w.Contacts {
		p, r := w.contact(i), w.random("contact more", i)
		org := ""
		if o := w.orgOf(i); o >= 0 {
			org = orgID(o)
		}
		note := ""
		if r.chance(5) {
			note = pick(r, []string{"prefers mail; not phone", "owes 12,50 €", "=called \"the tent man\"", "naïve façade – always friendly"})
		}
		created := time.Date(firstYear+r.below(13), time.Month(1+r.below(9)), 1+r.below(28), 0, 0, 0, 0, time.UTC)
		if err := c.Write([]string{
			contactID(i), p.first, p.last, p.email, p.phone, org, p.language,
			pick(r, []string{"no", "no", "no", "no", "yes"}), created.Format("02.01.2006"), note,
		}); err != nil {
			return err
		}
		w.truth.Contacts++
		switch {
		case i >= w.Contacts-w.duplicates():
			w.truth.People.DuplicateContacts++
		case i%97 == 13:
			w.truth.People.WithoutEmail++
		case i%311 == 5:
			w.truth.People.BrokenEmail++
		}
	}
	c.Flush()
	return c.Error()
}

func (w *world) writeAgents(b *bufio.Writer) error {
	rows := [][]string{{"Agent ID", "Name", "E-mail", "Group", "Role", "Active", "Left on"}}
	for _, a := range agents {
		active := "yes"
		if a.left != "" {
			active = "no"
			w.truth.People.AgentsWhoLeft++
		}
		rows = append(rows, []string{a.id, a.name, agentEmail(a), a.group, a.role, active, a.left})
	}
	return csv.NewWriter(b).WriteAll(rows)
}

func agentEmail(a agent) string {
	first, last, _ := strings.Cut(a.name, " ")
	return slug(first) + "." + slug(last) + "@" + domain
}

func (w *world) writeGroups(b *bufio.Writer) error {
	rows := [][]string{{"Group", "Description", "E-mail"}}
	for _, g := range groups {
		rows = append(rows, g[:])
	}
	return csv.NewWriter(b).WriteAll(rows)
}

var plain = strings.NewReplacer(
	"å", "a", "ä", "ae", "á", "a", "æ", "ae", "ë", "e", "é", "e", "è", "e", "ê", "e", "ö", "oe", "ø", "o", "ð", "d", "ñ", "n", "ï", "i", "ü", "ue", "ß", "ss",
	" ", "-", "'", "",
)

// slug is a name as it stands in an address.
func slug(s string) string { return plain.Replace(strings.ToLower(s)) }

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
