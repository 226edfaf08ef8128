package mapping

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// plain folds a name or a value for comparison: small letters, no accents, words
// parted by one blank. "Created_At", "createdAt" and "Created at" become the same.
func plain(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	gap, lower := false, false
	for _, r := range norm.NFKD.String(s) {
		switch {
		case unicode.Is(unicode.Mn, r):
			continue
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if b.Len() > 0 && (gap || lower && unicode.IsUpper(r)) {
				b.WriteByte(' ')
			}
			gap, lower = false, unicode.IsLower(r) || unicode.IsDigit(r)
			if r == 'ß' {
				b.WriteString("ss")
				continue
			}
			b.WriteRune(unicode.ToLower(r))
		default:
			gap = true
		}
	}
	return b.String()
}

// fieldWords: names that mean the same in help desks, English and German. The first
// word of each line is the concept. The same name never stands in two lines.
var fieldWords = makeWords(`
subject: subject, title, ticket subject, ticket title, summary, short description, headline, issue, betreff, titel, kurzbeschreibung, zusammenfassung
body: body, html body, text, body text, message, message text, comment, comment body, body html, content html, description html, description text, note body, description, details, detail, long description, question, query, inhalt, beschreibung, nachricht, nachrichtentext, text body, problem description, fehlerbeschreibung, anfrage, langtext, reply, answer
status: status, state, ticket status, ticket state, incident state, case status, zustand, bearbeitungsstatus, stand, ticketstatus
priority: priority, prio, ticket priority, prioritat, dringlichkeit, wichtigkeit, severity
urgency: urgency
impact: impact, auswirkung
type: type, ticket type, kind, case type, art, typ, vorgangsart, tickettyp, request type
channel: channel, source, via, via channel, contact type, origin, origin channel, ticket channel, kanal, herkunft, quelle, eingangskanal, case origin
requester: requester, requester id, customer, customer id, contact, contact id, caller, caller id, reporter, reporter id, requested by, client, client id, end user, user, user id, kunde, kunden id, kundennummer, kontakt, melder, anforderer, ansprechpartner, requester email, customer email, submitter, submitter id, von kunde, reported by, opened for
assignee: assignee, assignee id, agent, agent id, owner, owner id, assigned to, assigned agent, responder, responder id, handler, bearbeiter, zugewiesen an, zustandig, sachbearbeiter, assigned to id, assignee email, agent email, besitzer
group: group, group id, team, team id, assignment group, department, department id, queue, queue id, support group, gruppe, abteilung, assigned group, warteschlange
organization: organization, organization id, organisation, organisation id, company, company id, account, account id, firma, firma id, unternehmen, kundenfirma, org, org id, company name, organization name, employer
author: author, author id, from, from id, sender, sender id, sent by, written by, created by, created by id, commenter, verfasser, absender, autor, from email, author email, posted by, sys created by, sys updated by, updated by, changed by, modified by, last updated by, user email, geandert von
ticket: ticket, ticket id, ticket number, case, case id, case number, conversation, conversation id, issue id, incident, incident id, parent ticket, vorgang, vorgangsnummer, ticketnummer, anfrage id, ticket no, ticket nr
message: message id, comment id, note id, article id, nachricht id, message ref, reply id
tags: tags, tag, labels, label, keywords, schlagworte, schlagworter, stichworte, markierungen
created: created, created at, created on, created date, creation date, date created, opened, opened at, open time, opened on, open date, date, sent, sent at, received, received at, posted at, timestamp, time, submitted at, reported at, erstellt, erstellt am, erstellungsdatum, angelegt, angelegt am, eingang, eingegangen am, eroffnet, eroffnet am, datum, gesendet am, sys created at, sys created on, zeitpunkt, anlagedatum
updated: updated, updated at, updated on, last updated, last update, modified, modified at, last modified, last modified at, changed, changed at, date modified, sys updated at, sys updated on, geandert, geandert am, aktualisiert, aktualisiert am, anderungsdatum
solved: solved, solved at, resolved, resolved at, resolved time, resolution date, date resolved, gelost, gelost am, erledigt am, losungsdatum
closed: closed, closed at, closed on, close time, date closed, closed date, geschlossen, geschlossen am, abgeschlossen am
due: due, due at, due date, deadline, due by, fallig, fallig am, falligkeit, falligkeitsdatum, sla due
email: email, e mail, mail, email address, e mail address, mail address, e mail adresse, email adresse, primary email, mailadresse, contact email
phone: phone, phone number, telephone, tel, telephone number, telefon, telefonnummer, rufnummer, work phone
mobile: mobile, mobile phone, mobile number, cell, cell phone, handy, mobil, mobiltelefon
name: name, full name, display name, fullname, vollstandiger name, contact name, customer name, agent name, user name, group name, team name, bezeichnung
first name: first name, firstname, given name, forename, vorname, fname
last name: last name, lastname, surname, family name, nachname, familienname, zuname, lname
language: language, locale, lang, sprache, preferred language
time zone: time zone, timezone, tz, zeitzone
notes: notes, note, remarks, remark, comments, notizen, notiz, bemerkung, bemerkungen, anmerkung, anmerkungen, about
active: active, is active, enabled, aktiv, ist aktiv, verfugbar
inactive: inactive, is inactive, disabled, deactivated, suspended, blocked, inaktiv, gesperrt, deaktiviert, left, ausgeschieden
role: role, user role, agent role, rolle, profile
domain: domain, domains, domain name, domain names, email domain, domane, domanen
website: website, web site, homepage, url, webseite, web
external id: external id, external ref, external reference, externe id, legacy id
id: id, key, number, nr, no, nummer, record id, sys id
public: public, is public, visible to customer, customer visible, offentlich, ist offentlich, sichtbar fur kunden
private: private, is private, internal, is internal, private note, internal note, is private note, is internal note, is note, privat, intern, ist intern, ist privat, interne notiz, hidden
visibility: visibility, sichtbarkeit, note type, comment type
category: category, categories, kategorie, ticket category, issue category
subcategory: subcategory, sub category, unterkategorie
address: address, street, street address, adresse, strasse, anschrift
city: city, town, stadt, ort
country: country, land, country code
zip: zip, zip code, postal code, postcode, plz, postleitzahl
job title: job title, position, job, funktion, stelle
file name: file name, filename, attachment name, dateiname, name of file, file, datei, path, attachment, attachment file
content type: content type, mime type, mimetype, media type, dateityp, file type
size: size, file size, bytes, grosse, dateigrosse
inline: inline, is inline, shown in text
content id: content id, cid
content: content, data, attachment content, file content, content url, attachment url, download url
cc: cc, ccs, cc emails, collaborators, kopie an
followers: followers, watchers, beobachter
satisfaction: satisfaction, csat, satisfaction rating, satisfaction score, zufriedenheit, bewertung
`)

func makeWords(table string) map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(table) {
		concept, names, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !ok {
			continue
		}
		for n := range strings.SplitSeq(names, ",") {
			out[strings.TrimSpace(n)] = concept
		}
	}
	return out
}

// objectWords: what desks and files call an object.
var objectWords = makeWords(`
organization: organization, organizations, organisation, organisations, company, companies, account, accounts, firma, firmen, unternehmen
contact: contact, contacts, customer, customers, requester, requesters, end user, end users, user, users, caller, callers, person, people, client, clients, kunde, kunden, kontakt, kontakte
agent: agent, agents, staff, operator, operators, technician, technicians, mitarbeiter, bearbeiter, support staff
group: group, groups, team, teams, department, departments, queue, queues, gruppe, gruppen, abteilung, abteilungen
ticket: ticket, tickets, case, cases, incident, incidents, issue, issues, conversation, conversations, request, requests, vorgang, vorgange, anfrage, anfragen, storung, storungen
message: message, messages, comment, comments, reply, replies, note, notes, thread, threads, article body, nachricht, nachrichten, kommentar, kommentare, ticket comments, ticket comment
attachment: attachment, attachments, file, files, anhang, anhange, datei, dateien
article: article, articles, kb, knowledge base, knowledge article, knowledge articles, faq, wissensartikel
`)

// valueSet is what the values of a picklist mean, in English and German.
type valueSet struct {
	sure, likely map[string]string
	// starts: a value that begins so has surely this meaning.
	starts map[string]string
}

var statusWords = valueSet{
	sure: makeWords(`
new: new, neu, created, registered, submitted, untouched, neu erstellt
open: open, offen, in progress, in bearbeitung, active, aktiv, work in progress, wip, working, reopened, re opened, wiedereroffnet, wieder offen, opened
pending: pending, wartend, waiting, warten, on hold, hold, awaiting, wartet, ausstehend, zuruckgestellt, pending customer, wiedervorlage
hold: on hold, hold, angehalten
solved: solved, resolved, gelost, erledigt, done, fixed, completed, complete, fertig
closed: closed, geschlossen, abgeschlossen, zu
`),
	likely: makeWords(`
open: assigned, zugewiesen, in review, escalated, eskaliert, accepted, responded, to do, todo, backlog
new: unassigned, nicht zugewiesen, draft
pending: paused, pausiert, deferred, blocked, suspended, scheduled, geplant, answered, ruckfrage
closed: cancelled, canceled, abgebrochen, storniert, archived, archiviert, rejected, abgelehnt, duplicate, duplikat, spam, deleted, geloscht, merged, withdrawn, wont fix, ende, beendet
solved: ok, gelost ohne antwort, auto resolved, auto closed
`),
	starts: map[string]string{"awaiting ": "pending", "waiting ": "pending", "wartet auf ": "pending", "warten auf ": "pending", "pending ": "pending", "on hold ": "pending"},
}

var priorityWords = valueSet{
	sure: makeWords(`
low: low, niedrig, gering, minor, p4, tief, planning, sehr niedrig, very low, lowest, trivial, p5
normal: normal, medium, mittel, moderate, standard, default, p3, regular, average
high: high, hoch, major, important, p2, wichtig
urgent: urgent, dringend, critical, kritisch, very high, sehr hoch, highest, p1, emergency, notfall, blocker, p0, immediate, sofort
`),
	likely: makeWords(`
urgent: 1, severe, asap, eilig
high: 2
normal: 3
low: 4, 5
`),
}

var channelWords = valueSet{sure: makeWords(`
email: email, e mail, mail, mailbox, outbound email
phone: phone, telephone, call, voice, telefon, anruf, telefonat, inbound call
web: web, portal, web form, webform, web portal, form, self service, website, webformular, formular, online
chat: chat, live chat, messaging, messenger, whatsapp, live support
api: api, rest, import
`), likely: makeWords(`
chat: sms, facebook, twitter
web: direct opening, walk in, ivr, widget, feedback widget
`)}

var typeWords = valueSet{sure: makeWords(`
question: question, frage, inquiry, information
incident: incident, vorfall, storung, bug, fehler
problem: problem
task: task, aufgabe
request: request, service request, anforderung, anfrage
`)}

var roleWords = valueSet{sure: makeWords(`
admin: admin, administrator, owner, inhaber
agent: agent, support, supporter, operator, bearbeiter, mitarbeiter, support agent, staff
light: light, light agent, viewer, leser, nur lesen, read only, collaborator, occasional
`), likely: makeWords(`
agent: supervisor, team lead, teamleiter
light: end user, guest
`)}

var boolWords = valueSet{sure: makeWords(`
true: true, yes, ja, y, j, 1, on, wahr, x, an, richtig
false: false, no, nein, n, 0, off, falsch, aus
`)}

var publicWords = valueSet{sure: makeWords(`
public: public, offentlich, customer, external, extern, reply, public reply, public comment, antwort, email, sichtbar
private: private, privat, internal, intern, note, notiz, internal note, private note, interne notiz, hidden, versteckt, work note, internal comment
`)}

// Truth reads yes and no as people write them, in English and German.
func Truth(s string) (value, ok bool) {
	switch boolWords.sure[plain(s)] {
	case "true":
		return true, true
	case "false":
		return false, true
	}
	return false, false
}
