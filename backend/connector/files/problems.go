package files

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"waybill/backend/problem"
)

// Codes of what can be wrong with a file.
const (
	codeMissing     problem.Code = "file.missing"
	codeNoAccess    problem.Code = "file.no_access"
	codeUnreadable  problem.Code = "file.unreadable"
	codeEmpty       problem.Code = "file.empty"
	codeNotText     problem.Code = "file.not_text"
	codeEncrypted   problem.Code = "file.encrypted"
	codeTruncated   problem.Code = "file.truncated"
	codeDamaged     problem.Code = "file.damaged"
	codeZipBomb     problem.Code = "file.zip_bomb"
	codeZipPath     problem.Code = "file.zip_path"
	codeLongLine    problem.Code = "file.line_too_long"
	codeOldExcel    problem.Code = "file.old_excel"
	codeUnsupported problem.Code = "file.unsupported"
	codeRowWidth    problem.Code = "file.row_width"
	codeQuote       problem.Code = "file.quote"
	codeBytes       problem.Code = "file.bad_characters"
	codeJSON        problem.Code = "file.json"
	codeMail        problem.Code = "file.mail"
	codeSQL         problem.Code = "file.sql"
	codeKeyEmpty    problem.Code = "file.key_empty"
	codeChanged     problem.Code = "file.changed"
	codeAttachment  problem.Code = "file.attachment_missing"
	codeNoTables    problem.Code = "file.nothing_found"
	codeChoice      problem.Code = "file.choice"
	codeCursor      problem.Code = "file.cursor"
)

// cannotOpen explains why the system would not open a file.
func cannotOpen(err error, path, name string) *problem.Problem {
	at := problem.Place{File: path}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return problem.Wrap(err, codeMissing, fmt.Sprintf("%s is not there any more.", name),
			"It was moved, renamed or deleted, or its drive is not connected.",
			"Put the file back where it was, or choose it again.").At(at)
	case errors.Is(err, fs.ErrPermission):
		return problem.Wrap(err, codeNoAccess, fmt.Sprintf("Waybill may not read %s.", name),
			"The system does not let you open it.",
			"Give yourself the right to read it, or copy it to a folder of your own and choose the copy.").At(at)
	}
	return problem.Wrap(err, codeUnreadable, fmt.Sprintf("%s cannot be read.", name),
		"The system reported a fault while reading it. The drive or the network may be at fault.",
		"Copy the file to this computer's own disk and choose the copy.").At(at)
}

func isEmptyFile(path, name string) *problem.Problem {
	return problem.New(codeEmpty, fmt.Sprintf("%s is empty.", name),
		"There is nothing in it to move. An export that was interrupted often leaves an empty file.",
		"Export it again, or leave this file out.").At(problem.Place{File: path})
}

func notText(path, name, looksLike string) *problem.Problem {
	what := fmt.Sprintf("%s does not hold text.", name)
	if looksLike != "" {
		what = fmt.Sprintf("%s does not hold text: it looks like %s.", name, looksLike)
	}
	return problem.New(codeNotText, what,
		"A table can be read from text, from an Excel workbook (.xlsx) or from JSON. This is something else, whatever its name says.",
		"Open it in the program that made it and save it as CSV or .xlsx, or leave this file out.").At(problem.Place{File: path})
}

func unsupported(path, name, kind, next string) *problem.Problem {
	return problem.New(codeUnsupported, fmt.Sprintf("%s is %s, which Waybill does not read.", name, kind),
		"Nothing was read from it.", next).At(problem.Place{File: path})
}

func truncated(cause error, path, name string) *problem.Problem {
	return problem.Wrap(cause, codeTruncated, fmt.Sprintf("%s ends too early.", name),
		"The last part is missing or damaged. This happens when a download or a copy was interrupted.",
		"Download or copy the file again, then choose it again.").At(problem.Place{File: path})
}

func damaged(cause error, path, name, what string) *problem.Problem {
	return problem.Wrap(cause, codeDamaged, fmt.Sprintf("%s is damaged.", name),
		fmt.Sprintf("It looks like %s, but its inside does not fit together.", what),
		"Export or download it again. If it opens in the program that made it, save it again from there.").At(problem.Place{File: path})
}

func zipBomb(path, name string) *problem.Problem {
	return problem.New(codeZipBomb, fmt.Sprintf("%s would unpack to far more than it should.", name),
		"A small file that unpacks to an enormous one is a known attack, so Waybill did not go on.",
		"If you trust the file, unpack it yourself and choose the unpacked files.").At(problem.Place{File: path})
}

func changedSince(path, name string) *problem.Problem {
	return problem.New(codeChanged, fmt.Sprintf("%s has changed since it was inspected.", name),
		"Its size or its content is not what you looked at and confirmed.",
		"Put the earlier file back, or inspect the new one and confirm its columns.").At(problem.Place{File: path})
}

// statName gives file information or a problem in words.
func statFile(path, name string) (os.FileInfo, error) {
	fi, err := os.Stat(path)
	if err != nil {
		return nil, cannotOpen(err, path, name)
	}
	return fi, nil
}

func encryptedEntry(path, name string) *problem.Problem {
	return problem.New(codeEncrypted, fmt.Sprintf("%s is locked with a password.", name),
		"Waybill cannot look inside, and does not ask for such passwords.",
		"Unpack it with its password and choose the unpacked files.").At(problem.Place{File: path})
}

func isProblem(err error) bool {
	var p *problem.Problem
	return errors.As(err, &p)
}
