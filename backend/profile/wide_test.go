package profile_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"waybill/backend/model"
)

// wide makes tickets of 30 fields, as a desk of that size has them: keys, moments, lists
// to choose from, people, addresses, numbers and texts.
type wide struct {
	r     *rand.Rand
	names []string
	words []string
}

func newWide() *wide {
	w := &wide{r: rand.New(rand.NewPCG(1, 2))}
	w.names = []string{
		"id", "subject", "created_at", "updated_at", "closed_at", "due", "status", "priority", "channel", "requester_id", "assignee_id", "group_id", "email", "phone", "url",
		"country", "amount", "score", "minutes", "flag", "code", "order_number", "tags", "reason", "product", "text", "note", "ip", "seldom", "empty",
	}
	w.words = strings.Fields("the order has not arrived yet and nobody answers please help me with my invoice because it is wrong thank you for your support printer login password refund delivery broken Größe naïve café")
	return w
}

func (w *wide) text(n int) string {
	out := make([]string, n)
	for i := range out {
		out[i] = w.words[w.r.IntN(len(w.words))]
	}
	return strings.Join(out, " ")
}

func (w *wide) values(i int) []string {
	r := w.r
	at := time.Date(2014, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i)*5*time.Minute + time.Duration(r.IntN(300))*time.Second)
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	seldom := ""
	if r.IntN(200) == 0 {
		seldom = "x" + strconv.Itoa(r.IntN(9))
	}
	return []string{
		strconv.Itoa(100_000 + i), w.text(4 + r.IntN(5)), at.Format("2006-01-02T15:04:05Z"), at.Add(time.Duration(r.IntN(1000)) * time.Hour).Format("2006-01-02T15:04:05Z"),
		at.Add(90 * time.Hour).Format("2006-01-02 15:04"), at.Format("02/01/2006"), pick("open", "pending", "solved", "closed", "closed", "closed"), pick("low", "normal", "high", "urgent"),
		pick("email", "web", "chat", "phone"), strconv.Itoa(r.IntN(120_000)), strconv.Itoa(r.IntN(150)), strconv.Itoa(r.IntN(12)), fmt.Sprintf("person%d@company%d.example", r.IntN(120_000), r.IntN(900)),
		fmt.Sprintf("+49 30 %07d", r.IntN(9_000_000)), fmt.Sprintf("https://example.test/orders/%d", r.IntN(400_000)), pick("DE", "FR", "IT", "ES", "PL", "NL", "US", "GB"),
		fmt.Sprintf("%d.%02d", r.IntN(5000), r.IntN(100)), strconv.Itoa(1 + r.IntN(5)), strconv.Itoa(r.IntN(20_000)), pick("true", "false"), fmt.Sprintf("%s-%04d", pick("AB", "CD", "EF"), r.IntN(10_000)),
		fmt.Sprintf("2024-%06d", r.IntN(900_000)), pick("vip", "refund", "bug", "vip, refund", ""), pick("Billing", "Shipping", "Login", "Other", ""), fmt.Sprintf("Product %d", r.IntN(300)),
		w.text(12 + r.IntN(25)), w.text(r.IntN(9)), fmt.Sprintf("10.%d.%d.%d", r.IntN(200), r.IntN(250), r.IntN(250)), seldom, "",
	}
}

// flat writes a record's values as JSON in the order of the names.
func flat(names, values []string) []byte {
	out := []byte{'{'}
	for i, n := range names {
		if i > 0 {
			out = append(out, ',')
		}
		v, err := json.Marshal(values[i])
		if err != nil {
			panic(err) // a text can always be written
		}
		out = append(append(strconv.AppendQuote(out, n), ':'), v...)
	}
	return append(out, '}')
}

func wideShape() model.ObjectSchema {
	shape := model.ObjectSchema{Object: model.Ticket, Name: "subject"}
	for _, n := range newWide().names {
		t := model.Text
		switch n {
		case "created_at", "updated_at":
			t = model.DateTime
		case "tags":
			t = model.Tags
		}
		shape.Fields = append(shape.Fields, model.Field{Name: n, Type: t})
	}
	return shape
}
