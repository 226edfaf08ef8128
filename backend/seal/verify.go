package seal

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/smallstep/pkcs7"

	"waybill/backend/problem"
)

// What stands in the folder beside a report.
const (
	List        = "list.json"
	Seal        = "list.p7s"
	Certificate = "certificate.pem"
)

const ending = ".evidence"

// Folder says where the evidence of a report stands: a folder beside it.
func Folder(report string) string {
	return strings.TrimSuffix(report, filepath.Ext(report)) + ending
}

// State of a sealed file when it was looked at.
type State string

// What a look at a file can find.
const (
	Same    State = "unchanged"
	Changed State = "changed"
	Missing State = "missing"
)

// Looked is a file of the evidence and what was found.
type Looked struct {
	File
	State State `json:"state"`
}

// Result is what can be said of a report that somebody holds.
type Result struct {
	// Unchanged: the report is byte for byte what was sealed, and the seal is good.
	Unchanged bool `json:"unchanged"`
	// Sealed: there is a seal, and it fits the evidence list.
	Sealed bool `json:"sealed"`
	// Sentence says it for people.
	Sentence string   `json:"sentence"`
	Report   string   `json:"report"`
	SHA256   string   `json:"sha256"`
	Files    []Looked `json:"files"`
	Evidence Evidence `json:"evidence"`
	// Signer is the name on the key; Fingerprint tells it from every other of that name.
	Signer      string    `json:"signer"`
	Fingerprint string    `json:"fingerprint"`
	SealedAt    time.Time `json:"sealed_at"`
}

const (
	maxList  = 4 << 20
	maxFiles = 10_000
)

// Verify looks at a report and at the evidence beside it. The report may have been renamed: a
// folder beside it whose list knows its content is found too. An error means that nothing can
// be said; a changed file is a result.
func Verify(report string) (res Result, err error) {
	res = Result{Report: filepath.Base(report), Files: []Looked{}}
	if res.SHA256, _, err = hashFile(report); err != nil {
		return res, problem.Wrap(err, CodeNotAFile, "The report cannot be read.", "So nothing can be said about it.", "Choose the PDF again.").At(problem.Place{File: report})
	}
	folder, err := folderOf(report, res.SHA256)
	if err != nil {
		return res, err
	}
	list := filepath.Join(folder, List)
	body, err := readSmall(list)
	if err != nil {
		return res, problem.Wrap(err, CodeUnread, "The evidence list cannot be read.", "So nothing can be said about the report.", "Ask for the report again, with the folder beside it.").At(problem.Place{File: list})
	}
	if err := json.Unmarshal(body, &res.Evidence); err != nil || res.Evidence.Format != Format || len(res.Evidence.Files) == 0 || len(res.Evidence.Files) > maxFiles {
		return res, problem.Wrap(err, CodeUnread, "The evidence list is not one that Waybill wrote.", "It is damaged, or of a newer Waybill, so nothing can be said about the report.", "Ask for the report again, with the folder beside it.").At(problem.Place{File: list})
	}
	why := res.seal(body, filepath.Join(folder, Seal))
	res.look(report, folder)
	res.say(why)
	return res, nil
}

// seal checks the signature over the list; the answer says in words why it is not good.
func (res *Result) seal(list []byte, path string) (why string) {
	der, err := readSmall(path)
	if err != nil {
		return "the seal is missing"
	}
	p7, err := parse(der)
	if err != nil {
		return "the seal is damaged"
	}
	p7.Content = list
	signer := p7.GetOnlySigner()
	if signer == nil {
		return "the seal names no single signer"
	}
	res.Signer, res.Fingerprint = signer.Subject.CommonName, fingerprint(signer)
	if err := p7.Verify(); err != nil {
		var digest *pkcs7.MessageDigestMismatchError
		if errors.As(err, &digest) {
			return "the evidence list was changed after it was sealed"
		}
		return "the seal does not fit"
	}
	// Verify accepts whatever hash the signer names; ours is the only one that counts as a seal.
	if len(p7.Signers) != 1 || !p7.Signers[0].DigestAlgorithm.Algorithm.Equal(pkcs7.OIDDigestAlgorithmSHA256) || signer.PublicKeyAlgorithm != x509.ECDSA {
		return "the seal is of a kind that Waybill does not make"
	}
	if err := p7.UnmarshalSignedAttribute(pkcs7.OIDAttributeSigningTime, &res.SealedAt); err != nil {
		return "the seal has no time"
	}
	res.Sealed = true
	return ""
}

// parse reads a CMS message from outside; a panic of the reader is a damaged seal.
func parse(der []byte) (p7 *pkcs7.PKCS7, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("parse: %v", r)
		}
	}()
	return pkcs7.Parse(der)
}

// look compares every file of the list with what is there; the first is the report itself,
// under whatever name it came.
func (res *Result) look(report, dir string) {
	for i, f := range res.Evidence.Files {
		l := Looked{File: f, State: Missing}
		path := filepath.Join(dir, filepath.Base(f.Name))
		if i == 0 {
			path = report
		}
		if sum, size, err := hashFile(path); err == nil {
			l.State = Changed
			if sum == f.SHA256 && size == f.Bytes {
				l.State = Same
			}
		}
		res.Files = append(res.Files, l)
	}
}

// say puts the result into one sentence.
func (res *Result) say(why string) {
	report := len(res.Files) > 0 && res.Files[0].State == Same
	res.Unchanged = report && res.Sealed
	who := fmt.Sprintf("%q sealed it on %s with the key %s", res.Signer, res.SealedAt.UTC().Format("2 January 2006 at 15:04 UTC"), Short(res.Fingerprint))
	rest := res.of(1, Changed) + res.of(1, Missing)
	switch {
	case !res.Sealed && report:
		res.Sentence = "The report fits its evidence list, but " + why + ", so nobody vouches for either."
	case !res.Sealed:
		res.Sentence = "The report is not what its evidence list describes, and " + why + "."
	case !report:
		res.Sentence = "The report was changed after it was sealed: it is not the file that " + who + "."
	case rest > 0:
		res.Sentence = fmt.Sprintf("The report is unchanged; %s. Of its evidence, %d changed and %d missing.", who, res.of(1, Changed), res.of(1, Missing))
	default:
		res.Sentence = fmt.Sprintf("The report and all of its evidence are unchanged; %s.", who)
	}
}

func (res *Result) of(from int, s State) (n int) {
	for _, f := range res.Files[min(from, len(res.Files)):] {
		if f.State == s {
			n++
		}
	}
	return n
}

// Short is the beginning of a fingerprint as people compare it.
func Short(fingerprint string) string {
	if len(fingerprint) < 16 {
		return fingerprint
	}
	return fingerprint[:4] + " " + fingerprint[4:8] + " " + fingerprint[8:12] + " " + fingerprint[12:16]
}

// folderOf finds the evidence of a report: by its name, else by its content.
func folderOf(report, sum string) (string, error) {
	named := Folder(report)
	if _, err := os.Stat(filepath.Join(named, List)); err == nil {
		return named, nil
	}
	dir := filepath.Dir(report)
	found, err := os.ReadDir(dir)
	if err != nil {
		found = nil // said below as what it means
	}
	for _, f := range found {
		if !strings.HasSuffix(f.Name(), ending) {
			continue
		}
		folder := filepath.Join(dir, f.Name())
		body, err := readSmall(filepath.Join(folder, List))
		var e Evidence
		if err != nil || json.Unmarshal(body, &e) != nil || len(e.Files) == 0 {
			continue
		}
		if e.Files[0].SHA256 == sum {
			return folder, nil
		}
	}
	return "", problem.New(CodeNoList, "There is no evidence beside this report.",
		"A PDF alone cannot show whether it was changed: its seal stands in the folder "+filepath.Base(named)+".",
		"Put the folder that came with the report beside it, then check again.").At(problem.Place{File: report})
}

func readSmall(path string) ([]byte, error) {
	f, err := os.Open(path) //nolint:gosec // the person chose the file; it is only read
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read from
	b, err := io.ReadAll(io.LimitReader(f, maxList+1))
	if err == nil && len(b) > maxList {
		err = errors.New("larger than any that Waybill writes")
	}
	return b, err
}

func hashFile(path string) (sum string, size int64, err error) {
	f, err := os.Open(path) //nolint:gosec // the person chose the file; it is only read
	if err != nil {
		return "", 0, err
	}
	defer func() { _ = f.Close() }() // only read from
	h := sha256.New()
	size, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), size, err
}
