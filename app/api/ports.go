package api

import "context"

// FileFilter narrows an open dialog: "*.csv;*.xlsx".
type FileFilter struct{ Title, Pattern string }

// Dialogs asks the person for files. An empty answer means that they thought better of it.
type Dialogs interface {
	OpenFiles(ctx context.Context, title string, patterns []FileFilter) ([]string, error)
	OpenFolder(ctx context.Context, title string) (string, error)
	SaveFile(ctx context.Context, title, suggested string) (string, error)
}

// Emitter sends events to the window.
type Emitter interface {
	Emit(name string, payload any)
}

// Opener shows a file in the system's own program.
type Opener interface {
	OpenPath(path string) error
}
