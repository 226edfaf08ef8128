package fake

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// job is work that is done in the background, one row after another.
type job struct {
	id      string
	total   int
	due     time.Time
	done    bool
	work    func(i int) map[string]any
	results []map[string]any
}

// mostJobs is how many may wait or run at a time.
const mostJobs = 30

// start queues a job and answers with its status.
func (s *Server) start(w http.ResponseWriter, j *job) {
	if len(s.queue) >= mostJobs {
		w.Header().Set("Retry-After", "5")
		answer(w, http.StatusTooManyRequests, map[string]any{"error": "TooManyJobs", "description": "Too many jobs are currently queued or running. Try again later.", "current_job_ids": []string{}})
		return
	}
	j.id = fmt.Sprintf("V3-%032x", s.id())
	j.due = s.o.Now().Add(s.o.JobDelay)
	s.jobs[j.id] = j
	s.queue = append(s.queue, j)
	if s.o.JobDelay == 0 {
		s.run()
	}
	answer(w, http.StatusOK, map[string]any{"job_status": map[string]any{
		"id": j.id, "url": "https://desk.zendesk.com/api/v2/job_statuses/" + j.id + ".json", "status": "queued", "total": j.total, "progress": nil, "message": nil, "results": nil,
	}})
}

// run does the work that is due.
func (s *Server) run() {
	for len(s.queue) > 0 && !s.queue[0].due.After(s.o.Now()) {
		j := s.queue[0]
		s.queue = s.queue[1:]
		for i := range j.total {
			j.results = append(j.results, j.work(i))
		}
		j.done = true
	}
}

func (s *Server) routeJobs(w http.ResponseWriter, path []string) {
	if len(path) != 1 || s.jobs[path[0]] == nil {
		fail(w, http.StatusNotFound, "RecordNotFound", "Not found")
		return
	}
	j := s.jobs[path[0]]
	status := map[string]any{"id": j.id, "url": "https://desk.zendesk.com/api/v2/job_statuses/" + j.id + ".json", "total": j.total}
	if !j.done {
		status["status"], status["progress"], status["message"], status["results"] = "working", 0, nil, nil
	} else {
		status["status"], status["progress"], status["results"] = "completed", j.total, j.results
		status["message"] = "Completed at " + s.stamp()
	}
	answer(w, http.StatusOK, map[string]any{"job_status": status})
}

func destroyJob(_ *Server, which []int64, remove func(id int64) string) *job {
	return &job{total: len(which), work: func(i int) map[string]any {
		if why := remove(which[i]); why != "" {
			if why == "RecordNotFound" {
				return map[string]any{"id": which[i], "index": i, "error": "RecordNotFound", "success": false}
			}
			return map[string]any{"id": which[i], "index": i, "error": "DestroyError", "details": why, "success": false}
		}
		return map[string]any{"id": which[i], "action": "delete", "status": "Deleted", "success": true}
	}}
}

// parts of a path that is a number.
func number(s string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	if err != nil {
		return 0
	}
	return n
}
