package sample

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

var ticketHead = []string{
	"Ticket No", "Subject", "Status", "Priority", "Type", "Requester ID", "Assignee", "Group", "Company", "Tags", "Product", "Opened", "Last update",
	"Solved", "Channel", "SLA due", "Promised by", "Order number", "Order value", "Satisfaction",
}

func (w *world) ticket(i int) []string {
	r, q, truth := w.random("ticket", i), w.quirks[i], &w.truth.TicketMess
	opened, times := w.opened(i), w.thread(i)
	last := times[len(times)-1]
	truth.PerYear[strconv.Itoa(opened.Year())]++

	status := w.status(i, r, opened)
	w.statusSeen[status]++
	solved := ""
	if m := statuses[status].Means; m == "solved" || m == "closed" {
		solved = stamp(last.Add(time.Duration(r.below(2000)) * time.Minute))
	}
	priority, product := pick(r, priorities), pick(r, products)

	assignee, group := "", pick(r, groups)[0]
	if a, ok := w.owner(i); ok {
		assignee, group = agentEmail(a), a.group
		if a.left != "" {
			truth.OwnedByLeavers++
		}
	} else {
		truth.Unassigned++
	}
	org, requester := "", w.requesterID(i)
	switch q {
	case noRequester:
		truth.WithoutRequester++
	case unknownRequester:
		truth.UnknownRequester++
	default:
		if o := w.orgOf(w.requester(i)); o >= 0 {
			org = orgID(o)
		}
	}
	order, value := "", ""
	switch {
	case r.chance(12):
		order = fmt.Sprintf("4012%016d", r.next()%10_000_000_000_000_000)
		truth.LongOrderNumbers++
	case r.chance(55):
		order = fmt.Sprintf("00%08d", r.below(100_000_000))
	}
	if order != "" {
		value = fmt.Sprintf("%d,%02d", 5+r.below(600), r.below(100))
		if r.chance(5) {
			value = "1." + fmt.Sprintf("%03d,%02d", r.below(1000), r.below(100))
		}
	}
	return []string{
		ticketNo(i), w.subject(i, r, product), statuses[status].Value, priority, pick(r, types), requester, assignee, group, org, w.tagCell(i, r), product,
		stamp(opened), stamp(last), solved, pick(r, channels), stamp(opened.Add(time.Duration(slaHours[priority]) * time.Hour)),
		w.promised(r, opened), order, value, pick(r, ratings),
	}
}

func (w *world) status(i int, r *random, opened time.Time) int {
	if w.quirks[i] == spam {
		w.truth.TicketMess.Spam++
		return len(statuses) - 1
	}
	if s, ok := w.forced[i]; ok {
		return s
	}
	means := pick(r, []string{"new", "open", "open", "pending", "pending", "on hold", "solved", "solved"})
	if opened.Year() < 2025 || opened.Month() < 8 {
		means = pick(r, []string{"closed", "closed", "closed", "closed", "solved", "solved", "solved", "solved", "solved", "solved"})
		if r.chance(6) {
			means = pick(r, []string{"open", "pending", "on hold"})
		}
	}
	from := 0
	for statuses[from].Means != means {
		from++
	}
	to := from
	for to < len(statuses) && statuses[to].Means == means {
		to++
	}
	if r.chance(75) {
		return from
	}
	return from + r.below(to-from)
}

func (w *world) subject(i int, r *random, product string) string {
	q, truth := w.quirks[i], &w.truth.TicketMess
	switch q {
	case test:
		truth.Test++
	case formula:
		truth.FormulaSubjects++
	case mojibake:
		truth.MojibakeSubjects++
	case hebrew:
		truth.HebrewSubjects++
	case arabic:
		truth.ArabicSubjects++
	case han:
		truth.HanSubjects++
	case emoji:
		truth.EmojiSubjects++
	case empty:
		truth.EmptySubjects++
	}
	if special := quirkSubjects[q]; special != nil {
		return pick(r, special)
	}
	s := pick(r, subjects)
	if strings.Contains(s, "%s") {
		if product == "" {
			product = "Gale jacket"
		}
		s = fmt.Sprintf(s, product)
	}
	if r.chance(8) {
		s = "RE: " + s
	}
	return s
}

// tagCell lists tags with commas between; a tag with a comma inside is quoted.
func (w *world) tagCell(i int, r *random) string {
	var list []string
	comma := false
	if w.quirks[i] == test {
		list = append(list, "test")
	}
	for range r.below(4) {
		t := pick(r, tags)
		if r.chance(6) {
			t = `"` + pick(r, commaTags) + `"`
		}
		dup := false
		for _, have := range list {
			dup = dup || have == t
		}
		if !dup {
			list = append(list, t)
			comma = comma || t[0] == '"'
		}
	}
	if len(list) > 0 {
		w.truth.TicketMess.TagCells++
	}
	if comma {
		w.truth.TicketMess.TagsWithComma++
	}
	return strings.Join(list, ",")
}

// promised is a free text column in which half of the agents wrote the month
// first and the others the day.
func (w *world) promised(r *random, opened time.Time) string {
	if r.chance(60) {
		return ""
	}
	truth, at := &w.truth.TicketMess, opened.AddDate(0, 0, 3+r.below(18))
	if r.chance(10) {
		truth.PromisedNoDate++
		return pick(r, []string{"next week", "asap", "when back in stock", "31/02/2019", "Ende Mai", "00/00/0000"})
	}
	layout := pick(r, []string{"02/01/2006", "01/02/2006"})
	switch {
	case at.Day() <= 12:
		truth.PromisedAmbiguous++
	case layout == "02/01/2006":
		truth.PromisedDayFirst++
	default:
		truth.PromisedMonth++
	}
	return at.Format(layout)
}

func (w *world) writeTickets(b *bufio.Writer) error {
	var err error
	if w.NDJSON {
		err = w.writeTicketLines(b)
	} else {
		err = w.writeTicketTable(b)
	}
	for i, s := range statuses {
		s.Tickets = w.statusSeen[i]
		w.truth.TicketMess.Statuses = append(w.truth.TicketMess.Statuses, s)
	}
	return err
}

func (w *world) writeTicketTable(b *bufio.Writer) error {
	if _, err := b.WriteString("\ufeff"); err != nil {
		return err
	}
	c := csv.NewWriter(b)
	c.UseCRLF = true
	if err := c.Write(ticketHead); err != nil {
		return err
	}
	line := 2
	broken := func(reason, row string) error {
		c.Flush()
		w.truth.TicketMess.BrokenRows = append(w.truth.TicketMess.BrokenRows, BrokenRow{Line: line, Reason: reason})
		line++
		_, err := b.WriteString(row + "\r\n")
		return err
	}
	for i := range w.Tickets {
		if err := c.Write(w.ticket(i)); err != nil {
			return err
		}
		w.truth.Tickets++
		line++
		if i == w.Tickets/3 {
			row := "0090001,Tent, poles, and pegs missing,Open,High,Problem,000017,,Orders,,,Tarn 2 tent," + stamp(w.opened(i)) + ",,,Email,,,,,"
			if err := broken("wrong number of cells", row); err != nil {
				return err
			}
		}
	}
	// The last line opens a quote that never closes.
	return broken("quote never closed", `0090002,"My stove is broken,New,Normal,Problem,000018,,Workshop,,,Ember stove,`+stamp(w.opened(w.Tickets-1))+",,,Email,,,,,")
}

func (w *world) writeTicketLines(b *bufio.Writer) error {
	var line []byte
	for i := range w.Tickets {
		line = append(line[:0], '{')
		for c, v := range w.ticket(i) {
			if c > 0 {
				line = append(line, ',')
			}
			key, err := json.Marshal(ticketHead[c])
			if err != nil {
				return err
			}
			val, err := json.Marshal(v)
			if err != nil {
				return err
			}
			line = append(append(append(line, key...), ':'), val...)
		}
		if _, err := b.Write(append(line, '}', '\n')); err != nil {
			return err
		}
		w.truth.Tickets++
	}
	return nil
}
