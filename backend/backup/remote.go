package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"waybill/backend/problem"
	"waybill/backend/secret"
)

// Kinds of places.
const (
	KindFolder = "folder"
	KindS3     = "s3"
	KindAzure  = "azure"
)

// SecretKey is the name under which a vault keeps the key of a place.
const SecretKey = "secret_key"

// Setting is one thing that a kind of place needs to know.
type Setting struct {
	Name, Title, Help string
	Secret, Optional  bool
}

// Settings lists what a kind of place needs to know.
func Settings(kind string) []Setting {
	switch kind {
	case KindFolder:
		return []Setting{{Name: "folder", Title: "Folder", Help: "On another disk than the project, better on another computer."}}
	case KindS3:
		return []Setting{
			{Name: "address", Title: "Address of the store", Help: "Such as https://s3.eu-central-1.amazonaws.com, https://storage.googleapis.com, or that of your own."},
			{Name: "bucket", Title: "Bucket", Help: "It must be there already."},
			{Name: "prefix", Title: "Folder in the bucket", Optional: true},
			{Name: "region", Title: "Region", Help: "Only where the store asks for one.", Optional: true},
			{Name: "access_key", Title: "Access key", Help: "Of Google: the access id of an HMAC key."},
			{Name: SecretKey, Title: "Secret key", Help: "Kept with the other secrets of this computer, never in the project.", Secret: true},
		}
	case KindAzure:
		return []Setting{
			{Name: "account", Title: "Storage account"},
			{Name: "container", Title: "Container", Help: "It must be there already."},
			{Name: "prefix", Title: "Folder in the container", Optional: true},
			{Name: "address", Title: "Address of the store", Help: "Only when it is not https://ACCOUNT.blob.core.windows.net.", Optional: true},
			{Name: SecretKey, Title: "Account key", Help: "Kept with the other secrets of this computer, never in the project.", Secret: true},
		}
	}
	return nil
}

// Open gives a place of a kind. Its secret comes from the vault.
func Open(kind string, settings map[string]string, vault secret.Vault) (Place, error) {
	known := Settings(kind)
	if known == nil {
		return nil, problem.New(CodePlace, "This kind of place is not known.", "Waybill knows folder, s3 and azure.", "Choose one of them.").At(problem.Place{Value: kind})
	}
	key := secret.Text("")
	for _, s := range known {
		if !s.Secret {
			if !s.Optional && strings.TrimSpace(settings[s.Name]) == "" {
				return nil, missing(s)
			}
			continue
		}
		var err error
		key, err = vault.Get(s.Name)
		if errors.Is(err, secret.ErrNotFound) || err == nil && key == "" {
			return nil, missing(s)
		}
		if err != nil {
			return nil, err
		}
	}
	switch kind {
	case KindS3:
		return openS3(settings, key)
	case KindAzure:
		return openAzure(settings, key)
	}
	return Folder(settings["folder"]), nil
}

func missing(s Setting) error {
	return problem.New(CodePlace, s.Title+" is missing.", "Without it the place for backups cannot be reached.", "Fill it in, then try again.").At(problem.Place{Field: s.Name})
}

// address reads the address of a store. Backups travel unencrypted only inside a house.
func address(text string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || u.User != nil {
		return nil, problem.Wrap(err, CodePlace, "The address of the store is not one.", "It looks like https://store.example.com.", "Correct it, then try again.").At(problem.Place{Field: "address"})
	}
	if u.Scheme == "http" && !inHouse(u.Hostname()) {
		return nil, problem.New(CodePlace, "The address of the store begins with http.", "Customers' data and the key would travel for everybody to read.", "Use the address that begins with https.").At(problem.Place{Field: "address"})
	}
	return u, nil
}

func inHouse(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && (ip.IsLoopback() || ip.IsPrivate())
}

// unreachable says an error of a store in words. Its own text is kept as the detail.
func unreachable(err error, where, next string) error {
	var p *problem.Problem
	if err == nil || errors.As(err, &p) || errors.Is(err, context.Canceled) {
		return err
	}
	return problem.Wrap(err, CodePlace, "The place for backups did not do what it was asked.", where+" cannot be reached, or refuses.", next).At(problem.Place{Value: where})
}

const lookAt = "Look at the address, the names and the keys, and whether this computer is online; then try again."

// s3 is a bucket of any store that speaks Amazon's S3 protocol, Google's too.
type s3 struct {
	c              *minio.Client
	bucket, prefix string
	host           string
}

// pieceS3 is what is held in memory of a file whose size is not known yet; a store takes
// ten thousand of them, 320 GB.
const pieceS3 = 32 << 20

func openS3(settings map[string]string, key secret.Text) (Place, error) {
	u, err := address(settings["address"])
	if err != nil {
		return nil, err
	}
	c, err := minio.New(u.Host, &minio.Options{
		Creds: credentials.NewStaticV4(settings["access_key"], key.Reveal(), ""), Secure: u.Scheme == "https", Region: settings["region"], MaxRetries: 3,
	})
	if err != nil {
		return nil, problem.Wrap(err, CodePlace, "The address of the store is not one.", "It has a path, or other things that do not belong there.", "Use only the address itself, such as https://s3.eu-central-1.amazonaws.com.").At(problem.Place{Field: "address"})
	}
	return s3{c: c, bucket: settings["bucket"], prefix: folderIn(settings["prefix"]), host: u.Host}, nil
}

func folderIn(s string) string {
	if s = strings.Trim(strings.TrimSpace(s), "/"); s != "" {
		s += "/"
	}
	return s
}

func (s s3) Where() string { return fmt.Sprintf("Bucket %s at %s", s.bucket, s.host) }

func (s s3) Put(ctx context.Context, name string, r io.Reader) error {
	_, err := s.c.PutObject(ctx, s.bucket, s.prefix+name, r, -1, minio.PutObjectOptions{
		PartSize: pieceS3, NumThreads: 1, ContentType: "application/octet-stream",
		// Each piece carries its checksum, which every store compares. Google's takes the whole
		// in one request, of which the checksum is not known before.
		SendContentMd5: !strings.HasSuffix(s.host, "storage.googleapis.com"), DisableContentSha256: true,
	})
	return unreachable(err, s.Where(), lookAt)
}

func (s s3) Get(ctx context.Context, name string) (io.ReadCloser, error) {
	has, err := s.Has(ctx, name)
	if err != nil {
		return nil, err
	}
	if !has {
		return nil, ErrNotThere
	}
	r, err := s.c.GetObject(ctx, s.bucket, s.prefix+name, minio.GetObjectOptions{})
	return r, unreachable(err, s.Where(), lookAt)
}

func (s s3) Has(ctx context.Context, name string) (bool, error) {
	_, err := s.c.StatObject(ctx, s.bucket, s.prefix+name, minio.StatObjectOptions{})
	if minio.ToErrorResponse(err).Code == minio.NoSuchKey {
		return false, nil
	}
	return err == nil, unreachable(err, s.Where(), lookAt)
}

func (s s3) Remove(ctx context.Context, name string) error {
	return unreachable(s.c.RemoveObject(ctx, s.bucket, s.prefix+name, minio.RemoveObjectOptions{}), s.Where(), lookAt)
}

// azure is a container of Azure Blob Storage.
type azure struct {
	c                 *azblob.Client
	container, prefix string
	host              string
}

// pieceAzure is what is held in memory; a blob takes fifty thousand of them, 400 GB.
const pieceAzure = 8 << 20

func openAzure(settings map[string]string, key secret.Text) (Place, error) {
	at := settings["address"]
	if strings.TrimSpace(at) == "" {
		at = "https://" + settings["account"] + ".blob.core.windows.net"
	}
	u, err := address(at)
	if err != nil {
		return nil, err
	}
	cred, err := azblob.NewSharedKeyCredential(settings["account"], key.Reveal())
	if err != nil {
		return nil, problem.Wrap(err, CodePlace, "The account key is not one.", "It is a long text of letters, digits, + / and = at its end.", "Copy it anew from the Azure portal: Storage account, Access keys.").At(problem.Place{Field: SecretKey})
	}
	c, err := azblob.NewClientWithSharedKeyCredential(strings.TrimSuffix(u.String(), "/")+"/", cred, &azblob.ClientOptions{
		ClientOptions: azcore.ClientOptions{Retry: policy.RetryOptions{MaxRetries: 3}},
	})
	if err != nil {
		return nil, unreachable(err, u.Host, lookAt)
	}
	return azure{c: c, container: settings["container"], prefix: folderIn(settings["prefix"]), host: u.Host}, nil
}

func (a azure) Where() string { return fmt.Sprintf("Container %s at %s", a.container, a.host) }

func (a azure) Put(ctx context.Context, name string, r io.Reader) error {
	_, err := a.c.UploadStream(ctx, a.container, a.prefix+name, r, &azblob.UploadStreamOptions{BlockSize: pieceAzure, Concurrency: 1})
	return unreachable(err, a.Where(), lookAt)
}

func (a azure) Get(ctx context.Context, name string) (io.ReadCloser, error) {
	res, err := a.c.DownloadStream(ctx, a.container, a.prefix+name, nil)
	if bloberror.HasCode(err, bloberror.BlobNotFound) {
		return nil, ErrNotThere
	}
	if err != nil {
		return nil, unreachable(err, a.Where(), lookAt)
	}
	return res.NewRetryReader(ctx, nil), nil
}

func (a azure) Has(ctx context.Context, name string) (bool, error) {
	_, err := a.c.ServiceClient().NewContainerClient(a.container).NewBlobClient(a.prefix+name).GetProperties(ctx, nil)
	if bloberror.HasCode(err, bloberror.BlobNotFound) {
		return false, nil
	}
	return err == nil, unreachable(err, a.Where(), lookAt)
}

func (a azure) Remove(ctx context.Context, name string) error {
	_, err := a.c.DeleteBlob(ctx, a.container, a.prefix+name, nil)
	if bloberror.HasCode(err, bloberror.BlobNotFound) {
		return nil
	}
	return unreachable(err, a.Where(), lookAt)
}
