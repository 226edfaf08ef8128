package fake

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Attachment is a file of a comment or an article.
type Attachment struct {
	ID          int64  `json:"id"`
	FileName    string `json:"file_name"`
	ContentURL  string `json:"content_url"`
	ContentType string `json:"content_type"`
	Size        int64  `json:"size"`
	Inline      bool   `json:"inline"`
	Deleted     bool   `json:"deleted"`
}

type stored struct {
	body []byte
	kind string
}

type upload struct {
	at   time.Time
	used bool
	list []*Attachment
}

// keep stores content.
func (s *Server) keep(name, kind string, body []byte) *Attachment {
	token := "t" + strconv.FormatInt(s.id(), 36)
	s.files[token] = &stored{body: body, kind: kind}
	a := &Attachment{
		ID: s.id(), FileName: name, ContentType: kind, Size: int64(len(body)),
		ContentURL: s.host + "/attachments/token/" + token + "/?name=" + url.QueryEscape(name),
	}
	if s.host == "" {
		s.pending = append(s.pending, a)
	}
	return a
}

// content needs no credentials, because the token in the address is the right to see it,
// unless the account keeps its files private.
func (s *Server) content(w http.ResponseWriter, r *http.Request, token string) {
	s.mu.Lock()
	if s.o.PrivateFiles && !s.known(r) {
		s.mu.Unlock()
		http.Redirect(w, r, "/access/unauthenticated", http.StatusFound)
		return
	}
	f := s.files[token]
	s.seen[r.URL.Path]++
	s.mu.Unlock()
	if f == nil {
		http.Error(w, "not found", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", f.kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(f.body)))
	_, _ = w.Write(f.body) // the reader may be gone
}

func (s *Server) routeUploads(w http.ResponseWriter, r *http.Request) {
	name := r.URL.Query().Get("filename")
	if r.Method != http.MethodPost || name == "" {
		badRequest(w, "filename is missing")
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, s.o.MaxFile+1))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if int64(len(body)) > s.o.MaxFile {
		answer(w, http.StatusRequestEntityTooLarge, map[string]any{"error": "AttachmentTooLarge", "description": fmt.Sprintf("The file is larger than %d MB", s.o.MaxFile>>20)})
		return
	}
	token := r.URL.Query().Get("token")
	u := s.uploads[token]
	if u == nil {
		token = "u" + strconv.FormatInt(s.id(), 36)
		u = &upload{at: s.o.Now()}
		s.uploads[token] = u
	}
	a := s.keep(name, r.Header.Get("Content-Type"), body)
	u.list = append(u.list, a)
	answer(w, http.StatusCreated, map[string]any{"upload": map[string]any{"token": token, "attachment": a, "attachments": u.list}})
}
