package fake

import "net/http"

// The lists that people set up, as the interface tells them.

func (c *call) trackers(_ []string) {
	list := []any{}
	for _, t := range trackers {
		list = append(list, map[string]any{
			"id": t.id, "name": t.name, "default_status": map[string]any{"id": 1, "name": "New"}, "description": nil,
			"enabled_standard_fields": []string{"assigned_to_id", "due_date", "description"},
		})
	}
	c.answer(http.StatusOK, map[string]any{"trackers": list})
}

func (c *call) statuses(_ []string) {
	list := []any{}
	for _, s := range statuses {
		list = append(list, map[string]any{"id": s.id, "name": s.name, "is_closed": s.id >= 5})
	}
	c.answer(http.StatusOK, map[string]any{"issue_statuses": list})
}

func (c *call) queries(_ []string) {
	list := []any{
		map[string]any{"id": 1, "name": "Late", "is_public": true, "project_id": nil},
		map[string]any{"id": 2, "name": "Refunds", "is_public": false, "project_id": 2},
	}
	c.page("queries", len(list), func(i int) any { return list[i] })
}

func (c *call) versions(m []string) {
	list := []any{}
	if m[1] == "1" {
		list = append(list, map[string]any{
			"id": 1, "project": map[string]any{"id": 1, "name": "General"}, "name": "Spring", "description": "", "status": "open",
			"due_date": "2031-03-01", "sharing": "system", "created_on": stamp(c.s.users[1].created), "updated_on": stamp(c.s.users[1].created),
		})
	}
	c.answer(http.StatusOK, map[string]any{"versions": list, "total_count": len(list)})
}

func (c *call) categories(m []string) {
	list := []any{}
	if m[1] == "2" {
		agnes := c.s.users[c.s.byLogin["agnes"]]
		list = append(list,
			map[string]any{"id": 1, "project": map[string]any{"id": 2, "name": "Billing"}, "name": "Refund", "assigned_to": c.person(agnes.id)},
			map[string]any{"id": 2, "project": map[string]any{"id": 2, "name": "Billing"}, "name": "Other"})
	}
	c.answer(http.StatusOK, map[string]any{"issue_categories": list, "total_count": len(list)})
}
