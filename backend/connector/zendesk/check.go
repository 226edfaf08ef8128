package zendesk

import (
	"context"
	"net/url"
	"strconv"

	"waybill/backend/connector"
	"waybill/backend/problem"
)

// Check says who we are. Wrong credentials are answered with somebody anonymous, who has
// no number. Rights are tried with one harmless request each (P-11).
func (c *conn) Check(ctx context.Context) (connector.Account, error) {
	v, a, err := c.client.get(ctx, "users/me", nil)
	if err != nil {
		return connector.Account{}, err
	}
	me := v.Get("user")
	if !me.IsObject() {
		return connector.Account{}, connector.OtherThing(nil, desk, c.client.Base.Host)
	}
	if me.Get("id").Int() == 0 {
		return connector.Account{}, connector.Unauthorized(nil, desk)
	}
	account := connector.Account{Name: c.client.Base.Host, As: me.Get("name").String(), Zone: me.Get("iana_time_zone").String(), UpdatesPerMinute: 100}
	if mail := me.Get("email").String(); mail != "" {
		account.As += " (" + mail + ")"
	}
	if n, ok := allowed(a.Header); ok {
		account.PerMinute, account.Plan = n, planOf(n)
	}
	admin := me.Get("role").String() == "admin"
	if admin {
		account.Rights = append(account.Rights, "import tickets silently, with times of the past")
	} else {
		account.Missing = append(account.Missing, "export all tickets, archived ones among them, and import tickets: only an administrator may. This is "+roleOf(me.Get("role").String())+".")
	}
	for _, x := range []struct{ path, right string }{
		{"tickets", "read tickets"},
		{"users", "read people"},
		{"slas/policies", "read SLA policies"},
		{"deleted_tickets", "read deleted tickets"},
		{"suspended_tickets", "read suspended tickets"},
		{"help_center/articles", "read the help center"},
	} {
		_, _, err := c.client.get(ctx, x.path, url.Values{"page[size]": {"1"}})
		switch {
		case err == nil:
			account.Rights = append(account.Rights, x.right)
		case unavailable(err):
			account.Missing = append(account.Missing, x.right+" (not part of the plan, or a right is missing)")
		default:
			return account, err
		}
	}
	return account, nil
}

func roleOf(role string) string {
	if role == "agent" {
		return "an agent"
	}
	return "a customer"
}

// planOf guesses the plan by its limit: Zendesk's API does not name it.
func planOf(perMinute int) string {
	names := map[int]string{
		10: "Support Essential", 200: "Suite Team or Support Team", 400: "Suite Growth, Suite Professional or Support Professional",
		700: "Suite Enterprise or Support Enterprise", 2500: "Suite Enterprise Plus, or the add-on High Volume API",
	}
	if n, ok := names[perMinute]; ok {
		return n + " (by its limit of " + strconv.Itoa(perMinute) + " requests a minute)"
	}
	return ""
}

// tolerated reads a list that not every account has; missing says so in words.
func tolerated(title string, err error) (missing string, other error) {
	p := problem.From(err)
	if p == nil || p.Code != connector.CodeForbidden && p.Code != connector.CodeRefused && p.Code != connector.CodeOther {
		return "", err
	}
	return title + " cannot be read: they are not part of the plan, or the token's owner may not see them.", nil
}
