package project

import (
	"html"
	"regexp"
	"slices"
	"strings"

	"waybill/backend/connector"
)

// Placeholder is a piece of a text that the desk fills in when it is sent: "{{ticket.id}}".
type Placeholder struct {
	// Text as it stands there.
	Text string `json:"text"`
	// Becomes is how the target writes the same; empty: it does not know it.
	Becomes string `json:"becomes"`
	// Means says in words what it stands for, when that is known.
	Means string `json:"means"`
	// Dead: left as it is, customers would read it as it stands.
	Dead bool `json:"dead"`
}

// meaning of a placeholder, the same in every desk.
type meaning string

// meanings in words.
var meanings = map[meaning]string{
	"customer.name": "the customer's name", "customer.first": "the customer's first name", "customer.last": "the customer's last name",
	"customer.email": "the customer's e-mail address", "customer.phone": "the customer's phone number", "customer.company": "the customer's company",
	"ticket.id": "the ticket's number", "ticket.subject": "the ticket's subject", "ticket.status": "the ticket's status", "ticket.priority": "the ticket's priority",
	"ticket.text": "the ticket's first message", "ticket.url": "the ticket's address", "ticket.public_url": "the ticket's address for the customer", "ticket.tags": "the ticket's tags",
	"ticket.type": "the ticket's type", "ticket.group": "the ticket's group", "ticket.last": "the newest message", "ticket.source": "the ticket's channel",
	"owner.name": "the name of the agent in charge", "owner.first": "the first name of the agent in charge", "owner.email": "the address of the agent in charge",
	"me.name": "the name of the agent who writes", "me.first": "the first name of the agent who writes", "me.last": "the last name of the agent who writes", "me.email": "the address of the agent who writes",
	"me.signature": "the signature of the agent who writes", "desk.name": "the name of the help desk", "survey": "the question whether the customer is satisfied",
}

// known are the placeholders of a kind of desk, by their inner text in small letters. The
// first of several with one meaning is the one that is written. Custom fields are not in
// it: their names are each account's own.
//
// Zendesk: support.zendesk.com/hc/en-us/articles/4408886858138. Freshdesk: the list behind
// "Insert placeholder", support article 37598. Front: help.front.com/en/articles/2306.
// Intercom: developers.intercom.com, Macros (body and body_text). Request Tracker:
// docs.bestpractical.com, Customizing/Templates. Redmine has none.
var known = map[string][]struct {
	inner string
	means meaning
}{
	"zendesk": {
		{"ticket.requester.name", "customer.name"},
		{"ticket.requester.first_name", "customer.first"},
		{"ticket.requester.last_name", "customer.last"},
		{"ticket.requester.email", "customer.email"},
		{"ticket.requester.phone", "customer.phone"},
		{"ticket.organization.name", "customer.company"},
		{"ticket.requester.organization.name", "customer.company"},
		{"ticket.id", "ticket.id"},
		{"ticket.title", "ticket.subject"},
		{"ticket.status", "ticket.status"},
		{"ticket.priority", "ticket.priority"},
		{"ticket.description", "ticket.text"},
		{"ticket.link", "ticket.url"},
		{"ticket.url", "ticket.public_url"},
		{"ticket.url_with_protocol", "ticket.public_url"},
		{"ticket.tags", "ticket.tags"},
		{"ticket.ticket_type", "ticket.type"},
		{"ticket.group.name", "ticket.group"},
		{"ticket.latest_public_comment", "ticket.last"},
		{"ticket.latest_comment", "ticket.last"},
		{"ticket.via", "ticket.source"},
		{"ticket.assignee.name", "owner.name"},
		{"ticket.assignee.first_name", "owner.first"},
		{"ticket.assignee.email", "owner.email"},
		{"current_user.name", "me.name"},
		{"current_user.first_name", "me.first"},
		{"current_user.last_name", "me.last"},
		{"current_user.email", "me.email"},
		{"agent.signature", "me.signature"},
		{"current_user.signature", "me.signature"},
		{"ticket.account", "desk.name"},
		{"ticket.brand.name", "desk.name"},
		{"satisfaction.rating_section", "survey"},
		{"satisfaction.rating_url", "survey"},
	},
	"freshdesk": {
		{"ticket.requester.name", "customer.name"},
		{"ticket.requester.firstname", "customer.first"},
		{"ticket.requester.lastname", "customer.last"},
		{"ticket.requester.email", "customer.email"},
		{"ticket.requester.phone", "customer.phone"},
		{"ticket.company.name", "customer.company"},
		{"ticket.requester.company_name", "customer.company"},
		{"ticket.id", "ticket.id"},
		{"ticket.subject", "ticket.subject"},
		{"ticket.status", "ticket.status"},
		{"ticket.priority", "ticket.priority"},
		{"ticket.description", "ticket.text"},
		{"ticket.url", "ticket.url"},
		{"ticket.public_url", "ticket.public_url"},
		{"ticket.portal_url", "ticket.public_url"},
		{"ticket.tags", "ticket.tags"},
		{"ticket.ticket_type", "ticket.type"},
		{"ticket.group.name", "ticket.group"},
		{"ticket.latest_public_comment", "ticket.last"},
		{"ticket.source", "ticket.source"},
		{"ticket.agent.name", "owner.name"},
		{"ticket.agent.email", "owner.email"},
		{"helpdesk_name", "desk.name"},
		{"ticket.portal_name", "desk.name"},
		{"ticket.satisfaction_survey", "survey"},
	},
	"front": {
		{"recipient.name", "customer.name"},
		{"recipient.first_name", "customer.first"},
		{"recipient.last_name", "customer.last"},
		{"recipient.email", "customer.email"},
		{"recipient.handle", "customer.email"},
		{"recipient.phone", "customer.phone"},
		{"account.name", "customer.company"},
		{"conversation.ticket_id", "ticket.id"},
		{"conversation.id", "ticket.id"},
		{"conversation.public_id", "ticket.id"},
		{"user.name", "me.name"},
		{"user.first_name", "me.first"},
		{"user.last_name", "me.last"},
		{"user.email", "me.email"},
		{"survey", "survey"},
	},
	"intercom": {
		{"user.name", "customer.name"},
		{"name", "customer.name"},
		{"user.first_name", "customer.first"},
		{"first_name", "customer.first"},
		{"user.last_name", "customer.last"},
		{"last_name", "customer.last"},
		{"user.email", "customer.email"},
		{"email", "customer.email"},
		{"user.phone", "customer.phone"},
		{"company.name", "customer.company"},
		{"author.name", "me.name"},
		{"author.first_name", "me.first"},
		{"author.last_name", "me.last"},
		{"author.email", "me.email"},
	},
	"rt": {
		{"$ticket->requestoraddresses", "customer.email"},
		{"$ticketrequestoraddresses", "customer.email"},
		{"$ticket->id", "ticket.id"},
		{"$ticketid", "ticket.id"},
		{"$ticket->subject", "ticket.subject"},
		{"$ticketsubject", "ticket.subject"},
		{"$ticket->status", "ticket.status"},
		{"$ticketstatus", "ticket.status"},
		{"$ticket->priority", "ticket.priority"},
		{"$ticketpriority", "ticket.priority"},
		{"$ticket->queueobj->name", "ticket.group"},
		{"$ticketqueuename", "ticket.group"},
		{"$ticket->ownerobj->name", "owner.name"},
		{"$ticketownername", "owner.name"},
		{"$transaction->content", "ticket.last"},
		{"$transactioncontent", "ticket.last"},
		{"$rtname", "desk.name"},
	},
	"redmine": {},
	"practice": {
		{"customer.name", "customer.name"},
		{"customer.first_name", "customer.first"},
		{"customer.email", "customer.email"},
		{"ticket.id", "ticket.id"},
		{"ticket.subject", "ticket.subject"},
		{"agent.name", "me.name"},
	},
}

// spelled is how Request Tracker writes what is found in small letters.
var spelled = map[string]string{
	"$ticket->requestoraddresses": "$Ticket->RequestorAddresses", "$ticket->id": "$Ticket->id", "$ticket->subject": "$Ticket->Subject", "$ticket->status": "$Ticket->Status",
	"$ticket->priority": "$Ticket->Priority", "$ticket->queueobj->name": "$Ticket->QueueObj->Name", "$ticket->ownerobj->name": "$Ticket->OwnerObj->Name",
	"$transaction->content": "$Transaction->Content", "$rtname": "$rtname",
}

// The ways in which desks write placeholders: {{ticket.id}}, {% if ... %}, {$Ticket->id}
// and <attribute key="user.name">. Text of the help desk never holds such signs by chance.
var (
	braces  = regexp.MustCompile(`\{\{\s*([^{}]{1,200}?)\s*\}\}`)
	logic   = regexp.MustCompile(`\{%-?\s*[^{}]{1,400}?\s*-?%\}`)
	perl    = regexp.MustCompile(`\{\s*(\$[^{}]{1,200}?)\s*\}`)
	element = regexp.MustCompile(`<attribute\s+key="([^"]{1,200})"[^>]*>`)
)

// inner is what stands in a placeholder, without what comes behind a bar: a filter, or the
// text for nothing.
func inner(s string) string {
	s, _, _ = strings.Cut(html.UnescapeString(s), "|")
	return strings.ToLower(strings.TrimSpace(s))
}

// placeholders finds what a rule's texts let the desk fill in, and how the target writes
// the same. from and to are kinds of desk; to is empty while none is connected, and then
// nothing is called dead.
func placeholders(r connector.Rule, from, to string) []Placeholder {
	out := []Placeholder{}
	add := func(text string, means meaning, same bool) {
		if slices.ContainsFunc(out, func(p Placeholder) bool { return p.Text == text }) {
			return
		}
		p := Placeholder{Text: text, Means: meanings[means]}
		switch {
		case to == "":
		case same && from == to:
			p.Becomes = text
		default:
			p.Becomes = written(to, means)
			p.Dead = p.Becomes == ""
		}
		out = append(out, p)
	}
	for _, text := range append([]string{r.Text}, r.Does...) {
		type found struct {
			at   int
			text string
			name string
		}
		all := []found{}
		for _, re := range []*regexp.Regexp{braces, perl, element} {
			for _, m := range re.FindAllStringSubmatchIndex(text, -1) {
				f := found{m[0], text[m[0]:m[1]], inner(text[m[2]:m[3]])}
				if re == element { // people know it in brackets
					f.text = "{{" + html.UnescapeString(text[m[2]:m[3]]) + "}}"
				}
				all = append(all, f)
			}
		}
		for _, m := range logic.FindAllStringIndex(text, -1) {
			all = append(all, found{m[0], text[m[0]:m[1]], ""})
		}
		slices.SortStableFunc(all, func(a, b found) int { return a.at - b.at })
		for _, f := range all {
			means, ok := meant(from, f.name)
			add(f.text, means, ok || f.name == "")
		}
	}
	return out
}

// meant finds what a placeholder of a desk stands for.
func meant(kind, name string) (meaning, bool) {
	for _, k := range known[kind] {
		if k.inner == name {
			return k.means, true
		}
	}
	return "", false
}

// written is how a desk writes a meaning; empty: it has no such placeholder.
func written(kind string, m meaning) string {
	for _, k := range known[kind] {
		if k.means != m || m == "" {
			continue
		}
		if kind == "rt" {
			return "{" + spelled[k.inner] + "}"
		}
		return "{{" + k.inner + "}}"
	}
	return ""
}
