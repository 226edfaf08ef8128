package fake

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

func (c *call) showTransaction(x *transaction, field string) any {
	switch field {
	case "key":
		return strconv.Itoa(x.id)
	case "Type":
		return x.kind
	case "ObjectType":
		return x.objectType
	case "ObjectId":
		return strconv.Itoa(x.object)
	case "Creator":
		return ref("user", x.creator.name())
	case "Created":
		return stampOf(x.created)
	case "Field":
		return x.field
	case "OldValue":
		return x.oldValue
	case "NewValue":
		return x.newValue
	case "TimeTaken":
		return strconv.Itoa(x.minutes)
	}
	return nil
}

func (c *call) listTransactions(_ []string) {
	all := c.s.transactions
	c.listOf(c.only("id", at(len(all))), len(all), func(i int, f string) []string {
		if f == "id" {
			return []string{strconv.Itoa(all[i].id)}
		}
		return []string{fmt.Sprint(c.showTransaction(all[i], f))}
	}, func(i int, f string) any { return c.showTransaction(all[i], f) })
}

func (c *call) history(m []string) {
	t := c.ticketOf(m)
	if t == nil {
		return
	}
	all := slices.Clone(t.history)
	for _, x := range t.merged {
		all = append(all, x.history...)
	}
	slices.SortFunc(all, func(a, b *transaction) int { return a.id - b.id })
	c.list(len(all), nil, func(i int, f string) any { return c.showTransaction(all[i], f) })
}

func (c *call) listAttachments(_ []string) {
	all := c.s.attachments
	only := c.only("id", at(len(all)))
	if only == nil {
		only = c.only("TransactionId", func(v string) (out []int) {
			for _, i := range at(len(c.s.transactions))(v) {
				for _, a := range c.s.transactions[i].attachments {
					out = append(out, a.id-1)
				}
			}
			return out
		})
	}
	c.listOf(only, len(all), func(i int, f string) []string {
		switch f {
		case "id":
			return []string{strconv.Itoa(all[i].id)}
		case "TransactionId":
			return []string{strconv.Itoa(all[i].transaction)}
		}
		return nil
	}, func(i int, f string) any {
		a := all[i]
		switch f {
		case "key":
			return strconv.Itoa(a.id)
		case "Filename":
			return a.name
		case "ContentType":
			return a.kind
		case "TransactionId":
			return strconv.Itoa(a.transaction)
		case "Headers":
			return a.headers
		case "Content":
			return string(a.content)
		}
		return nil
	})
}

func (c *call) oneAttachment(m []string) {
	id, _ := strconv.Atoi(m[1]) // digits, by the route
	if id < 1 || id > len(c.s.attachments) {
		c.say(http.StatusNotFound, "Not Found")
		return
	}
	a := c.s.attachments[id-1]
	out := map[string]any{"id": a.id, "Filename": a.name, "ContentType": a.kind, "Headers": a.headers, "TransactionId": strconv.Itoa(a.transaction)}
	if len(a.content) > 0 {
		text := base64.StdEncoding.EncodeToString(a.content)
		var b strings.Builder
		for len(text) > 0 {
			n := min(76, len(text))
			b.WriteString(text[:n] + "\n")
			text = text[n:]
		}
		out["Content"] = b.String()
	}
	c.answer(200, out)
}
