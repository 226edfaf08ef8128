package sample

import (
	"bufio"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// message is one line of messages.ndjson.
type message struct {
	ID      string `json:"id"`
	Ticket  string `json:"ticket"`
	Author  string `json:"author_id"`
	Kind    string `json:"kind"` // public or internal
	Body    string `json:"body"` // HTML
	Created string `json:"created"`
}

func (w *world) writeMessages(b *bufio.Writer) error {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	for i := range w.Tickets {
		times := w.thread(i)
		if len(times) > w.truth.MessageMess.LongestThread {
			w.truth.MessageMess.LongestThread, w.truth.MessageMess.LongestTicket = len(times), ticketNo(i)
		}
		for j := range times {
			at := j
			if i%53 == 0 { // the old desk wrote some threads newest first
				at = len(times) - 1 - j
			}
			if err := w.put(e, w.message(i, at, times[at])); err != nil {
				return err
			}
		}
	}
	for s := range strayCount {
		r := w.random("stray", s)
		w.truth.MessageMess.WithoutTicket++
		if err := w.put(e, message{
			ID: messageID(w.Messages - strayCount + s), Ticket: fmt.Sprintf("%07d", 9_000_000+r.below(900_000)), Author: contactID(r.below(1000)), Kind: "public",
			Body:    "<p>" + pick(r, sentences) + "</p>",
			Created: w.opened(r.below(w.Tickets)).Format(time.RFC3339),
		}); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) put(e *json.Encoder, m message) error {
	truth := &w.truth.MessageMess
	w.truth.Messages++
	truth.LongestBody = max(truth.LongestBody, len(m.Body))
	if m.Kind == "internal" {
		truth.Internal++
	} else {
		truth.Public++
	}
	return e.Encode(m)
}

func (w *world) message(i, j int, at time.Time) message {
	n := w.firstMessage(i) + j
	r, q := w.random("message", n), w.quirks[i]
	m := message{ID: messageID(n), Ticket: ticketNo(i), Author: w.requesterID(i), Kind: "public", Created: at.Format(time.RFC3339)}
	if i%5 == 0 {
		m.Created = at.In(time.FixedZone("", 2*60*60)).Format(time.RFC3339)
	}
	who := 0 // the customer
	if j > 0 && r.chance(65) {
		who = 1
		if a, ok := w.owner(i); ok {
			m.Author = a.id
		} else {
			m.Author = agents[0].id
		}
		if r.chance(32) {
			who, m.Kind = 2, "internal"
		}
	}
	if who == 0 {
		switch q {
		case noRequester:
			w.truth.MessageMess.WithoutAuthor++
		case unknownRequester:
			w.truth.MessageMess.UnknownAuthor++
		}
	}
	m.Body = w.body(i, j, n, who, r)
	return m
}

func (w *world) body(i, j, n, who int, r *random) string {
	truth, q := &w.truth.MessageMess, w.quirks[i]
	if j == 0 {
		switch q {
		case script:
			truth.WithScript++
			return pick(r, hostile)
		case longBody:
			return "<p>The log of my GPS:</p><pre>" + strings.Repeat("47.4211 N 010.9853 E 2962 m ok\n", 6620) + "</pre>"
		case dangling:
			truth.DanglingInline++
			return "<p>" + pick(r, sentences) + `</p><p><img src="cid:lost-` + ticketNo(i) + "@" + domain + `" alt="photo"></p>`
		case spam:
			return "<p>" + pick(r, quirkSubjects[spam]) + `</p><p><a href="http://spam.example/win">Click here</a> - limited time!</p>`
		case test:
			return "<p>test test 123</p>"
		}
		if f := foreign[q]; f != "" {
			return f
		}
	}
	var s strings.Builder
	switch who {
	case 2:
		s.WriteString("<p>" + pick(r, notes) + "</p>")
	case 1:
		s.WriteString("<p>" + pick(r, greetings) + "</p><p>")
		for range 2 + r.below(2) {
			s.WriteString(pick(r, answers) + " ")
		}
		s.WriteString("</p><p>Your " + company + " team</p>")
	default:
		s.WriteString("<p>" + pick(r, greetings) + "</p>\n<p>")
		for range 2 + r.below(3) {
			s.WriteString(pick(r, sentences) + " ")
		}
		s.WriteString("</p>")
		if r.chance(10) {
			s.WriteString("<ul><li>first try: no answer</li><li>second try: <b>nothing</b></li></ul>")
		}
		if j > 0 && r.chance(30) {
			s.WriteString("\n<blockquote>&gt; " + pick(r, answers) + "</blockquote>")
		}
		c := w.contact(w.requester(i))
		s.WriteString("<p>" + strings.TrimSpace(c.first+" "+c.last) + "</p>")
	}
	for _, cid := range w.inline[n] {
		truth.InlineImages++
		s.WriteString(`<p><img src="cid:` + cid + `" alt=""></p>`)
	}
	return s.String()
}
