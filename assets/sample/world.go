package sample

import (
	"fmt"
	"time"
)

type quirk uint8

const (
	none quirk = iota
	spam
	test
	noRequester
	unknownRequester
	formula
	mojibake
	hebrew
	arabic
	han
	emoji
	empty
	script
	dangling
	longBody
)

// plan says how many tickets have which quirk, whatever the size.
var plan = []struct {
	quirk
	count int
}{
	{spam, 60},
	{test, 15},
	{noRequester, 7},
	{unknownRequester, 9},
	{formula, 12},
	{mojibake, 14},
	{hebrew, 6},
	{arabic, 6},
	{han, 8},
	{emoji, 18},
	{empty, 5},
	{script, 12},
	{dangling, 3},
	{longBody, 1},
}

type world struct {
	Options
	truth       Truth
	quirks      map[int]quirk
	forced      map[int]int // ticket -> status, so that every spelling occurs
	statusSeen  []int
	long        int // the ticket with the longest thread
	attachments []attachment
	inline      map[int][]string // message number -> content ids shown in its body
}

func newWorld(o Options) *world {
	w := &world{Options: o, quirks: map[int]quirk{}, forced: map[int]int{}, inline: map[int][]string{}, statusSeen: make([]int, len(statuses))}
	w.truth.Company, w.truth.Seed = company, o.Seed
	w.truth.Organizations, w.truth.Agents, w.truth.Groups = organizationCount, len(agents), len(groups)
	w.truth.TicketMess.PerYear = map[string]int{}

	w.long = -1
	for i := o.Tickets / 2; i < o.Tickets && w.long < 0; i++ {
		if w.threadLength(i) == 3 {
			w.long = i
		}
	}
	if w.long < 0 {
		w.long = o.Tickets / 2
	}
	r := w.random("book", 0)
	free := func() int {
		for {
			i := r.below(o.Tickets)
			if _, taken := w.quirks[i]; !taken && i != w.long {
				return i
			}
		}
	}
	for _, p := range plan {
		for range p.count {
			w.quirks[free()] = p.quirk
		}
	}
	for s := range statuses {
		if statuses[s].Means == "spam" {
			continue
		}
		i := free()
		for _, taken := w.forced[i]; taken; _, taken = w.forced[i] {
			i = free()
		}
		w.forced[i] = s
	}
	w.planAttachments()
	return w
}

// pairShift moves messages between the two tickets of a pair, so that threads
// differ in length while the total stays exact.
func (w *world) pairShift(i int) int {
	if i%2 == 0 && i == w.Tickets-1 {
		return 0
	}
	return w.random("pair", i/2).below(5) - 2
}

func (w *world) ordinary() int { return w.Messages - longThread - strayCount }

// firstMessage is the number of a ticket's first message, from 0.
func (w *world) firstMessage(i int) int {
	n := i * w.ordinary() / w.Tickets
	if i%2 == 1 {
		n += w.pairShift(i)
	}
	if w.long >= 0 && i > w.long {
		n += longThread
	}
	return n
}

func (w *world) threadLength(i int) int { return w.firstMessage(i+1) - w.firstMessage(i) }

// perYear are the thousandths of all tickets that were opened in each year.
var perYear = []int{25, 40, 55, 65, 75, 85, 90, 110, 105, 100, 95, 85, 70}

// opened is when a ticket was opened: later tickets later, busy years busier.
func (w *world) opened(i int) time.Time {
	p := int64(i) * 1_000_000_000 / int64(w.Tickets)
	year, below := 0, int64(0)
	for p >= (below+int64(perYear[year]))*1_000_000 {
		below += int64(perYear[year])
		year++
	}
	days := int64(355)
	if year == len(perYear)-1 {
		days = 275 // the company leaves in autumn
	}
	minutes := days * 1440 * (p - below*1_000_000) / (int64(perYear[year]) * 1_000_000)
	start := time.Date(firstYear+year, 1, 4, 7, 0, 0, 0, time.UTC)
	return start.Add(time.Duration(minutes)*time.Minute + time.Duration(w.random("opened", i).below(900))*time.Minute)
}

// thread is when each message of a ticket was written.
func (w *world) thread(i int) []time.Time {
	r := w.random("thread", i)
	at := w.opened(i).Add(time.Duration(r.below(60)) * time.Second)
	times := make([]time.Time, w.threadLength(i))
	for j := range times {
		times[j] = at
		if !r.chance(3) { // else: two messages in the same second
			at = at.Add(time.Duration(2+r.below(600))*time.Minute + time.Duration(r.below(60))*time.Second)
		}
	}
	return times
}

func ticketNo(i int) string  { return fmt.Sprintf("%07d", i+101) }
func messageID(n int) string { return fmt.Sprintf("M%07d", n+1) }
func contactID(i int) string { return fmt.Sprintf("%06d", i+1) }
func orgID(i int) string     { return fmt.Sprintf("ORG-%04d", i+1) }
func orgDomain(i int) string {
	return slug(orgFirst[i/len(orgSecond)]+"-"+orgSecond[i%len(orgSecond)]) + ".example"
}

func stamp(t time.Time) string {
	return t.Format("02.01.2006 15:04")
}

// requester is the contact a ticket came from; few write often, many once.
func (w *world) requester(i int) int {
	r := w.random("requester", i)
	return min(r.below(w.Contacts), r.below(w.Contacts))
}

// requesterID is what the export says about it.
func (w *world) requesterID(i int) string {
	switch w.quirks[i] {
	case noRequester:
		return ""
	case unknownRequester:
		return fmt.Sprintf("9%05d", 10000+w.random("gone", i).below(80000))
	default:
		return contactID(w.requester(i))
	}
}

// owner is the agent of a ticket: somebody who worked there when it was opened.
// Nobody reassigned old tickets when agents left.
func (w *world) owner(i int) (agent, bool) {
	r := w.random("owner", i)
	if r.chance(6) || w.quirks[i] == spam {
		return agent{}, false
	}
	year := w.opened(i).Year()
	for {
		a := pick(r, agents)
		if a.from <= year && (a.to == 0 || year <= a.to) {
			return a, true
		}
	}
}

// orgOf is the organization of a contact, or -1.
func (w *world) orgOf(contact int) int {
	r := w.random("org", contact)
	if r.chance(35) {
		return -1
	}
	return r.below(organizationCount)
}
