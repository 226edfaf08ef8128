package fake

import (
	"net/http"
	"path"
	"strconv"
	"time"
)

func (c *call) upload(_ []string) {
	if int64(len(c.raw)) > c.s.o.MaxFile {
		c.refuse("This file cannot be uploaded because it exceeds the maximum allowed file size")
		return
	}
	f := &file{
		id: len(c.s.files) + 1, author: c.me, name: path.Base(c.r.URL.Query().Get("filename")), kind: "application/octet-stream", content: c.raw,
		created: c.s.now().UTC().Truncate(time.Second),
	}
	f.token = strconv.Itoa(f.id) + ".token"
	c.s.files = append(c.s.files, f)
	c.answer(http.StatusCreated, map[string]any{"upload": map[string]any{"id": f.id, "token": f.token}})
}

func (c *call) file(m []string) *file {
	if id := num(m[1]); id >= 1 && id <= len(c.s.files) {
		return c.s.files[id-1]
	}
	c.status(http.StatusNotFound)
	return nil
}

func (c *call) attachment(m []string) {
	if f := c.file(m); f != nil {
		c.answer(200, map[string]any{"attachment": c.showFile(f)})
	}
}

func (c *call) download(m []string) {
	if f := c.file(m); f != nil {
		c.w.Header().Set("Content-Type", f.kind)
		c.w.Header().Set("Content-Length", strconv.Itoa(len(f.content)))
		_, _ = c.w.Write(f.content) // the caller went away
	}
}
